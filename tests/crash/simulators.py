"""The simulated outside of the crash suite: every vendor believes in the address of the faulty wire before it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from kit.cli.commands.serve import stopped
from kit.cli.estate import Simulated, developed, estate, simulator
from kit.cli.sandboxes import Outside
from kit.clock import SystemClock
from kit.issuer import DevelopmentIssuer
from kit.serving import serving


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM; `argv` is the estate, the fronts as JSON (connection: address) and the file to write."""
    name, fronts, ready = argv
    return uvloop.run(_serve(name, json.loads(fronts), Path(ready)))


async def _serve(name: str, fronts: dict[str, str], ready: Path) -> int:
    async with AsyncExitStack() as stack:
        simulated: dict[str, Simulated] = {}
        behind: dict[str, str] = {}
        for number, (connection, vendor) in enumerate(estate(name).vendors.items(), start=1):
            app, sandbox = simulator(vendor, seed=number, latency_ms=0.0)
            behind[connection] = await stack.enter_async_context(serving(app))
            simulated[connection] = developed(connection, vendor, fronts[connection], sandbox)
        issuer = DevelopmentIssuer(clock=SystemClock(), development=True, tenant=str(estate(name).facts["tenant"]))
        issuer.url = await stack.enter_async_context(serving(issuer.app))
        told = {**Outside(simulated, issuer, issuer.url).as_json(), "behind": behind, "pid": os.getpid()}
        draft = ready.with_suffix(".part")
        await asyncio.to_thread(draft.write_text, json.dumps(told), encoding="utf-8")
        draft.replace(ready)
        await stopped()
    return 0
