"""Several processes, one Redis, one key: how many are let pass, to the last one."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.redis import RedisServer, redis_server

pytestmark = [pytest.mark.limiter, pytest.mark.req(3)]
WORKER = "tests.kit.door.limiter_worker"
ROOT = Path(__file__).parents[3]


def run(
    server: RedisServer,
    *,
    processes: int,
    requests: int = 250,
    at_once: int = 250,
    seconds: float = 0.0,
    on_outage: str = "closed",
    wait_s: float = 5.0,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """Start all at one word and gather what they were told."""
    arguments = [str(each) for each in (requests, at_once, seconds, on_outage, wait_s)]
    command = [sys.executable, "-m", WORKER, server.url, *arguments]
    workers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert "ready" == worker.stdout.readline().strip()
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        meanwhile()
        return [json.loads(worker.communicate(timeout=60)[0]) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def told(reports: list[dict[str, Any]]) -> Counter[str]:
    """What all processes together were told."""
    return sum((Counter(report["told"]) for report in reports), Counter())


@pytest.mark.parametrize(("processes", "attempts"), [(4, 1_000), (8, 2_000)])
def test_exactly_the_declared_number_passes_whoever_asks(processes: int, attempts: int) -> None:
    """Of 1,000 and of 2,000 attempts at one instant under a limit of 1,000 exactly 1,000 pass; none is an error."""
    with redis_server() as server:
        found = told(run(server, processes=processes))
    assert {"ok": 1_000, "throttle.exceeded": attempts - 1_000} == {"throttle.exceeded": 0, **found}


def outage(server: RedisServer, *, after_s: float, away_s: float) -> Callable[[], None]:
    """Kill the store in the midst of it, and start it again."""

    def kill_and_start() -> None:
        time.sleep(after_s)
        server.kill()
        time.sleep(away_s)
        server.start()

    return kill_and_start


@pytest.mark.slow  # lives through an outage
@pytest.mark.crash
@pytest.mark.parametrize("after_s", [0.05, 0.12, 0.2])
def test_a_store_that_keeps_its_memory_is_exact_across_its_death(after_s: float) -> None:
    """Killed in the rush and started again: 0 over, at most 1 under, 503 meanwhile, never anything else."""
    with redis_server(keeps=True) as server:
        reports = run(
            server,
            processes=4,
            at_once=25,
            seconds=4.0,
            wait_s=0.05,
            meanwhile=outage(server, after_s=after_s, away_s=0.3),
        )
    found = told(reports)
    assert 999 <= found["ok"] <= 1_000
    assert found["throttle.counter_unavailable"] > 0
    assert {"ok", "throttle.exceeded", "throttle.counter_unavailable"} >= set(found)


@pytest.mark.slow  # likewise
@pytest.mark.crash
def test_a_store_that_lost_its_memory_lets_nobody_pass_twice() -> None:
    """Without persistence the count is gone; until the hour is over nothing more passes, so none is over."""
    with redis_server() as server:
        reports = run(
            server,
            processes=4,
            at_once=25,
            seconds=3.0,
            wait_s=0.05,
            meanwhile=outage(server, after_s=0.1, away_s=0.3),
        )
    found = told(reports)
    assert 0 < found["ok"] <= 1_000
    assert {"ok", "throttle.exceeded", "throttle.counter_unavailable"} >= set(found)
