"""`sluice up --processes` as a person would start it: several workers, each started again where it was."""

import asyncio
import os
import signal
import time

import httpx
import pytest

from kit.cli.estate import estate
from kit.cli.landscape import Landscape
from kit.cli.processes import processes

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(120)]
DEADLINE_S = 60.0


async def started_again(landscape: Landscape, name: str, *, dead: int) -> None:
    """Wait until a deployable answers in a new process, at its old address."""
    deadline = time.monotonic() + DEADLINE_S
    while landscape.pids[name] == dead:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    async with httpx.AsyncClient() as client:
        assert 200 == (await client.get(f"{landscape.addresses[name]}/health/live")).status_code


@pytest.mark.req(250)
async def test_a_killed_worker_is_started_again_at_its_address() -> None:
    """Two workers beside the tiers, by name; the one that is killed comes back, the other is left alone."""
    async with processes(estate("atlantic"), workers=2) as landscape:
        names = [name for name in landscape.pids if name.startswith("worker")]
        first, second = landscape.pids["worker-1"], landscape.pids["worker-2"]
        os.kill(second, signal.SIGKILL)
        await started_again(landscape, "worker-2", dead=second)

        assert ["worker-1", "worker-2"] == names
        assert first == landscape.pids["worker-1"]
