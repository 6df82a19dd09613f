"""The worker is killed in the middle of the story; the case completes, and every system holds each thing once."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.canonical.casework import CaseFile, CaseState, StepState
from kit.cli.demo.play import tell
from kit.cli.estate import estate
from kit.cli.landscape import Landscape

pytestmark = [pytest.mark.crash, pytest.mark.timeout(240)]
LATENCY_MS = "60"


@asynccontextmanager
async def processes() -> AsyncIterator[tuple[Landscape, int]]:
    """`sluice up --processes` as a person would start it; ended by its own process id."""
    up = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kit.cli.main", "up", "--processes", "--json", "--seconds", "200"),
        *("--latency-ms", LATENCY_MS),
        stdout=asyncio.subprocess.PIPE,
    )
    assert up.stdout is not None
    try:
        told = json.loads(await asyncio.wait_for(up.stdout.readline(), 60))
        fields = ("addresses", "vendors", "people", "persons", "pids")
        yield Landscape(estate("atlantic"), **{name: told[name] for name in fields}), up.pid
    finally:
        up.send_signal(signal.SIGTERM)
        await asyncio.wait_for(up.wait(), 60)


def child(parent: int, deployable: str) -> int | None:
    """The process id of a deployable among the children of `sluice up`; None while it is being started again."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except FileNotFoundError:
            continue
        if deployable.encode() in words:
            return int(pid)
    return None


class Killer:
    """Kills the worker whenever so many steps are done; each threshold once."""

    def __init__(self, parent: int, thresholds: list[int]) -> None:
        self.parent = parent
        self.thresholds = thresholds
        self.killed: list[int] = []

    def watch(self, case: CaseFile, acts: list[str]) -> None:
        done = sum(step.state is StepState.DONE for step in case.steps)
        if self.thresholds and done >= self.thresholds[0]:
            worker = child(self.parent, "worker")
            if worker is not None and worker not in self.killed:
                os.kill(worker, signal.SIGKILL)
                self.killed.append(worker)
                self.thresholds.pop(0)


async def held(landscape: Landscape, connection: str) -> dict[str, Any]:
    """Everything a simulator holds."""
    async with httpx.AsyncClient() as client:
        return dict((await client.get(f"{landscape.vendors[connection]}/_sandbox/state")).json())


@pytest.mark.req(241, 250, 111)
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_killed_worker_loses_nothing_and_doubles_nothing(seed: int) -> None:
    """Kill -9 at three points of the road; a restart takes the case over from its journal."""
    thresholds = sorted(random.Random(seed).sample(range(2, 14), 3))
    async with processes() as (landscape, parent):
        killer = Killer(parent, list(thresholds))
        told = await tell(landscape, watch=killer.watch)
        books = (await held(landscape, "erp-main"))["records"]
        delivery = await held(landscape, "psa-main")

    assert 3 == len(killer.killed)
    assert CaseState.COMPLETED is told.case.summary.state
    assert told.journey.ties
    assert (2, 1, 1) == (len(books["customer"]), len(books["job"]), len(books["salesOrder"]))
    assert (1, 1) == (len(delivery["workspaces"]), len(delivery["workspace_groups"]))
    names = [row["title"] for row in delivery["stories"].values()]
    assert len(set(names)) == len(names)
