"""The books of master data in the store: records with agreed values, proposals and the audit trail.

Whoever writes takes a turn first: the writes of one tenant stand in one line, on PostgreSQL by the lock of a row and
on SQLite by its one writer. So two records that are alike, two merges and two moves in a hierarchy see each other.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.field import Noun
from contracts.canonical.master import (
    AgreedField,
    Change,
    ChangePage,
    ChangeState,
    Kind,
    MasterRecord,
    RecordState,
    Trail,
    TrailEntry,
)
from contracts.events.envelope import CloudEvent
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from kit.events import append
from kit.store import put
from kit.store.master import MASTER_CHANGE, MASTER_FIELD, MASTER_RECORD, MASTER_TRAIL
from process_apis.master_data.paging import after_number, cut

_DIGITS: Final = 19  # less always fits in 64 bits
_TURN: Final = (
    "insert into master_turn (tenant, number) values (:tenant, 1)"
    " on conflict (tenant) do update set number = master_turn.number + 1 returning number"
)


@dataclass(frozen=True)
class Books:
    """One tenant's books, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    async def turn(self) -> int:
        """The next number; until the transaction ends nobody else of the tenant gets one."""
        return int((await self.connection.execute(sa.text(_TURN), {"tenant": self.tenant})).scalar_one())

    async def state(self, noun: Kind, our_id: str) -> RecordState | None:
        """Whether a record stands, and how."""
        row = await self._row(noun, our_id)
        return None if row is None else RecordState(row.state)

    async def root(self, noun: Kind, our_id: str) -> str:
        """Who stands for a record now: the end of its chain of merges, which never loops."""
        row = await self._row(noun, our_id)
        while row is not None and row.merged_into is not None:
            our_id = row.merged_into
            row = await self._row(noun, our_id)
        return our_id

    async def standing(self, noun: Kind, our_id: str) -> str:
        """The same, of a record that has to be there.

        Raises:
            Problem: not_found.

        """
        if await self._row(noun, our_id) is None:
            raise Problem(Sort.NOT_FOUND, "record_not_found", f"there is no {noun.value} {our_id}")
        return await self.root(noun, our_id)

    async def open(self, noun: Kind, our_id: str) -> None:
        """Begin a record."""
        row = {"tenant": self.tenant, "noun": noun.value, "our_id": our_id, "state": RecordState.ACTIVE.value}
        await self.connection.execute(sa.insert(MASTER_RECORD).values(**row, created_at=self.now))

    async def mark(self, noun: Kind, our_id: str, *, state: RecordState, into: str | None = None) -> None:
        """Set the state of a record."""
        mine = self._mine(MASTER_RECORD, noun, our_id)
        values = {"state": state.value, "merged_into": into}
        await self.connection.execute(sa.update(MASTER_RECORD).where(mine).values(**values))

    async def record(self, noun: Kind, our_id: str) -> MasterRecord:
        """A record with its agreed values.

        Raises:
            Problem: not_found.

        """
        root = await self.standing(noun, our_id)
        row = await self._row(noun, our_id)
        fields = sorted((await self.fields(noun, our_id)).values(), key=lambda each: each.field)
        return MasterRecord(
            noun=noun,
            our_id=our_id,
            state=RecordState(row.state),
            fields=fields,
            merged_into=None if root == our_id else root,
        )

    async def fields(self, noun: Kind, our_id: str) -> dict[str, AgreedField]:
        """The agreed values of a record."""
        query = sa.select(MASTER_FIELD).where(self._mine(MASTER_FIELD, noun, our_id))
        return {row.field: _agreed(row) for row in await self.connection.execute(query)}

    async def agree(self, noun: Kind, our_id: str, agreed: AgreedField) -> None:
        """Set an agreed value."""
        row = {
            "tenant": self.tenant,
            "noun": noun.value,
            "our_id": our_id,
            "field": agreed.field,
            "value": text(agreed.value),
            "connection": agreed.connection,
            "changed_at": agreed.changed_at,
        }
        await put(self.connection, MASTER_FIELD, row)

    async def keep(self, change: Change) -> None:
        """Keep a change, new or decided."""
        row = {
            "tenant": self.tenant,
            "number": number_of(change.change_id),
            "noun": change.noun.value,
            "our_id": change.our_id,
            "state": change.state.value,
            "change": text(change),
        }
        await put(self.connection, MASTER_CHANGE, row)

    async def change(self, change_id: str) -> Change:
        """One change.

        Raises:
            Problem: not_found.

        """
        table = MASTER_CHANGE.c
        query = sa.select(table.change).where(table.tenant == self.tenant, table.number == number_of(change_id))
        found = (await self.connection.execute(query)).scalar_one_or_none()
        change = None if found is None else msgspec.json.decode(found, type=Change)
        if change is None or change.change_id != change_id:
            raise Problem(Sort.NOT_FOUND, "change_not_found", f"there is no change {change_id}")
        return change

    async def pending(self, noun: Kind, our_id: str) -> list[Change]:
        """What waits for somebody at one record."""
        mine = self._mine(MASTER_CHANGE, noun, our_id) & (MASTER_CHANGE.c.state == ChangeState.PENDING.value)
        query = sa.select(MASTER_CHANGE.c.change).where(mine).order_by(MASTER_CHANGE.c.number)
        return [msgspec.json.decode(row.change, type=Change) for row in await self.connection.execute(query)]

    async def changes(self, *, state: ChangeState | None, noun: Kind | None, cursor: str, limit: int) -> ChangePage:
        """A page of changes, the oldest first."""
        table = MASTER_CHANGE.c
        query = sa.select(table.number, table.change).where(table.tenant == self.tenant)
        if state is not None:
            query = query.where(table.state == state.value)
        if noun is not None:
            query = query.where(table.noun == noun.value)
        rows, last = await cut(self.connection, after_number(query, cursor, table.number), limit=limit)
        return ChangePage(items=[msgspec.json.decode(row.change, type=Change) for row in rows], next_cursor=last)

    async def note(self, noun: Kind, our_id: str, *, actor: str, what: str, detail: str = "") -> None:
        """Write a line of the audit trail."""
        row = {
            "tenant": self.tenant,
            "number": await self.turn(),
            "noun": noun.value,
            "our_id": our_id,
            "at": self.now,
            "actor": actor,
            "what": what,
            "detail": detail,
        }
        await self.connection.execute(sa.insert(MASTER_TRAIL).values(**row))

    async def trail(self, noun: Kind, our_id: str) -> Trail:
        """The audit trail of a record, also of one that was merged."""
        await self.standing(noun, our_id)
        query = sa.select(MASTER_TRAIL).where(self._mine(MASTER_TRAIL, noun, our_id)).order_by(MASTER_TRAIL.c.number)
        return Trail(
            items=[
                TrailEntry(at=row.at, actor=row.actor, what=row.what, detail=row.detail)
                for row in await self.connection.execute(query)
            ]
        )

    async def tell(self, event_type: str, subject: str, data: Noun) -> None:
        """Append an event to the outbox, in this transaction."""
        event = CloudEvent(
            id=f"{self.tenant}:{await self.turn()}",
            source="/processes/master_data",
            type=event_type,
            subject=subject,
            time=self.now,
            data=data,
            tenant=self.tenant,
        )
        await append(self.connection, event)

    async def _row(self, noun: Kind, our_id: str) -> Any:
        query = sa.select(MASTER_RECORD).where(self._mine(MASTER_RECORD, noun, our_id))
        return (await self.connection.execute(query)).first()

    def _mine(self, table: sa.Table, noun: Kind, our_id: str) -> sa.ColumnElement[bool]:
        return (table.c.tenant == self.tenant) & (table.c.noun == noun.value) & (table.c.our_id == our_id)


def number_of(name: str) -> int:
    """The number an id of ours ends with; 0, which nothing has, for any other."""
    digits = name.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _DIGITS else 0


def text(value: Any) -> str:
    """A value as the books keep it: the same value is the same text."""
    return msgspec.json.encode(value, order="deterministic").decode()


def _agreed(row: Any) -> AgreedField:
    value = msgspec.json.decode(row.value)
    return AgreedField(field=row.field, value=value, connection=row.connection, changed_at=row.changed_at)
