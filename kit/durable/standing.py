"""How a case stands, as rows: opened, recorded, published, closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState, Cause, ExceptionState
from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from kit.clock import Clock
from kit.durable.doing import Doing
from kit.durable.fault import Fault
from kit.durable.order import Order
from kit.durable.parking import raise_exception
from kit.durable.steadfast import steadfast
from kit.durable.trail import note, stand, tell
from kit.store import Store, insert_once, put
from kit.store.tables import BUSINESS_EXCEPTION, CASE_FACT, CASE_FILE, CASE_STEP, CASE_WAIT


class Standing:
    """Writes what a run knows about its case as a whole."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @steadfast
    async def begun(self, order: Order) -> None:
        """Note that the run began to work, and for how long it stood in our queue before."""
        now = self.clock.now()
        async with self.store.write() as connection:
            query = sa.select(CASE_FILE.c.opened_at).where(CASE_FILE.c.case_id == order.case_id)
            row = {
                "case_id": order.case_id,
                "ref": "queue",
                "cause": Cause.OUR_QUEUEING.value,
                "owner_role": "",
                "started_at": (await connection.execute(query)).scalar_one(),
                "ended_at": now,
                "detail": "from the start of the case to its first step",
            }
            await insert_once(connection, CASE_WAIT, row)

    @steadfast
    async def record(
        self,
        order: Order,
        *,
        title: str | None,
        at_stake: Money | None,
        legal_entity_id: str | None,
        facts: dict[str, str],
    ) -> None:
        """Show on the case what the road has learnt."""
        changes: dict[str, Any] = {}
        if title is not None:
            changes["title"] = title
        if at_stake is not None:
            changes |= {"at_stake_amount": str(at_stake.amount), "at_stake_currency": at_stake.currency}
        if legal_entity_id is not None:
            changes["legal_entity_id"] = legal_entity_id
        async with self.store.write() as connection:
            await stand(connection, order.case_id, at=self.clock.now(), **changes)
            await put_facts(connection, order.case_id, facts)

    @steadfast
    async def publish(self, order: Order, *, ref: str, event_type: str, subject: str, data: Noun) -> None:
        """Append an event to the outbox, once for a `ref`."""
        async with self.store.write() as connection:
            await tell(
                connection,
                order,
                event_id=f"{order.case_id}--{ref}",
                event_type=event_type,
                subject=subject,
                at=self.clock.now(),
                data=data,
            )

    @steadfast
    async def unwinding(self, order: Order, *, reason: str) -> None:
        """Note that the case is being taken back."""
        now = self.clock.now()
        async with self.store.write() as connection:
            await stand(connection, order.case_id, at=now, state=CaseState.UNWINDING)
            await note(connection, case_id=order.case_id, ref="unwinding", at=now, what="unwinding", detail=reason)

    @steadfast
    async def refused(self, doing: Doing, *, reason: str) -> None:
        """Note that the case cannot be taken back because of a pivot; a person has to take it up."""
        fault = Fault(
            code="UNWIND_REFUSED",
            title="The case cannot be taken back",
            detail=f"{doing.label} stands and is never taken back; wanted because: {reason}",
            hint="Reverse it in the systems concerned by a document of its own.",
            owner_role="operations",
            cause=Cause.DATA_QUALITY,
        )
        now, case_id = self.clock.now(), doing.order.case_id
        async with self.store.write() as connection:
            await raise_exception(connection, doing, fault, exception_id=f"{case_id}--xunwind", park="unwind", at=now)
        await self.close(doing.order, state=CaseState.FAILED, detail=fault.detail)

    @steadfast
    async def close(self, order: Order, *, state: CaseState, detail: str = "") -> None:
        """Close the case, once; what it cost us in time becomes the fact `engine_s`."""
        now = self.clock.now()
        async with self.store.write() as connection:
            closed = sa.select(CASE_FILE.c.closed_at).where(CASE_FILE.c.case_id == order.case_id)
            if (await connection.execute(closed)).scalar_one() is not None:
                return
            await put_facts(connection, order.case_id, {"engine_s": await _engine_s(connection, order, now=now)})
            await stand(connection, order.case_id, at=now, state=state, closed_at=now)
            await note(
                connection,
                case_id=order.case_id,
                ref=f"closed:{state.value}",
                at=now,
                what=f"case {state.value}",
                detail=detail,
            )
            if state is CaseState.UNWOUND:
                table = BUSINESS_EXCEPTION.c
                mine = (table.case_id == order.case_id) & (table.state == ExceptionState.OPEN.value)
                gone = {"state": ExceptionState.WITHDRAWN.value, "fixed_at": now}
                await connection.execute(sa.update(BUSINESS_EXCEPTION).where(mine).values(**gone))


async def put_facts(connection: AsyncConnection, case_id: str, facts: dict[str, str]) -> None:
    """Merge facts into a case by name."""
    for name, value in facts.items():
        await put(connection, CASE_FACT, {"case_id": case_id, "name": name, "value": value})


async def _engine_s(connection: AsyncConnection, order: Order, *, now: dt.datetime) -> str:
    """Seconds of our own: all time but the waits for people and the calls of vendors."""
    opened = sa.select(CASE_FILE.c.opened_at).where(CASE_FILE.c.case_id == order.case_id)
    total_s = (now - (await connection.execute(opened)).scalar_one()).total_seconds()
    outside = sa.select(sa.func.coalesce(sa.func.sum(CASE_STEP.c.outside_ms), 0))
    outside_ms = (await connection.execute(outside.where(CASE_STEP.c.case_id == order.case_id))).scalar_one()
    waits = sa.select(CASE_WAIT).where(
        CASE_WAIT.c.case_id == order.case_id, CASE_WAIT.c.cause != Cause.OUR_QUEUEING.value
    )
    waited_s = sum(((row.ended_at or now) - row.started_at).total_seconds() for row in await connection.execute(waits))
    return f"{max(0.0, total_s - waited_s - int(outside_ms) / 1000):.3f}"
