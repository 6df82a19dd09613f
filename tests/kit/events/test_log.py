from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from contracts.events.envelope import CloudEvent
from kit.events import EventLog, Place, append, first_seen
from kit.store import Store, migrate

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
WRITERS = 8
EACH = 60
COPY = """insert into event_log (seq, xid, tenant, source, event_id, type, subject, event)
          select :seq, cast(:xid as number), tenant, source, :id, type, subject, event
          from event_log where event_id = '1'"""


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    migrate(url)
    opened = Store.at(url)
    yield opened
    await opened.close()


def event(number: object, source: str = "test") -> CloudEvent:
    return CloudEvent(id=str(number), source=source, type="t.v1", subject="s", time=NOW, data={"n": str(number)})


async def _write(store: Store, *numbers: int) -> None:
    for number in numbers:
        async with store.write() as connection:
            await append(connection, event(number))


async def test_an_event_is_appended_once(store: Store) -> None:
    """The same source and id stand in the log once; a rolled-back append is not there."""
    async with store.write() as connection:
        assert await append(connection, event(1))
        assert not await append(connection, event(1))
        assert await append(connection, event(1, "other"))
    with pytest.raises(ZeroDivisionError):
        await _fail(store)
    assert ["1", "1"] == [logged.event.id for logged in await EventLog(store).after(Place())]


async def _fail(store: Store) -> None:
    async with store.write() as connection:
        await append(connection, event(2))
        raise ZeroDivisionError


async def test_consumers_keep_their_place(store: Store) -> None:
    """Each consumer goes on where it stood; a failing handler keeps its event; moving back replays."""
    log, seen = EventLog(store), list[str]()

    async def handle(one: CloudEvent) -> None:
        if one.id == "2" and "2" not in seen:
            seen.append("2")
            raise ZeroDivisionError
        seen.append(one.id)

    await _write(store, 1, 2, 3)
    with pytest.raises(ZeroDivisionError):
        await log.consume("a", handle)
    assert 2 == await log.consume("a", handle)
    assert ["1", "2", "2", "3"] == seen
    assert 0 == await log.consume("a", handle)
    await log.move("a", Place())
    assert 3 == await log.consume("a", handle)
    assert Place() == await log.place("b")


async def test_nothing_is_overtaken(store: Store) -> None:
    """Under eight concurrent writers that draw numbers before they commit, a reader misses no event."""
    log, chance, seen = EventLog(store), random.Random(11), list[str]()
    writing = asyncio.gather(*(_slowly(store, writer, random.Random(chance.random())) for writer in range(WRITERS)))

    async def handle(one: CloudEvent) -> None:
        seen.append(one.id)

    async with asyncio.timeout(60):
        while not writing.done() or len(seen) < WRITERS * EACH:
            await log.consume("reader", handle)
            await asyncio.sleep(0.001)
    await writing
    assert sorted(f"{w}-{n}" for w in range(WRITERS) for n in range(EACH)) == sorted(seen)


async def test_transaction_ids_are_numbers(store: Store) -> None:
    """Events are read by the number of their transaction: 9 before 10, whatever their text would say."""
    await _write(store, 1)
    async with store.write() as connection:
        kind = "xid8" if connection.dialect.name == "postgresql" else "integer"
        insert = sa.text(COPY.replace("number", kind))
        for seq, xid in ((109, "9"), (110, "10"), (111, "11")):
            await connection.execute(insert, {"seq": seq, "xid": xid, "id": xid})
        await connection.execute(sa.text("delete from event_log where event_id = '1'"))
    read = [logged.place.seq for logged in await EventLog(store).after(Place())]
    assert [109, 110, 111] == read
    assert 3 == await EventLog(store).consume("a", _ignore)
    assert [] == await EventLog(store).after(await EventLog(store).place("a"))


async def _ignore(_event: CloudEvent) -> None:
    """Handle an event by doing nothing."""


async def _slowly(store: Store, writer: int, chance: random.Random) -> None:
    for number in range(EACH):
        async with store.write() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(sa.text("select nextval('event_log_seq_seq')"))
            await append(connection, event(f"{writer}-{number}"))
            await asyncio.sleep(chance.uniform(0, 0.003))


async def test_the_inbox_takes_an_event_once(store: Store) -> None:
    """The same event of the same source is new once; taken back with its transaction, it is new again."""
    async with store.write() as connection:
        assert await first_seen(connection, source="crm", event_id="1", received_at=NOW)
        assert not await first_seen(connection, source="crm", event_id="1", received_at=NOW)
        assert await first_seen(connection, source="erp", event_id="1", received_at=NOW)
