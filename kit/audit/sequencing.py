"""Chains the lines of the trail after the fact, in the order in which their transactions began.

A step writes its line as before and pays nothing for the chain. Until a line is chained it can be changed unseen: that
stretch is as long as the sequencer's pause and the longest transaction that is open, and `waiting` tells it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct

from kit.audit.chain import append
from kit.audit.entry import Item, Kind, Salt
from kit.clock import Clock
from kit.events.log import Place, locked_place, move
from kit.store import Store
from kit.store.script import moment_of

CONSUMER: Final = "audit"
_ENGINE: Final = "sluice"
_BATCH: Final = 500
_COLUMNS: Final = "a.seq, a.case_id, a.ref, a.at, a.actor, a.what, a.detail, c.tenant"
_FROM: Final = "from audit a left join case_file c on c.case_id = a.case_id where"
# Below the oldest transaction that is still open nothing can appear any more.
_AFTER: Final = {
    "postgresql": "(a.xid, a.seq) > (cast(:xid as xid8), :seq) and a.xid < pg_snapshot_xmin(pg_current_snapshot())",
    "sqlite": "a.seq > :seq and '0' <= :xid",
}
_READ: Final = {
    "postgresql": f"select a.xid::text as place, {_COLUMNS} {_FROM} {_AFTER['postgresql']} order by a.xid, a.seq",
    "sqlite": f"select '0' as place, {_COLUMNS} {_FROM} {_AFTER['sqlite']} order by a.seq",
}
_WAITING: Final = {
    "postgresql": "select count(*), min(at) from audit where (xid, seq) > (cast(:xid as xid8), :seq)",
    "sqlite": "select count(*), min(at) from audit where seq > :seq and '0' <= :xid",
}
_CURSOR: Final = {
    "postgresql": "select xid::text, seq from consumer_cursor where consumer = :consumer",
    "sqlite": "select '0', seq from consumer_cursor where consumer = :consumer",
}


class Waiting(Struct, frozen=True, kw_only=True):
    """Lines that are not chained yet: how many, and when the oldest of them was written."""

    lines: int
    since: dt.datetime | None


async def sequence(
    store: Store, *, tenant: str, clock: Clock, salt: Salt = secrets.token_bytes, limit: int = _BATCH
) -> int:
    """Chain the next lines; how many. Any worker may: whoever comes second waits, and finds the rest.

    A line belongs to the tenant of its case, and to `tenant` where it has none.
    """
    if not await _anything(store):
        return 0
    async with store.write() as connection:
        place = await locked_place(connection, consumer=CONSUMER)
        rows = await connection.run_sync(_read, place, limit)
        if not rows:
            return 0
        for owner, lines in _by_tenant(rows, tenant=tenant):
            await connection.run_sync(_chain, lines, tenant=owner, now=clock.now(), salt=salt)
        await move(connection, consumer=CONSUMER, place=Place(xid=int(rows[-1].place), seq=rows[-1].seq))
    return len(rows)


async def sequence_all(store: Store, *, tenant: str, clock: Clock, salt: Salt = secrets.token_bytes) -> int:
    """Chain whatever can be chained now; how many lines."""
    total = 0
    while done := await sequence(store, tenant=tenant, clock=clock, salt=salt):
        total += done
    return total


async def waiting(store: Store) -> Waiting:
    """What is not chained yet."""
    async with store.read() as connection:
        return await connection.run_sync(waiting_now)


def waiting_now(connection: sa.Connection) -> Waiting:
    """`waiting` on a connection."""
    place = _place(connection)
    statement = sa.text(_WAITING[connection.dialect.name])
    count, oldest = connection.execute(statement, {"xid": str(place.xid), "seq": place.seq}).one()
    return Waiting(lines=count, since=None if oldest is None else moment_of(oldest))


async def _anything(store: Store) -> bool:
    """Whether a look is worth a transaction that writes."""
    async with store.read() as connection:
        place = await connection.run_sync(_place)
        return bool(await connection.run_sync(_read, place, 1))


def _place(connection: sa.Connection) -> Place:
    statement = sa.text(_CURSOR[connection.dialect.name])
    row = connection.execute(statement, {"consumer": CONSUMER}).first()
    return Place() if row is None else Place(xid=int(row[0]), seq=int(row[1]))


def _read(connection: sa.Connection, place: Place, limit: int) -> list[Any]:
    statement = sa.text(f"{_READ[connection.dialect.name]} limit :limit")
    return list(connection.execute(statement, {"xid": str(place.xid), "seq": place.seq, "limit": limit}))


def _by_tenant(rows: Iterable[Any], *, tenant: str) -> list[tuple[str, list[Any]]]:
    """Tenants in one order, whoever reads: two that hold heads never wait for each other."""
    owned = sorted(rows, key=lambda row: row.tenant or tenant)
    return [(owner, list(lines)) for owner, lines in groupby(owned, key=lambda row: row.tenant or tenant)]


def _chain(connection: sa.Connection, rows: Iterable[Any], *, tenant: str, now: dt.datetime, salt: Salt) -> None:
    append(connection, [_item(row) for row in rows], tenant=tenant, now=now, salt=salt)


def _item(row: Any) -> Item:
    engine = row.actor == _ENGINE  # no person, so nothing that would ever have to go
    return Item(
        kind=Kind.TRAIL,
        subject=row.case_id,
        ref=row.ref,
        at=moment_of(row.at),
        what=row.what,
        texts={"actor": "" if engine else row.actor, "detail": row.detail},
        facts={"actor": row.actor} if engine else {},
        source=row.seq,
    )
