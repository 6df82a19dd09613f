"""What each connection holds of a thing, and since when two of them differ; what agrees again is forgotten."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from contracts.canonical.field import Record
from contracts.canonical.master import Drift, DriftPage, Kind, Snapshot
from contracts.problem import FieldError, Problem
from contracts.problem import Kind as Sort
from kit.store import put
from kit.store.master import MASTER_DRIFT, MASTER_SNAPSHOT
from process_apis.master_data.books import Books, text
from process_apis.master_data.drifting import Held, differences
from process_apis.master_data.matrix import Matrix
from process_apis.master_data.values import comparable, ruled


class _Seen(msgspec.Struct, frozen=True):
    since: dt.datetime
    place: str


class Drifts:
    """The drifts of one tenant, within the transaction of its books."""

    def __init__(self, books: Books, *, matrix: Matrix, systems: Mapping[str, Record]) -> None:
        self._books = books
        self._matrix = matrix
        self._systems = systems

    async def held(self, noun: Kind, our_id: str, connection: str) -> dict[str, Any]:
        """What a connection was last seen to hold."""
        mine = self._mine(MASTER_SNAPSHOT, noun, our_id) & (MASTER_SNAPSHOT.c.connection == connection)
        rows = await self._books.connection.execute(sa.select(MASTER_SNAPSHOT).where(mine))
        return {row.field: msgspec.json.decode(row.value) for row in rows}

    async def see(self, noun: Kind, our_id: str, snapshots: list[Snapshot]) -> None:
        """Keep the newest of what each connection holds.

        Raises:
            Problem: invalid, when a field or a connection is unknown.

        """
        known = {(row.connection, row.field): row.taken_at for row in await self._snapshots(noun, our_id)}
        for snapshot in snapshots:
            if snapshot.connection not in self._systems:
                raise Problem(Sort.INVALID, "unknown_connection", f"{snapshot.connection} is no connection")
            for path, value in snapshot.fields.items():
                ruled(self._matrix, noun, path)
                before = known.get((snapshot.connection, path))
                if before is not None and before > snapshot.taken_at:
                    continue
                await self._keep(noun, our_id, snapshot, path, comparable(self._matrix, noun, path, value))

    async def refresh(self, noun: Kind, our_id: str) -> list[Drift]:
        """Compare what is held, remember what differs, forget what agrees."""
        held: dict[str, list[Held]] = {}
        latest: dict[str, dt.datetime] = {}
        for row in await self._snapshots(noun, our_id):
            one = Held(row.connection, self._systems[row.connection], msgspec.json.decode(row.value))
            held.setdefault(row.field, []).append(one)
            latest[row.field] = max(row.taken_at, latest.get(row.field, row.taken_at))
        found = differences({path: self._matrix.rules[noun, path] for path in held}, held)
        mine = self._mine(MASTER_DRIFT, noun, our_id)
        rows = await self._books.connection.execute(sa.select(MASTER_DRIFT).where(mine))
        since = {row.field: row.since for row in rows}
        gone = mine & MASTER_DRIFT.c.field.not_in(list(found))
        await self._books.connection.execute(sa.delete(MASTER_DRIFT).where(gone))
        drifts = [
            Drift(
                noun=noun,
                our_id=our_id,
                field=path,
                holdings=each.holdings,
                since=since.get(path, latest[path]),
                repair=each.repair,
            )
            for path, each in sorted(found.items())
        ]
        for drift in drifts:
            await self._remember(drift)
        return drifts

    async def page(self, *, noun: Kind | None, cursor: str, limit: int) -> DriftPage:
        """A page of drifts, the longest standing first."""
        table = MASTER_DRIFT.c
        query = sa.select(MASTER_DRIFT).where(table.tenant == self._books.tenant)
        if noun is not None:
            query = query.where(table.noun == noun.value)
        if cursor:
            seen = _read(cursor)
            query = query.where((table.since > seen.since) | ((table.since == seen.since) & (table.place > seen.place)))
        query = query.order_by(table.since, table.place).limit(limit + 1)
        rows = list(await self._books.connection.execute(query))
        last = None
        if len(rows) > limit:
            end = msgspec.json.encode(_Seen(rows[limit - 1].since, rows[limit - 1].place))
            last = base64.urlsafe_b64encode(end).decode()
        return DriftPage(items=[msgspec.json.decode(row.drift, type=Drift) for row in rows[:limit]], next_cursor=last)

    async def _snapshots(self, noun: Kind, our_id: str) -> list[Any]:
        """What connections that are still configured hold, of fields that are still declared."""
        query = sa.select(MASTER_SNAPSHOT).where(self._mine(MASTER_SNAPSHOT, noun, our_id))
        rows = await self._books.connection.execute(query)
        return [row for row in rows if row.connection in self._systems and (noun, row.field) in self._matrix.rules]

    async def _keep(self, noun: Kind, our_id: str, snapshot: Snapshot, path: str, value: Any) -> None:
        row = {
            "tenant": self._books.tenant,
            "noun": noun.value,
            "our_id": our_id,
            "connection": snapshot.connection,
            "field": path,
            "value": text(value),
            "taken_at": snapshot.taken_at,
        }
        await put(self._books.connection, MASTER_SNAPSHOT, row)

    async def _remember(self, drift: Drift) -> None:
        row = {
            "tenant": self._books.tenant,
            "noun": drift.noun.value,
            "our_id": drift.our_id,
            "field": drift.field,
            "since": drift.since,
            "drift": text(drift),
            "place": f"{drift.noun.value}/{drift.our_id}/{drift.field}",
        }
        await put(self._books.connection, MASTER_DRIFT, row)

    def _mine(self, table: sa.Table, noun: Kind, our_id: str) -> sa.ColumnElement[bool]:
        return (table.c.tenant == self._books.tenant) & (table.c.noun == noun.value) & (table.c.our_id == our_id)


def _read(cursor: str) -> _Seen:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=_Seen)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        error = FieldError(pointer="cursor", code="unknown_cursor", detail="take the cursor from the page before")
        raise Problem(
            Sort.INVALID, "unknown_cursor", "the cursor is none of ours", status=400, errors=(error,)
        ) from None
