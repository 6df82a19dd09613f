"""`python -m tests.crash.campaign`: a storm over everything, and afterwards the books are held against each other.

Exit 1 when anything was lost, doubled or stuck. The same seed deals the same blows.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import sqlalchemy as sa
import uvloop
from msgspec import Struct

from tests.crash import inventory
from tests.crash.books import Books
from tests.crash.checkers import findings
from tests.crash.cluster import BEAT_S, Cluster, cluster
from tests.crash.crowd import Crowd
from tests.crash.evidence import Acknowledged, Evidence
from tests.crash.postgres import Postgres, postgres
from tests.crash.recovery import Recovery
from tests.crash.schedule import Planned, schedule
from tests.crash.storm import Storm

_LOOK_S: Final = 0.25
_WARM_S: Final = 60.0


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be played. `drain_s` is how long everything may take to come to rest after the storm.

    With `every_lie_met` the storm lasts until no lie is left that nobody ran into.
    """

    faults: int
    seed: int = 1
    store: str = "sqlite"
    at_once: int = 8
    drain_s: float = 180.0
    every_lie_met: bool = False
    module: str = "kit.cli.main"


class Outcome(Struct, frozen=True, kw_only=True):
    """What was played and what was found."""

    plan: Plan
    dealt: dict[str, int]
    met: dict[str, int]
    cases: int
    completed: int
    waiting: int
    acknowledged: dict[str, int]
    asked_again: dict[str, int]
    refused: dict[str, int]
    found: dict[str, list[str]]
    stood_still_s: list[float]
    deaths: dict[str, dict[int, int]]
    storm_s: float
    seconds: float

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not any(self.found.values())

    def told(self) -> str:
        """The report for people."""
        dealt = ", ".join(f"{count} {name}" for name, count in sorted(self.dealt.items()))
        met = ", ".join(f"{count} calls met {name}" for name, count in sorted(self.met.items()))
        lines = [
            f"seed {self.plan.seed}, store {self.plan.store}",
            f"faults {sum(self.dealt.values())}: {dealt}; {met}",
            f"cases {self.cases}: {self.completed} completed, {self.waiting} waiting for people",
            f"acknowledged: {_counted(self.acknowledged)}; asked again: {_counted(self.asked_again)}",
            f"refused: {_counted(self.refused)}",
            *(f"{name} {len(found)}" for name, found in self.found.items()),
            f"recovery p50 {_share(self.stood_still_s, 0.5):.1f} s, p99 {_share(self.stood_still_s, 0.99):.1f} s "
            f"({len(self.stood_still_s)} interrupted cases)",
            f"ends: {self.deaths}",
            f"storm {self.storm_s:.0f} s, all {self.seconds:.0f} s",
        ]
        for name, found in self.found.items():
            lines += [f"  {name}: {each}" for each in found[:20]]
        return "\n".join(lines)


