"""Invoices over approved time: an entry stands on one at most, and is locked by it until it is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from system_apis.kantata.simulator.events import changed
from system_apis.kantata.simulator.refused import invalid, not_found
from system_apis.kantata.simulator.rows import Row, Rows


def drawn(state: Rows, row: Row) -> None:
    """An invoice about to be made."""
    single = row.pop("workspace_id", None)
    row["workspace_ids"] = row.get("workspace_ids") or ([single] if single else [])
    workspaces = [state.get("workspaces", one) for one in row["workspace_ids"]]
    if not workspaces or None in workspaces:
        raise invalid("Workspace must exist", field="workspace_ids")
    row["time_entry_ids"] = row.get("time_entry_ids") or []
    _free(state, row["workspace_ids"], row["time_entry_ids"])
    row["status"] = "new"
    row["currency"] = workspaces[0].get("currency") if workspaces[0] else None
    row["balance_in_cents"] = _balance(state, row["time_entry_ids"])


def made(state: Rows, row: Row) -> None:
    """Its entries are invoiced."""
    _mark(state, row["time_entry_ids"], row["id"])


def change(state: Rows, row: Row, change: Row) -> None:
    """Put entries on it or take them off; a cancelled one stays as it is."""
    if row["status"] == "cancelled":
        raise invalid("Invoice has been cancelled", field="base")
    if "time_entry_ids" not in change:
        return
    wanted = change["time_entry_ids"] or []
    added = [one for one in wanted if one not in row["time_entry_ids"]]
    _free(state, row["workspace_ids"], added)
    _mark(state, [one for one in row["time_entry_ids"] if one not in wanted], None)
    _mark(state, added, row["id"])
    change["balance_in_cents"] = _balance(state, wanted)


def cancelled(state: Rows, invoice_id: str) -> Row:
    """Cancel an invoice: its entries may be invoiced again."""
    row = state.get("invoices", invoice_id)
    if row is None:
        raise not_found()
    if row["status"] == "cancelled":
        raise invalid("Invoice has been cancelled", field="base")
    changed(state, "invoices", row, status="cancelled")
    _mark(state, row["time_entry_ids"], None)
    return row


def _free(state: Rows, workspace_ids: Sequence[str], entry_ids: Sequence[str]) -> None:
    for entry_id in entry_ids:
        entry = state.get("time_entries", entry_id)
        if entry is None or entry["workspace_id"] not in workspace_ids:
            raise invalid("Time entries must belong to the invoice's projects", field="time_entry_ids")
        if entry["is_invoiced"] or not entry["approved"]:
            raise invalid("Time entries must be approved and not yet invoiced", field="time_entry_ids")


def _mark(state: Rows, entry_ids: Sequence[str], invoice_id: str | None) -> None:
    for entry_id in entry_ids:
        entry = state.rows["time_entries"][entry_id]
        changed(state, "time_entries", entry, is_invoiced=invoice_id is not None, invoice_id=invoice_id)


def _balance(state: Rows, entry_ids: Sequence[str]) -> int:
    entries = [state.rows["time_entries"][one] for one in entry_ids]
    cents = sum(Decimal(e["time_in_minutes"]) * (e.get("rate_in_cents") or 0) / 60 for e in entries if e["billable"])
    return int(Decimal(cents).quantize(Decimal(1), rounding=ROUND_HALF_UP))
