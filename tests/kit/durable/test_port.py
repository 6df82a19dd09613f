from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from sqlalchemy.exc import OperationalError

from contracts.canonical.casework import CaseState, StepState
from contracts.canonical.reference import Reference
from contracts.events.envelope import CloudEvent
from contracts.problem import Kind, Problem, Retry
from kit.clock import ManualClock
from kit.durable import Effect, Held, MemoryDurable, Patience, Road, ask, effect_key, record, step
from kit.durable.road import speaking
from kit.durable.steadfast import steadfast
from kit.events import EventLog, Place
from tests.kit.durable.bench import Opened, reaches
from tests.kit.durable.deal import Deal, DealSteps, StartDeal, World, deal_road, road


async def test_events_are_told_once(opened: Opened) -> None:
    """Exceptions, approvals and what the road publishes stand in the event log, once, with the business key."""
    way = road(World())
    order = StartDeal(deal_id="D1", tax_known=False, approval=True)
    async with opened(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        await reaches(durable, case_id, CaseState.EXCEPTION)
        (item,) = (await durable.casebook.exceptions()).items
        await durable.casebook.fix(item.exception_id, values={"tax_code": "EU-RC"}, by="ann", key="1")
        await reaches(durable, case_id, CaseState.WAITING_APPROVAL)
        (asked,) = (await durable.casebook.approvals()).items
        await durable.casebook.decide(asked.approval_id, approve=True, by="bob", etag=asked.etag, key="2")
        await reaches(durable, case_id, CaseState.COMPLETED)
        logged = await EventLog(durable.store).after(Place())
    events: list[CloudEvent] = [one.event for one in logged]
    assert [
        "sluice.exception.raised.v1",
        "sluice.exception.fixed.v1",
        "sluice.approval.requested.v1",
        "sluice.approval.decided.v1",
        "sluice.deal.won.v1",
    ] == [event.type for event in events]
    assert {"D1"} == {event.subject for event in events}
    assert 5 == len({event.id for event in events})


async def test_the_trace_goes_with_the_case(opened: Opened) -> None:
    """The trace that started a case is stored on it and is the trace its steps run in."""
    context = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=TraceFlags(1))
    seen: list[int] = []

    class Tracing(DealSteps):
        @step(system="crm")
        async def read_deal(self, effect: Effect, deal_id: str) -> Deal:
            seen.append(trace.get_current_span().get_span_context().trace_id)
            return await DealSteps(self.world).read_deal.raw(effect, deal_id)

    way = Road(process="deal_to_budget", version=1, run=deal_road, steps=Tracing(World()), starts=StartDeal)
    async with opened(way) as durable:
        with trace.use_span(NonRecordingSpan(context)):
            started = await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1"))
        case = await reaches(durable, started.case_id, CaseState.COMPLETED)
    assert f"{0xABC:032x}" == case.trace_id
    assert [0xABC] == seen


@asynccontextmanager
async def memory(way: Road, clock: ManualClock | None = None) -> AsyncIterator[MemoryDurable]:
    async with MemoryDurable.opened([way], clock=clock or ManualClock()) as durable:
        yield durable


class AfterPivot(DealSteps):
    """Is held after the pivot."""

    @step(pivot=True, system="erp")
    async def post_budget(self, effect: Effect, deal: Deal) -> Reference:
        return await DealSteps(self.world).post_budget.raw(effect, deal)

    @step(system="psa")
    async def tell(self, effect: Effect) -> None:
        if effect.attempt == 1:
            raise Problem(Kind.INVALID, "not_yet")


async def pivot_road(steps: AfterPivot, start: StartDeal) -> None:
    """A pivot, then a step that is held."""
    await steps.post_budget(await steps.read_deal(start.deal_id))
    await steps.tell()


