"""Measures what our layer costs over the plain engine: the same steps on both, on SQLite and PostgreSQL.

`python -m load.engine_overhead` prints cases per second and CPU milliseconds per step for 1, 2 and 4 workers, and
ends by itself within three minutes. CPU is read from /proc: of the workers, and apart from it of PostgreSQL.
A run over every setting is kept in `results/`.
"""

from __future__ import annotations

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from msgspec import Struct

from kit.clock import SystemClock
from kit.durable import DurableSettings, Effect, Road, migrate_all, open_durable, step
from kit.durable.engine import queue_of, version_of
from kit.store.url import blocking_url, plain_url
from load.host import described
from load.postgres import empty_database, postgres

RESULTS: Final = Path(__file__).parent / "results"
STEPS: Final = 6
WORKERS: Final = (1, 2, 4)
CASES: Final = 60
DEADLINE_S: Final = 170.0
_JIFFIES: Final = os.sysconf("SC_CLK_TCK")
_AT_ONCE: Final = 16


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one setting cost; CPU in milliseconds of one core for each step of a case."""

    database: str
    layer: str
    workers: int
    cases_per_s: float
    worker_cpu_ms_per_step: float
    database_cpu_ms_per_step: float


class Begin(Struct, frozen=True, kw_only=True):
    """What a case begins with."""

    number: int


class Steps:
    """Steps that do nothing, so that only the engine is measured."""

    @step(system="erp")
    async def act(self, effect: Effect, number: int) -> dict[str, str]:
        """Answer as a vendor would."""
        return {"key": effect.key, "number": str(number)}


async def _walk(steps: Steps, start: Begin) -> None:
    for number in range(STEPS):
        await steps.act(start.number + number)


def _road() -> Road:
    return Road(process="overhead", version=1, run=_walk, steps=Steps(), starts=Begin)


def _settings(url: str, *, worker: bool) -> DurableSettings:
    return DurableSettings(url=url, worker=worker, migrate=False, poll_s=0.1, at_once=_AT_ONCE)


async def _ours(url: str, ready: Path) -> None:
    async with open_durable(_settings(url, worker=True), roads=[_road()], clock=SystemClock()):
        await asyncio.to_thread(ready.touch)
        await asyncio.Event().wait()


async def _plain(url: str, ready: Path) -> None:
    settings = _settings(url, worker=True)

    async def act(number: int) -> dict[str, str]:
        return {"key": f"overhead-{number}", "number": str(number)}

    async def walk(start: dict[str, int]) -> None:
        for number in range(STEPS):
            await DBOS.run_step_async({"name": "act"}, act, start["number"] + number)

    DBOS.workflow(name=_road().name)(walk)
    DBOS(
        config={
            "name": settings.name,
            "system_database_url": plain_url(url),
            "application_version": version_of(settings),
            "executor_id": str(uuid.uuid4()),
            "run_migrations": False,
            "sys_db_pool_size": settings.pool,
            "max_executor_threads": settings.threads,
            "log_level": "WARNING",
        }
    )
    await asyncio.to_thread(_plain_queue, settings)
    await asyncio.to_thread(DBOS.launch)
    await asyncio.to_thread(ready.touch)
    await asyncio.Event().wait()


def _plain_queue(settings: DurableSettings) -> None:
    client = DBOSClient(system_database_url=plain_url(settings.url), application_name=settings.name)
    client.register_queue(queue_of(settings), polling_interval_sec=settings.poll_s, worker_concurrency=settings.at_once)
    client.destroy()


def _begin_plain(url: str) -> None:
    settings = _settings(url, worker=False)
    client = DBOSClient(system_database_url=plain_url(url), application_name=settings.name)
    for number in range(CASES):
        client.enqueue(
            {
                "workflow_name": _road().name,
                "queue_name": queue_of(settings),
                "workflow_id": f"plain-{number}",
                "app_version": version_of(settings),
            },
            {"number": number},
        )
    client.destroy()


async def _begin_ours(url: str) -> None:
    road = _road()
    async with open_durable(_settings(url, worker=False), roads=[road], clock=SystemClock()) as durable:
        for number in range(CASES):
            await durable.start(road, business_key=str(number), start=Begin(number=number))


def measure(url: str, *, layer: str, workers: int, folder: Path, server: int | None) -> Figures:
    """Let so many workers carry all cases of an empty database."""
    migrate_all(url)
    with _working(url, layer=layer, workers=workers, folder=folder) as pids:
        before, before_of_database = (
            _cpu_s(pids),
            _cpu_s(_below(server)),
        )  # what a launch costs is not what a step costs
        began = time.monotonic()
        if layer == "plain":
            _begin_plain(url)
        else:
            asyncio.run(_begin_ours(url))
        _until_done(url, began=began)
        took = time.monotonic() - began
        spent = _since(before, _cpu_s(pids))
        stored = _since(before_of_database, _cpu_s(_below(server)))
    steps = CASES * STEPS
    return Figures(
        database=sa.make_url(url).get_backend_name(),
        layer=layer,
        workers=workers,
        cases_per_s=round(CASES / took, 1),
        worker_cpu_ms_per_step=round(spent * 1000 / steps, 2),
        database_cpu_ms_per_step=round(stored * 1000 / steps, 2),
    )


@contextmanager
def _working(url: str, *, layer: str, workers: int, folder: Path) -> Iterator[list[int]]:
    running: list[subprocess.Popen[bytes]] = []
    try:
        marks = [folder / f"{uuid.uuid4().hex}.ready" for _ in range(workers)]
        for mark in marks:
            command = [sys.executable, "-m", "load.engine_overhead", layer, url, str(mark)]
            running.append(subprocess.Popen(command))
        deadline = time.monotonic() + 60
        while not all(mark.exists() for mark in marks):
            assert time.monotonic() < deadline, "the workers did not get ready"
            time.sleep(0.05)
        time.sleep(0.5)
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def _until_done(url: str, *, began: float) -> None:
    engine = sa.create_engine(blocking_url(url))
    schema = "dbos." if engine.dialect.name == "postgresql" else ""
    query = sa.text(f"select count(*) from {schema}workflow_status where status = 'SUCCESS'")  # noqa: S608 - our own word
    try:
        while True:
            with engine.connect() as connection:
                if connection.execute(query).scalar_one() == CASES:
                    return
            assert time.monotonic() - began < 60, "the cases did not end"
            time.sleep(0.05)
    finally:
        engine.dispose()


def _cpu_s(pids: list[int]) -> dict[int, float]:
    """CPU seconds of each process that still lives."""
    found = {}
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            found[pid] = (int(fields[11]) + int(fields[12])) / _JIFFIES
    return found


def _since(before: dict[int, float], now: dict[int, float]) -> float:
    return sum(spent - before.get(pid, 0.0) for pid, spent in now.items())


def _below(server: int | None) -> list[int]:
    if server is None:
        return []
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in children]


def settings(only: str = "") -> Iterator[Figures]:
    """Every setting after the other, each on an empty database."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="overhead-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with postgres(folder) as (uri, pid):
            for database in ("sqlite", "postgresql"):
                if only and database != only:
                    continue
                for workers in WORKERS:
                    for layer in ("plain", "ours"):
                        if time.monotonic() - began > DEADLINE_S:
                            return
                        url = _empty(database, folder=folder, uri=uri)
                        server = pid if database == "postgresql" else None
                        yield measure(url, layer=layer, workers=workers, folder=folder, server=server)


