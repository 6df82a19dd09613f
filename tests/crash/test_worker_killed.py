"""The worker is killed in the middle of the story; the case completes, and every system holds each thing once."""

import asyncio
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crash.books import Books
from tests.crash.campaign import collected
from tests.crash.checkers import findings
from tests.crash.cluster import Cluster, cluster
from tests.crash.crowd import Crowd

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(120)]
LOOK_S = 0.02
DEADLINE_S = 60.0


async def killed_at(raised: Cluster, books: Books, thresholds: list[int]) -> int:
    """Kill the only worker whenever so many steps are done, until the case is closed; how often that was."""
    worker, kills, deadline = raised.members["worker-1"], 0, time.monotonic() + DEADLINE_S
    while not any(case.closed for case, _ in await books.cases()):
        assert time.monotonic() < deadline, await books.cases()
        done = sum(entry.state == "done" for entry in await books.ledger())
        if thresholds and done >= thresholds[0]:
            thresholds.pop(0)
            worker.send(signal.SIGKILL)
            kills += 1
        await asyncio.sleep(LOOK_S)
    return kills


@pytest.mark.req(241, 250, 111)
async def test_a_killed_worker_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Kill -9 at three points of the road, nobody else at work; a restart takes the case over from its journal."""
    thresholds = sorted(random.Random(1).sample(range(2, 14), 3))
    async with cluster(tmp_path, store_url=f"sqlite:///{tmp_path / 'sluice.db'}", workers=1) as raised:
        books, crowd = Books(raised.store_url), Crowd(raised.landscape, chance=random.Random(2), at_once=1)
        people = [asyncio.create_task(each) for each in (crowd.answer(), crowd.sell())]
        try:
            kills = await killed_at(raised, books, thresholds)
        finally:
            for each in people:
                each.cancel()
                with suppress(asyncio.CancelledError):
                    await each
            await crowd.close()
        found = findings(await collected(raised, books, crowd.acknowledged))
        books.close()

    assert 3 == kills
    assert {} == {name: told for name, told in found.items() if told}
