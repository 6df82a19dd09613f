"""Answers the contract: starts runs once, shows runs, rows and breaks, and lets the owner of a break close it."""

from __future__ import annotations

from typing import Final

from contracts.canonical.casework import Limit
from contracts.canonical.reconciliation import (
    Break,
    BreakClass,
    BreakCounts,
    BreakPage,
    BreakState,
    ObjectKind,
    ReconciliationRun,
    RowPage,
    RunPage,
)
from contracts.problem import Kind, Problem
from contracts.process.quote_to_project import CaseStarted
from contracts.process.reconciliation import CloseBreak, IdempotencyKey, StartReconciliation
from kit.caller import Caller, current_caller
from kit.durable import Road
from kit.durable.once import answered, keep_answer
from kit.room import DurableSource
from process_apis.reconciliation.books import Books
from process_apis.reconciliation.counting import counts
from process_apis.reconciliation.explaining import columns
from process_apis.reconciliation.items import Items
from process_apis.reconciliation.rules import added, rows
from process_apis.reconciliation.terms import KINDS

_CLOSABLE: Final = frozenset({BreakState.OPEN, BreakState.IN_FLIGHT})
_RECORDS_A_ROW: Final = 5


class ReconciliationService:
    """Speaks to the books of reconciliation and to the durable engine."""

    def __init__(self, *, books: Books, durable: DurableSource, road: Road, items: Items) -> None:
        self._books = books
        self._durable = durable
        self._road = road
        self._items = items

    async def start(self, *, body: StartReconciliation, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Begin a run, or attach to the run of the same id."""
        del idempotency_key  # the run's own id says whether it is the same
        by = current_caller().subject
        begun = await self._durable().start(self._road, business_key=body.run_id, start=body, by=by)
        return CaseStarted(case_id=begun.case_id, attached=begun.attached)

    async def runs(self, *, cursor: str = "", limit: Limit = 50) -> RunPage:
        """List runs, the newest first."""
        async with self._books.read() as books:
            return await books.runs.page(cursor, limit)

    async def run(self, *, run_id: str) -> ReconciliationRun:
        """Read how a run stands."""
        async with self._books.read() as books:
            return await books.runs.one(run_id)

    async def rows(self, *, run_id: str, kind: ObjectKind, cursor: str = "", limit: Limit = 50) -> RowPage:
        """List what a run compared, in order of ids; a cursor is the id of the last row."""
        terms = KINDS[kind.value]
        async with self._books.read() as books:
            await books.runs.one(run_id)
            staging = books.staging(run_id)
            if not any(each.done for each in (await staging.sources()).values()):
                raise Problem(Kind.CONFLICT, "run_still_reading", f"{run_id} has not read its systems yet")
            records, last = await staging.chunk(kind.value, cursor, size=limit * _RECORDS_A_ROW)
        found = list(rows(records))
        shown = [columns(kind.value, row[0].key, added(row, terms)) for row in found[:limit]]
        more = len(found) > limit or not last
        return RowPage(items=shown, next_cursor=shown[-1].key if shown and more else None)

    async def breaks(
        self,
        *,
        state: BreakState | None = BreakState.OPEN,
        kind: ObjectKind | None = None,
        break_class: BreakClass | None = None,
        legal_entity_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> BreakPage:
        """List breaks, the longest standing first."""
        async with self._books.read() as books:
            return await books.breaks.page(
                state=state,
                kind=kind,
                break_class=break_class,
                legal_entity_id=legal_entity_id,
                cursor=cursor,
                limit=limit,
            )

    async def break_counts(self) -> BreakCounts:
        """Count breaks by kind, class and state."""
        async with self._books.read() as books:
            return BreakCounts(items=await counts(books.connection, books.tenant, now=books.now))

    async def one_break(self, *, break_id: str) -> Break:
        """Read one break with its columns."""
        async with self._books.read() as books:
            return await books.breaks.one(break_id)

    async def close(self, *, break_id: str, body: CloseBreak, idempotency_key: IdempotencyKey) -> Break:
        """Close an open break, once for a key; then its work item is answered."""
        caller = current_caller()
        scope, content = f"reconciliation:{self._books.tenant}:{caller.subject}", [break_id, body]
        async with self._books.read() as books:
            found = await books.breaks.one(break_id)
            before = await answered(books.connection, scope=scope, key=idempotency_key, content=content, answer=Break)
        if before is None:
            _theirs(found, caller)
            for item in await self._items.asked(found.case_id):
                if item.assigned_to not in {None, caller.subject}:
                    raise Problem(Kind.CONFLICT, "exception_assigned", f"{item.assigned_to} works on it")
            async with self._books.write() as books:
                closed = await books.breaks.close(
                    break_id, resolution=body.resolution, reason=body.reason, by=caller.subject
                )
                found = await books.breaks.one(break_id)
                if not closed:
                    raise Problem(Kind.CONFLICT, "break_closed", f"{break_id} is {found.state.value}")
                await keep_answer(
                    books.connection, scope=scope, key=idempotency_key, content=content, answer=found, at=books.now
                )
            before = found
        await self._items.answer(before, resolution=body.resolution, reason=body.reason, by=caller.subject)
        return before


def _theirs(found: Break, caller: Caller) -> None:
    """Refuse whoever does not own a break.

    Raises:
        Problem: forbidden, or conflict when it is closed already.

    """
    if found.owner_role not in caller.roles:
        detail = f"this is closed by the role {found.owner_role}"
        raise Problem(Kind.FORBIDDEN, "break_not_yours", detail, hint="Ask somebody who holds the role.")
    if found.state not in _CLOSABLE:
        raise Problem(Kind.CONFLICT, "break_closed", f"{found.break_id} is {found.state.value}")
