"""`sluice up`: everything on this machine, until Ctrl-C; prints the map, development tokens, seconds and memory.

With a story it plays one before the eyes of whoever has the pages open.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
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
            async with asyncio.timeout(arguments.seconds or None), asyncio.TaskGroup() as group:
                telling = group.create_task(_told(landscape, arguments.story))
                await stopped()
                telling.cancel()
    return 0


async def _told(landscape: Landscape, story: str) -> None:
    """Play a story on the raised estate; what happens in it is told on standard error, and a failure of it too."""
    from contracts.problem import Problem
    from kit.cli.demo.play import StoryError, close_the_deal
    from kit.cli.demo.thread import tell_thread

    console = Console(stderr=True, soft_wrap=True)
    try:
        if story == "won-deal":
            console.print(f"\ndeal {await close_the_deal(landscape)} is won in the CRM; go on at the control tower")
        elif story == "golden-thread":
            await tell_thread(landscape, tell=lambda act: console.print(f"  {act}"))
            console.print("the thread is told to its end; look around as long as you like")
    except (StoryError, Problem) as fault:
        print(f"sluice up: the story stopped: {fault}", file=sys.stderr)


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
