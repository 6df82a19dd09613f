from __future__ import annotations

import datetime as dt

import pytest
from msgspec import Struct

from contracts.canonical.casework import CaseState
from kit.clock import ManualClock
from kit.durable import Calendar, Cron, Effect, MemoryDurable, Road, Window, sleep_until, step, wait_for_window
from kit.durable.schedule import Schedule, Schedules
from tests.kit.durable.bench import Opened, reaches

SLACK = dt.timedelta(seconds=2)
FRIDAY = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)


class Night(Struct, frozen=True, kw_only=True):
    """What a batch begins with."""

    day: str
    until: dt.datetime | None = None
    window: str = ""


class NightSteps:
    def __init__(self) -> None:
        self.ran: list[str] = []

    @step()
    async def run(self, effect: Effect, day: str) -> None:
        self.ran.append(day)


async def night(steps: NightSteps, start: Night) -> None:
    """Wait for the time, or for the window, then run."""
    if start.until is not None:
        await sleep_until(start.until)
    if start.window:
        await wait_for_window(start.window)
    await steps.run(start.day)


def way() -> Road:
    windows = {"office": Window(calendar=Calendar(zone="Europe/Berlin"))}
    return Road(process="night_batch", version=1, run=night, steps=NightSteps(), starts=Night, windows=windows)


async def test_a_road_sleeps_and_wakes(opened: Opened) -> None:
    """A timer in a road holds until its moment; one that is past is not waited for; the case shows the wait."""
    road = way()
    async with opened(road) as durable:
        past = Night(day="past", until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        gone = await durable.start(road, business_key="past", start=past)
        await reaches(durable, gone.case_id, CaseState.COMPLETED)
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
        begun = await durable.start(road, business_key="soon", start=Night(day="soon", until=until))
        if isinstance(durable, MemoryDurable):
            await durable.settled(begun.case_id)
            while dt.datetime.now(dt.UTC) < until + SLACK:  # its timer began a moment after `until` was said
                await durable._clock.sleep(0.05)
                await durable.tick()
        case = await reaches(durable, begun.case_id, CaseState.COMPLETED)
    assert case.steps[0].started_at is not None
    assert until <= case.steps[0].started_at
    assert any("waits for its time" in wait.detail and wait.ended_at for wait in case.waits)
    assert case.summary.closed_at is not None
    assert (case.summary.closed_at - case.summary.opened_at).total_seconds() > float(case.facts["engine_s"])


@pytest.mark.req(231)
async def test_a_road_waits_for_its_window() -> None:
    """A batch begun on Friday night runs on Monday morning, and may be cancelled while it waits."""
    clock, road = ManualClock(FRIDAY), way()
    async with MemoryDurable.opened([road], clock=clock) as durable:
        begun = await durable.start(road, business_key="1", start=Night(day="1", window="office"))
        other = await durable.start(road, business_key="2", start=Night(day="2", window="office"))
        await durable.settled(begun.case_id)
        await durable.settled(other.case_id)
        await durable.cancel(other.case_id, reason="not needed", by="ann")
        await durable.settled(other.case_id)
        for _ in range(6):
            clock.advance(12 * 3600)
            await durable.tick()
        case = await durable.standing(begun.case_id)
        assert CaseState.UNWOUND is (await durable.standing(other.case_id)).summary.state
    assert CaseState.COMPLETED is case.summary.state
    assert case.steps[0].started_at is not None
    assert dt.date(2026, 11, 23) == case.steps[0].started_at.date()


@pytest.mark.req(240)
async def test_a_schedule_begins_each_time_once() -> None:
    """Two workers look every ten minutes through the night of changed clocks: one case for each local time."""
    clock, road = ManualClock(dt.datetime(2026, 10, 23, 12, tzinfo=dt.UTC)), way()
    async with MemoryDurable.opened([road], clock=clock) as durable:

        def begin(local: dt.datetime) -> Night:
            return Night(day=f"{local:%d}")

        nightly = Schedule(name="nightly", cron=Cron("30 2 * * *", "Europe/Berlin"), road=road, start=begin)
        workers = [Schedules(lambda: durable, [nightly], clock=clock) for _ in range(2)]
        begun = []
        for _ in range(6 * 24 * 3):
            for worker in workers:
                begun += await worker.look()
            clock.advance(600)
        assert [] == await workers[0].look()
        cases = (await durable.casebook.cases()).items
        timeline = await durable.casebook.timeline(cases[0].case_id)
    assert {"nightly-2026-10-24T0230", "nightly-2026-10-25T0230", "nightly-2026-10-26T0230"} == {
        case.business_key for case in cases
    }
    assert 3 == len(set(begun))
    assert "schedule nightly" == timeline.entries[0].actor
