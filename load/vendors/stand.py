"""The two ends of a wire, each a process of its own: a vendor's simulator, and the system tier with one connection.

Both print one line of JSON once they answer, and end when their input is closed: nothing is left behind.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import trustme
import uvloop

from kit import settings as plain
from kit.cli.estate import simulator
from kit.serving import serving
from kit.tier import Settings, manifests, open_tier


async def vendor(name: str, folder: Path, more: dict[str, Any]) -> None:
    """A simulator with its development landscape, in the clear and over TLS; the authority lies in `folder`."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    manifest = manifests("system")[name]
    app, sandbox = simulator(manifest, seed=7, latency_ms=0)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(app))
        safe = await stack.enter_async_context(serving(app, ssl_certfile=str(folder / "server.pem")))
        landscape = manifest.module("simulator").develop(url)
        sandbox.seed({**landscape["seed"], **more})
        told = {"url": url, "safe_url": safe, "authority": str(folder / "authority.pem"), **landscape}
        print(msgspec.json.encode(told).decode(), flush=True)  # a seed may have decimals
        await asyncio.to_thread(sys.stdin.read)


async def tier(tree: dict[str, Any]) -> None:
    """The system tier as settings say."""
    opened = open_tier("system", plain.decode(Settings, tree, section="settings"))
    async with serving(opened.app) as url:
        print(json.dumps({"url": url}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Stand as `vendor NAME FOLDER SEED` or as `tier SETTINGS`, where SEED and SETTINGS are JSON."""
    what, *words = sys.argv[1:]
    if what == "vendor":
        uvloop.run(vendor(words[0], Path(words[1]), json.loads(words[2])))
    else:
        uvloop.run(tier(json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