def _empty(database: str, *, folder: Path, uri: str) -> str:
    return empty_database(uri) if database == "postgresql" else f"sqlite:///{folder / uuid.uuid4().hex[:12]}.db"


def main() -> int:
    """Print one line a setting, then by how much ours is over the plain engine; keep a whole run."""
    if len(sys.argv) == 4:
        asyncio.run({"plain": _plain, "ours": _ours}[sys.argv[1]](sys.argv[2], Path(sys.argv[3])))
        return 0
    before, found = described(), list[Figures]()
    print("database    layer  workers  cases/s  CPU ms/step  of the database  over the engine")
    for figures in settings(*sys.argv[1:2]):
        over = f"{_over(found[-1], figures):+.0%}" if figures.layer == "ours" else ""
        found.append(figures)
        print(
            f"{figures.database:<11} {figures.layer:<6} {figures.workers:>7} {figures.cases_per_s:>8} "
            f"{figures.worker_cpu_ms_per_step:>12} {figures.database_cpu_ms_per_step:>16} {over:>16}",
            flush=True,
        )
    if len(sys.argv) > 1:
        return 0
    now = dt.datetime.now(dt.UTC)
    report = {"at": now.isoformat(timespec="seconds"), **before, "figures": [asdict(each) for each in found]}
    path = RESULTS / f"engine-overhead-{now:%Y-%m-%d}.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if len(found) == 4 * len(WORKERS) else 1


def _over(plain: Figures, ours: Figures) -> float:
    """The CPU of the workers over the engine's own, as a share of it."""
    return ours.worker_cpu_ms_per_step / plain.worker_cpu_ms_per_step - 1


if __name__ == "__main__":
    sys.exit(main())
