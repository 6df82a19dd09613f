"""Works that share a transaction, and statements that go to the driver as they are; on both databases."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from functools import partial
from threading import Event

import pytest
import sqlalchemy as sa

from kit.store import Store, migrate
from kit.store.script import Script, moment_of, stored

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_PUT = Script("insert into case_fact (case_id, name, value) values (:case_id, 'n', :value)")
_ALL = Script("select case_id, value from case_fact order by case_id")
_MARK = Script("select 0 as xid", postgresql="select pg_current_xact_id()::text as xid")


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    migrate(url)
    opened = Store.at(url)
    yield opened
    await opened.close()


class Work:
    """Writes one fact; may stop before it begins, and may fail after it wrote."""

    def __init__(self, case_id: str, *, fails: bool = False, waits: Event | None = None) -> None:
        self.case_id = case_id
        self.fails = fails
        self.waits = waits
        self.transactions: list[str] = []

    def __call__(self, connection: sa.Connection) -> str:
        if self.waits is not None:
            assert self.waits.wait(20)
        _PUT.run(connection, {"case_id": self.case_id, "value": "1"})
        self.transactions.append(_MARK.ask(connection, {})[0].xid)
        if self.fails:
            message = f"{self.case_id} is refused"
            raise RuntimeError(message)
        return self.case_id


async def _together(store: Store, works: list[Work]) -> list[str | BaseException]:
    """Let works come while every hand is busy."""
    opens = Event()
    busy = [asyncio.ensure_future(store.at_once(lambda _: opens.wait(20))) for _ in range(2)]
    asked = [asyncio.ensure_future(store.together(work)) for work in works]
    await asyncio.sleep(0)
    opens.set()
    await asyncio.gather(*busy)
    return await asyncio.gather(*asked, return_exceptions=True)


async def _cases(store: Store) -> list[str]:
    return [row.case_id for row in await store.at_once(partial(_ALL.ask, values={}))]


async def test_works_that_wait_share_a_transaction(store: Store) -> None:
    """Each gets its own answer, all of them are kept, and fewer transactions than works were needed."""
    works = [Work(f"c{number}") for number in range(8)]
    answers = await _together(store, works)
    assert [work.case_id for work in works] == answers == await _cases(store)
    assert len({work.transactions[0] for work in works}) <= 2


async def test_one_that_fails_fails_alone(store: Store) -> None:
    """Its failure reaches who asked for it and nobody else; what it wrote is gone, what the others wrote is kept."""
    works = [Work("c0"), Work("c1", fails=True), Work("c2")]
    first, refused, last = await _together(store, works)
    assert ("c0", "c2") == (first, last)
    assert isinstance(refused, RuntimeError)
    assert "c1 is refused" == str(refused)
    assert ["c0", "c2"] == await _cases(store)


async def test_who_no_longer_waits_disturbs_nobody(store: Store) -> None:
    """A work whose caller was cancelled is done or not, and the others get their answers."""
    opens = Event()
    first = asyncio.ensure_future(store.together(Work("c0", waits=opens)))
    second = asyncio.ensure_future(store.together(Work("c1")))
    await asyncio.sleep(0)
    first.cancel()
    opens.set()
    assert "c1" == await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_statement_fails_as_sqlalchemy_would(store: Store) -> None:
    """The driver's refusal comes as SQLAlchemy's, and the transaction is undone."""
    await store.together(Work("c0"))
    with pytest.raises(sa.exc.IntegrityError):
        await store.together(Work("c0"))
    assert ["c0"] == await _cases(store)


@pytest.mark.postgres
async def test_a_lost_connection_is_not_used_again(postgres_url: str) -> None:
    """A statement on a connection that the server ended tells so, and the next one gets another connection."""
    migrate(postgres_url)
    store = Store.at(postgres_url)
    end = Script("select pg_terminate_backend(pg_backend_pid()) as ended")
    try:
        with pytest.raises(sa.exc.OperationalError) as lost:
            await store.together(partial(end.ask, values={}))
        assert lost.value.connection_invalidated
        assert [] == await _cases(store)
    finally:
        await store.close()


async def test_moments_come_back(store: Store) -> None:
    """A moment is the same when it was kept and read by plain statements."""
    put = Script("insert into inbox (source, event_id, received_at) values ('s', '1', :at)")
    ask = Script("select received_at from inbox")

    def both(connection: sa.Connection) -> dt.datetime:
        put.run(connection, {"at": stored(connection, NOON)})
        return moment_of(ask.ask(connection, {})[0].received_at)

    assert NOON == await store.at_once(both)
