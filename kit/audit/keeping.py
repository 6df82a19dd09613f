"""What a worker does for the chain: chain new lines, sign checkpoints when due, let the witness see them."""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import sqlalchemy as sa

from kit.audit.chain import head
from kit.audit.checkpoint import checkpoint, checkpoints, latest
from kit.audit.config import AuditSettings
from kit.audit.sequencing import sequence_all, waiting
from kit.audit.witness import Witness
from kit.clock import Clock
from kit.following import Following, Pace
from kit.store import Store
from kit.store.audit_chain import AUDIT_HEAD

_LOG: Final = logging.getLogger("sluice.audit")
_MOST_S: Final = 30.0


class Keeper:
    """Keeps the chains of a store. Several workers may: each chains what the others have not."""

    def __init__(self, settings: AuditSettings, *, store: Store, tenant: str, clock: Clock) -> None:
        """Make it.

        Raises:
            SettingsError: a key cannot be read.

        """
        self._settings = settings
        self._store = store
        self._tenant = tenant
        self._clock = clock
        self._keys = settings.keys() if settings.private_keys.reveal() else None
        self._witness = None if settings.witness_path is None else Witness(settings.witness_path)
        self._told_late = False

    async def look(self) -> bool:
        """One round: everything that can be chained is, whatever becomes of the signing; nothing is left to do at once.

        Raises:
            SettingsError: a new key stands alone, and the one before it did not hand over.
            Contradicted: the witness saw what the store does not have.

        """
        await self._tell_late()
        await sequence_all(self._store, tenant=self._tenant, clock=self._clock)
        for tenant in await self._tenants():
            await self.sign(tenant)
        return False

    async def sign(self, tenant: str) -> None:
        """Sign a checkpoint of a tenant if one is due, and let the witness see what it has not seen.

        The witness is asked first: what it contradicts is not signed over.
        """
        await self._attest(tenant)
        if self._keys is None or not await self._due(tenant):
            return
        keys, due = self._keys, self._settings.due
        async with self._store.write() as connection:
            now = self._clock.now()
            await connection.run_sync(lambda at: checkpoint(at, tenant=tenant, keys=keys, now=now, due=due))
        await self._attest(tenant)

    async def _due(self, tenant: str) -> bool:
        """Whether a look is worth a transaction that writes."""
        async with self._store.read() as connection:
            return await connection.run_sync(self._due_now, tenant)

    def _due_now(self, connection: sa.Connection, tenant: str) -> bool:
        assert self._keys is not None  # noqa: S101 - asked only where there are keys
        last = latest(connection, tenant)
        if last is None:
            return True
        if last.body["next"] != self._keys.signer:
            return True
        age_s = last.age_s(self._clock.now())
        return self._settings.due.is_due(entries=head(connection, tenant).seq - last.seq, age_s=age_s)

    async def _attest(self, tenant: str) -> None:
        if self._witness is None:
            return
        seen = self._witness.seen(tenant)
        async with self._store.read() as connection:
            new = await connection.run_sync(lambda at: checkpoints(at, tenant, after=max(seen - 1, 0)))
        self._witness.take(tenant, new)

    async def _tenants(self) -> list[str]:
        async with self._store.read() as connection:
            return list((await connection.execute(sa.select(AUDIT_HEAD.c.tenant))).scalars())

    async def _tell_late(self) -> None:
        """Once for each time that it falls behind, not with every look."""
        left = await waiting(self._store)
        age_s = 0.0 if left.since is None else (self._clock.now() - left.since).total_seconds()
        late = age_s > self._settings.lag_s
        if late and not self._told_late:
            _LOG.warning("%d lines of the audit trail are not chained, the oldest for %.0f s", left.lines, age_s)
        self._told_late = late


@asynccontextmanager
async def keeping(
    settings: AuditSettings, *, store: Store, tenant: str, clock: Clock, chance: random.Random
) -> AsyncIterator[None]:
    """Keep the chain for as long as the block lasts."""
    keeper = Keeper(settings, store=store, tenant=tenant, clock=clock)
    pace = Pace(poll_s=settings.sequence_s, most_s=_MOST_S)
    async with Following(name="audit chain", look=keeper.look, pace=pace, clock=clock, chance=chance).running():
        yield
