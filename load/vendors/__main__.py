"""`make bench-vendors`: every simulated vendor in turn, a table, load/results/vendors-<date>.json; ends by itself.

How to read the figures: load/README.md. Exit 1, and nothing is written, when a room or a client could not be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.problem import Problem
from kit.cli.real import is_real
from kit.tier import manifests
from load import host
from load.vendors.measure import AT_ONCE, measured
from load.vendors.others import NONE_FITS, NoClient
from load.vendors.shown import faults, head, lines

RESULTS: Final = Path("load/results")


def main() -> int:
    """Measure, print, write."""
    arguments = _arguments()
    about, began = host.described(), time.monotonic()
    only = {name for name in arguments.only.split(",") if name}
    rows: dict[str, dict[str, Any]] = {}
    print(head(), flush=True)
    for name, vendor in manifests("system").items():
        if only and name not in only:
            continue
        for role in vendor.roles:
            rows[f"{name}.{role}"] = found = _true_system(name) if is_real(vendor) else _one(name, role, arguments)
            print("\n".join(lines(f"{name}.{role}", found)), flush=True)
    short = [f"{name}: {fault}" for name, found in rows.items() for fault in faults(found)]
    result = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        **about,
        "windows": {"rounds": arguments.rounds, "seconds": arguments.seconds, "at_once": AT_ONCE},
        "took_s": round(time.monotonic() - began, 1),
        "vendors": rows,
    }
    if rows and not short and not only:
        RESULTS.mkdir(parents=True, exist_ok=True)
        file = RESULTS / f"vendors-{dt.datetime.now(dt.UTC):%Y-%m-%d}.json"
        file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"\nwritten: {file}")
    print(f"took {result['took_s']} s; load before: {about['load_before']}")
    for fault in short or ([] if rows else ["no such room"]):
        print(f"not measured: {fault}", file=sys.stderr)
    return 1 if short or not rows else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load.vendors", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="windows of each read")
    parser.add_argument("--seconds", type=float, default=0.8, help="length of a window")
    parser.add_argument("--only", default="", help="names of rooms, with commas: only these; nothing is written then")
    return parser.parse_args()


def _one(name: str, role: str, arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        measuring = measured(
            manifests("system")[name],
            role,
            rounds=arguments.rounds,
            seconds=arguments.seconds,
            folder=Path(folder),
        )
        try:
            return asyncio.run(measuring)
        except (
            Problem,
            NoClient,
            RuntimeError,
            httpx.HTTPError,
        ) as fault:  # the others go on
            return {"missing": f"{type(fault).__name__}: {fault}"}


def _true_system(name: str) -> dict[str, Any]:
    return {"unmeasured": f"the true system, whose speed is its own; {NONE_FITS[name]}"}


if __name__ == "__main__":
    sys.exit(main())
