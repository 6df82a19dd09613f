"""A worker for the test of the gates: passes through one gate again and again, and tells when it is inside."""

from __future__ import annotations

import asyncio
import random
import sys

from kit.durable.gate import Allowance, SharedGates
from kit.store import Store

CONCURRENCY = 3
CALLS = 20
TASKS = 4


async def main(url: str, port: int) -> None:
    """Call the counting server from several tasks at once."""
    store = Store.at(url)
    gates = SharedGates(store, {"erp": Allowance(concurrency=CONCURRENCY)}, chance=random.Random())

    async def call() -> None:
        for _ in range(CALLS // TASKS):
            async with gates.passing("erp", priority=2):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                await reader.read()
                writer.close()

    await asyncio.gather(*(call() for _ in range(TASKS)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
