"""Reconciliation: where CRM, PSA, ERP and our ledger do not agree, each break with its columns, and closing one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from litestar import Response

from contracts.canonical.field import Record
from contracts.canonical.reconciliation import Break, BreakClass, BreakState, Column, ObjectKind, Resolution
from contracts.problem import Kind, Problem
from contracts.process.reconciliation import CloseBreak
from experience_apis.control_tower.service import ControlTowerService
from kit.web import Form, Route, Visit, csv_of
from kit.web.acting import acting
from kit.web.reading import at_least, refused
from kit.web.spreadsheet import Cell

ROWS: Final = 50
_PAGE: Final = 200
_MOST: Final = 10_000
_REASON: Final = 500
_SYSTEMS: Final = MappingProxyType(
    {Record.CRM: "CRM", Record.PSA: "PSA", Record.ERP: "ERP", Record.SLUICE: "Our ledger"}
)
_FILTERS: Final[Mapping[str, type[StrEnum]]] = MappingProxyType(
    {"state": BreakState, "kind": ObjectKind, "break_class": BreakClass}
)
_HEADER: Final = (
    *("break", "kind", "key", "title", "class", "state", "owner_role", "first_seen_at", "difference", "currency"),
    *("hours_difference", "explanation", "case"),
)
_Choice = TypeVar("_Choice", bound=StrEnum)


class ReconciledPages:
    """The list of breaks, the same as a table, and one break."""

    def __init__(self, service: ControlTowerService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("GET", "/breaks", self.list),
            Route("GET", "/breaks.csv", self.table),
            Route("GET", "/breaks/{break_id}", self.one),
            Route("POST", "/breaks/{break_id}/close", acting("close", self._close, self._page)),
        ]

    async def list(self, visit: Visit) -> Response[Any]:
        """Breaks, the longest standing first, under how many there are and what the latest run looked at."""
        page, counts, runs = await asyncio.gather(
            self._service.breaks(**filters(visit), cursor=visit.query.get("cursor", ""), limit=ROWS),
            self._service.break_counts(),
            self._service.reconciliation_runs(limit=1),
        )
        return visit.page(
            "breaks.html",
            page=page,
            counts=[each for each in counts.items if each.state is BreakState.OPEN],
            run=next(iter(runs.items), None),
            asked={name: visit.query.get(name, "") for name in _FILTERS},
            choices={name: list(kind) for name, kind in _FILTERS.items()},
            systems=_SYSTEMS,
            columns_of=columns_of,
        )

    async def table(self, visit: Visit) -> Response[bytes]:
        """Every break of the filtered list, ten thousand at most; hidden values stay hidden."""
        rows = [_row(each) async for each in self._every(filters(visit))]
        return visit.download(csv_of(_HEADER, rows), name=f"breaks-{visit.now:%Y-%m-%d}.csv")

    async def one(self, visit: Visit) -> Response[Any]:
        """One break, its columns side by side."""
        return await self._page(visit, Form())

    async def _close(self, visit: Visit, form: Form) -> Response[Any]:
        """Close it, with a reason of one line."""
        resolution = _chosen(Resolution, form["resolution"], name="resolution", status=422)
        reason = at_least(form, "reason", 3, _REASON)
        if not reason.isprintable():
            raise refused("reason", "it has a character that no line of text has")
        break_id, body = visit.path["break_id"], CloseBreak(resolution=resolution, reason=reason)
        await self._service.close_break(break_id=break_id, body=body, idempotency_key=form.key)
        return visit.see(f"/breaks/{break_id}", told="closed")

    async def _page(self, visit: Visit, form: Form, *, status: int = 200, about: str = "") -> Response[Any]:
        del about  # there is one form
        found = await self._service.one_break(break_id=visit.path["break_id"])
        return visit.page(
            "break.html",
            status=status,
            found=found,
            form=form,
            resolutions=[each.value for each in Resolution],
            systems=_SYSTEMS,
            columns_of=columns_of,
        )

    async def _every(self, asked: Mapping[str, Any]) -> AsyncIterator[Break]:
        cursor, given = "", 0
        while given < _MOST:
            page = await self._service.breaks(**asked, cursor=cursor, limit=_PAGE)
            for each in page.items:
                yield each
            given += len(page.items)
            if page.next_cursor is None:
                return
            cursor = page.next_cursor


def filters(visit: Visit) -> dict[str, Any]:
    """What the query asks for, in the words of the contract; open breaks where it does not say.

    Raises:
        Problem: invalid, for a word that there is not.

    """
    asked = {
        name: _chosen(kind, visit.query[name], name=name) for name, kind in _FILTERS.items() if visit.query.get(name)
    }
    return {"state": BreakState.OPEN, **asked}


def columns_of(found: Break) -> dict[Record, Column | None]:
    """What each system holds; None where it holds nothing."""
    held = {each.system: each for each in found.row.columns}
    return {system: held.get(system) for system in _SYSTEMS}


def _chosen(kind: type[_Choice], word: str, *, name: str, status: int = 400) -> _Choice:
    try:
        return kind(word)
    except ValueError:
        told = f"{name} is never {word!r}" if word else f"choose a {name}"
        raise Problem(Kind.INVALID, f"{name}_unknown", told, status=status) from None


def _row(found: Break) -> list[Cell]:
    return [
        found.break_id,
        found.row.kind.value,
        found.row.key,
        found.row.title,
        found.break_class.value,
        found.state.value,
        found.owner_role,
        found.first_seen_at,
        found.difference.amount if found.difference else None,
        found.difference.currency if found.difference else None,
        found.hours_difference,
        found.explanation,
        found.case_id,
    ]
