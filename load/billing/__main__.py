"""`make bench-billing`: billing runs of several sizes on a real store, beside peers that do the arithmetic alone.

Every process is one measurement, so that its memory is its own. Exit 1, and no results, when something does not tie or
two do not agree to the last minor unit of every document. How to read the figures: load/README.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from load.billing.shown import show
from load.billing.stages import NotTied
from load.billing.work import Totals, read_totals
from load.host import described
from load.postgres import empty_database, postgres

RESULTS: Final = Path("load/results")
PEERS: Final = Path("load/billing/peers")
PEERS_PYTHON: Final = Path(".venvs/billing/bin/python")
OTHERS: Final = {"polars": "with_polars.py", "DuckDB": "with_duckdb.py", "plain SQL": "plain_sql.py"}
SIZES: Final = (20_000, 200_000)
LONG: Final = 1_000_000


def main() -> int:
    """Measure each size, print, write."""
    arguments = _arguments()
    sizes = [arguments.entries] if arguments.entries else [*SIZES, *([LONG] if arguments.long else [])]
    host = described()
    found: list[dict[str, Any]] = []
    try:
        for size in sizes:
            with tempfile.TemporaryDirectory(prefix="sluice-billing-", ignore_cleanup_errors=True) as folder:
                found.append(_measured(size, arguments.store, Path(folder)))
            show(found)
            if not arguments.entries:
                _write(arguments.store, host, found)
    except NotTied as fault:
        print(f"bench-billing: {fault}")
        return 1
    return 0


def _write(store: str, host: dict[str, object], found: list[dict[str, Any]]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    path = RESULTS / f"billing-{store}-{now:%Y-%m-%d}.json"
    report = {"at": now.isoformat(timespec="seconds"), **host, "store": store, "sizes": found}
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"  written: {path}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load.billing", description=__doc__)
    parser.add_argument("--entries", type=int, default=0, help="one size only; nothing is written then")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--long", action="store_true", help="a million entries as well")
    return parser.parse_args()


def _measured(size: int, store: str, folder: Path) -> dict[str, Any]:
    """One size: the run on the store, our arithmetic alone, and everybody else's, all of which agree.

    Raises:
        NotTied: they do not, or somebody did not do the work.

    """
    with _store(store, folder) as url:
        run = _told(sys.executable, "-m", "load.billing.run", str(size), url, str(folder / "run.csv"))
    alone = _told(sys.executable, "-m", "load.billing.arithmetic", str(size), str(folder / "ours.csv"))
    _told(sys.executable, "-m", "load.billing.handed", str(size), str(folder))
    others = {
        name: _told(str(PEERS_PYTHON), str(PEERS / script), str(folder), str(folder / f"{name}.csv"))
        for name, script in OTHERS.items()
    }
    ours = read_totals(folder / "run.csv")
    for name in ("ours", *others):
        agree(name, read_totals(folder / f"{name}.csv"), ours)
    expected = (run["billed_lines"], run["refused"].get("no rate", 0))
    for name, told in {"ours": alone, **others}.items():
        if (told["lines"], told["unpriced"]) != expected:
            raise NotTied(f"{name} priced {told['lines']} and not {told['unpriced']}, our run {expected}")
    return {"entries": size, "run": run, "arithmetic": {"Sluice": alone, **others}}


def agree(name: str, theirs: Totals, ours: Totals) -> None:
    """Hold two sets of totals to each other.

    Raises:
        NotTied: a document is lacking on one side, or differs by as little as a minor unit.

    """
    differing = [each for each in ours.keys() | theirs.keys() if ours.get(each) != theirs.get(each)]
    if differing:
        raise NotTied(f"{name} and our run differ on {len(differing)} documents, as {min(differing)}")


def _told(*command: str) -> dict[str, Any]:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotTied(f"{' '.join(command[:3])}: {done.stderr.strip() or done.returncode}")
    return dict(json.loads(done.stdout)) if done.stdout else {}


@contextmanager
def _store(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'sluice.db'}"
        return
    with postgres(folder) as (uri, _):
        yield empty_database(uri)


if __name__ == "__main__":
    sys.exit(main())
