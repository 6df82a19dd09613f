"""Our door as one of the targets: `python -m load.gateway.ours PORT SERVER CLIENT`, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec
import uvloop

import gateway.server as protocol
from gateway import Config, build
from gateway.app import Gateway
from kit.clock import SystemClock
from kit.heap import settle
from kit.serving import serving
from kit.trust import Signer, new_key_pair
from load.gateway.traffic import AUDIENCE, ISSUER, document


def opened(folder: Path, upstream: str, *, client: str = "pool") -> Gateway:
    """The door with every policy, before the bench's tier."""
    issuer = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": f"{upstream}/jwks", "algorithms": ["RS256"]}
    given = {
        "issuers": [issuer],
        "upstreams": {"process": upstream},
        "routes": str(folder / "routes.toml"),
        "decision_log": str(folder / f"decisions-{os.getpid()}.jsonl"),
        "onward": {"client": client},
    }
    private, _ = new_key_pair()
    clock = SystemClock()
    signer = Signer(issuer="gateway", private_key_pem=private, clock=clock)
    return build(msgspec.convert(given, Config), signer=signer, clock=clock, documents={"shop": document()})


async def _serve(port: int, server: str, client: str) -> None:
    folder, upstream = Path(os.environ["FOLDER"]), f"http://127.0.0.1:{os.environ['UPSTREAM']}"
    door = opened(folder, upstream, client=client)
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    if server == "protocol":
        around = protocol.serving(door, port=port)
    else:
        around = serving(door, port=port, server="granian" if server == "granian" else "uvicorn")
    async with around:
        settle()
        await asked.wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
