"""Waiting for time, as rows: until a moment, or until a window opens; the case shows what it waits for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from contracts.canonical.casework import Cause
from kit.clock import Clock
from kit.durable.ledger import cancelled
from kit.durable.order import Order, Owed, Pending
from kit.durable.parking import begin_wait, end_wait
from kit.durable.steadfast import steadfast
from kit.durable.trail import pay
from kit.store import Store


class Timing:
    """Looks whether it is time."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @steadfast
    async def due(
        self, order: Order, *, ref: str, what: str, opens: Callable[[dt.datetime], dt.datetime], owed: Owed = ()
    ) -> Pending:
        """Whether it is time; `opens` says of a moment when it is, the moment itself meaning at once."""
        now = self.clock.now()
        at = opens(now)
        async with self.store.write() as connection:
            await pay(connection, owed)
            reason = await cancelled(connection, order.case_id)
            if at > now and not reason:
                detail = f"{what}, at {at.isoformat()}"
                await begin_wait(connection, order, ref=ref, cause=Cause.OUR_QUEUEING, role="", at=now, detail=detail)
                return Pending(over=False, wait_s=(at - now).total_seconds())
            await end_wait(connection, order, ref=ref, at=now)
        return Pending(over=not reason, cancelled=reason)