async def campaign(plan: Plan, folder: Path, *, planned: Sequence[Planned] = ()) -> Outcome:
    """Play a plan; logs, settings and an SQLite store are left in `folder`. `planned` is dealt instead of chance."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(postgres(folder / "pg")) if plan.store == "postgres" else None
        url = server.url if server else f"sqlite:///{folder / 'sluice.db'}"
        raised = await stack.enter_async_context(cluster(folder, store_url=url, module=plan.module))
        drawn = schedule(plan.seed, faults=plan.faults, store_restarts=server is not None)
        return await _Player(plan, raised, server, planned=planned or drawn, began=began).play()


class _Player:
    """Plays one campaign on a raised cluster."""

    def __init__(
        self, plan: Plan, raised: Cluster, server: Postgres | None, *, planned: Sequence[Planned], began: float
    ) -> None:
        self._plan = plan
        self._cluster = raised
        self._began = began
        self._arrived = 0
        self._books = Books(raised.store_url)
        self._crowd = Crowd(raised.landscape, chance=random.Random(plan.seed), at_once=plan.at_once)
        self._recovery = Recovery(self._books, beat_s=BEAT_S)
        self._storm = Storm(raised, recovery=self._recovery, restart_store=server.restart if server else None)
        self._planned = planned

    async def play(self) -> Outcome:
        """Warm up, storm, heal, come to rest, look."""
        try:
            async with self._at_work() as selling:
                await self._until_first()
                storm_began = time.monotonic()
                await self._storm.blow(self._planned)
                if self._plan.every_lie_met:
                    await self._storm.until_met(within_s=_WARM_S)
                storm_s = time.monotonic() - storm_began
                selling.cancel()
                await self._storm.heal()
                await self._at_rest()
            return await self._looked_at(storm_s=storm_s)
        finally:
            self._books.close()

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[asyncio.Task[None]]:
        """Sales sell, people answer, and the books are watched, until the block ends."""
        crowd = self._crowd
        selling = asyncio.create_task(crowd.sell())
        others = [asyncio.create_task(each) for each in (crowd.answer(), crowd.start_by_hand(), self._watch())]
        try:
            yield selling
            for task in (selling, *others):
                if task.done() and not task.cancelled():
                    task.result()
        finally:
            for task in (selling, *others):
                task.cancel()
            for task in (selling, *others):
                with suppress(asyncio.CancelledError):
                    await task
            await crowd.close()

    async def _watch(self) -> None:
        while True:
            with suppress(sa.exc.SQLAlchemyError):
                cases = await self._books.cases()
                arrived = [case.business_key for case, _ in cases if case.closed]
                for deal_id in arrived:
                    self._crowd.over(deal_id)
                self._arrived = len(arrived)
                await self._recovery.look(cases)
            await asyncio.sleep(_LOOK_S)

    async def _until_first(self) -> None:
        """A storm over an estate that never worked would prove nothing."""
        await self._until(lambda: self._arrived > 0, within_s=_WARM_S)

    async def _at_rest(self) -> None:
        """Every deal arrived, or the deadline passed."""
        with suppress(TimeoutError):
            await self._until(lambda: not self._crowd.on_their_way, within_s=self._plan.drain_s)

    @staticmethod
    async def _until(holds: Callable[[], bool], *, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(_LOOK_S)

    async def _looked_at(self, *, storm_s: float) -> Outcome:
        evidence = await collected(self._cluster, self._books, self._crowd.acknowledged)
        await self._recovery.look(await self._books.cases())
        return Outcome(
            plan=self._plan,
            dealt=dict(self._storm.dealt),
            met=dict(self._storm.met),
            cases=len(evidence.cases),
            completed=sum(case.state == "completed" for case in evidence.cases),
            waiting=sum(not case.closed for case in evidence.cases),
            acknowledged=dict(Counter(each.what for each in evidence.acknowledged)),
            asked_again=dict(self._crowd.asked_again),
            refused=dict(self._crowd.refused),
            found=findings(evidence),
            stood_still_s=sorted(self._recovery.stood_still_s()),
            deaths=self._cluster.deaths(),
            storm_s=storm_s,
            seconds=time.monotonic() - self._began,
        )


async def collected(raised: Cluster, books: Books, acknowledged: list[Acknowledged]) -> Evidence:
    """Everything that is left, from the store and from the simulators."""
    async with httpx.AsyncClient(timeout=60) as http:
        states = {
            connection: (await http.get(f"{url}/_sandbox/state")).json() for connection, url in raised.behind.items()
        }
    crm, erp, psa = (states[name] for name in ("crm-emea", "erp-main", "psa-main"))
    return Evidence(
        acknowledged=acknowledged,
        cases=[case for case, _ in await books.cases()],
        asked=await books.asked(),
        ledger=await books.ledger(),
        events=await books.events(),
        records=[*inventory.in_erp(erp), *inventory.in_psa(psa)],
        deals=inventory.deals(crm),
        orders=inventory.orders(erp),
    )


def _share(values: Sequence[float], share: float) -> float:
    """A quantile of sorted values; 0 when there are none."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def main() -> int:
    """Play what the command line says."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--keep", type=Path, help="leave logs, settings and store here")
    given = parser.parse_args()
    plan = Plan(faults=given.faults, seed=given.seed, store=given.store)
    with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as named:
        folder = given.keep or Path(named)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = uvloop.run(campaign(plan, folder))
    sys.stdout.write(f"{outcome.told()}\n")
    return 0 if outcome.sound else 1


if __name__ == "__main__":
    sys.exit(main())
