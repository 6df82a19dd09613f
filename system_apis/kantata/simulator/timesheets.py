"""Work entered, handed in by the week, approved or sent back; what is approved or invoiced is locked."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any, Final

from system_apis.kantata.simulator.events import changed
from system_apis.kantata.simulator.refused import invalid, not_found
from system_apis.kantata.simulator.rows import Row, Rows

_FROM: Final[MappingProxyType[str, tuple[str, ...]]] = MappingProxyType(
    {"approve": ("new",), "reject": ("new", "approved"), "cancel": ("new",)}
)
_TO: Final[MappingProxyType[str, str]] = MappingProxyType(
    {"approve": "approved", "reject": "rejected", "cancel": "cancelled"}
)


def entered(state: Rows, row: Row) -> None:
    """A time entry about to be made; where a project asks for no approval it counts as approved at once."""
    workspace = state.rows["workspaces"][row["workspace_id"]]
    _of_the_project(state, row["workspace_id"], row.get("story_id"))
    row.setdefault("billable", not workspace.get("tasks_default_non_billable"))
    row["user_id"] = row.get("user_id") or next(iter(state.rows["users"]), None)
    row["currency"] = workspace.get("currency")
    row["approved"] = not workspace.get("require_time_approvals")
    row["is_invoiced"] = row["taxable"] = False
    row["invoice_id"] = row["active_submission_id"] = row["recent_submission_id"] = None


def entry_change(state: Rows, row: Row, change: Row) -> None:
    """Refuse a change of what is locked."""
    locked(state, row)
    _of_the_project(state, str(change.get("workspace_id", row["workspace_id"])), change.get("story_id"))


def locked(state: Rows, row: Row) -> None:
    """Refuse to touch an entry that was approved, where approval is asked for, or that stands on an invoice."""
    asked = state.rows["workspaces"][row["workspace_id"]].get("require_time_approvals")
    if row.get("is_invoiced") or (row.get("approved") and asked):
        raise invalid("Time entry is locked: it has been approved or invoiced", field="base")


def handed_in(state: Rows, row: Row) -> None:
    """A submission about to be made: entries of one project and one person, none of them on another."""
    ids = row.pop("line_item_ids")
    entries = [state.get("time_entries", one) for one in ids]
    for entry in entries:
        if entry is None or entry["workspace_id"] != row["workspace_id"]:
            raise invalid("Line items must belong to the project", field="line_item_ids")
        if entry.get("active_submission_id") is not None:
            raise invalid("Line items have already been submitted", field="line_item_ids")
    people = {entry["user_id"] for entry in entries if entry}
    if len(people) != 1:
        raise invalid("Line items must belong to one user", field="line_item_ids")
    days = sorted(dt.date.fromisoformat(entry["date_performed"]) for entry in entries if entry)
    sunday = days[0] - dt.timedelta(days=days[0].isoweekday() % 7)
    row["user_id"] = people.pop()
    row["time_entry_ids"] = ids
    row["status"] = "new"
    row["start_date"], row["end_date"] = sunday.isoformat(), (sunday + dt.timedelta(days=6)).isoformat()


def submitted(state: Rows, row: Row) -> None:
    """The entries know their submission."""
    for entry_id in row["time_entry_ids"]:
        changed(
            state,
            "time_entries",
            state.rows["time_entries"][entry_id],
            active_submission_id=row["id"],
            recent_submission_id=row["id"],
        )


def resolved(state: Rows, submission_id: str, verb: str, body: dict[str, Any]) -> Row:
    """Approve, reject or cancel a submission; what is invoiced is not sent back."""
    row = state.get("timesheet_submissions", submission_id)
    if row is None or verb not in _FROM:
        raise not_found()
    if row["status"] not in _FROM[verb]:
        raise invalid(f"Timesheet is {row['status']} and cannot be resolved so", field="status")
    entries = [entry for entry in (state.get("time_entries", one) for one in row["time_entry_ids"]) if entry]
    if verb != "approve" and any(entry["is_invoiced"] for entry in entries):
        raise invalid("Timesheet has invoiced time", field="base")
    resolution = body.get("resolution") or {}
    changed(
        state,
        "timesheet_submissions",
        row,
        status=_TO[verb],
        current_resolution_description=resolution.get("description"),
        current_resolution_creator_id=next(iter(state.rows["users"]), None),
        current_resolution_created_at_date=state.sandbox.now().date().isoformat(),
    )
    for entry in entries:
        active = {} if verb == "approve" else {"active_submission_id": None}
        changed(state, "time_entries", entry, approved=verb == "approve", **active)
    return row


def _of_the_project(state: Rows, workspace_id: str, story_id: str | None) -> None:
    story = state.get("stories", story_id)
    if story is not None and story["workspace_id"] != workspace_id:
        raise invalid("Story must belong to the project", field="story_id")
