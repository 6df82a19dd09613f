"""`make bench-reconcile`: a seeded firm reconciled on a real store by the durable engine, its breaks found exactly.

Filling the store is not measured, and has a process of its own, so that the memory told is that of the run. Exit 1, and
no results, when a break is overlooked or invented, or a million things take longer than the bar.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from load.host import described
from load.postgres import empty_database, postgres

RESULTS: Final = Path("load/results")
MILLION: Final = 1_000_000
BAR_S: Final = 300.0


class NotDone(Exception):
    """A measurement did not end well."""


def main() -> int:
    """Measure, print, write."""
    arguments = _arguments()
    host = described()
    try:
        with tempfile.TemporaryDirectory(prefix="sluice-reconcile-", ignore_cleanup_errors=True) as folder:
            found = _on_store(arguments.objects, arguments.store, Path(folder))
    except NotDone as fault:
        print(f"bench-reconcile: {fault}")
        return 1
    _show(found)
    if arguments.objects >= MILLION:
        _write(arguments.store, host, found)
    late = found["objects"] >= MILLION * 9 // 10 and found["s"] > BAR_S
    if late:
        print(f"  over the bar: {found['s']} s, {BAR_S:.0f} s are allowed")
    return 1 if late else 0


def _on_store(objects: int, store: str, folder: Path) -> dict[str, Any]:
    if store == "sqlite":
        return measured(objects, f"sqlite:///{folder / 'sluice.db'}")
    with postgres(folder) as (uri, _):
        return measured(objects, empty_database(uri))


def measured(objects: int, url: str) -> dict[str, Any]:
    """One size: filled, then reconciled.

    Raises:
        NotDone: it did not find exactly what was planted.

    """
    _told("fill", str(objects), url)
    return dict(json.loads(_told("run", str(objects), url)))


def _told(*arguments: str) -> str:
    command = [sys.executable, "-m", "load.reconciliation.run", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotDone(done.stderr.strip()[-1_000:] or str(done.returncode))
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def _show(found: dict[str, Any]) -> None:
    print(
        f"{found['objects']:>10,} things, {found['records']:,} records: {found['s']} s, {found['cpu_s']} CPU s, "
        f"{found['objects_per_s']:,} a second, {found['peak_mb']} MiB at most, {found['breaks']} breaks found exactly"
    )
    print("  ".join(f"{name} {spent} s" for name, spent in found["steps_s"].items()), flush=True)


def _write(store: str, host: dict[str, object], found: dict[str, Any]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    path = RESULTS / f"reconciliation-{store}-{now:%Y-%m-%d}.json"
    report = {"at": now.isoformat(timespec="seconds"), **host, "store": store, "bar_s": BAR_S, **found}
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"  written: {path}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load.reconciliation", description=__doc__)
    parser.add_argument("--objects", type=int, default=MILLION, help="about so many things; kept from a million on")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
