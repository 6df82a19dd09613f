"""One process of the door's throttle: waits for a word, then asks; prints what it was told, as JSON.

Arguments: URL of the store, requests, how many at once, seconds (0: until all requests are made), what is done
on outage, seconds a store is waited for.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import cast

from kit.clock import SystemClock
from kit.door.counter import LocalCounter
from kit.door.link import Link
from kit.door.plan import Outage
from kit.door.shared import SharedCounter
from policies.throttle import Config, Throttle
from tests.policies.table import READ, Given, decide

LIMIT = "1000/hour"


async def main(url: str, *, requests: int, at_once: int, seconds: float, on_outage: Outage, wait_s: float) -> None:
    """Ask."""
    link = Link(url, wait_s=wait_s)
    operation = replace(READ, limits=LIMIT, group="orders", on_outage=on_outage)
    local = LocalCounter(SystemClock())
    policy = Throttle(Config(), operations=[operation], counter=SharedCounter(link), local=local)
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    until = time.monotonic() + seconds
    told: Counter[str] = Counter()
    slowest = 0.0
    left = iter(range(requests))

    async def client() -> None:
        nonlocal slowest
        while (seconds and time.monotonic() < until) or (not seconds and next(left, None) is not None):
            began = time.monotonic()
            told[(await decide(policy, Given())).code] += 1
            slowest = max(slowest, time.monotonic() - began)
            if seconds:
                await asyncio.sleep(0.02)

    await asyncio.gather(*(client() for _ in range(at_once)))
    await link.close()
    say(json.dumps({"told": told, "slowest_s": slowest}))


def say(line: str) -> None:
    """Tell whoever started us."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    where, *given = sys.argv[1:]
    asyncio.run(
        main(
            where,
            requests=int(given[0]),
            at_once=int(given[1]),
            seconds=float(given[2]),
            on_outage=cast("Outage", given[3]),
            wait_s=float(given[4]),
        )
    )