async def test_nothing_is_cancelled_behind_a_pivot() -> None:
    """Once a pivot stands, cancelling is refused with 409 and the case goes on."""
    world = World()
    way = Road(process="past_pivot", version=1, run=pivot_road, steps=AfterPivot(world), starts=StartDeal)
    async with memory(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1"))).case_id
        await durable.settled(case_id)
        with pytest.raises(Problem) as refused:
            await durable.cancel(case_id, reason="too late", by="ann")
        (item,) = (await durable.casebook.exceptions()).items
        await durable.casebook.fix(item.exception_id, values={}, by="ann", key="1")
        await durable.settled(case_id)
        case = await durable.standing(case_id)
    assert (409, "case_past_pivot") == (refused.value.status, refused.value.code)
    assert CaseState.COMPLETED is case.summary.state


async def test_an_undo_that_fails_parks_too() -> None:
    """Unwinding that meets trouble parks, and goes on with the rest once somebody says so."""
    world = World(failures={"close_project": [Problem(Kind.FORBIDDEN, "locked", "period closed")]})
    way = road(world)
    async with memory(way) as durable:
        order = StartDeal(deal_id="D1", tax_known=False)
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        await durable.settled(case_id)
        await durable.cancel(case_id, reason="lost", by="ann")
        await durable.settled(case_id)
        assert CaseState.EXCEPTION is (await durable.standing(case_id)).summary.state
        (item,) = (await durable.casebook.exceptions()).items
        assert ("locked", "open_project") == (item.code, item.step)
        await durable.casebook.fix(item.exception_id, values={}, by="ann", key="1")
        await durable.settled(case_id)
        case = await durable.standing(case_id)
    assert CaseState.UNWOUND is case.summary.state
    assert StepState.UNDONE is case.steps[1].state
    assert {} == world.records


async def test_a_road_that_changed_fails_loudly() -> None:
    """A replay that meets another step than the journal holds does not go on."""
    world = World()
    way = road(world)
    async with memory(way) as durable:
        order = StartDeal(deal_id="D1", tax_known=False)
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        await durable.settled(case_id)
        durable._memory.runs[case_id].journal[1].name = "another"
        await durable.restart()
        with pytest.raises(RuntimeError, match="another in the journal"):
            await durable.settled(case_id)
        assert CaseState.FAILED is (await durable.standing(case_id)).summary.state


def test_patience() -> None:
    """Pauses grow with full jitter, honour what the vendor asked, and end."""
    patience, chance = Patience(attempts=3, base_s=1.0, cap_s=2.0, most_s=60.0), random.Random(1)
    away = Problem(Kind.UNAVAILABLE, "away")
    pauses = [patience.pause(away, tried=tried, chance=chance) for tried in (1, 2, 3)]
    assert pauses[2] is None
    assert all(pause is not None and 0 <= pause <= 2 for pause in pauses[:2])
    asked = patience.pause(Problem(Kind.RATE_LIMITED, "slow", retry_after_s=7), tried=1, chance=chance)
    assert asked is not None
    assert 7 <= asked <= 8
    assert patience.pause(Problem(Kind.RATE_LIMITED, "slow", retry_after_s=61), tried=1, chance=chance) is None
    assert patience.pause(Problem(Kind.INVALID, "no"), tried=1, chance=chance) is None
    assert 0 == patience.pause(Problem(Kind.CONFLICT, "race", retry=Retry.NOW), tried=1, chance=chance)


def test_keys_are_safe_and_unique() -> None:
    """A key holds only safe characters, and what was replaced is told apart."""
    plain = effect_key("q2p", tenant="default", business_key="006A", step="open", revision=1)
    assert "default--q2p--006A--open--r1" == plain
    odd = {
        speaking("a", "b/c"),
        speaking("a", "b_c"),
        speaking("a", "b c"),
        speaking("a--b", "c"),
        speaking("a", "b--c"),
    }
    assert 5 == len(odd)
    assert all(set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for key in odd)


class Shaky:
    """Loses its database a few times."""

    def __init__(self, losses: int) -> None:
        self.clock = ManualClock()
        self.left = losses

    @steadfast
    async def write(self) -> str:
        self.left -= 1
        if self.left >= 0:
            raise OperationalError("insert", {}, ConnectionError("gone"))
        return "written"


async def test_a_lost_database_is_waited_for() -> None:
    """A transaction is tried again for a while; then the loss is told."""
    assert "written" == await Shaky(losses=4).write()
    with pytest.raises(OperationalError):
        await Shaky(losses=20).write()


async def test_nobody_asks_outside_a_road() -> None:
    """What a road may say needs a road; a hold needs a fault."""
    with pytest.raises(RuntimeError, match="inside a road"):
        await record(facts={})
    with pytest.raises(ValueError, match="at least one"):
        Held()
    assert callable(ask)
