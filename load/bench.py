"""Measures quote to project on an embedded estate; refuses to report when a case did not complete or does not tie.

`python -m load.bench` ends by itself within six minutes; exit 1 when work was not done or a bar was missed.
How to read the figures: load/README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import math
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeVar

import uvloop

from kit.cli.embedded import embedded
from kit.cli.estate import estate
from load.deals import Crowd, Done, NotDone
from load.host import cpu_s, described

T = TypeVar("T")

RESULTS: Final = Path(__file__).parent / "results"
LOG: Final = Path("build/bench.log")
DEADLINE_S: Final = 340.0
VENDOR_MS: Final = 80.0
BAR_P95_S: Final = 60.0
BAR_ENGINE_P50_S: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is played: `deals` in all, `at_once` of them on their way; each vendor call takes `latency_ms` at least."""

    name: str
    latency_ms: float
    attended: bool
    deals: int
    at_once: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was found. CPU is that of the whole process: simulators, all tiers, gateway and the measuring itself."""

    setting: Setting
    cases_per_minute: float
    p50_s: float
    p95_s: float
    engine_p50_s: float
    engine_p95_s: float
    cpu_s_per_case: float
    played_s: float
    startup_s: float

    @property
    def missed(self) -> list[str]:
        """The bars that were not held; the engine's is for a case alone, since a crowd also waits for the processor."""
        alone = self.setting.at_once == 1
        bars = {
            f"p95 {self.p95_s:.1f} s is over {BAR_P95_S:.0f} s": self.p95_s > BAR_P95_S,
            f"engine p50 {self.engine_p50_s:.1f} s is over {BAR_ENGINE_P50_S:.0f} s": alone
            and self.engine_p50_s > BAR_ENGINE_P50_S,
        }
        return [f"{self.setting.name}: {told}" for told, is_missed in bars.items() if is_missed]


SETTINGS: Final = (
    Setting(name="alone, no latency", latency_ms=0, attended=False, deals=5, at_once=1),
    Setting(name="alone, 80 ms a call", latency_ms=VENDOR_MS, attended=False, deals=2, at_once=1),
    Setting(name="unattended, no latency", latency_ms=0, attended=False, deals=40, at_once=12),
    Setting(name="unattended, 80 ms a call", latency_ms=VENDOR_MS, attended=False, deals=24, at_once=12),
    Setting(name="attended, no latency", latency_ms=0, attended=True, deals=12, at_once=12),
    Setting(name="attended, 80 ms a call", latency_ms=VENDOR_MS, attended=True, deals=12, at_once=12),
)


def main() -> int:
    """Measure every setting, print the table, write the results."""
    LOG.parent.mkdir(exist_ok=True)
    before = described()
    try:
        with LOG.open("w", encoding="utf-8") as log, contextlib.redirect_stderr(log):
            found = uvloop.run(_all(SETTINGS))
    except (NotDone, TimeoutError) as fault:
        print(f"bench: not done: {str(fault) or f'{DEADLINE_S:.0f} s were not enough'}; the log is {LOG}", flush=True)
        return 1
    path = _written(found, before)
    missed = [each for figures in found for each in figures.missed]
    print(f"\nwritten: {path}", *missed, sep="\n")
    return 1 if missed else 0


async def measured(setting: Setting) -> Figures:
    """Play one setting on a fresh estate.

    Raises:
        NotDone: a case did not complete, or its books do not tie.

    """
    async with embedded(estate("atlantic"), latency_ms=setting.latency_ms) as landscape:
        crowd = Crowd(landscape, answers=setting.attended)
        async with crowd.at_work():
            entered = await _bounded([crowd.enter for _ in range(setting.deals)], at_once=setting.at_once)
            spent = cpu_s()
            done = await _bounded([_winning(crowd, each) for each in entered], at_once=setting.at_once)
            spent = cpu_s() - spent
    return _figures(setting, done, spent_s=spent, startup_s=landscape.startup_s)


async def _all(settings: Sequence[Setting]) -> list[Figures]:
    async with asyncio.timeout(DEADLINE_S):
        found = []
        print(f"{'':<26}{'cases/min':>10}{'p50 s':>8}{'p95 s':>8}{'engine p50 s':>14}{'CPU s/case':>12}", flush=True)
        for setting in settings:
            each = await measured(setting)
            found.append(each)
            print(
                f"{setting.name:<26}{each.cases_per_minute:>10.0f}{each.p50_s:>8.2f}{each.p95_s:>8.2f}"
                f"{each.engine_p50_s:>14.2f}{each.cpu_s_per_case:>12.3f}",
                flush=True,
            )
        return found


async def _bounded(works: Sequence[Callable[[], Awaitable[T]]], *, at_once: int) -> list[T]:
    """Everything in order of asking, so many at once; the first failure ends the rest."""
    gate = asyncio.Semaphore(at_once)

    async def admitted(work: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await work()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(admitted(work)) for work in works]
    except* NotDone as faults:
        raise faults.exceptions[0] from None
    return [task.result() for task in tasks]


def _winning(crowd: Crowd, opportunity_id: str) -> Callable[[], Awaitable[Done]]:
    return lambda: crowd.win(opportunity_id)


def _figures(setting: Setting, done: list[Done], *, spent_s: float, startup_s: float) -> Figures:
    if len({each.opportunity_id for each in done}) != setting.deals:
        raise NotDone(f"{setting.name}: {setting.deals} deals were to be won, {len(done)} were")
    waits, engine = sorted(each.waited_s for each in done), sorted(each.engine_s for each in done)
    played = (max(each.completed_at for each in done) - min(each.won_at for each in done)).total_seconds()
    return Figures(
        setting=setting,
        cases_per_minute=round(60 * len(done) / played, 1),
        p50_s=round(_quantile(waits, 0.50), 3),
        p95_s=round(_quantile(waits, 0.95), 3),
        engine_p50_s=round(_quantile(engine, 0.50), 3),
        engine_p95_s=round(_quantile(engine, 0.95), 3),
        cpu_s_per_case=round(spent_s / len(done), 4),
        played_s=round(played, 2),
        startup_s=round(startup_s, 2),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank: a figure that was really seen."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _written(found: list[Figures], host: dict[str, object]) -> Path:
    now = dt.datetime.now(dt.UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"quote-to-project-{now:%Y-%m-%d}.json"
    report = {"at": now.isoformat(timespec="seconds"), **host, "figures": [asdict(each) for each in found]}
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
