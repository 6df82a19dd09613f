"""A worker for the crash test: carries roads until it is killed; every effect is a line in a file, written at once."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys

from msgspec import Struct

from kit.clock import SystemClock
from kit.durable import DurableSettings, Effect, Road, open_durable, step

STEPS = 5
AT_ONCE = 5


class StartCrash(Struct, frozen=True, kw_only=True):
    deal_id: str


class CrashSteps:
    def __init__(self, path: str) -> None:
        self._path = path

    @step(system="psa")
    async def act(self, effect: Effect, number: int) -> str:
        await asyncio.sleep(random.uniform(0.005, 0.03))
        line = json.dumps([effect.key, os.getpid()]) + "\n"
        file = os.open(self._path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        os.write(file, line.encode())
        os.close(file)
        await asyncio.sleep(random.uniform(0.005, 0.03))
        return f"{effect.business_key}/{number}"


async def crash_road(steps: CrashSteps, start: StartCrash) -> None:
    """Five effects, one after the other."""
    for number in range(STEPS):
        await steps.act(number)


def crash_way(path: str) -> Road:
    """The road over one file of effects."""
    return Road(process="crash_test", version=1, run=crash_road, steps=CrashSteps(path), starts=StartCrash)


def crash_settings(url: str, *, worker: bool) -> DurableSettings:
    """A lease short enough for a test, long enough for a busy machine."""
    return DurableSettings(
        url=url,
        worker=worker,
        migrate=not worker,
        poll_s=0.05,
        listen_s=0.05,
        beat_s=0.5,
        lease_s=6.0,
        at_once=AT_ONCE,
    )


async def main(url: str, path: str) -> None:
    """Work until killed."""
    settings = crash_settings(url, worker=True)
    async with open_durable(settings, roads=[crash_way(path)], clock=SystemClock()):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
