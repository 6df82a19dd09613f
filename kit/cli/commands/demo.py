"""`sluice demo`: the whole story on a fresh estate; exit 0 only when what was to complete did and the totals tie."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import uvloop
from rich.console import Console

from kit.cli.demo.play import StoryError
from kit.cli.estate import Estate

if TYPE_CHECKING:
    from kit.cli.demo.statement import Statement

ALL = "q2p-all"
THREAD = "golden-thread"
BILL = "time-to-bill"


def run(arguments: argparse.Namespace) -> int:
    """Tell the story once."""
    try:
        return uvloop.run(_run(arguments))
    except StoryError as fault:
        print(f"sluice demo: {fault}", file=sys.stderr)
        return 1


async def _run(arguments: argparse.Namespace) -> int:
    from kit.cli.demo.play import tell
    from kit.cli.demo.show import Stage, journey_table
    from kit.cli.embedded import embedded
    from kit.cli.estate import estate
    from kit.cli.real import told as told_of

    console = Console(stderr=arguments.json)
    if arguments.compare:
        return await _compare(arguments, [estate(name) for name in arguments.estates.split(",")], console)
    chosen = estate(arguments.estate)
    if arguments.story == ALL:
        return await _run_all(arguments, chosen, console)
    if arguments.story == THREAD:
        return await _run_thread(arguments, chosen, console)
    if arguments.story == BILL:
        return await _bill(arguments, chosen, console)
    console.print(f"[bold]Sluice[/] · estate {chosen.facts['title']} · {told_of(chosen)}, everything else real")
    async with embedded(chosen, store_url=arguments.store, latency_ms=arguments.latency_ms) as landscape:
        console.print(f"  up in {landscape.startup_s:.1f} s, gateway at {landscape.addresses['gateway']}")
        with Stage(quiet=arguments.json) as stage:
            told = await tell(landscape, watch=stage.watch)
    journey_table(console, told)
    if arguments.json:
        print(msgspec.json.encode(told.journey).decode(), flush=True)
    return 0 if told.journey.ties else 1


async def _run_all(arguments: argparse.Namespace, chosen: Estate, console: Console) -> int:
    from kit.cli.demo.shapes import tell_all
    from kit.cli.demo.show import shape_line, shapes_head
    from kit.cli.embedded import embedded
    from kit.cli.real import told as told_of

    console.print(f"[bold]Sluice[/] · estate {chosen.facts['title']} · every shape of deal, {told_of(chosen)}")
    async with embedded(chosen, store_url=arguments.store, latency_ms=arguments.latency_ms) as landscape:
        shapes_head(console)
        shapes = await tell_all(landscape, tell=lambda shape: shape_line(console, shape))
    if not shapes:
        raise StoryError(f"estate {chosen.name} has no shapes to play")
    if arguments.json:
        answer = {"estate": chosen.name, "ties": all(shape.ties for shape in shapes), "shapes": shapes}
        print(msgspec.json.encode(answer).decode(), flush=True)
    return 0 if all(shape.ties for shape in shapes) else 1


async def _run_thread(arguments: argparse.Namespace, chosen: Estate, console: Console) -> int:
    from kit.cli.demo.thread import tell_thread
    from kit.cli.embedded import embedded

    console.print(f"[bold]Sluice[/] · estate {chosen.facts['title']} · from a won deal to cash")
    async with embedded(chosen, store_url=arguments.store, latency_ms=arguments.latency_ms) as landscape:
        threads = await tell_thread(landscape, tell=lambda act: console.print(f"  {act}"))
    if not threads:
        raise StoryError(f"estate {chosen.name} has no thread to follow")
    ties = all(thread.ties for thread in threads)
    if arguments.json:
        print(msgspec.json.encode({"estate": chosen.name, "ties": ties, "threads": threads}).decode(), flush=True)
    return 0 if ties else 1


async def _bill(arguments: argparse.Namespace, chosen: Estate, console: Console) -> int:
    from kit.cli.demo.show import statement_table

    statement = await _stated(arguments, chosen, console)
    statement_table(console, statement)
    if arguments.json:
        print(msgspec.json.encode(statement).decode(), flush=True)
    return 0 if statement.ties else 1


async def _compare(arguments: argparse.Namespace, chosen: Sequence[Estate], console: Console) -> int:
    from kit.cli.demo.comparison import compared
    from kit.cli.demo.show import comparison_table

    statements = [await _stated(arguments, each, console) for each in chosen]
    comparison = compared(statements)
    comparison_table(console, comparison, statements)
    if arguments.json:
        print(msgspec.json.encode({"comparison": comparison, "statements": statements}).decode(), flush=True)
    return 0 if comparison.same else 1


async def _stated(arguments: argparse.Namespace, chosen: Estate, console: Console) -> Statement:
    from kit.cli.demo.time_to_bill import bill_time
    from kit.cli.embedded import embedded
    from kit.cli.real import told as told_of

    console.print(f"[bold]Sluice[/] · estate {chosen.facts['title']} · time to bill, {told_of(chosen)}")
    async with embedded(chosen, store_url=arguments.store, latency_ms=arguments.latency_ms) as landscape:
        return await bill_time(landscape, tell=lambda act: console.print(f"  {act}", soft_wrap=True))
