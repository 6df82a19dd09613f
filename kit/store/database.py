"""The store: short transactions over one pool, the same for SQLite and PostgreSQL.

A transaction that writes takes SQLite's write lock at once, so that it never fails half-way for having read first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from kit.store.tables import METADATA
from kit.store.url import async_url, sqlite_path

_READS: Final = "sluice_reads"
_BUSY_MS: Final = 30_000


class Store:
    """Gives out connections, each within one transaction that commits when the block ends well."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine.sync_engine, "connect", _prepare)
            sa.event.listen(engine.sync_engine, "begin", _begin)

    @classmethod
    def at(cls, url: str, *, pool: int = 10) -> Store:
        """The store at a URL; an SQLite file is put into WAL first."""
        use_wal(url)
        engine = create_async_engine(
            async_url(url), poolclass=AsyncAdaptedQueuePool, pool_size=pool, max_overflow=0, pool_pre_ping=True
        )
        return cls(engine)

    @classmethod
    async def in_memory(cls) -> Store:
        """An empty store that ends with its only connection; transactions take turns."""
        engine = create_async_engine(
            "sqlite+aiosqlite:///:memory:", poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
        )
        store = cls(engine)
        async with store.write() as connection:
            await connection.run_sync(METADATA.create_all)
        return store

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, and on SQLite waits for no writer."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**{_READS: True})
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def use_wal(url: str) -> None:
    """Put the SQLite file of a URL into WAL, once and for all who open it later; its folder is made."""
    path = sqlite_path(url)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=_BUSY_MS / 1000)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


async def insert_once(connection: AsyncConnection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one stands under any of its keys; whether it was inserted."""
    statement = _insert(connection, table).values(**values).on_conflict_do_nothing()
    inserted = await connection.execute(statement.returning(*table.primary_key))
    return inserted.first() is not None


async def put(
    connection: AsyncConnection,
    table: sa.Table,
    values: Mapping[str, Any],
    *,
    keep: frozenset[str] = frozenset(),
) -> None:
    """Insert a row, or change the one under its primary key; columns in `keep` are only set by the first."""
    keys = [column.name for column in table.primary_key]
    insert = _insert(connection, table).values(**values)
    changes = {name: insert.excluded[name] for name in values if name not in keys and name not in keep}
    await connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changes))


def _insert(connection: AsyncConnection, table: sa.Table) -> sqlite.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    # Both dialects spell ON CONFLICT alike; the type of one stands for both.
    return postgresql.insert(table)  # type: ignore[return-value] # see the line above


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
