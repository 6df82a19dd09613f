from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from contracts.canonical.casework import CaseState
from kit.clock import SystemClock
from kit.durable import Durable, open_durable
from tests.kit.durable.crash_worker import AT_ONCE, STEPS, StartCrash, crash_settings, crash_way

CASES = 40
KILLS = 3
ROOT = Path(__file__).parents[3]


class Workers:
    """Two worker processes; whoever dies is replaced."""

    def __init__(self, url: str, path: Path) -> None:
        self._command = [sys.executable, "-m", "tests.kit.durable.crash_worker", url, str(path)]
        self._log = path.with_suffix(".log").open("wb")
        self._alive: list[subprocess.Popen[bytes]] = []
        self.kills = 0

    def keep_two(self) -> None:
        gone = [worker for worker in self._alive if worker.poll() is not None]
        self.kills += len([worker for worker in gone if worker.returncode != -signal.SIGKILL])
        self._alive = [worker for worker in self._alive if worker.poll() is None]
        while len(self._alive) < 2:
            self._alive.append(subprocess.Popen(self._command, cwd=ROOT, stdout=self._log, stderr=self._log))

    def kill(self, chance: random.Random) -> None:
        victim = chance.choice(self._alive)
        victim.kill()
        victim.wait()
        self.kills += 1

    def close(self) -> None:
        for worker in self._alive:
            worker.kill()
            worker.wait()
        self._log.close()


@pytest.mark.crash
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_killed_workers_lose_nothing(url: str, tmp_path: Path) -> None:
    """Workers killed in mid-run: every case completes, no effect is missing, only those in flight are repeated."""
    path = tmp_path / "effects.jsonl"
    path.touch()
    way = crash_way(str(path))
    workers = Workers(url, path)
    async with open_durable(crash_settings(url, worker=False), roads=[way], clock=SystemClock()) as durable:
        try:
            workers.keep_two()
            for number in range(CASES):
                key = f"D{number}"
                await durable.start(way, business_key=key, start=StartCrash(deal_id=key))
            await _kill_while_working(workers, path)
            await _all_completed(durable, workers)
        finally:
            workers.close()
    effects = Counter(json.loads(line)[0] for line in path.read_text(encoding="utf-8").splitlines())
    repeated = sum(count - 1 for count in effects.values())
    assert CASES * STEPS == len(effects)
    assert repeated <= AT_ONCE * workers.kills
    assert KILLS <= workers.kills


async def _kill_while_working(workers: Workers, path: Path) -> None:
    chance = random.Random(5)
    for kill in range(KILLS):
        due = (kill + 1) * CASES * STEPS // (KILLS + 2)
        deadline = time.monotonic() + 90
        while _lines(path) < due:
            assert time.monotonic() < deadline, "the workers do not work"
            workers.keep_two()
            await asyncio.sleep(0.02)
        workers.kill(chance)
        workers.keep_two()


async def _all_completed(durable: Durable, workers: Workers) -> None:
    deadline = time.monotonic() + 120
    while True:
        done = await durable.casebook.cases(state=CaseState.COMPLETED, limit=CASES)
        if len(done.items) == CASES:
            return
        assert time.monotonic() < deadline, f"{len(done.items)} of {CASES} completed"
        workers.keep_two()
        await asyncio.sleep(0.1)


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())
