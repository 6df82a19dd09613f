"""Measures what our layer costs over the plain engine: the same steps on both, on SQLite and PostgreSQL.

`python -m load.engine_overhead` prints CPU milliseconds per step for 1, 2 and 4 workers and by how much ours is over
the engine's own; it ends by itself within eight minutes. Both layers stand side by side on databases of their own and
take turns, batch by batch, so that whatever else the machine does falls on both alike; medians are told.
CPU is read from /proc: of the workers, and apart from it of PostgreSQL. A run over every setting is kept in `results/`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

import sqlalchemy as sa

from kit.durable import migrate_all
from kit.store.url import blocking_url
from load.host import described
from load.overhead_workers import STEPS, begin_ours, begin_plain
from load.postgres import empty_database, postgres

RESULTS: Final = Path(__file__).parent / "results"
DATABASES: Final = ("sqlite", "postgresql")
LAYERS: Final = ("plain", "ours")
WORKERS: Final = (1, 2, 4)
CASES: Final = 48
ROUNDS: Final = 5
BAR_PERCENT: Final = 30.0
DEADLINE_S: Final = 330.0
_BATCH_S: Final = 150.0
_JIFFIES: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one batch of cases cost: CPU in milliseconds of one core for each step of a case."""

    worker_ms: float
    database_ms: float
    cases_per_s: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one layer cost with so many workers: the medians of its batches."""

    layer: str
    cases_per_s: float
    worker_cpu_ms_per_step: float
    database_cpu_ms_per_step: float
    batches_ms_per_step: list[float]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Both layers with so many workers; `overhead_percent` is the workers' CPU over the engine's own."""

    database: str
    workers: int
    overhead_percent: float
    plain: Figures
    ours: Figures


class Place:
    """Workers of one layer on a database of their own, carrying one batch after the other."""

    def __init__(self, url: str, *, layer: str, pids: Sequence[int], servers: Sequence[int]) -> None:
        self._url = url
        self._layer = layer
        self._pids = pids
        self._servers = servers
        self._done = 0

    def batch(self, cases: int = CASES) -> Spent:
        """Let the workers carry so many cases."""
        stored, spent, began = _cpu_s(_below(self._servers)), _cpu_s(self._pids), time.monotonic()
        if self._layer == "plain":
            begin_plain(self._url, first=self._done, cases=cases)
        else:
            asyncio.run(begin_ours(self._url, first=self._done, cases=cases))
        self._done += cases
        _until_done(self._url, cases=self._done, began=began)
        took_s = time.monotonic() - began
        worked, served = _since(spent, _cpu_s(self._pids)), _since(stored, _cpu_s(_below(self._servers)))
        steps = cases * STEPS
        return Spent(worker_ms=worked * 1000 / steps, database_ms=served * 1000 / steps, cases_per_s=cases / took_s)


def compared(database: str, *, workers: int, folder: Path, uri: str, server: int, ends: float) -> Compared:
    """Let both layers take turns: as often as `ROUNDS` says, or until the time is up."""
    servers = [server] if database == "postgresql" else []
    found: dict[str, list[Spent]] = {layer: [] for layer in LAYERS}
    with ExitStack() as stack:
        places = {}
        for layer in LAYERS:
            url = _empty(database, folder=folder, uri=uri)
            migrate_all(url)
            pids = stack.enter_context(_working(url, layer=layer, workers=workers, folder=folder))
            places[layer] = Place(url, layer=layer, pids=pids, servers=servers)
            places[layer].batch(4 * workers)  # what a launch and a first statement cost is not what a step costs
        for number in range(ROUNDS):
            if number and time.monotonic() > ends:
                break
            for layer in LAYERS if number % 2 else reversed(LAYERS):
                found[layer].append(places[layer].batch())
    plain, ours = (_figures(layer, found[layer]) for layer in LAYERS)
    over = ours.worker_cpu_ms_per_step / plain.worker_cpu_ms_per_step - 1
    return Compared(database=database, workers=workers, overhead_percent=round(100 * over, 1), plain=plain, ours=ours)


def _figures(layer: str, batches: Sequence[Spent]) -> Figures:
    return Figures(
        layer=layer,
        cases_per_s=round(median(each.cases_per_s for each in batches), 1),
        worker_cpu_ms_per_step=round(median(each.worker_ms for each in batches), 3),
        database_cpu_ms_per_step=round(median(each.database_ms for each in batches), 3),
        batches_ms_per_step=[round(each.worker_ms, 2) for each in batches],
    )


