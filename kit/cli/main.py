"""`sluice`: reads the command line and hands over; refuses unknown words with usage and exit 2."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from contracts.problem import Problem
from kit.settings import SettingsError

DEPLOYABLES = ("gateway", "experience", "process", "worker", "system", "sandbox")
SERVERS = ("uvicorn", "granian", "protocol")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did what it says, 1 when not, 2 for wrong usage or settings."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    command = import_module(f"kit.cli.commands.{arguments.command}")
    try:
        code: int = command.run(arguments)
    except SettingsError as fault:
        print(f"sluice: {fault}", file=sys.stderr)
        return 2
    except Problem as problem:
        print(f"sluice: {problem} {problem.hint}".rstrip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sluice", description="The governed road from a won deal to cash in the bank."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _estate_commands(commands)
    serve = commands.add_parser("serve", help="serve one deployable, as in production")
    serve.add_argument("deployable", choices=DEPLOYABLES)
    _settings_option(serve)
    serve.add_argument("--rooms", default="", help="only these rooms or connections, comma separated")
    serve.add_argument("--estate", default="atlantic", help="whose vendors the sandbox simulates")
    serve.add_argument("--latency-ms", type=float, default=0.0, help="what each call to the sandbox takes at least")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="0 chooses a free one and prints it")
    serve.add_argument("--server", choices=SERVERS, default="uvicorn", help="protocol serves the gateway alone")
    serve.add_argument("--ready-file", type=Path, help="write the address here once it answers")
    _settings_option(commands.add_parser("settings", help="print every value and where it came from, secrets masked"))
    _settings_option(commands.add_parser("migrate", help="bring the store to today's schema"))
    openapi = commands.add_parser("openapi", help="write the published documents from the contracts")
    openapi.add_argument("--check", action="store_true", help="only compare; exit 1 when a document is stale")
    openapi.add_argument("--against", default="", help="commit whose documents callers hold; by default where main is")
    commands.add_parser("check", help="every static rule of the house")
    import_module("kit.cli.commands.gateway").add_to(commands)
    import_module("kit.cli.commands.rate").add_to(commands)
    import_module("kit.cli.commands.invoice").add_to(commands)
    import_module("kit.cli.commands.new").add_to(commands)
    import_module("kit.cli.commands.drill").add_to(commands)
    import_module("kit.cli.commands.audit").add_to(commands, _settings_option)
    return parser


def _estate_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    up = commands.add_parser("up", help="everything on this machine, free ports, simulated vendors")
    up.add_argument("--processes", action="store_true", help="each deployable its own process, as in production")
    up.add_argument("--workers", type=int, default=1, help="with --processes: so many workers, each with its settings")
    up.add_argument(
        "--story",
        choices=("won-deal", "golden-thread"),
        default="",
        help="won-deal closes a deal in the CRM and leaves the rest to you; golden-thread tells the road to cash",
    )
    up.add_argument("--seconds", type=float, default=0.0, help="stop by itself after so long; 0 runs until Ctrl-C")
    demo = commands.add_parser("demo", help="a won deal becomes a billable project, end to end; ends by itself")
    demo.add_argument(
        "--story",
        choices=("journey", "q2p-all", "golden-thread", "time-to-bill"),
        default="journey",
        help="q2p-all plays every shape of deal, golden-thread goes on from a deal to cash, time-to-bill is one "
        "week billed in every way, the same on every estate",
    )
    demo.add_argument("--compare", action="store_true", help="time-to-bill on each of --estates, side by side")
    demo.add_argument("--estates", default="atlantic,continental,pacific,harbour", help="with --compare")
    for command in (up, demo):
        command.add_argument("--estate", default="atlantic")
        command.add_argument("--store", default="", help="database URL; a new SQLite file by default")
        command.add_argument("--latency-ms", type=float, default=0.0, help="what each vendor call takes at least")
        command.add_argument("--json", action="store_true", help="one JSON object, as the last line")


def _settings_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings",
        type=Path,
        default=os.environ.get("SLUICE_SETTINGS") or None,
        help="TOML file, by default the one SLUICE_SETTINGS names; environment SLUICE__… is laid over it",
    )


if __name__ == "__main__":
    sys.exit(main())
