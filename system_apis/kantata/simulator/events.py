"""The events that changes leave behind: some twice, and none in a place one could rely on."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from system_apis.kantata.simulator.rows import Row, Rows
from system_apis.kantata.simulator.spec import COLLECTIONS

_NAMES: Final[MappingProxyType[str, str]] = MappingProxyType(
    {
        "workspaces": "workspace",
        "stories": "story",
        "time_entries": "time_entry",
        "timesheet_submissions": "timesheet",
        "invoices": "invoice",
        "billing_milestones": "billing_milestone",
        "workspace_allocations": "workspace_allocation",
    }
)


def tell(state: Rows, name: str, row: Row, what: str, *, before: Row | None = None) -> None:
    """Leave an event of a change, with the row as it was and as it is."""
    if name not in _NAMES:
        return
    event = {
        "event_type": f"{_NAMES[name]}:{what}",
        "subject_id": row["id"],
        "subject_type": COLLECTIONS[name].subject,
        "subject_changed_at": state.stamp() if what == "deleted" else row["updated_at"],
        "previous_payload": before or {},
        "current_payload": dict(row),
        "place": state.sandbox.random.random(),
    }
    made = state.insert("subscribed_events", event)
    if int(made["id"]) % 3 == 1:
        state.insert("subscribed_events", event | {"place": state.sandbox.random.random()})


def changed(state: Rows, name: str, row: Row, **change: object) -> None:
    """Change a row from within the account: stamped and told as if a person had done it."""
    before = dict(row)
    row.update(change, updated_at=state.stamp())
    tell(state, name, row, "updated", before=before)
