"""Appends to the chain of a tenant, within the caller's transaction; whoever appends holds the head until it ends."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from kit.audit.canonical import NOTHING, canonical
from kit.audit.entry import Entry, Item, Salt, chained
from kit.store import insert_once_now
from kit.store.audit_chain import AUDIT_ENTRY, AUDIT_HEAD, AUDIT_TEXT

_PAGE: Final = 1_000


class Head(Struct, frozen=True, kw_only=True):
    """Where a chain stands: the number and the hash of its last entry; 0 before the first."""

    seq: int = 0
    hash: str = NOTHING


def head(connection: sa.Connection, tenant: str) -> Head:
    """Where the chain of a tenant stands."""
    row = connection.execute(sa.select(AUDIT_HEAD).where(AUDIT_HEAD.c.tenant == tenant)).first()
    return Head() if row is None else Head(seq=row.seq, hash=row.hash)


def held_head(connection: sa.Connection, tenant: str) -> Head:
    """Where the chain stands, and nobody else moves it until this transaction, which writes, has ended."""
    insert_once_now(connection, AUDIT_HEAD, {"tenant": tenant, "seq": 0, "hash": NOTHING})
    query = sa.select(AUDIT_HEAD).where(AUDIT_HEAD.c.tenant == tenant).with_for_update()
    row = connection.execute(query).one()
    return Head(seq=row.seq, hash=row.hash)


def append(
    connection: sa.Connection,
    items: Sequence[Item],
    *,
    tenant: str,
    now: dt.datetime,
    salt: Salt = secrets.token_bytes,
) -> Head:
    """Chain items in their order; where the chain stands then."""
    last = held_head(connection, tenant)
    entries: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    for item in items:
        entry = chained(item, tenant=tenant, seq=last.seq + 1, previous=last.hash, now=now, salt=salt)
        last = Head(seq=last.seq + 1, hash=entry.hash)
        place = {"tenant": tenant, "seq": last.seq}
        entries.append(
            {**place, "source": item.source, "subject": item.subject, "hash": entry.hash, "body": entry.encoded}
        )
        if entry.texts:
            texts.append({**place, "texts": canonical(entry.texts).decode()})
    if entries:
        connection.execute(sa.insert(AUDIT_ENTRY), entries)
        moved = sa.update(AUDIT_HEAD).where(AUDIT_HEAD.c.tenant == tenant)
        connection.execute(moved.values(seq=last.seq, hash=last.hash))
    if texts:
        connection.execute(sa.insert(AUDIT_TEXT), texts)
    return last


def lines(connection: sa.Connection, tenant: str, *, after: int, upto: int) -> Iterator[bytes]:
    """Entries as lines of an export, in order; what is kept is canonical already, and only put together."""
    table = AUDIT_ENTRY.c
    query = entries_of(tenant).where(table.seq <= upto).order_by(table.seq).limit(_PAGE)
    while rows := connection.execute(query.where(table.seq > after)).all():
        for row in rows:
            line = f'{{"body":{row.body},"hash":"{row.hash}","texts":{row.texts or "{}"},"type":"entry"}}\n'
            yield line.encode()
        after = rows[-1].seq


def entries_of(tenant: str) -> sa.Select[Any]:
    """The rows of entries with their texts."""
    table = AUDIT_ENTRY.c
    joined = sa.and_(AUDIT_TEXT.c.tenant == table.tenant, AUDIT_TEXT.c.seq == table.seq)
    query = sa.select(table.seq, table.source, table.hash, table.body, AUDIT_TEXT.c.texts)
    return query.select_from(AUDIT_ENTRY.outerjoin(AUDIT_TEXT, joined)).where(table.tenant == tenant)


def entry_of(row: Any) -> Entry:
    """An entry as its rows hold it."""
    return Entry(
        body=msgspec.json.decode(row.body),
        encoded=row.body,
        hash=row.hash,
        texts=msgspec.json.decode(row.texts or "{}", type=dict[str, tuple[str, str]]),
    )
