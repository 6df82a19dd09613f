from __future__ import annotations

import msgspec
import pytest

from contracts.canonical.casework import ApprovalState, CaseState, ExceptionState, StepState
from contracts.problem import Kind, Problem
from kit.durable import Durable, Road
from tests.kit.durable.bench import Opened, reaches
from tests.kit.durable.deal import StartDeal, World, road


async def begin(durable: Durable, way: Road, **start: bool) -> str:
    order = msgspec.convert({"deal_id": "006A1", **start}, StartDeal)
    return (await durable.start(way, business_key="006A1", start=order)).case_id


async def test_completes(opened: Opened) -> None:
    """A road without trouble completes; the case shows steps, keys, facts and what it cost us."""
    world = World()
    way = road(world)
    async with opened(way) as durable:
        case_id = await begin(durable, way, pivot=True)
        case = await reaches(durable, case_id, CaseState.COMPLETED)
    assert "deal_to_budget--default--006A1--r1" == case_id
    assert ["read_deal", "open_project", "tax", "post_budget"] == [step.name for step in case.steps]
    assert {StepState.DONE} == {step.state for step in case.steps}
    assert "default--deal_to_budget--006A1--open_project--r1" == case.steps[1].key
    assert "P-1" == case.steps[1].external_id
    assert "psa" == case.steps[1].system
    assert {"project": "P-1", "tax_code": "DE-S-19"} == {k: case.facts[k] for k in ("project", "tax_code")}
    assert 0 <= float(case.facts["engine_s"]) < 20
    assert "Deal 006A1" == case.summary.title
    assert case.summary.at_stake is not None
    assert "1420000.00" == str(case.summary.at_stake.amount)


@pytest.mark.req(3)
async def test_parks_and_resumes(opened: Opened) -> None:
    """A business problem parks the case with a form; the fix resumes at that step and repeats no other."""
    world = World()
    way = road(world)
    async with opened(way) as durable:
        case_id = await begin(durable, way, tax_known=False)
        await reaches(durable, case_id, CaseState.EXCEPTION)
        (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
        assert ("TAX_CODE_MISSING", "tax", ExceptionState.OPEN) == (item.code, item.step, item.state)
        assert 8 * 3600 == (item.due_at - item.raised_at).total_seconds()
        await durable.casebook.fix(item.exception_id, values={"tax_code": "EU-RC"}, by="ann", key="k1")
        case = await reaches(durable, case_id, CaseState.COMPLETED)
        timeline = await durable.casebook.timeline(case_id)
    assert {"read_deal": 1, "open_project": 1, "tax": 2} == dict(world.calls)
    assert "EU-RC" == case.facts["tax_code"]
    assert ("ann", "exception fixed") in [(entry.actor, entry.what) for entry in timeline.entries]
    assert all(wait.ended_at is not None for wait in case.waits)


async def test_retries_then_parks(opened: Opened) -> None:
    """A vendor that is away is tried again, then becomes an exception that a person may try again."""
    world = World(failures={"open_project": [Problem(Kind.UNAVAILABLE, "psa_down", "down") for _ in range(4)]})
    way = road(world)
    async with opened(way) as durable:
        case_id = await begin(durable, way)
        await reaches(durable, case_id, CaseState.EXCEPTION)
        (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
        assert "VENDOR_UNAVAILABLE" == item.code
        assert "down" == item.context["message"]
        assert [] == item.form
        await durable.casebook.fix(item.exception_id, values={}, by="ann", key="k1")
        case = await reaches(durable, case_id, CaseState.COMPLETED)
    assert 5 == world.calls["open_project"] == case.steps[1].attempts


async def test_refusals_park(opened: Opened) -> None:
    """A refusal that repeating cannot cure is not retried and not lost: it parks under its own code."""
    world = World(failures={"tax": [Problem(Kind.INVALID, "tax_code_unknown", "no such code")]})
    way = road(world)
    async with opened(way) as durable:
        case_id = await begin(durable, way)
        await reaches(durable, case_id, CaseState.EXCEPTION)
        (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
    assert ("tax_code_unknown", "data_quality") == (item.code, item.cause)
    assert 1 == world.calls["tax"]


async def test_rejection_unwinds(opened: Opened) -> None:
    """A rejected approval takes back what was done, last first, and the case says who and why."""
    world = World()
    way = road(world)
    async with opened(way) as durable:
        case_id = await begin(durable, way, approval=True)
        await reaches(durable, case_id, CaseState.WAITING_APPROVAL)
        (item,) = (await durable.casebook.approvals(case_id=case_id, roles=frozenset({"tax"}))).items
        assert [] == (await durable.casebook.approvals(roles=frozenset({"sales"}))).items
        decided = await durable.casebook.decide(
            item.approval_id, approve=False, by="bob", etag=item.etag, key="k", comment="no"
        )
        assert ApprovalState.REJECTED == decided.state
        case = await reaches(durable, case_id, CaseState.UNWOUND)
        timeline = await durable.casebook.timeline(case_id)
    assert {} == world.records
    undone = [entry.detail for entry in timeline.entries if entry.what == "step undone"]
    assert ["tax", "open_project"] == undone
    assert [StepState.DONE, StepState.UNDONE, StepState.UNDONE] == [step.state for step in case.steps]


async def test_cancel_unwinds(opened: Opened) -> None:
    """A cancelled case that waits unwinds; its exceptions are withdrawn; a second cancel finds it closed."""
    world = World()
    way = road(world)
    async with opened(way) as durable:
        case_id = await begin(durable, way, tax_known=False)
        await reaches(durable, case_id, CaseState.EXCEPTION)
        await durable.cancel(case_id, reason="deal lost", by="ann")
        await reaches(durable, case_id, CaseState.UNWOUND)
        (item,) = (await durable.casebook.exceptions(case_id=case_id, state=None)).items
        assert ExceptionState.WITHDRAWN == item.state
        with pytest.raises(Problem) as refused:
            await durable.cancel(case_id, reason="again", by="ann")
    assert "case_closed" == refused.value.code
    assert {} == world.records


async def test_one_case_for_a_key(opened: Opened) -> None:
    """Starting a deal again attaches to the case that stands; the road runs once."""
    world = World()
    way = road(world)
    async with opened(way) as durable:
        case_id = await begin(durable, way)
        again = await durable.start(way, business_key="006A1", start=StartDeal(deal_id="006A1"))
        assert (case_id, True) == (again.case_id, again.attached)
        await reaches(durable, case_id, CaseState.COMPLETED)
    assert 1 == world.calls["read_deal"]


async def test_programming_errors_fail_the_case(opened: Opened) -> None:
    """An error nobody foresaw fails the case and is written down."""
    way = road(Exploding())
    async with opened(way) as durable:
        case_id = await begin(durable, way)
        await reaches(durable, case_id, CaseState.FAILED)
        timeline = await durable.casebook.timeline(case_id)
    assert "ZeroDivisionError" in timeline.entries[-1].detail


class Exploding(World):
    """A world with an error in it."""

    def touch(self, step_name: str) -> None:
        raise ZeroDivisionError
