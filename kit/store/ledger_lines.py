"""Lines of the ledger in the store, many at a time: a statement for a thousand of them, with one line's guarantees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.actuals import Actual
from contracts.canonical.invoices import Invoice
from contracts.canonical.trade.ledger.lines import standing
from contracts.problem import Kind, Problem
from kit.store.actuals import ACTUAL, ACTUAL_HOLD
from kit.store.database import in_parts, insert_many_once
from kit.store.ledger_rows import actual_row


@dataclass(frozen=True)
class Lines:
    """One tenant's lines, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    async def append(self, lines: Sequence[Actual]) -> None:
        """Append lines; one that stands already exactly so is left alone.

        Raises:
            Problem: conflict, when another line has the name or purpose of one, in the store or among these; when
                what one reverses was reversed before, or is on a draft which is not the one that bills it.

        """
        reversals = [line for line in lines if line.reversal_of is not None]
        await self.lock([str(line.reversal_of) for line in reversals])
        await self._must_be_reversible(reversals)
        rows: dict[str, dict[str, Any]] = {}
        for line in lines:
            row = actual_row(line, tenant=self.tenant, now=self.now)
            if rows.setdefault(line.actual_id, row)["line"] != row["line"]:
                raise _exists(line.actual_id)
        inserted = await insert_many_once(self.connection, ACTUAL, list(rows.values()))
        await self._must_stand({name: row for name, row in rows.items() if (self.tenant, name) not in inserted})

    async def lock(self, actual_ids: Collection[str]) -> None:
        """Lock lines in order of their ids; SQLite has one writer and needs none."""
        if self.connection.dialect.name != "sqlite":
            for part in in_parts(actual_ids):
                named = self._mine(ACTUAL) & ACTUAL.c.actual_id.in_(part)
                query = sa.select(ACTUAL.c.actual_id).where(named).order_by(ACTUAL.c.actual_id)
                await self.connection.execute(query.with_for_update())

    async def hold(self, holds: Sequence[tuple[str, str]]) -> None:
        """Hold lines, each for the draft beside it.

        Raises:
            Problem: conflict, when a line is on another draft, or twice among these.

        """
        rows = [{"tenant": self.tenant, "actual_id": line, "invoice_id": draft} for line, draft in holds]
        held = await insert_many_once(self.connection, ACTUAL_HOLD, rows)
        for actual_id, _ in holds:
            if (self.tenant, actual_id) not in held:
                raise Problem(Kind.CONFLICT, "actual_on_draft", f"{actual_id} is on another draft")
            held.remove((self.tenant, actual_id))  # a line that is named twice would be billed twice

    async def must_count(self, actual_ids: Collection[str]) -> None:
        """Refuse lines that were reversed.

        Raises:
            Problem: conflict, when one was.

        """
        for part in in_parts(actual_ids):
            reversed_ids = sa.select(ACTUAL.c.reversal_of).where(self._mine(ACTUAL), ACTUAL.c.reversal_of.in_(part))
            if (await self.connection.execute(reversed_ids.limit(1))).first() is not None:
                raise Problem(Kind.CONFLICT, "actual_adjusted", "a line of the draft was reversed meanwhile")

    async def beside(self, actual_ids: Collection[str]) -> list[Actual]:
        """Every line that came of the sources of some lines, in order of work, each with its state."""
        found: dict[str, Any] = {}
        for part in in_parts(actual_ids):
            ours = sa.select(ACTUAL.c.source_system, ACTUAL.c.source_id).where(
                self._mine(ACTUAL), ACTUAL.c.actual_id.in_(part)
            )
            rows = await self._rows(sa.tuple_(ACTUAL.c.source_system, ACTUAL.c.source_id).in_(ours))
            found.update((row.actual_id, row) for row in rows)
        return _as_lines(found.values())

    async def where(self, which: sa.ColumnElement[bool]) -> list[Actual]:
        """The lines that a condition selects, in order of work, each with its state."""
        return _as_lines(await self._rows(which))

    async def _must_be_reversible(self, reversals: Sequence[Actual]) -> None:
        holders: dict[str, str] = {}
        for part in in_parts([str(line.reversal_of) for line in reversals]):
            held = self._mine(ACTUAL_HOLD) & ACTUAL_HOLD.c.actual_id.in_(part)
            query = sa.select(ACTUAL_HOLD.c.actual_id, ACTUAL_HOLD.c.invoice_id).where(held)
            holders.update((row.actual_id, row.invoice_id) for row in await self.connection.execute(query))
        for line in reversals:
            holder, place = holders.get(str(line.reversal_of)), line.invoice_line
            if holder is not None and (place is None or place.invoice_id != holder):
                raise Problem(Kind.CONFLICT, "actual_on_draft", f"{line.reversal_of} is held by {holder}")

    async def _must_stand(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        for part in in_parts(rows):
            query = sa.select(ACTUAL.c.actual_id, ACTUAL.c.line).where(self._mine(ACTUAL), ACTUAL.c.actual_id.in_(part))
            stored = {row.actual_id: row.line for row in await self.connection.execute(query)}
            for actual_id in part:
                if actual_id not in stored or _line(stored[actual_id]) != _line(rows[actual_id]["line"]):
                    raise _exists(actual_id)

    async def _rows(self, which: sa.ColumnElement[bool]) -> Sequence[Any]:
        query = sa.select(ACTUAL.c.actual_id, ACTUAL.c.work_date, ACTUAL.c.line).where(self._mine(ACTUAL), which)
        return (await self.connection.execute(query)).all()

    def _mine(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.tenant == self.tenant


class Sources:
    """Lines by what they came of, so that of many drafts each looks at its own; what one appends the next one sees."""

    def __init__(self, lines: Iterable[Actual]) -> None:
        self._of: dict[tuple[str, str], list[Actual]] = {}
        self._came: dict[str, tuple[str, str]] = {}
        self.add(lines)

    def add(self, lines: Iterable[Actual]) -> None:
        for line in lines:
            source = (line.source.system, line.source.source_id)
            self._of.setdefault(source, []).append(line)
            self._came[line.actual_id] = source

    def of(self, draft: Invoice) -> list[Actual]:
        """Every line that came of the sources of a draft's lines."""
        named = [self._came[line.actual_id] for line in draft.lines if line.actual_id in self._came]
        return [line for source in dict.fromkeys(named) for line in self._of[source]]


def _as_lines(rows: Collection[Any]) -> list[Actual]:
    ordered = sorted(rows, key=lambda row: (row.work_date, row.actual_id))
    return standing(_line(row.line) for row in ordered)


def _line(text: str) -> Actual:
    """A line as it reads now: one that was kept before a field was known is the same line without it."""
    return msgspec.json.decode(text, type=Actual)


def _exists(actual_id: str) -> Problem:
    return Problem(Kind.CONFLICT, "actual_exists", f"another line stands where {actual_id} would")
