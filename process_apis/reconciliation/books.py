"""The books of reconciliation of one tenant, opened for a transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.clock import Clock
from kit.store import Store
from process_apis.reconciliation.breaks import Breaks
from process_apis.reconciliation.runs import Runs
from process_apis.reconciliation.spine import Spine
from process_apis.reconciliation.staging import Staging


@dataclass(frozen=True)
class Open:
    """Books within one transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    @property
    def runs(self) -> Runs:
        """The runs."""
        return Runs(self.connection, self.tenant)

    @property
    def breaks(self) -> Breaks:
        """The breaks."""
        return Breaks(self.connection, self.tenant, self.now)

    def staging(self, run_id: str) -> Staging:
        """What one run has read."""
        return Staging(self.connection, self.tenant, run_id)


@dataclass(frozen=True)
class Books:
    """Opens books; the store is there once the durable engine is."""

    store: Callable[[], Store]
    clock: Clock
    tenant: str

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Open]:
        """Books in a transaction that commits at the end, or leaves nothing."""
        async with self.store().write() as connection:
            yield Open(connection, self.tenant, self.clock.now())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Open]:
        """Books to look into."""
        async with self.store().read() as connection:
            yield Open(connection, self.tenant, self.clock.now())

    @asynccontextmanager
    async def spine(self) -> AsyncIterator[Spine]:
        """Our own cases and ledger, to look into."""
        async with self.store().read() as connection:
            yield Spine(connection, self.tenant)
