"""What the door remembers beyond one request and one snapshot: counts, units, replays, kept answers, usage.

Without a Redis and a ledger all of it is in this process, which suffices for one process and ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import Struct

from kit.clock import Clock
from kit.door.breaker import Breakers, Tripping
from kit.door.counter import Counter, LocalCounter
from kit.door.ledger import SqlLedger
from kit.door.link import Link
from kit.door.meter import Meter, flush
from kit.door.quota import LocalLedger, QuotaBook
from kit.door.replays import LocalReplays, Replays, SharedReplays
from kit.door.shared import SharedCounter
from kit.door.shelf import Shelf
from kit.settings import Secret
from kit.store import Store
from policies import cache, meter

_LOG: Final = logging.getLogger(__name__)


class Storing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where things are remembered for all processes of the gateway."""

    redis_url: Secret = Secret("")
    """Redis for limits and replays: redis://, rediss:// or unix://; empty: each process by itself."""
    wait_s: float = 0.05
    """Within which a limit is decided, whatever Redis does; seconds."""
    ledger_url: Secret = Secret("")
    """SQLite or PostgreSQL for quotas; empty: in this process, so that a restart gives everybody a new day."""
    lease: float = 0.01
    """Share of a quota that a process takes from the ledger at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Handed to every snapshot's policies."""

    counter: Counter
    local: LocalCounter
    book: QuotaBook
    replays: Replays
    local_replays: LocalReplays
    shelf: Shelf
    breakers: Breakers
    meter: Meter
    link: Link | None = None
    ledger: SqlLedger | None = None
    usage_file: Path | None = None
    flush_s: float = 60.0

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Connect, write usage down from time to time, and leave everything in order."""
        if self.link is not None:
            self.link.begin()
        writing = asyncio.create_task(self._write()) if self.usage_file is not None else None
        try:
            yield
        finally:
            if writing is not None:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
                await self._flush()
            with contextlib.suppress(Exception):  # a ledger that is away keeps what was leased as used
                await self.book.close()
            if self.ledger is not None:
                await self.ledger.close()
            if self.link is not None:
                await self.link.close()

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(self.flush_s)
            await self._flush()

    async def _flush(self) -> None:
        if self.usage_file is None:
            return
        try:
            await asyncio.to_thread(flush, self.meter, self.usage_file)
        except OSError as fault:
            _LOG.warning("usage could not be written down and is kept: %s", fault)


def open_stores(
    storing: Storing | None = None,
    *,
    clock: Clock,
    tripping: Tripping | None = None,
    caching: cache.Config | None = None,
    metering: meter.Config | None = None,
) -> Stores:
    """Everything in memory, or behind the addresses given; nothing is opened before it is needed."""
    storing, tripping = storing or Storing(), tripping or Tripping()
    caching, metering = caching or cache.Config(), metering or meter.Config()
    link = Link(storing.redis_url.reveal(), wait_s=storing.wait_s / 2) if storing.redis_url.reveal() else None
    ledger = SqlLedger(Store.at(storing.ledger_url.reveal())) if storing.ledger_url.reveal() else None
    local, local_replays = LocalCounter(clock), LocalReplays(clock)
    return Stores(
        counter=local if link is None else SharedCounter(link),
        local=local,
        book=QuotaBook(ledger or LocalLedger(), clock=clock, lease=storing.lease),
        replays=local_replays if link is None else SharedReplays(link),
        local_replays=local_replays,
        shelf=Shelf(clock, limit_bytes=caching.total_bytes),
        breakers=Breakers(tripping, clock=clock),
        meter=Meter(clock=clock, rows=metering.rows),
        link=link,
        ledger=ledger,
        usage_file=Path(metering.path) if metering.path else None,
        flush_s=metering.every_s,
    )
