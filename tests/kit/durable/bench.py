"""What tests of the port need of each engine: open it, and wait until a case stands somewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from contracts.canonical.casework import CaseFile, CaseState
from kit.clock import SystemClock
from kit.durable import Durable, DurableSettings, MemoryDurable, Patience, Road, open_durable

PATIENCE = Patience(attempts=3, base_s=0.001, cap_s=0.002)
Opened = Callable[..., AbstractAsyncContextManager[Durable]]


@asynccontextmanager
async def in_memory(*roads: Road) -> AsyncIterator[Durable]:
    async with MemoryDurable.opened(roads, clock=SystemClock(), patience=PATIENCE) as durable:
        yield durable


def on(url: str, **settings: object) -> Opened:
    """An engine on a database, quick enough for tests."""
    quick: dict[str, object] = {
        "url": url,
        "poll_s": 0.05,
        "listen_s": 0.05,
        "drain_s": 0,
        "beat_s": 0.2,
        "lease_s": 20.0,
    }

    @asynccontextmanager
    async def opened(*roads: Road) -> AsyncIterator[Durable]:
        given = DurableSettings(**{**quick, **settings})  # type: ignore[arg-type] # settings by name
        async with open_durable(given, roads=roads, clock=SystemClock(), patience=PATIENCE) as durable:
            yield durable

    return opened


async def reaches(durable: Durable, case_id: str, state: CaseState, *, within_s: float = 30.0) -> CaseFile:
    """The case, once it is in a state."""
    deadline = time.monotonic() + within_s
    while True:
        case = await durable.standing(case_id)
        if case.summary.state is state:
            return case
        assert time.monotonic() < deadline, f"{case_id} is {case.summary.state}, not {state}: {case.steps}"
        await asyncio.sleep(0.02)
