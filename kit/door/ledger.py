"""The ledger of quotas in SQL, SQLite or PostgreSQL; one short transaction for each lease."""

from __future__ import annotations

import asyncio
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kit.door.quota import Lease, fair
from kit.store import Store

_METADATA: Final = sa.MetaData()
_USED: Final = sa.Table(
    "quota_given",
    _METADATA,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("span", sa.Text, primary_key=True),
    sa.Column("units", sa.BigInteger, nullable=False),
)


class SqlLedger:
    """Shared by all processes of the gateway; the table is made when it is first needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made = False
        self._making = asyncio.Lock()

    async def lease(self, key: str, span: str, /, *, least: int, wanted: int, amount: int) -> Lease:
        """Give out units."""
        await self._make()
        row = (_USED.c.consumer == key) & (_USED.c.span == span)
        async with self._store.write() as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            await connection.execute(insert(_USED).values(consumer=key, span=span, units=0).on_conflict_do_nothing())
            used = (await connection.execute(sa.select(_USED.c.units).where(row).with_for_update())).scalar_one()
            units = fair(least=least, wanted=wanted, left=amount - used)
            if units:
                await connection.execute(sa.update(_USED).where(row).values(units=_USED.c.units + units))
        return Lease(units, max(amount - used - units, 0))

    async def give_back(self, key: str, span: str, /, *, units: int) -> None:
        """Take back units."""
        await self._make()
        row = (_USED.c.consumer == key) & (_USED.c.span == span)
        async with self._store.write() as connection:
            await connection.execute(sa.update(_USED).where(row).values(units=_USED.c.units - units))

    async def close(self) -> None:
        """Close the store's connections."""
        await self._store.close()

    async def _make(self) -> None:
        if self._made:
            return
        async with self._making:
            if not self._made:
                async with self._store.write() as connection:
                    await connection.run_sync(_METADATA.create_all)
                self._made = True
