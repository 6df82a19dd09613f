"""`sluice drill unknown-outcome`: cuts the answers of an ERP and shows that one invoice stands; exit 1 when not."""

from __future__ import annotations

import argparse

import msgspec
import uvloop
from rich.console import Console

from kit.settings import SettingsError
from kit.tier.manifest import Manifest, manifests


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    drill = commands.add_parser("drill", help="try what happens when a vendor fails in the worst moment")
    drill.add_argument("which", choices=("unknown-outcome",), help="the ERP commits, and its answer never arrives")
    drill.add_argument("--estate", default="", help="the ERP of this estate; without it every simulated ERP")
    drill.add_argument("--erp", default="", help="these rooms, comma separated")
    drill.add_argument("--json", action="store_true", help="one JSON object, as the last line")


def run(arguments: argparse.Namespace) -> int:
    """Drill one ERP after the other."""
    return uvloop.run(_run(arguments, chosen(estate=arguments.estate, erp=arguments.erp)))


def chosen(*, estate: str, erp: str) -> list[Manifest]:
    """The rooms that are drilled.

    Raises:
        SettingsError: there is no such estate, or no room of that name that serves as ERP.

    """
    from kit.cli.estate import estate as estate_of
    from kit.cli.real import is_real

    known = {name: room for name, room in manifests("system").items() if "erp" in room.roles}
    if estate:
        found = estate_of(estate)
        return [found.vendors[found.facts["process_apis"]["time_to_bill"]["connections"]["erp"]]]
    if not erp:
        return [room for room in known.values() if not is_real(room)]
    missing = [name for name in erp.split(",") if name not in known]
    if missing:
        raise SettingsError(f"--erp {missing[0]!r} is none of: {', '.join(sorted(known))}")
    return [known[name] for name in erp.split(",")]


async def _run(arguments: argparse.Namespace, rooms: list[Manifest]) -> int:
    from kit.cli.drill.show import drill_told
    from kit.cli.drill.unknown_outcome import drilled

    console = Console(stderr=arguments.json)
    found = []
    for room in rooms:
        found.append(await drilled(room))
        drill_told(console, found[-1])
    once = all(each.once for each in found)
    if arguments.json:
        print(msgspec.json.encode({"once": once, "erps": found}).decode(), flush=True)
    return 0 if once else 1
