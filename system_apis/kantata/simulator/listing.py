"""Which rows a read answers: default filters, `only`, search, ranges, order, pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from system_apis.kantata.simulator.collection import Collection
from system_apis.kantata.simulator.refused import malformed, not_found
from system_apis.kantata.simulator.rows import Row, Rows

PER_PAGE: Final = 20
MOST: Final = 200
HORIZON: Final = dt.timedelta(days=9)


@dataclass(frozen=True)
class Page:
    """A stretch of the rows found, and how many there are in all."""

    rows: list[Row]
    count: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages of this size there are."""
        return -(-self.count // self.size)


def listed(state: Rows, collection: Collection, query: Mapping[str, str]) -> Page:
    """One page of a collection. What is not a known filter is ignored, as the vendor does."""
    rows = [row for row in state.rows[collection.name].values() if _wanted(state, collection, row, query)]
    return _page(_ordered(collection, rows, query), query)


def shown(state: Rows, collection: Collection, row_id: str, query: Mapping[str, str]) -> Row:
    """One row; a row that a default filter hides is as absent as one that never was."""
    row = state.get(collection.name, row_id)
    if row is None or _hidden(state, collection, row, query):
        raise not_found()
    return row


def _wanted(state: Rows, collection: Collection, row: Row, query: Mapping[str, str]) -> bool:
    if _hidden(state, collection, row, query):
        return False
    if "only" in query and row["id"] not in query["only"].split(","):
        return False
    if collection.name == "subscribed_events" and not _told(state, row, query):
        return False
    return _fits(collection, row, query) and _within(row, query)


def _hidden(state: Rows, collection: Collection, row: Row, query: Mapping[str, str]) -> bool:
    if collection.name == "time_entries" and query.get("from_archived_workspaces") not in {"true", "1"}:
        return bool(state.rows["workspaces"][row["workspace_id"]].get("archived"))
    return bool(
        collection.hidden_by and row.get(collection.hidden_by) and query.get(collection.shown_by) not in {"true", "1"}
    )


def _told(state: Rows, event: Row, query: Mapping[str, str]) -> bool:
    if dt.datetime.fromisoformat(event["created_at"]) < state.sandbox.now() - HORIZON:
        return False
    types = query.get("event_types")
    return types is None or event["event_type"] in types.split(",")


def _fits(collection: Collection, row: Row, query: Mapping[str, str]) -> bool:
    for name in collection.filters:
        if name in query and _text(row.get(name)) != query[name]:
            return False
    if collection.name == "stories" and "in_workspaces" in query:
        return str(row["workspace_id"]) in query["in_workspaces"].split(",")
    if collection.name == "time_entries":
        return _fits_time(row, query)
    wanted = (query.get("search") or query.get("matching") or "").casefold()
    return not wanted or any(
        wanted in str(row.get(name) or "").casefold() for name in ("title", "name", "full_name", "email_address")
    )


def _fits_time(row: Row, query: Mapping[str, str]) -> bool:
    """Three filters hold whatever value they are given: to ask for `approved=false` is to ask for approved time."""
    first, _, last = query.get("date_performed_between", "0:9").partition(":")
    invoiced = bool(row.get("is_invoiced"))
    wanted = {"approved": bool(row.get("approved")), "invoiced": invoiced, "uninvoiced": not invoiced}
    return first <= str(row["date_performed"]) <= last and all(held for name, held in wanted.items() if name in query)


def _within(row: Row, query: Mapping[str, str]) -> bool:
    for name in ("updated", "created", "subject_changed"):
        at = row.get(f"{name}_at")
        if at is None:
            continue
        moment = dt.datetime.fromisoformat(at)
        if f"{name}_after" in query and moment <= _moment(query[f"{name}_after"]):
            return False
        if f"{name}_before" in query and moment >= _moment(query[f"{name}_before"]):
            return False
    return True


def _moment(text: str) -> dt.datetime:
    try:
        # A `+` in a query is a blank unless it was escaped; the vendor's clients send both.
        moment = dt.datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise malformed(f"{text} is not an ISO 8601 moment") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _ordered(collection: Collection, rows: list[Row], query: Mapping[str, str]) -> list[Row]:
    order = query.get("order", collection.order)
    if not order:
        if collection.name == "subscribed_events":
            return sorted(rows, key=lambda row: float(row["place"]))
        return sorted(rows, key=lambda row: (row["updated_at"], int(row["id"])), reverse=True)
    name, _, direction = order.partition(":")
    rows = sorted(rows, key=lambda row: -int(row["id"]))  # among equals no order is promised, least of all ours
    return sorted(rows, key=lambda row: (row.get(name) is None, row.get(name)), reverse=direction == "desc")


def _page(rows: list[Row], query: Mapping[str, str]) -> Page:
    if "limit" in query or "offset" in query:
        size = min(_number(query, "limit", PER_PAGE), MOST)
        start = _number(query, "offset", 0)
        return Page(rows=rows[start : start + size], count=len(rows), number=start // size + 1, size=size)
    size = min(_number(query, "per_page", PER_PAGE), MOST)
    number = max(_number(query, "page", 1), 1)
    start = (number - 1) * size
    return Page(rows=rows[start : start + size], count=len(rows), number=number, size=size)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit() or (name in {"limit", "per_page"} and int(text) == 0):
        raise malformed(f"{name} is not a number")
    return int(text)
