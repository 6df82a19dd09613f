import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kit.clock import SystemClock
from kit.room import Room
from kit.settings import SettingsError
from kit.tier.app import Tier
from process_apis.casework.clock import EscalationClock
from tests.process_apis.casework.governed import GOVERNING, queue


class Sweeper:
    """Fails the first time it looks; `looked` is set the second time."""

    def __init__(self) -> None:
        self.times = 0
        self.looked = asyncio.Event()

    async def sweep(self) -> int:
        self.times += 1
        if self.times == 1:
            raise ConnectionError("the database went away")
        self.looked.set()
        return 0


@pytest.mark.req(256)
async def test_a_failed_look_is_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    """The clock logs what failed, looks again, and ends with its block."""
    sweeper = Sweeper()
    durable = cast("Any", SimpleNamespace(casebook=SimpleNamespace(escalating=sweeper)))
    clock = EscalationClock(durable=lambda: durable, clock=SystemClock(), every_s=0.001)
    with caplog.at_level(logging.ERROR, logger="sluice.casework"):
        async with asyncio.timeout(5), clock.running():
            await sweeper.looked.wait()
    times = sweeper.times
    await asyncio.sleep(0)

    assert times == sweeper.times
    assert ["sluice.casework"] == [record.name for record in caplog.records]


async def test_the_clock_of_a_worker_escalates() -> None:
    """What is overdue when the worker comes up is escalated by its first look."""
    async with queue() as at:
        item = await at.parked()
        at.clock.advance(4 * 3600)
        clock = EscalationClock(durable=lambda: at.durable, clock=SystemClock(), every_s=0.005)
        async with asyncio.timeout(5), clock.running():
            while not (await at.service.exception(exception_id=item.exception_id)).escalated_to:
                await SystemClock().sleep(0.005)


def test_one_room_governs_a_tier() -> None:
    """Two catalogues would be two owners of one exception: the start is refused."""
    governed = Room(mounts=(), governance=GOVERNING)

    assert Tier("process", rooms={"a": governed, "b": Room(mounts=())}).governance is GOVERNING
    assert Tier("process", rooms={"b": Room(mounts=())}).governance is None
    with pytest.raises(SettingsError, match="a, b"):
        _ = Tier("process", rooms={"a": governed, "b": governed}).governance
