"""How a case stands, as rows: begun, recorded, published, closed.

What a run only tells of itself is owed: written with whatever it records next, under natural keys.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import sqlalchemy as sa

from contracts.canonical.casework import CaseState, Cause
from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from kit.clock import Clock
from kit.durable import standing_sql as sql
from kit.durable.order import Order, Owed
from kit.durable.steadfast import steadfast
from kit.durable.trail import event_of, note, pay, stand
from kit.events import append_now
from kit.store import Store
from kit.store.script import moment_of, stored


class Standing:
    """Writes what a run knows about its case as a whole."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def begun(self, order: Order, connection: sa.Connection) -> None:
        """Note that the run began to work, and for how long it stood in our queue before."""
        values = {
            "case_id": order.case_id,
            "cause": Cause.OUR_QUEUEING.value,
            "at": stored(connection, self.clock.now()),
            "detail": "from the start of the case to its first step",
        }
        sql.BEGUN.run(connection, values)

    def record(
        self,
        order: Order,
        connection: sa.Connection,
        *,
        title: str | None,
        at_stake: Money | None,
        legal_entity_id: str | None,
        facts: dict[str, str],
    ) -> None:
        """Show on the case what the road has learnt."""
        values = {
            "case_id": order.case_id,
            "at": stored(connection, self.clock.now()),
            "title": title,
            "amount": None if at_stake is None else str(at_stake.amount),
            "currency": None if at_stake is None else at_stake.currency,
            "legal_entity_id": legal_entity_id,
        }
        sql.RECORD.run(connection, values)
        _put_facts(connection, order.case_id, facts)

    def publish(
        self, order: Order, connection: sa.Connection, *, ref: str, event_type: str, subject: str, data: Noun
    ) -> None:
        """Append an event to the outbox, once for a `ref`."""
        event = event_of(
            order,
            event_id=f"{order.case_id}--{ref}",
            event_type=event_type,
            subject=subject,
            at=self.clock.now(),
            data=data,
        )
        append_now(connection, event)

    @steadfast
    async def unwinding(self, order: Order, *, reason: str, owed: Owed = ()) -> None:
        """Note that the case is being taken back."""
        now = self.clock.now()
        async with self.store.write() as connection:
            await pay(connection, owed)
            await stand(connection, order.case_id, at=now, state=CaseState.UNWINDING)
            await note(connection, case_id=order.case_id, ref="unwinding", at=now, what="unwinding", detail=reason)

    @steadfast
    async def close(self, order: Order, *, state: CaseState, detail: str = "", owed: Owed = ()) -> None:
        """Close the case, once; what it cost us in time becomes the fact `engine_s`."""
        await self.store.together(partial(self._close, order, state, detail, owed))

    def _close(self, order: Order, state: CaseState, detail: str, owed: Owed, connection: sa.Connection) -> None:
        for write in owed:
            write(connection)
        now, case_id = self.clock.now(), order.case_id
        spent = sql.SPENT.ask(connection, {"case_id": case_id})
        if spent[0].closed_at is not None:
            return
        values = {
            "case_id": case_id,
            "name": "engine_s",
            "value": _engine_s(spent, now=now),
            "at": stored(connection, now),
            "state": state.value,
            "ref": f"closed:{state.value}",
            "what": f"case {state.value}",
            "detail": detail,
        }
        sql.CLOSE.run(connection, values)
        if state is CaseState.UNWOUND:
            sql.WITHDRAW.run(connection, values)


def _put_facts(connection: sa.Connection, case_id: str, facts: dict[str, str]) -> None:
    for name, value in facts.items():
        sql.FACT.run(connection, {"case_id": case_id, "name": name, "value": value})


def _engine_s(spent: list[Any], *, now: dt.datetime) -> str:
    """Seconds of our own: all time but the waits for people and for time, and the calls of vendors."""
    total_s = (now - moment_of(spent[0].opened_at)).total_seconds()
    waits = [(moment_of(row.started_at), moment_of(row.ended_at or now)) for row in spent if row.started_at]
    waited_s = sum((ended_at - started_at).total_seconds() for started_at, ended_at in waits)
    return f"{max(0.0, total_s - waited_s - int(spent[0].outside_ms) / 1000):.3f}"
