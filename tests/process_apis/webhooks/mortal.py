"""A worker as a process of its own: delivers what is due in a store, and may be killed while it does."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys

from kit.clock import ManualClock
from kit.store import Store
from tests.process_apis.webhooks.world import world


async def main(url: str, now: str) -> None:
    """Deliver once."""
    store = Store.at(url)
    await world(store, clock=ManualClock(dt.datetime.fromisoformat(now))).deliver()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
