"""The event log: appended in the transaction of the effect, read in order by cursors, replayed by moving one back.

Numbers are drawn before commit, so on PostgreSQL a later number may be seen earlier. The reader therefore goes by
(transaction id, number) and stops below the oldest transaction still running: nothing is overtaken, nothing lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events.envelope import CloudEvent
from kit.store import Store, insert_once_now
from kit.store.tables import EVENT_LOG

_READ: Final = {
    "postgresql": """
        select l.xid::text, l.seq, l.event from event_log l
        where (l.xid, l.seq) > (cast(:xid as xid8), :seq) and l.xid < pg_snapshot_xmin(pg_current_snapshot())
        order by l.xid, l.seq limit :limit""",  # qualified: a bare xid would order by the text that is selected
    "sqlite": "select '0', seq, event from event_log where seq > :seq and '0' <= :xid order by seq limit :limit",
}
_CURSOR: Final = {
    "postgresql": "select xid::text, seq from consumer_cursor where consumer = :consumer",
    "sqlite": "select '0', seq from consumer_cursor where consumer = :consumer",
}
_FIRST: Final = """
    insert into consumer_cursor (consumer, xid, seq) values (:consumer, cast('0' as {type}), 0)
    on conflict (consumer) do nothing"""
_MOVE: Final = """
    insert into consumer_cursor (consumer, xid, seq) values (:consumer, cast(:xid as {type}), :seq)
    on conflict (consumer) do update set xid = excluded.xid, seq = excluded.seq"""
_XID: Final = {"postgresql": "xid8", "sqlite": "bigint"}


class Place(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A place in the log: the transaction that wrote and the number it drew. The default is before the first."""

    xid: int = 0
    seq: int = 0


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event and the place it stands at."""

    place: Place
    event: CloudEvent


async def append(connection: AsyncConnection, event: CloudEvent) -> bool:
    """Append within the caller's transaction; False when the same (source, id) stands there already."""
    return await connection.run_sync(append_now, event)


def append_now(connection: sa.Connection, event: CloudEvent) -> bool:
    """`append` on a thread of its own."""
    row = {
        "tenant": event.tenant,
        "source": event.source,
        "event_id": event.id,
        "type": event.type,
        "subject": event.subject,
        "event": msgspec.json.encode(event).decode(),
    }
    return insert_once_now(connection, EVENT_LOG, row)


class EventLog:
    """Reads the log for named consumers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def place(self, consumer: str) -> Place:
        """Where a consumer stands; before the first event when it has never moved."""
        async with self._store.read() as connection:
            statement = sa.text(_CURSOR[connection.dialect.name])
            row = (await connection.execute(statement, {"consumer": consumer})).first()
        return Place() if row is None else Place(xid=int(row[0]), seq=int(row[1]))

    async def after(self, place: Place, *, limit: int = 500) -> list[LoggedEvent]:
        """The next events after a place, in order."""
        async with self._store.read() as connection:
            statement = sa.text(_READ[connection.dialect.name])
            found = await connection.execute(statement, {"xid": str(place.xid), "seq": place.seq, "limit": limit})
            rows = found.all()
        return [
            LoggedEvent(
                place=Place(xid=int(row[0]), seq=int(row[1])), event=msgspec.json.decode(row[2], type=CloudEvent)
            )
            for row in rows
        ]

    async def move(self, consumer: str, place: Place) -> None:
        """Put a consumer somewhere; an earlier place replays what came after it."""
        async with self._store.write() as connection:
            await move(connection, consumer=consumer, place=place)

    async def consume(self, consumer: str, handle: Callable[[CloudEvent], Awaitable[None]], *, limit: int = 500) -> int:
        """Hand the next events to `handle`, one by one, moving on after each; how many were handled.

        A crash between the two hands the event over again: `handle` takes each event at least once.
        An exception of `handle` passes through, and the consumer stays before the event that caused it.
        """
        events = await self.after(await self.place(consumer), limit=limit)
        for logged in events:
            await handle(logged.event)
            await self.move(consumer, logged.place)
        return len(events)


async def move(connection: AsyncConnection, *, consumer: str, place: Place) -> None:
    """Put a consumer somewhere within the caller's transaction, together with the effect of what it read."""
    statement = sa.text(_MOVE.format(type=_XID[connection.dialect.name]))
    await connection.execute(statement, {"consumer": consumer, "xid": str(place.xid), "seq": place.seq})


async def locked_place(connection: AsyncConnection, *, consumer: str) -> Place:
    """Where a consumer stands; nobody else moves it until the caller's transaction, which writes, has ended.

    So several workers may read for one consumer, and what each page becomes is written once: whoever finds that the
    place has changed since it read gives its page up.
    """
    name = connection.dialect.name
    await connection.execute(sa.text(_FIRST.format(type=_XID[name])), {"consumer": consumer})
    lock = " for update" if name == "postgresql" else ""  # on SQLite whoever writes is alone already
    row = (await connection.execute(sa.text(_CURSOR[name] + lock), {"consumer": consumer})).one()
    return Place(xid=int(row[0]), seq=int(row[1]))
