"""`make bench-vendors`: every simulated vendor in turn, a table, load/results/vendors-<date>.json; ends by itself.

How to read the figures: load/README.md. Exit 1 when nothing could be measured.
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

RESULTS: Final = Path("load/results")


def main() -> int:
    """Measure, print, write."""
    arguments = _arguments()
    about, began = host.described(), time.monotonic()
    only = {name for name in arguments.only.split(",") if name}
    rows: dict[str, dict[str, Any]] = {}
    print(_head(), flush=True)
    for name, vendor in manifests("system").items():
        if only and name not in only:
            continue
        for role in vendor.roles:
            rows[f"{name}.{role}"] = found = (
                {"missing": "the true system: its speed is its own"} if is_real(vendor) else _one(name, role, arguments)
            )
            print("\n".join(_lines(f"{name}.{role}", found)), flush=True)
    done = any("reads" in row for row in rows.values())
    result = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        **about,
        "windows": {"rounds": arguments.rounds, "seconds": arguments.seconds, "at_once": AT_ONCE},
        "took_s": round(time.monotonic() - began, 1),
        "vendors": rows,
    }
    if done and not only:
        RESULTS.mkdir(parents=True, exist_ok=True)
        file = RESULTS / f"vendors-{dt.datetime.now(dt.UTC):%Y-%m-%d}.json"
        file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"\nwritten: {file}")
    print(f"took {result['took_s']} s; load before: {about['load_before']}")
    return 0 if done else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load.vendors", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="windows of each read")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a window")
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
        except (Problem, RuntimeError, httpx.HTTPError) as fault:  # the other vendors are measured all the same
            return {"missing": f"{type(fault).__name__}: {fault}"}


def _head() -> str:
    return (
        f"{'room and read':46}{'calls':>6}{'alone/s':>9}{f'{AT_ONCE} at once/s':>13}{'room ms':>9}{'vendor ms':>11}"
        f"   {'client alone/s':>15}{'client ms':>11}{'vendor ms':>11}"
    )


def _lines(name: str, found: dict[str, Any]) -> list[str]:
    if "missing" in found:
        return [f"{name:46} {found['missing']}"]
    lines, client = [], found["client"]
    for read, row in found["reads"].items():
        alone, many = row["alone"], row["at_once"]
        line = (
            f"{f'{name} {read}':46}{row['vendor_calls']:6}{alone['per_second']:9.1f}{many['per_second']:13.1f}"
            f"{alone['reader_ms']:9.2f}{alone['vendor_ms']:11.2f}"
        )
        if client is not None:
            theirs = client["alone"]
            line += f"   {theirs['per_second']:15.1f}{theirs['reader_ms']:11.2f}{theirs['vendor_ms']:11.2f}  "
            line += str(client["name"])
            client = None
        lines.append(line)
    lines += [f"{f'{name} {read}':46} left out: {why}" for read, why in found["left_out"].items()]
    return [*lines, *([f"{'':46} {found['no_client']}"] if found["no_client"] else [])]


if __name__ == "__main__":
    sys.exit(main())
