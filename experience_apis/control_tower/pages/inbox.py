"""The inbox of exceptions: filtered, the most urgent first; the same list to take away as a table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from litestar import Response

from contracts.canonical.casework import ExceptionItem, ExceptionState
from contracts.problem import Kind, Problem
from experience_apis.control_tower.service import ControlTowerService
from kit.web import Route, Visit, csv_of
from kit.web.spreadsheet import Cell

ROWS: Final = 50
_PAGE: Final = 200
_MOST: Final = 10_000
_HEADER: Final = (
    *("exception", "code", "title", "state", "severity", "owner_role", "assigned_to", "case", "step", "cause"),
    *("raised_at", "due_at", "amount_at_stake", "currency", "detail"),
)


class InboxPages:
    """The list."""

    def __init__(self, service: ControlTowerService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("GET", "/exceptions", self.inbox), Route("GET", "/exceptions.csv", self.table)]

    async def inbox(self, visit: Visit) -> Response[Any]:
        """The list with its filters."""
        asked = filters(visit)
        page, counts = await asyncio.gather(
            self._service.exceptions(**asked, cursor=visit.query.get("cursor", ""), limit=ROWS),
            self._service.exception_counts(),
        )
        return visit.page(
            "inbox.html",
            page=page,
            counts=counts,
            asked={name: visit.query.get(name, "") for name in ("code", "owner_role", "state", "mine")},
            codes=_choices({each.code for each in counts.items}, visit.query.get("code", "")),
            roles=_choices({each.owner_role for each in counts.items}, visit.query.get("owner_role", "")),
            states=list(ExceptionState),
        )

    async def table(self, visit: Visit) -> Response[bytes]:
        """Every row of the filtered list, ten thousand at most; hidden values stay hidden."""
        rows = [_row(item) async for item in self._every(filters(visit))]
        return visit.download(csv_of(_HEADER, rows), name=f"exceptions-{visit.now:%Y-%m-%d}.csv")

    async def _every(self, asked: Mapping[str, Any]) -> AsyncIterator[ExceptionItem]:
        cursor, given = "", 0
        while given < _MOST:
            page = await self._service.exceptions(**asked, cursor=cursor, limit=_PAGE)
            for item in page.items:
                yield item
            given += len(page.items)
            if page.next_cursor is None:
                return
            cursor = page.next_cursor


def filters(visit: Visit) -> dict[str, Any]:
    """What the query asks for, in the words of the contract; open ones where it does not say.

    Raises:
        Problem: invalid, for a state that there is not.

    """
    state = visit.query.get("state", "") or ExceptionState.OPEN
    try:
        wanted = ExceptionState(state)
    except ValueError:
        raise Problem(Kind.INVALID, "state_unknown", f"no exception is ever {state}", status=400) from None
    return {
        "state": wanted,
        "code": visit.query.get("code") or None,
        "owner_role": visit.query.get("owner_role") or None,
        "assigned_to": visit.caller.subject if visit.query.get("mine") else None,
    }


def _choices(found: set[str], chosen: str) -> list[str]:
    return sorted(found | ({chosen} if chosen else set()))


def _row(item: ExceptionItem) -> list[Cell]:
    return [
        item.exception_id,
        item.code,
        item.title,
        item.state.value,
        item.severity.value,
        item.owner_role,
        item.assigned_to,
        item.case_id,
        item.step,
        item.cause.value,
        item.raised_at,
        item.due_at,
        item.at_stake.amount if item.at_stake else None,
        item.at_stake.currency if item.at_stake else None,
        item.detail,
    ]
