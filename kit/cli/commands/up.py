"""`sluice up`: everything on this machine, until Ctrl-C; prints the map, development tokens, seconds and memory."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from functools import partial

import uvloop
from rich.console import Console
from rich.table import Table

from kit.cli.landscape import Landscape
from kit.cli.real import is_real


def run(arguments: argparse.Namespace) -> int:
    """Raise the estate and keep it up."""
    return uvloop.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    from kit.cli.commands.serve import stopped
    from kit.cli.embedded import embedded
    from kit.cli.estate import estate
    from kit.cli.processes import processes

    raised = partial(processes, workers=arguments.workers) if arguments.processes else embedded
    chosen = estate(arguments.estate)
    async with raised(chosen, store_url=arguments.store, latency_ms=arguments.latency_ms) as landscape:
        if arguments.json:
            print(json.dumps(landscape.as_json()), flush=True)
        else:
            _show(landscape)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(arguments.seconds or None):
                await stopped()
    return 0


def _show(landscape: Landscape) -> None:
    console = Console(soft_wrap=True)
    table = Table(
        "what", "where", "process", box=None, header_style="dim", title=f"Sluice on estate {landscape.estate.name}"
    )
    for name, url in landscape.addresses.items():
        table.add_row(f"[bold]{name}[/]" if name == "gateway" else name, url, str(landscape.pids.get(name, "this one")))
    for name, url in landscape.vendors.items():
        vendor = landscape.estate.vendors[name]
        how, where = ("real", name) if is_real(vendor) else ("simulated", "sandbox")
        table.add_row(f"{name} ({vendor.facts['title']}, {how})", url, str(landscape.pids.get(where, "this one")))
    console.print(table)
    console.print(f"\nready in {landscape.startup_s:.1f} s, {landscape.memory_mb:.0f} MB resident\n")
    for title, url in {**landscape.pages, "Developer portal": f"{landscape.addresses['gateway']}/portal"}.items():
        console.print(f"[bold]{title}[/]  {url}")
    console.print("[dim]people sign in there by name; production has none of this[/]\n")
    console.print("[dim]development tokens, valid for an hour; production has none of this[/]")
    for person, token in landscape.people.items():
        console.print(f"{person}\n  {token}")
    console.print("\nCtrl-C ends everything.")
