"""`sluice gateway`: look at a configuration before it is served, and serve it; see who still calls what is to end."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from kit.clock import SystemClock
from kit.tier.documents import FOLDER
from kit.tier.manifest import TIERS

TOKEN = "SLUICE_TOKEN"  # noqa: S105 - the name of a variable, not a secret
_TIMEOUT_S = 30.0


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Teach the command line its words."""
    parser = commands.add_parser("gateway", help="check, compare, apply and replay the gateway's configuration")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    check = verbs.add_parser("check", help="compile a proposal; exit 1 with file, line and reason when it is refused")
    diff = verbs.add_parser("diff", help="what consumers would notice, against a running gateway or other files")
    diff.add_argument("--against", type=Path, help="routes.toml to compare with, instead of a running gateway")
    apply = verbs.add_parser("apply", help="check a proposal, then swap a running gateway to it")
    replay = verbs.add_parser("replay", help="who would have been treated otherwise, by a decision log")
    replay.add_argument("--log", type=Path, required=True, help="decisions as the gateway writes them, JSON lines")
    status = verbs.add_parser("status", help="what a running gateway serves, since when, and what it refuses")
    for verb in (check, diff, apply, replay):
        verb.add_argument("--routes", type=Path, default=None, help="the proposal; by default the one in the package")
        verb.add_argument("--documents", type=Path, default=FOLDER, help="folder of the published documents")
    report = verbs.add_parser("sunset-report", help="who still calls what is to end, and what they will have to change")
    report.add_argument("--routes", type=Path, default=None, help="by default the one in the package")
    report.add_argument("--documents", type=Path, default=FOLDER, help="folder of the published documents")
    report.add_argument("--json", action="store_true", help="rows as one JSON array")
    report.add_argument("--usage", type=Path, required=True, help="what the meter wrote")
    check.add_argument("--usage", type=Path, help="what the meter wrote: nothing may be retired that it still counts")
    for verb in (diff, apply, status):
        verb.add_argument("--gateway", default="http://127.0.0.1:8080", help="address of the running gateway")


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    refused = import_module("gateway.snapshot").SnapshotRefused
    verbs = {"check": _check, "diff": _diff, "apply": _apply, "replay": _replay, "status": _status}
    verbs["sunset-report"] = _sunset_report
    try:
        return verbs[arguments.verb](arguments)
    except refused as fault:
        print(f"refused: {fault}", file=sys.stderr)
        return 1
    except _Unreachable as fault:
        print(f"sluice: {fault}", file=sys.stderr)
        return 1


class _Unreachable(Exception):
    """The running gateway gave no usable answer; the message says why."""


def _check(arguments: argparse.Namespace) -> int:
    snapshot = _proposed(arguments)
    if arguments.usage is not None:
        rows = import_module("kit.door.meter").read_usage(arguments.usage)
        problems = import_module("gateway.sunset").refusals(_versions(snapshot), rows, SystemClock().now().date())
        for problem in problems:
            print(f"refused: {problem.code}: {problem.detail}\n  {problem.hint}", file=sys.stderr)
        if problems:
            return 1
    for_people = f", {len(snapshot.pages)} groups of pages" if snapshot.pages else ""
    offered = f"{len(snapshot.operations)} operations in {len(snapshot.products)} products{for_people}"
    print(f"ok: {offered}, {snapshot.hash[:12]}")
    return 0


def _sunset_report(arguments: argparse.Namespace) -> int:
    import msgspec

    rows = import_module("kit.door.meter").read_usage(arguments.usage)
    found = import_module("gateway.sunset").sunset_report(rows, _versions(_proposed(arguments)))
    if arguments.json:
        print(msgspec.json.encode(found).decode())
        return 0
    table = Table("version", "ends", "consumer", "operation", "calls", "last", "still sends", "will change", box=None)
    for row in found:
        sends, ahead = ", ".join(row.fields), " ".join(row.changes)
        ends, calls = row.sunset_on or "unannounced", str(row.calls)
        table.add_row(row.version, ends, row.consumer, row.operation, calls, row.last_day, sends, ahead)
    if found:
        Console(soft_wrap=True).print(table)
    print(f"{len({row.consumer for row in found})} consumers still call what is to end")
    return 0


def _versions(snapshot: Any) -> dict[str, Any]:
    return {product.name: product.version for product in snapshot.products if product.version}


def _diff(arguments: argparse.Namespace) -> int:
    facts = import_module("gateway.facts")
    new = facts.facts_of(_proposed(arguments))
    if arguments.against:
        old = facts.facts_of(_compiled(arguments.against, arguments.documents))
    else:
        import msgspec

        old = msgspec.json.decode(_ask(arguments, "GET", "facts").content, type=facts.Facts)
    found = facts.differences(old, new)
    table = Table("operation", "what", "before", "after", box=None)
    for each in found:
        table.add_row(each.operation, each.what, each.before, each.after)
    if found:
        Console(soft_wrap=True).print(table)
    print(f"{len(found)} differences, {old.hash[:12]} to {new.hash[:12]}")
    return 0


def _apply(arguments: argparse.Namespace) -> int:
    _proposed(arguments)
    routes = _routes(arguments)
    answer = _ask(arguments, "POST", "apply", content=routes.read_bytes())
    print(f"served: {answer.json()['hash'][:12]}")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    found = _ask(arguments, "GET", "status").json()
    for name, value in found.items():
        print(f"{name:<12} {value}")
    return 1 if found.get("refused") else 0


def _replay(arguments: argparse.Namespace) -> int:
    module = import_module("gateway.replay")
    with arguments.log.open("rb") as log:
        found = module.replay(module.read_lines(log), _proposed(arguments))
    table = Table("consumer", "operation", "was", "would be", "requests", box=None)
    for group, count in sorted(found.changed.items(), key=lambda item: (-item[1], item[0])):
        consumer = group.consumer or "(nobody known)"
        table.add_row(consumer, group.operation or "(none)", group.before, group.after, str(count))
    if found.changed:
        Console(soft_wrap=True).print(table)
    changed = sum(found.changed.values())
    skipped = f", {found.unreadable} lines passed over" if found.unreadable else ""
    print(f"{changed} of {found.lines} requests would be treated otherwise{skipped}")
    return 0


def _proposed(arguments: argparse.Namespace) -> Any:
    return _compiled(_routes(arguments), arguments.documents)


def _compiled(routes: Path, folder: Path) -> Any:
    upstreams = {tier: f"http://{tier}.invalid" for tier in TIERS}
    return import_module("gateway.proposal").proposed(routes, folder, upstreams=upstreams)


def _routes(arguments: argparse.Namespace) -> Path:
    if arguments.routes is not None:
        chosen: Path = arguments.routes
        return chosen
    return Path(str(import_module("gateway").__file__)).with_name("routes.toml")


def _ask(arguments: argparse.Namespace, method: str, path: str, *, content: bytes | None = None) -> Any:
    import httpx

    token = os.environ.get(TOKEN, "")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"{arguments.gateway.rstrip('/')}/_gateway/{path}"
    try:
        answer = httpx.request(method, url, headers=headers, content=content, timeout=_TIMEOUT_S, trust_env=False)
    except httpx.HTTPError as fault:
        raise _Unreachable(f"{url} cannot be reached: {type(fault).__name__}") from None
    if answer.is_error:
        said = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        hint = f"; the token is read from {TOKEN}" if answer.status_code in {401, 403} else ""
        detail = said.get("detail", answer.text[:200])
        raise _Unreachable(f"{url} answered {answer.status_code} {said.get('code', '')}: {detail}{hint}")
    return answer
