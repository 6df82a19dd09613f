from __future__ import annotations

import asyncio
import datetime as dt
import gc
import random
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects.postgresql.base import ischema_names

from kit.store import Store, insert_once, migrate, put
from kit.store.column import Moment, TransactionId
from kit.store.tables import CASE_FACT, INBOX, METADATA
from kit.store.url import async_url, blocking_url, plain_url

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    migrate(url)
    opened = Store.at(url)
    yield opened
    await opened.close()


def test_migrations_make_the_tables(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The migrations, applied twice, make exactly the tables of the code."""
    monkeypatch.setitem(ischema_names, "xid8", TransactionId)  # else the comparison does not know the type
    migrate(url)
    migrate(url)
    engine = sa.create_engine(blocking_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "sluice_revision"})
        differences = compare_metadata(context, METADATA)
    engine.dispose()
    assert [] == differences


async def test_rows_are_inserted_once(store: Store) -> None:
    """The second insert under one key changes nothing and says so."""
    row = {"source": "crm", "event_id": "1", "received_at": NOON}
    async with store.write() as connection:
        assert await insert_once(connection, INBOX, row)
        assert not await insert_once(connection, INBOX, row)
        found = (await connection.execute(sa.select(INBOX))).one()
    assert NOON == found.received_at


async def test_rows_are_put(store: Store) -> None:
    """Putting again changes the row, save for the columns that are kept."""
    first = {"case_id": "c", "name": "n", "value": "1"}
    async with store.write() as connection:
        await put(connection, CASE_FACT, first)
        await put(connection, CASE_FACT, {**first, "value": "2"})
        assert "2" == (await connection.execute(sa.select(CASE_FACT.c.value))).scalar_one()


async def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    """What a block wrote before it failed is gone."""
    with pytest.raises(RuntimeError, match="stop"):
        await _fail(store)
    async with store.read() as connection:
        assert [] == list(await connection.execute(sa.select(CASE_FACT)))


async def _fail(store: Store) -> None:
    async with store.write() as connection:
        await put(connection, CASE_FACT, {"case_id": "c", "name": "n", "value": "1"})
        message = "stop"
        raise RuntimeError(message)


async def test_writers_that_read_first_wait_for_each_other(store: Store) -> None:
    """Twenty transactions that each read a number and add one lose no update and never fail as busy."""

    async def add() -> None:
        async with store.write() as connection:
            query = sa.select(CASE_FACT.c.value).where(CASE_FACT.c.name == "n").with_for_update()
            value = int((await connection.execute(query)).scalar_one())
            await put(connection, CASE_FACT, {"case_id": "c", "name": "n", "value": str(value + 1)})

    async with store.write() as connection:
        await put(connection, CASE_FACT, {"case_id": "c", "name": "n", "value": "0"})
    await asyncio.gather(*(add() for _ in range(20)))
    async with store.read() as connection:
        assert "20" == (await connection.execute(sa.select(CASE_FACT.c.value))).scalar_one()


async def test_a_cancelled_writer_holds_nobody_up(store: Store) -> None:
    """A writer gives its locks back when it is cancelled, wherever it stood, and not with the next collection."""
    chance = random.Random(1)
    gc.disable()
    try:
        for _ in range(60):
            begun = asyncio.Event()
            writing = asyncio.create_task(_write_long(store, begun))
            await begun.wait()
            for _turn in range(chance.randrange(40)):
                await asyncio.sleep(chance.choice([0, 0.0002]))
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            async with asyncio.timeout(5), store.write() as connection:
                await put(connection, CASE_FACT, {"case_id": "c", "name": "n", "value": "1"})
    finally:
        gc.enable()


async def _write_long(store: Store, begun: asyncio.Event) -> None:
    long = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) select i from n"
    async with store.write() as connection:
        begun.set()
        await put(connection, CASE_FACT, {"case_id": "c", "name": "n", "value": "0"})
        await connection.execute(sa.text(long))
        await connection.execute(sa.select(CASE_FACT))


def test_a_moment_has_a_zone() -> None:
    """A naive moment is refused."""
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(NOON.replace(tzinfo=None), sa.create_engine("sqlite://").dialect)


def test_one_url_for_every_driver() -> None:
    """A URL is spelt for each driver, and a strange database is refused."""
    assert "postgresql+psycopg://u:p@h/d" == async_url("postgresql://u:p@h/d")
    assert "sqlite+aiosqlite:///a.db" == async_url("sqlite:///a.db")
    assert "postgresql://u:p@h/d" == plain_url("postgresql+psycopg://u:p@h/d")
    with pytest.raises(ValueError, match="mysql"):
        async_url("mysql://h/d")
