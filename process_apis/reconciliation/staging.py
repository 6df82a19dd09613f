"""What a run has read, in the store: page by page with how far each source was read, and out again sorted by key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.store import put
from kit.store.reconciliation import RECON_HOLDING, RECON_SOURCE
from process_apis.reconciliation.held import LOOSE, Held

CHUNK: Final = 20_000
_T: Final = RECON_HOLDING.c
_COLUMNS: Final = (_T.kind, _T.key, _T.system, _T.external_id, _T.amount, _T.currency, _T.hours, _T.state, _T.more)
_NAMES: Final = tuple(column.name for column in _COLUMNS)


@dataclass(frozen=True)
class Progress:
    """How far a source was read, or a kind judged."""

    cursor: str = ""
    done: bool = False
    rows: int = 0
    agreed: int = 0
    lacking: str = ""


@dataclass(frozen=True)
class Staging:
    """One run of one tenant, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    run_id: str

    async def progress(self, source: str) -> Progress:
        """How far a source was read; nowhere, when nobody has begun."""
        mine = self._of(RECON_SOURCE) & (RECON_SOURCE.c.source == source)
        row = (await self.connection.execute(sa.select(RECON_SOURCE).where(mine))).first()
        if row is None:
            return Progress()
        return Progress(row.cursor, bool(row.done), row.rows, row.agreed, row.lacking)

    async def sources(self) -> dict[str, Progress]:
        """Every source of the run."""
        found = await self.connection.execute(sa.select(RECON_SOURCE).where(self._of(RECON_SOURCE)))
        return {row.source: Progress(row.cursor, bool(row.done), row.rows, row.agreed, row.lacking) for row in found}

    async def advance(self, source: str, progress: Progress) -> None:
        """Keep how far a source was read, in the transaction that keeps what was read."""
        row = {
            "tenant": self.tenant,
            "run_id": self.run_id,
            "source": source,
            "cursor": progress.cursor,
            "done": int(progress.done),
            "rows": progress.rows,
            "agreed": progress.agreed,
            "lacking": progress.lacking,
        }
        await put(self.connection, RECON_SOURCE, row)

    async def keep(self, records: Sequence[Held]) -> None:
        """Keep what was read; a record that is read again replaces what it was."""
        if not records:
            return
        made = sqlite.insert if self.connection.dialect.name == "sqlite" else postgresql.insert
        insert = made(RECON_HOLDING)
        keys = [column.name for column in RECON_HOLDING.primary_key]
        changes = {name: insert.excluded[name] for name in _NAMES if name not in keys}
        latest = {(one.kind, one.key, one.system, one.external_id): one for one in records}
        rows = [
            {
                "tenant": self.tenant,
                "run_id": self.run_id,
                "kind": one.kind,
                "key": one.key,
                "system": one.system,
                "external_id": one.external_id,
                "amount": one.amount,
                "currency": one.currency,
                "hours": one.hours,
                "state": one.state,
                "more": one.more,
            }
            for one in latest.values()
        ]
        await self.connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changes), rows)

    async def chunk(self, kind: str, after: str, *, size: int = CHUNK) -> tuple[list[Held], bool]:
        """The records of the next keys in their order, each key whole; whether these were the last."""
        while True:
            query = sa.select(*_COLUMNS).where(self._of(RECON_HOLDING), _T.kind == kind, _T.key > after)
            query = query.order_by(_T.key, _T.system, _T.external_id).limit(size + 1)
            found = [Held(*row) for row in await self.connection.execute(query)]
            if len(found) <= size:
                return found, True
            whole = [one for one in found if one.key != found[-1].key]
            if whole:
                return whole, False
            size *= 4

    async def of_key(self, kind: str, key: str) -> list[Held]:
        """Everything that is held under one key."""
        mine = self._of(RECON_HOLDING) & (_T.kind == kind) & (_T.key == key)
        found = await self.connection.execute(sa.select(*_COLUMNS).where(mine).order_by(_T.system, _T.external_id))
        return [Held(*row) for row in found]

    async def take_loose(self, kind: str, system: str, external_id: str) -> Held | None:
        """The record without a key that a system holds under an id, taken out, so that it is told once."""
        mine = self._of(RECON_HOLDING) & (_T.kind == kind + LOOSE) & (_T.key == external_id) & (_T.system == system)
        row = (await self.connection.execute(sa.select(*_COLUMNS).where(mine))).first()
        if row is None:
            return None
        await self.connection.execute(sa.delete(RECON_HOLDING).where(mine))
        return Held(*row)

    async def twins(self, kind: str, wanted: Collection[str]) -> AsyncIterator[Held]:
        """Keyed records of our own ledger that bill what one of these twins bills."""
        if not wanted:
            return
        after = ""
        while True:
            records, last = await self.chunk(kind, after)
            for one in records:
                if '"twin"' in one.more and one.told.twin in wanted:
                    yield one
            if last or not records:
                return
            after = records[-1].key

    async def forget(self) -> None:
        """Let go of what was read."""
        await self.connection.execute(sa.delete(RECON_HOLDING).where(self._of(RECON_HOLDING)))

    def _of(self, table: sa.Table) -> Any:
        return (table.c.tenant == self.tenant) & (table.c.run_id == self.run_id)