@contextmanager
def _working(url: str, *, layer: str, workers: int, folder: Path) -> Iterator[list[int]]:
    running: list[subprocess.Popen[bytes]] = []
    try:
        marks = [folder / f"{uuid.uuid4().hex}.ready" for _ in range(workers)]
        command = [sys.executable, "-m", "load.overhead_workers", layer, url]
        running.extend(subprocess.Popen([*command, str(mark)]) for mark in marks)
        deadline = time.monotonic() + _BATCH_S
        while not all(mark.exists() for mark in marks):
            assert time.monotonic() < deadline, "the workers did not get ready"
            time.sleep(0.05)
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def _until_done(url: str, *, cases: int, began: float) -> None:
    engine = sa.create_engine(blocking_url(url))
    schema = "dbos." if engine.dialect.name == "postgresql" else ""
    query = sa.text(f"select count(*) from {schema}workflow_status where status = 'SUCCESS'")  # noqa: S608 - our own word
    lines = sa.text(f"select count(*) from {schema}operation_outputs")  # noqa: S608 - our own word
    try:
        while True:
            with engine.connect() as connection:
                if connection.execute(query).scalar_one() >= cases:
                    journalled = connection.execute(lines).scalar_one()
                    assert cases * STEPS == journalled, f"{journalled} lines of {cases} cases in the journal"
                    return
            assert time.monotonic() - began < _BATCH_S, "the cases did not end"
            time.sleep(0.05)
    finally:
        engine.dispose()


def _cpu_s(pids: Sequence[int]) -> dict[int, float]:
    """CPU seconds of each process that still lives."""
    found = {}
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            found[pid] = (int(fields[11]) + int(fields[12])) / _JIFFIES
    return found


def _since(before: dict[int, float], now: dict[int, float]) -> float:
    return sum(spent - before.get(pid, 0.0) for pid, spent in now.items())


def _below(servers: Sequence[int]) -> list[int]:
    found = [Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split() for pid in servers]
    return [int(pid) for children in found for pid in children]


def _empty(database: str, *, folder: Path, uri: str) -> str:
    return empty_database(uri) if database == "postgresql" else f"sqlite:///{folder / uuid.uuid4().hex[:12]}.db"


def settings(databases: Sequence[str], workers: Sequence[int]) -> Iterator[Compared]:
    """Every setting after the other, each on empty databases and with its share of the time that is left."""
    ends = time.monotonic() + DEADLINE_S
    asked = [(database, count) for database in databases for count in workers]
    with tempfile.TemporaryDirectory(prefix="overhead-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with postgres(folder) as (uri, pid):
            for number, (database, count) in enumerate(asked):
                left_s = ends - time.monotonic()
                share = time.monotonic() + left_s / (len(asked) - number)
                yield compared(database, workers=count, folder=folder, uri=uri, server=pid, ends=share)


def main() -> int:
    """Print one line a setting; keep a run over all of them; exit 1 when ours is over the bar anywhere."""
    asked = argparse.ArgumentParser(description="What our layer costs over the plain engine, in CPU per step.")
    asked.add_argument("databases", nargs="*", default=DATABASES)
    asked.add_argument("--workers", type=int, nargs="*", default=WORKERS)
    given = asked.parse_args()
    before, found = described(), list[Compared]()
    print("database    workers  plain ms/step  ours ms/step  overhead_percent  database plain/ours  cases/s plain/ours")
    for each in settings(given.databases, given.workers):
        found.append(each)
        stored = f"{each.plain.database_cpu_ms_per_step:.2f}/{each.ours.database_cpu_ms_per_step:.2f}"
        print(
            f"{each.database:<11} {each.workers:>7} {each.plain.worker_cpu_ms_per_step:>14.2f} "
            f"{each.ours.worker_cpu_ms_per_step:>13.2f} {each.overhead_percent:>17.1f} {stored:>20} "
            f"{f'{each.plain.cases_per_s}/{each.ours.cases_per_s}':>19}",
            flush=True,
        )
    if len(found) == len(DATABASES) * len(WORKERS):
        _keep(found, before)
    return 1 if any(each.overhead_percent > BAR_PERCENT for each in found) else 0


def _keep(found: Sequence[Compared], before: dict[str, object]) -> None:
    now = dt.datetime.now(dt.UTC)
    report = {"at": now.isoformat(timespec="seconds"), **before, "figures": [asdict(each) for each in found]}
    path = RESULTS / f"engine-overhead-{now:%Y-%m-%d}.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
