"""What the feed has taken in, kept in the store: where it stands in the CRM's changes, and which deals it has met."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from contracts.events.envelope import CloudEvent
from kit.clock import Clock
from kit.events import append, feed_cursor, first_seen, move_feed
from kit.store import Store


class Intake(Protocol):
    """What the feed asks of the store."""

    async def cursor(self, connection: str) -> str:
        """Where to go on in the changes of a CRM connection; empty at the very beginning."""
        ...

    async def take(self, event: CloudEvent) -> bool:
        """Note an event and append it to the log, both or neither; False when it was noted before."""
        ...

    async def move(self, connection: str, cursor: str) -> None:
        """Go on from here the next time."""
        ...

    async def losses(self, connection: str, opportunity_id: str) -> int:
        """How often a deal that had a case was found open again or lost."""
        ...

    async def note_loss(self, connection: str, opportunity_id: str, *, number: int) -> None:
        """Note that it was, for the so manieth time."""
        ...


class StoredIntake:
    """Keeps it in the store of the durable engine, whose cases the events start."""

    def __init__(self, store: Callable[[], Store], *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def cursor(self, connection: str) -> str:
        """Where to go on in the changes of a CRM connection; empty at the very beginning."""
        async with self._store().read() as transaction:
            return await feed_cursor(transaction, connection)

    async def take(self, event: CloudEvent) -> bool:
        """Note an event and append it to the log, both or neither; False when it was noted before."""
        now = self._clock.now()
        async with self._store().write() as transaction:
            if not await first_seen(transaction, source=event.source, event_id=event.id, received_at=now):
                return False
            await append(transaction, event)
        return True

    async def move(self, connection: str, cursor: str) -> None:
        """Go on from here the next time: the cursor is what the CRM answered last."""
        async with self._store().write() as transaction:
            await move_feed(transaction, connection, cursor, at=self._clock.now())

    async def losses(self, connection: str, opportunity_id: str) -> int:
        """How often a deal that had a case was found open again or lost."""
        async with self._store().read() as transaction:
            return int(await feed_cursor(transaction, _losses(connection, opportunity_id)) or 0)

    async def note_loss(self, connection: str, opportunity_id: str, *, number: int) -> None:
        """Note that it was, for the so manieth time."""
        async with self._store().write() as transaction:
            name = _losses(connection, opportunity_id)
            await move_feed(transaction, name, str(number), at=self._clock.now())


def _losses(connection: str, opportunity_id: str) -> str:
    return f"{connection}/losses/{opportunity_id}"
