"""Real systems in an estate: started as processes of their own by their rooms, where a simulator would stand else.

A room whose manifest says `real = true` has no simulator. Its module `landscape` offers two functions instead:
`prepare(tell=…)` makes whatever takes long and can be kept, and `started(tell=…)` is the running system as an
asynchronous context, which gives `url`, `pid` and the room's own settings as `config`. It may also offer what people
do there: `act(name, saved, url=…)` lets one of them do a thing by its name, `general_ledger(url, legal_entity_id=…)`
reads the books of a company, and `document_lines(url, external_id=…)` the lines of a document.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kit.cli.estate import Estate, Simulated
from kit.tier.manifest import Manifest


def is_real(vendor: Manifest) -> bool:
    """Whether the room is served by the true system here, rather than by a simulator."""
    return bool(vendor.facts.get("real", False))


def told(estate: Estate) -> str:
    """What of the outside of an estate is real and what is simulated, in words."""
    real = [vendor.facts["title"] for vendor in estate.vendors.values() if is_real(vendor)]
    simulated = [vendor.facts["title"] for vendor in estate.vendors.values() if not is_real(vendor)]
    if not real:
        return "every vendor simulated"
    return f"{', '.join(real)} real" + (f", {', '.join(simulated)} simulated" if simulated else "")


async def prepare(estate: Estate) -> None:
    """Do now what takes long the first time, and say so while it lasts."""
    for vendor in estate.vendors.values():
        if is_real(vendor):
            await asyncio.to_thread(vendor.module("landscape").prepare, tell=say)


@asynccontextmanager
async def real(connection: str, vendor: Manifest) -> AsyncIterator[Simulated]:
    """A real system, started for one connection until the block ends."""
    async with vendor.module("landscape").started(tell=say) as found:
        yield Simulated(connection, vendor, found["url"], found["config"], pid=found["pid"])


def say(what: str) -> None:
    """Progress goes where errors go, so that the answer of a command stays clean."""
    print(f"  {what}", file=sys.stderr, flush=True)
