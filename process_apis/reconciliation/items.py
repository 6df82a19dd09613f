"""Work items: one case a break, which waits in the queue of its owner until somebody closes it or it is gone."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from contracts.canonical.casework import ExceptionItem, ExceptionState
from contracts.canonical.money import Money
from contracts.canonical.reconciliation import Break, BreakState, Resolution
from contracts.process.reconciliation import StartBreak
from kit.durable import Effect, Held, Road, record, step
from kit.durable.catalogued import fault_of
from kit.room import DurableSource
from kit.store.reconciliation import RECON_BREAK
from kit.store.tables import BUSINESS_EXCEPTION
from process_apis.reconciliation.books import Books
from process_apis.reconciliation.catalogue import CATALOGUE, CODES, FORM

PROCESS: Final = "reconciliation_break"
BY: Final = "reconciliation"
_AGREES: Final = "the systems agree again, or the break was closed"


class BreakSteps:
    """The one step of a work item."""

    def __init__(self, *, books: Books, durable: DurableSource) -> None:
        self._books = books
        self._durable = durable

    @step(reads=True)
    async def look(self, effect: Effect, start: StartBreak) -> Break:
        """Read the break, for whoever will look at its case."""
        del effect
        async with self._books.read() as books:
            return await books.breaks.one(start.break_id)

    @step()
    async def close(self, effect: Effect, start: StartBreak) -> Break:
        """Close the break as somebody answered; one that is closed, or came anew, needs no answer.

        Raises:
            Held: it is open, and nobody has said anything.

        """
        async with self._books.read() as books:
            found = await books.breaks.one(start.break_id)
        if found.state is not BreakState.OPEN or found.occurrence != start.occurrence:
            return found
        if "resolution" not in effect.fixes:
            raise Held(
                fault_of(CATALOGUE, CODES[found.break_class], found.explanation, context=_context(found), form=FORM)
            )
        by = await self._answered_by(effect.case_id)
        async with self._books.write() as books:
            await books.breaks.close(
                start.break_id,
                resolution=Resolution(effect.fixes["resolution"]),
                reason=effect.fixes.get("reason", ""),
                by=by,
            )
            return await books.breaks.one(start.break_id)

    async def _answered_by(self, case_id: str) -> str:
        page = await self._durable().casebook.exceptions(state=ExceptionState.FIXED, case_id=case_id)
        return next((each.fixed_by for each in page.items if each.fixed_by), BY)


async def reconciliation_break(steps: BreakSteps, start: StartBreak) -> None:
    """It waits until it is closed."""
    found = await steps.look(start)
    await record(
        title=f"{found.break_class.value} {found.row.kind.value} {found.row.title or found.row.key}"[:255],
        at_stake=_at_stake(found),
        legal_entity_id=found.row.legal_entity_id or None,
        facts={"break_id": found.break_id, "kind": found.row.kind.value, "key": found.row.key},
    )
    closed = await steps.close(start)
    await record(facts={"state": closed.state.value, "closed_by": closed.closed_by})


def break_road(steps: BreakSteps, *, version: int) -> Road:
    """The road of a work item over these steps."""
    return Road(process=PROCESS, version=version, run=reconciliation_break, steps=steps, starts=StartBreak)


class Items:
    """Begins and ends the work items of breaks."""

    def __init__(self, *, books: Books, durable: DurableSource, road: Road) -> None:
        self._books = books
        self._durable = durable
        self._road = road

    async def open(self, limit: int) -> bool:
        """Begin a case for open breaks that have none, at most so many; whether none is left."""
        async with self._books.read() as books:
            waiting = await books.breaks.unassigned(limit)
        for break_id, occurrence in waiting:
            start = StartBreak(break_id=break_id, occurrence=occurrence)
            begun = await self._durable().start(self._road, business_key=f"{break_id}-{occurrence}", start=start)
            async with self._books.write() as books:
                await books.breaks.assign(break_id, begun.case_id)
        return len(waiting) < limit

    async def end(self, limit: int) -> bool:
        """Withdraw what is asked about breaks that are closed, at most so many; whether none is left."""
        table, broken = BUSINESS_EXCEPTION.c, RECON_BREAK.c
        query = sa.select(table.exception_id).join(RECON_BREAK, broken.case_id == table.case_id)
        over = (broken.tenant == self._books.tenant) & (broken.state != BreakState.OPEN.value)
        asked = (table.tenant == self._books.tenant) & (table.state == ExceptionState.OPEN.value)
        async with self._books.read() as books:
            found = list((await books.connection.execute(query.where(over, asked).limit(limit))).scalars())
        fixing = self._durable().casebook.fixing
        for exception_id in found:
            await fixing.assign(exception_id, to=None, by=BY, key=f"release:{exception_id}")
            await fixing.withdraw(exception_id, reason=_AGREES, by=BY, key=f"gone:{exception_id}")
        return len(found) < limit

    async def asked(self, case_id: str) -> list[ExceptionItem]:
        """What is asked about a break now."""
        if not case_id:
            return []
        return (await self._durable().casebook.exceptions(case_id=case_id)).items

    async def answer(self, found: Break, *, resolution: Resolution, reason: str, by: str) -> None:
        """Answer the work item of a break that was closed."""
        for item in await self.asked(found.case_id):
            values = {"resolution": resolution.value, "reason": reason}
            await self._durable().casebook.fix(
                item.exception_id, values=values, by=by, key=f"closing:{item.exception_id}", note=reason
            )


def _context(found: Break) -> dict[str, str]:
    return {
        "break_id": found.break_id,
        "kind": found.row.kind.value,
        "key": found.row.key,
        "systems": ", ".join(each.value for each in found.systems),
    }


def _at_stake(found: Break) -> Money | None:
    apart = found.difference
    return None if apart is None else Money(amount=abs(apart.amount), currency=apart.currency)
