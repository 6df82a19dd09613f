"""The room alone, as a client is alone: opened in a process of its own and called there, without the tier around it.

It speaks the lines that clients of others speak: settings first, then a line for each time it is to read.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop

from kit import settings as plain
from kit.tier import Settings, open_tier
from kit.tier.documents import contract_of


async def reading(told: dict[str, Any]) -> None:
    """Read once at each line, or for some seconds; print calls, seconds and processor seconds."""
    opened = open_tier("system", plain.decode(Settings, told["settings"], section="settings")).rooms["bench"]
    contract = contract_of("system", told["role"])
    service = next(mount.service for mount in opened.mounts if mount.contract is contract)
    read = getattr(service, told["read"])
    await read(**told["asked"])
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        calls, cpu, began = 0, time.process_time(), time.monotonic()
        while not calls or (line.strip() != "once" and time.monotonic() - began < told["seconds"]):
            await read(**told["asked"])
            calls += 1
        took = time.monotonic() - began
        print(json.dumps({"calls": calls, "took_s": took, "cpu_s": time.process_time() - cpu}), flush=True)
    if opened.close is not None:
        await opened.close()


if __name__ == "__main__":
    uvloop.run(reading(json.loads(sys.stdin.readline())))
