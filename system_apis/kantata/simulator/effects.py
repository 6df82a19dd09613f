"""What a write touches besides its own row: totals, rate cards, requests, locks, cascades."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from system_apis.kantata.simulator import invoices, rates, timesheets
from system_apis.kantata.simulator.refused import invalid
from system_apis.kantata.simulator.rows import Row, Rows
from system_apis.kantata.simulator.values import base_unit, cents


def before_create(state: Rows, name: str, row: Row) -> None:
    """Checks and derived attributes of a row about to be made."""
    act = _BEFORE_CREATE.get(name)
    if act is not None:
        act(state, row)


def after_create(state: Rows, name: str, row: Row) -> None:
    """Rows that come into being with this one."""
    act = _AFTER_CREATE.get(name)
    if act is not None:
        act(state, row)


def before_update(state: Rows, name: str, row: Row, change: Row) -> None:
    """Locks, and attributes derived from a change."""
    act = _BEFORE_UPDATE.get(name)
    if act is not None:
        act(state, row, change)


def after_update(state: Rows, name: str, row: Row) -> None:
    """What follows from a change."""
    if name == "resource_requests" and row.get("status") == "approved" and row.get("user_id"):
        resource = state.get("workspace_resources", row["resource_id"])
        if resource is not None:
            resource["user_id"] = row["user_id"]
    if name == "workspace_groups":
        _membership(state, row)


def before_delete(state: Rows, name: str, row: Row) -> None:
    """Refusals, and what goes with the row."""
    act = _BEFORE_DELETE.get(name)
    if act is not None:
        act(state, row)


def _workspace(state: Rows, row: Row) -> None:
    del state
    _price(row, currency=row.get("currency"))
    if row.get("primary_workspace_group_id"):
        groups = list(row.get("workspace_group_ids") or [])
        row["workspace_group_ids"] = list(dict.fromkeys([*groups, row["primary_workspace_group_id"]]))
    row.setdefault("archived", False)


def _workspace_change(state: Rows, row: Row, change: Row) -> None:
    del state
    _price(change, currency=change.get("currency", row.get("currency")))
    if change.get("primary_workspace_group_id"):
        groups = change.get("workspace_group_ids", row.get("workspace_group_ids")) or []
        change["workspace_group_ids"] = list(dict.fromkeys([*groups, change["primary_workspace_group_id"]]))


def _price(change: Row, *, currency: str | None) -> None:
    if "price" not in change:
        return
    price = change["price"]
    change["price_in_cents"] = None if price is None else cents("price", price, currency=currency)
    change["currency_base_unit"] = base_unit(currency)


def _group(state: Rows, row: Row) -> None:
    _unique_name(state, row["name"], but="")


def _group_change(state: Rows, row: Row, change: Row) -> None:
    if "name" in change:
        _unique_name(state, change["name"], but=row["id"])


def _unique_name(state: Rows, name: str, *, but: str) -> None:
    for other in state.rows["workspace_groups"].values():
        if other["id"] != but and other["name"].casefold() == name.casefold():
            raise invalid("Name has already been taken", field="name")


def _membership(state: Rows, row: Row) -> None:
    for wanted, inside in (("add_workspace_ids", True), ("remove_workspace_ids", False)):
        for workspace_id in row.pop(wanted, None) or []:
            workspace = state.get("workspaces", workspace_id)
            if workspace is None:
                continue
            groups = [group for group in workspace.get("workspace_group_ids") or [] if group != row["id"]]
            workspace["workspace_group_ids"] = [*groups, row["id"]] if inside else groups


def _group_gone(state: Rows, row: Row) -> None:
    for workspace in state.rows["workspaces"].values():
        groups = workspace.get("workspace_group_ids") or []
        workspace["workspace_group_ids"] = [group for group in groups if group != row["id"]]
        if workspace.get("primary_workspace_group_id") == row["id"]:
            workspace["primary_workspace_group_id"] = None


def _story(state: Rows, row: Row) -> None:
    siblings = state.where("stories", workspace_id=row["workspace_id"])
    parent = state.get("stories", row.get("parent_id"))
    if parent is not None and parent["workspace_id"] != row["workspace_id"]:
        raise invalid("Parent must belong to the same project", field="parent_id")
    row["position"] = len(siblings) + 1
    row["ancestor_ids"] = [] if parent is None else [*parent.get("ancestor_ids", []), parent["id"]]
    row["root_id"] = row["ancestor_ids"][0] if row["ancestor_ids"] else None
    row.setdefault("story_type", "task")
    row.setdefault("archived", False)


def _story_change(state: Rows, row: Row, change: Row) -> None:
    parent = state.get("stories", change.get("parent_id"))
    if parent is not None and row["id"] in {parent["id"], *parent.get("ancestor_ids", [])}:
        raise invalid("Parent can't be a descendant", field="parent_id")


def _story_gone(state: Rows, row: Row) -> None:
    for child in state.where("stories", parent_id=row["id"]):
        _story_gone(state, child)
        state.drop("stories", child["id"])


def _resource(state: Rows, row: Row) -> None:
    role = state.get("roles", row.get("role_id"))
    row["role_name"] = row["display_label"] = role["name"] if role else None
    row["pending_resource_request_id"] = None


def _allocation(state: Rows, row: Row) -> None:
    if row["end_date"] < row["start_date"]:
        raise invalid("End date must not be before the start date", field="end_date")
    row["workspace_id"] = state.rows["workspace_resources"][row["resource_id"]]["workspace_id"]
    row["workspace_resource_id"] = row["resource_id"]


def _request(state: Rows, row: Row) -> None:
    workspace_id, role_id = row.pop("resource_workspace_id", None), row.pop("resource_role_id", None)
    for approver_id in row["approver_ids"]:
        if state.get("users", approver_id) is None:
            raise invalid("Approvers must exist", field="approver_ids")
    if row.get("resource_id") is None:
        if workspace_id is None or role_id is None:
            raise invalid("Resource can't be blank", field="resource_id")
        resource: Row = {"workspace_id": workspace_id, "role_id": role_id, "user_id": None}
        _resource(state, resource)
        row["resource_id"] = state.insert("workspace_resources", resource)["id"]
    row["status"] = "pending"


def _requested(state: Rows, row: Row) -> None:
    state.rows["workspace_resources"][row["resource_id"]]["pending_resource_request_id"] = row["id"]


def _resolved(state: Rows, row: Row, change: Row) -> None:
    if row["status"] != "pending":
        raise invalid("Request has already been resolved", field="request_resolution_status")
    ends = {"approve": "approved", "reject": "rejected", "cancel": "cancelled"}
    if change.get("request_resolution_status") is None:
        raise invalid("Request resolution status can't be blank", field="request_resolution_status")
    change["status"] = ends[change.pop("request_resolution_status")]
    resource = state.get("workspace_resources", row["resource_id"])
    if resource is not None and resource["pending_resource_request_id"] == row["id"]:
        resource["pending_resource_request_id"] = None


def _resource_gone(state: Rows, row: Row) -> None:
    for name in ("workspace_allocations", "resource_requests"):
        for hanging in state.where(name, resource_id=row["id"]):
            state.drop(name, hanging["id"])


_Create = Callable[[Rows, Row], None]
_Change = Callable[[Rows, Row, Row], None]

_BEFORE_CREATE: Final[MappingProxyType[str, _Create]] = MappingProxyType(
    {
        "workspaces": _workspace,
        "workspace_groups": _group,
        "stories": _story,
        "workspace_resources": _resource,
        "workspace_allocations": _allocation,
        "resource_requests": _request,
        "rate_cards": rates.card,
        "rate_card_roles": rates.role,
        "time_entries": timesheets.entered,
        "timesheet_submissions": timesheets.handed_in,
        "invoices": invoices.drawn,
    }
)
_AFTER_CREATE: Final[MappingProxyType[str, _Create]] = MappingProxyType(
    {
        "workspace_groups": _membership,
        "resource_requests": _requested,
        "timesheet_submissions": timesheets.submitted,
        "invoices": invoices.made,
        "rate_card_set_versions": rates.version_made,
        "rate_cards": rates.card_made,
    }
)
_BEFORE_UPDATE: Final[MappingProxyType[str, _Change]] = MappingProxyType(
    {
        "workspaces": _workspace_change,
        "workspace_groups": _group_change,
        "stories": _story_change,
        "resource_requests": _resolved,
        "time_entries": timesheets.entry_change,
        "invoices": invoices.change,
        "rate_card_set_versions": rates.version_change,
        "rate_card_versions": rates.rate_change,
        "rate_card_roles": rates.rate_change,
    }
)
_BEFORE_DELETE: Final[MappingProxyType[str, _Create]] = MappingProxyType(
    {
        "workspace_groups": _group_gone,
        "stories": _story_gone,
        "workspace_resources": _resource_gone,
        "time_entries": timesheets.locked,
        "rate_card_sets": rates.set_gone,
        "rate_card_set_versions": rates.version_gone,
        "rate_cards": rates.card_gone,
        "rate_card_roles": rates.role_gone,
    }
)
