from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest

from contracts.events.envelope import CloudEvent
from contracts.problem import Problem
from kit.clock import ManualClock
from kit.events import DeadLetters, EventLog, append, feed_cursor, move_feed, unread
from kit.store import Store, migrate

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    migrate(url)
    opened = Store.at(url)
    for number in range(1, 4):
        event = CloudEvent(id=str(number), source="test", type="t.v1", subject="s", time=NOON, data={})
        async with opened.write() as connection:
            await append(connection, event)
    yield opened
    await opened.close()


class Handler:
    """Cannot handle the second event until it is repaired."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.repaired = False

    async def __call__(self, event: CloudEvent) -> None:
        if event.id == "2" and not self.repaired:
            raise ZeroDivisionError
        self.handled.append(event.id)


@pytest.mark.req(223)
async def test_a_poisoned_event_is_laid_aside(store: Store) -> None:
    """An event that fails again and again holds up the others until patience ends, is laid aside, and is replayed."""
    handler, dead = Handler(), DeadLetters(store, clock=ManualClock(NOON), attempts=3)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await dead.consume("billing", handler)
    assert [] == await dead.letters()
    assert 2 == await dead.consume("billing", handler)
    assert ["1", "3"] == handler.handled
    (letter,) = await dead.letters("billing")
    assert ("2", 3, "ZeroDivisionError: ") == (letter.event_id, letter.attempts, letter.error)
    assert "handed to billing again" in await dead.replay(letter, handler, dry_run=True)
    with pytest.raises(ZeroDivisionError):
        await dead.replay(letter, handler)
    handler.repaired = True
    await dead.replay(letter, handler)
    assert ["1", "3", "2"] == handler.handled
    assert [] == await dead.letters()
    with pytest.raises(Problem):
        await dead.replay(letter, handler)


async def test_how_far_behind(store: Store) -> None:
    """A consumer is as far behind as its oldest unread event is old."""
    log = EventLog(store)
    await log.consume("slow", Handler(), limit=1)
    ready = Handler()
    ready.repaired = True
    await log.consume("quick", ready)
    async with store.read() as connection:
        found = await unread(connection, now=NOON + dt.timedelta(seconds=90))
    assert {"slow": 90.0, "quick": 0.0} == found


async def test_a_feed_goes_on_where_it_stood(store: Store) -> None:
    """The cursor of a feed is whatever it was given last, and empty at the very beginning."""
    async with store.write() as connection:
        assert "" == await feed_cursor(connection, "crm-main")
        await move_feed(connection, "crm-main", "opaque/1==", at=NOON)
        await move_feed(connection, "crm-main", "opaque/2==", at=NOON)
    async with store.read() as connection:
        assert "opaque/2==" == await feed_cursor(connection, "crm-main")
        assert "" == await feed_cursor(connection, "erp-main")
