"""The store: short transactions over one pool, the same for SQLite and PostgreSQL.

A transaction that writes takes SQLite's write lock at once, so that it never fails half-way for having read first.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from kit.store.group import Group
from kit.store.script import Script
from kit.store.tables import METADATA
from kit.store.url import async_url, blocking_url, sqlite_path

if TYPE_CHECKING:
    import aiosqlite

T = TypeVar("T")

_READS: Final = "sluice_reads"
_READING: Final = Script("begin")
_WRITING: Final = Script("begin immediate")
_BUSY_MS: Final = 30_000
_HANDS: Final = 2
_NAMES: Final = 1_000  # neither database takes statements of any length


class Store:
    """Gives out connections, each within one transaction that commits when the block ends well."""

    def __init__(self, engine: AsyncEngine, *, blocking: sa.Engine | None = None) -> None:
        self.engine = engine
        self._blocking = blocking
        self._hands: ThreadPoolExecutor | None = None
        self._group: Group | None = None
        _attune(engine.sync_engine)
        if blocking is not None:
            _attune(blocking)
            # SQLite has one writer: a second hand would only wait for the first, and waiting there costs.
            hands = 1 if blocking.dialect.name == "sqlite" else _HANDS
            self._hands = ThreadPoolExecutor(hands, thread_name_prefix="store")
            self._group = Group(blocking, hands=self._hands)

    @classmethod
    def at(cls, url: str, *, pool: int = 10) -> Store:
        """The store at a URL; an SQLite file is put into WAL first."""
        use_wal(url)
        engine = create_async_engine(
            async_url(url), poolclass=AsyncAdaptedQueuePool, pool_size=pool, max_overflow=0, pool_pre_ping=True
        )
        blocking = sa.create_engine(blocking_url(url), pool_size=_HANDS, max_overflow=0)
        return cls(engine, blocking=blocking)

    @classmethod
    async def in_memory(cls) -> Store:
        """An empty store that ends with its only connection; transactions take turns."""
        engine = create_async_engine(
            "sqlite+aiosqlite:///:memory:", poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
        )
        store = cls(engine)
        async with engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            await cast("aiosqlite.Connection", raw).executescript(_schema())
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

    async def at_once(self, work: Callable[[sa.Connection], T]) -> T:
        """A transaction that may write, done in one go on a thread: for the busiest path, where each hop counts."""
        if self._blocking is None:
            async with self.write() as connection:
                return await connection.run_sync(work)
        return await asyncio.get_running_loop().run_in_executor(self._hands, _done, self._blocking, work)

    async def together(self, work: Callable[[sa.Connection], T]) -> T:
        """`at_once`, in a transaction that is shared with whoever waits for one, and so costs less.

        Only for works that may be done again, and that hold rows of their own case and no other: should one of those
        who share it fail, nothing of it stands, and each is done alone.
        """
        return await (self.at_once(work) if self._group is None else self._group.do(work))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        if self._hands is not None and self._blocking is not None:
            self._hands.shutdown()
            self._blocking.dispose()


@cache
def _schema() -> str:
    """The schema of today as one script: drawing it from the tables takes longer than running it."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        ours = "select sql from sqlite_master where sql is not null and substr(name, 1, 7) <> 'sqlite_' order by rowid"
        made = connection.exec_driver_sql(ours)
        script = ";\n".join(made.scalars())
    engine.dispose()
    return f"{script};"


def _done(engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _attune(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
        sa.event.listen(engine, "invalidate", _roll_back)


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
    return await connection.run_sync(insert_once_now, table, values)


def insert_once_now(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """`insert_once` on a thread of its own."""
    statement = _insert(connection.dialect, table).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


async def insert_many_once(
    connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> set[tuple[Any, ...]]:
    """Insert rows in their order, each unless one stands under any of its keys; the primary keys of those inserted."""
    if not rows:
        return set()
    statement = _insert(connection.dialect, table).on_conflict_do_nothing().returning(*table.primary_key)
    return {tuple(row) for row in await connection.execute(statement, rows)}


def in_parts(names: Collection[str]) -> Iterator[list[str]]:
    """Names in ascending order and each once, as many at a time as a statement may well ask for."""
    ordered = sorted(set(names))
    for first in range(0, len(ordered), _NAMES):
        yield ordered[first : first + _NAMES]


async def put(
    connection: AsyncConnection,
    table: sa.Table,
    values: Mapping[str, Any],
    *,
    keep: frozenset[str] = frozenset(),
) -> None:
    """Insert a row, or change the one under its primary key; columns in `keep` are only set by the first."""
    keys = [column.name for column in table.primary_key]
    insert = _insert(connection.dialect, table).values(**values)
    changes = {name: insert.excluded[name] for name in values if name not in keys and name not in keep}
    await connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changes))


def _insert(dialect: sa.Dialect, table: sa.Table) -> sqlite.Insert:
    if dialect.name == "sqlite":
        return sqlite.insert(table)
    # Both dialects spell ON CONFLICT alike; the type of one stands for both.
    return postgresql.insert(table)  # type: ignore[return-value] # see the line above


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.close()


def _roll_back(connection: Any, _record: Any, _failure: Any) -> None:
    """End the transaction of a connection that is given up, because its work was cancelled.

    A cancelled statement leaves its cursor to the garbage collector, and SQLite keeps a closed connection, with all
    its locks, for as long as a cursor of it stands.
    """
    with suppress(Exception):  # it is given up anyway
        connection.rollback()


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    (_READING if reads else _WRITING).run(connection, {})
