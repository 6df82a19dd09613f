"""From the log of events to messages: each event is read once and told to whom its object belongs.

The page is written together with the new place, under the lock of that place, so that of several workers one writes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events.envelope import CloudEvent
from contracts.events.webhooks import EndpointDisabled
from kit.clock import Clock
from kit.events import EventLog, Place, locked_place, move
from kit.sealing import Sealer
from kit.store import Store
from kit.store.tables import CASE_FACT, CASE_FILE
from process_apis.webhooks.config import Config
from process_apis.webhooks.deliveries import Deliveries, Message
from process_apis.webhooks.endpoints import Endpoints, expired
from process_apis.webhooks.rules import Told, body, clients_of, message_id, told

_FACT: Final = CASE_FACT.c


@dataclass(frozen=True)
class FanOut:
    """One task of a worker. `trouble` is handed each fact that an endpoint was disabled, at least once."""

    store: Callable[[], Store]
    clock: Clock
    tenant: str
    config: Config
    sealer: Sealer
    trouble: Callable[[EndpointDisabled], Awaitable[None]]

    @property
    def consumer(self) -> str:
        """What the log calls us."""
        return f"webhooks/{self.tenant}"

    async def look(self) -> bool:
        """Take in the next events; whether there may be more at once."""
        log = EventLog(self.store())
        place = await log.place(self.consumer)
        found = await log.after(place, limit=self.config.page)
        if not found:
            return False
        events = [each.event for each in found if each.event.tenant == self.tenant]
        for event in events:
            if event.type == EndpointDisabled.TYPE:
                await self.trouble(msgspec.convert(event.data, EndpointDisabled))
        await self._write(events, read_from=place, to=found[-1].place)
        return len(found) == self.config.page

    async def age_out(self) -> bool:
        """Forget what is kept no longer; never more at once."""
        before = self.clock.now() - dt.timedelta(days=self.config.retention_days)
        for statement in expired(self.tenant, before=before):
            async with self.store().write() as connection:
                await connection.execute(statement)
        return False

    async def _write(self, events: list[CloudEvent], *, read_from: Place, to: Place) -> None:
        async with self.store().write() as connection:
            if await locked_place(connection, consumer=self.consumer) != read_from:
                return  # another worker has written this page
            for event in events:
                what = told(event)
                if what is not None:
                    await self._spread(connection, event, what)
            await move(connection, consumer=self.consumer, place=to)

    async def _spread(self, connection: AsyncConnection, event: CloudEvent, what: Told) -> None:
        now = self.clock.now()
        customer_id = what.customer_id or await self._customer(connection, what)
        if not customer_id or event.time < now - dt.timedelta(days=self.config.retention_days):
            return
        deliveries = Deliveries(connection, self.tenant, now)
        message = Message(
            message_id=message_id(self.tenant, event.source, event.id),
            type=what.type.value,
            body=body(what.type.value, at=event.time, data=what.data),
            occurred_at=event.time,
            customer_id=customer_id,
        )
        number = await deliveries.keep(message)
        if number is not None:
            clients = clients_of(customer_id, self.config)
            endpoints = Endpoints(connection, self.tenant, now, self.sealer)
            await deliveries.put_in_line(await endpoints.interested(clients, what.type), [number])

    async def _customer(self, connection: AsyncConnection, what: Told) -> str:
        """Whose the object is, as the case knows it; empty when no case does, and then nobody is told."""
        ours = sa.select(CASE_FILE.c.case_id).where(CASE_FILE.c.tenant == self.tenant)
        if what.case_id:
            cases = ours.where(CASE_FILE.c.case_id == what.case_id)
        else:
            named = (_FACT.name == "project_id") & (_FACT.value == what.project_id)
            cases = ours.where(CASE_FILE.c.case_id.in_(sa.select(_FACT.case_id).where(named)))
        query = sa.select(_FACT.value).where(_FACT.name == "customer_id", _FACT.case_id.in_(cases)).distinct()
        found = list((await connection.execute(query.limit(2))).scalars())
        return str(found[0]) if len(found) == 1 else ""
