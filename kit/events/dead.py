"""Dead letters: an event whose handler fails again and again is laid aside, told, and may be handed over anew.

One poisoned event must not hold up all that come after it; and it must not be lost either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from contracts.events.envelope import CloudEvent
from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.events.log import EventLog, LoggedEvent, move
from kit.store import Store, put
from kit.store.tables import DEAD_LETTER

Handle = Callable[[CloudEvent], Awaitable[None]]
_TRYING: Final = "trying"
_DEAD: Final = "dead"
_HANDLED: Final = "handled"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a consumer could not handle, what it said and how often it was tried."""

    consumer: str
    source: str
    event_id: str
    type: str
    attempts: int
    error: str
    first_at: dt.datetime
    last_at: dt.datetime
    event: CloudEvent


class DeadLetters:
    """Consumes the log on behalf of handlers that may fail for ever."""

    def __init__(self, store: Store, *, clock: Clock, attempts: int = 5) -> None:
        self._store = store
        self._clock = clock
        self._log = EventLog(store)
        self._attempts = attempts

    async def consume(self, consumer: str, handle: Handle, *, limit: int = 500) -> int:
        """Hand over the next events; how many were passed. One that failed too often is laid aside and passed.

        Before that its failure passes through, and the consumer stays before it; so order is kept until patience ends.
        """
        events = await self._log.after(await self._log.place(consumer), limit=limit)
        for logged in events:
            try:
                await handle(logged.event)
            except Exception as failure:
                if not await self._failed(consumer, logged, failure):
                    raise
            else:
                await self._log.move(consumer, logged.place)
        return len(events)

    async def letters(self, consumer: str | None = None, *, limit: int = 100) -> list[DeadLetter]:
        """What was laid aside, oldest first."""
        query = sa.select(DEAD_LETTER).where(DEAD_LETTER.c.state == _DEAD)
        if consumer is not None:
            query = query.where(DEAD_LETTER.c.consumer == consumer)
        async with self._store.read() as connection:
            found = await connection.execute(query.order_by(DEAD_LETTER.c.last_at).limit(limit))
            return [_letter(row) for row in found]

    async def replay(self, letter: DeadLetter, handle: Handle, *, dry_run: bool = False) -> str:
        """Hand a letter over anew; what happened, or with `dry_run` what would, in words.

        Raises:
            Problem: not_found, when it was replayed already.
            Exception: whatever the handler raises; the letter stays.

        """
        mine = _of(letter.consumer, letter.source, letter.event_id) & (DEAD_LETTER.c.state == _DEAD)
        async with self._store.read() as connection:
            if (await connection.execute(sa.select(DEAD_LETTER.c.consumer).where(mine))).first() is None:
                raise Problem(Kind.NOT_FOUND, "letter_not_found", f"{letter.event_id} is no dead letter")
        words = f"{letter.type} {letter.event_id} is handed to {letter.consumer} again"
        if dry_run:
            return words
        await handle(letter.event)
        async with self._store.write() as connection:
            done = {"state": _HANDLED, "last_at": self._clock.now()}
            await connection.execute(sa.update(DEAD_LETTER).where(mine).values(**done))
        return words

    async def _failed(self, consumer: str, logged: LoggedEvent, failure: Exception) -> bool:
        """Write the failure; whether patience has ended and the consumer moved on."""
        event, now = logged.event, self._clock.now()
        mine = _of(consumer, event.source, event.id)
        async with self._store.write() as connection:
            before = (await connection.execute(sa.select(DEAD_LETTER).where(mine))).first()
            attempts = 1 if before is None else before.attempts + 1
            dead = attempts >= self._attempts
            row = {
                "consumer": consumer,
                "source": event.source,
                "event_id": event.id,
                "type": event.type,
                "event": msgspec.json.encode(event).decode(),
                "state": _DEAD if dead else _TRYING,
                "attempts": attempts,
                "error": f"{type(failure).__name__}: {failure}",
                "first_at": now,
                "last_at": now,
            }
            await put(connection, DEAD_LETTER, row, keep=frozenset({"first_at"}))
            if dead:
                await move(connection, consumer=consumer, place=logged.place)
        return dead


def _of(consumer: str, source: str, event_id: str) -> sa.ColumnElement[bool]:
    table = DEAD_LETTER.c
    return (table.consumer == consumer) & (table.source == source) & (table.event_id == event_id)


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(
        consumer=row.consumer,
        source=row.source,
        event_id=row.event_id,
        type=row.type,
        attempts=row.attempts,
        error=row.error,
        first_at=row.first_at,
        last_at=row.last_at,
        event=msgspec.json.decode(row.event, type=CloudEvent),
    )
