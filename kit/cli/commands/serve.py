"""`sluice serve`: one deployable on its own, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

import uvloop

from kit.heap import settle
from kit.serving import serving
from kit.settings import SettingsError
from kit.tier import load


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    return uvloop.run(_serve(arguments))


async def _serve(arguments: argparse.Namespace) -> int:
    from kit.cli.deployable import application

    if arguments.deployable == "sandbox":
        return await _sandbox(arguments)

    settings = load(arguments.settings, os.environ)
    rooms = frozenset(name for name in arguments.rooms.split(",") if name)
    app = application(arguments.deployable, settings, rooms=rooms)
    async with _served(app, arguments) as url:
        settle()
        print(f"{arguments.deployable} answers at {url}", flush=True)
        if arguments.ready_file:
            _announce(arguments.ready_file, {"url": url, "pid": os.getpid()})
        await stopped()
    return 0


def _served(app: Any, arguments: argparse.Namespace) -> AbstractAsyncContextManager[str]:
    place: dict[str, Any] = {"host": arguments.host, "port": arguments.port}
    if arguments.server != "protocol":
        return serving(app, server=arguments.server, **place)
    if arguments.deployable != "gateway":
        raise SettingsError("--server protocol serves the gateway and nothing else")
    protocol: AbstractAsyncContextManager[str] = import_module("gateway.server").serving(app, **place)
    return protocol


async def _sandbox(arguments: argparse.Namespace) -> int:
    from kit.cli.estate import estate
    from kit.cli.sandboxes import outside

    async with outside(estate(arguments.estate), latency_ms=arguments.latency_ms) as around:
        for name, found in around.simulated.items():
            print(f"{name} is {'real' if found.pid else 'simulated'} at {found.url}", flush=True)
        if arguments.ready_file:
            _announce(arguments.ready_file, {**around.as_json(), "pid": os.getpid()})
        await stopped()
    return 0


async def stopped() -> None:
    """Wait until somebody asks this process to stop."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()


def _announce(path: Path, facts: dict[str, object]) -> None:
    """Write whole or not at all, so that a reader never sees half a line."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(path)
