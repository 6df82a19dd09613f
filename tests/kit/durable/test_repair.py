from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.canonical.casework import CaseState, StepState
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.durable import Durable, Effect, MemoryDurable, Road, step
from kit.durable.bulk import Bulk
from kit.durable.refusal import REVERSED_BY
from kit.durable.rehearsing import rehearse
from kit.durable.retention import Retention
from tests.kit.durable.bench import Opened, reaches
from tests.kit.durable.deal import Deal, DealSteps, StartDeal, World, deal_road, road


async def begin(durable: Durable, way: Road, key: str = "D1", **more: Any) -> str:
    return (await durable.start(way, business_key=key, start=StartDeal(deal_id=key, **more))).case_id


async def test_reopening_is_asked_for(opened: Opened) -> None:
    """An unwound case stays closed until reopening is asked for; then revision 2 runs under keys of its own."""
    world = World()
    way = road(world)
    order = StartDeal(deal_id="D1")
    async with opened(way) as durable:
        first = await begin(durable, way, tax_known=False)
        await reaches(durable, first, CaseState.EXCEPTION)
        with pytest.raises(Problem) as early:
            await durable.start(way, business_key="D1", start=order, reopen=True)
        await durable.cancel(first, reason="lost", by="ann")
        await reaches(durable, first, CaseState.UNWOUND)
        same = await durable.start(way, business_key="D1", start=order)
        again = await durable.start(way, business_key="D1", start=order, reopen=True, revision=2, by="ann")
        twice = await durable.start(way, business_key="D1", start=order, reopen=True, revision=2, by="ann")
        with pytest.raises(Problem) as skipped:
            await durable.start(way, business_key="D1", start=order, reopen=True, revision=4)
        case = await reaches(durable, again.case_id, CaseState.COMPLETED)
        opening = (await durable.casebook.timeline(again.case_id)).entries[0]
    assert ("case_not_reopenable", "revision_not_next") == (early.value.code, skipped.value.code)
    assert (first, True, 1) == (same.case_id, same.attached, same.revision)
    assert (2, False, True) == (again.revision, again.attached, twice.attached)
    assert again.case_id == twice.case_id == "deal_to_budget--default--D1--r2"
    assert case.steps[1].key.endswith("--r2")
    assert ("ann", "case reopened") == (opening.actor, opening.what)


class Broken(DealSteps):
    """Has an error in it until somebody repairs it."""

    repaired = False

    @step(undo="untax", system="erp")
    async def tax(self, effect: Effect, deal: Deal, *, known: bool) -> str:
        if not self.repaired:
            raise ZeroDivisionError
        return await DealSteps(self.world).tax.raw(effect, deal, known=known)

    async def untax(self, effect: Effect, deal: Deal, *, known: bool) -> None:
        await DealSteps(self.world).untax(effect, deal, known=known)


async def test_a_failed_case_is_rewound(opened: Opened) -> None:
    """After a repair a failed case runs again from a step: what came before is not repeated, the journal is kept."""
    world = World()
    steps = Broken(world)
    way = Road(process="deal_to_budget", version=1, run=deal_road, steps=steps, starts=StartDeal)
    async with opened(way) as durable:
        case_id = await begin(durable, way)
        await reaches(durable, case_id, CaseState.FAILED)
        steps.repaired = True
        with pytest.raises(Problem) as nowhere:
            await durable.rewind(case_id, step="post_budget", reason="repaired", by="olga")
        await durable.rewind(case_id, step="open_project", reason="repaired", by="olga")
        case = await reaches(durable, case_id, CaseState.COMPLETED)
        timeline = await durable.casebook.timeline(case_id)
        async with durable.store.read() as connection:
            kept = (await connection.execute(sa.text("select actor, journal from kept_journal"))).one()
        effects = await durable.effects(case_id)
    assert "not_rewindable" == nowhere.value.code
    assert {"read_deal": 1, "open_project": 2, "tax": 1} == dict(world.calls)
    assert ["project", "tax DE-S-19"] == world.standing()
    assert ("olga", "case rewound") in [(entry.actor, entry.what) for entry in timeline.entries]
    assert "olga" == kept.actor
    assert "ZeroDivisionError" in kept.journal
    assert {StepState.DONE} == {each.state for each in case.steps}
    assert [("read_deal", "done"), ("open_project", "done"), ("tax", "done")] == [(e.step, e.state) for e in effects]


async def test_a_pivot_is_reversed_by_people(opened: Opened) -> None:
    """Taken back behind a pivot, a case waits until somebody names the reversing document; then the rest is undone."""
    world = World(failures={"publish": []})
    way = Road(process="past_pivot", version=1, run=_gives_up, steps=DealSteps(world), starts=StartDeal)
    async with opened(way) as durable:
        case_id = await begin(durable, way)
        await reaches(durable, case_id, CaseState.EXCEPTION)
        (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
        assert ("UNWIND_REFUSED", "post_budget") == (item.code, item.step)
        await durable.casebook.fix(item.exception_id, values={REVERSED_BY: "CM-7"}, by="fay", key="1")
        await reaches(durable, case_id, CaseState.UNWOUND)
        effects = {effect.step: effect.state for effect in await durable.effects(case_id)}
    assert {"read_deal": "done", "open_project": "undone", "post_budget": "undone"} == effects
    assert ["budget"] == world.standing()


async def _gives_up(steps: DealSteps, start: StartDeal) -> None:
    from kit.durable import Unwind

    deal = await steps.read_deal(start.deal_id)
    await steps.open_project(deal)
    await steps.post_budget(deal)
    raise Unwind("the customer went away")


async def test_bulk_tells_before_it_acts(opened: Opened) -> None:
    """A dry run of a bulk says for each case what would happen and changes nothing; then each is done by itself."""
    world = World()
    way = road(world)
    async with opened(way) as durable:
        ids = [await begin(durable, way, key, tax_known=False) for key in ("D1", "D2")]
        for case_id in ids:
            await reaches(durable, case_id, CaseState.EXCEPTION)
        bulk = Bulk(durable, by="ann", key="bulk-1")
        items = [item.exception_id for item in (await durable.casebook.exceptions()).items]
        wrong = await bulk.retry(items, dry_run=True)
        plan = await bulk.cancel([*ids, "nothing"], reason="lost", dry_run=True)
        dry = await bulk.fix(items, values={"tax_code": "EU-RC"}, dry_run=True)
        assert 2 == len((await durable.casebook.exceptions()).items)
        done = await bulk.fix(items, values={"tax_code": "EU-RC"})
        again = await bulk.fix(items, values={"tax_code": "EU-RC"})
        for case_id in ids:
            await reaches(durable, case_id, CaseState.COMPLETED)
        late = await bulk.cancel(ids, reason="lost", dry_run=True)
        with pytest.raises(Problem) as many:
            await bulk.retry(["x"] * 1001)
    assert all("/values/tax_code" in each.refused for each in wrong)
    assert ["takes back open_project, read_deal"] * 2 == [each.does.replace("tax, ", "") for each in plan[:2]]
    assert "there is no case" in plan[2].refused
    assert dry == done == again
    assert not any(each.refused for each in done)
    assert all("completed already" in each.refused for each in late)
    assert Kind.TOO_LARGE is many.value.kind


class Reading(DealSteps):
    """Says which of its steps only read."""

    @step(system="crm", reads=True)
    async def read_deal(self, effect: Effect, deal_id: str) -> Deal:
        return await DealSteps(self.world).read_deal.raw(effect, deal_id)


async def test_a_dry_run_changes_nothing() -> None:
    """A rehearsal performs reads, writes down writes with their arguments and keys, and takes approvals as granted."""
    world = World()
    way = Road(process="deal_to_budget", version=1, run=deal_road, steps=Reading(world), starts=StartDeal)
    found = await rehearse(way, business_key="D1", start=StartDeal(deal_id="D1", approval=True, pivot=True))
    assert {"read_deal": 1} == dict(world.calls)
    assert [("read_deal", True), ("open_project", False), ("tax", False), ("post_budget", False)] == [
        (each.name, each.performed) for each in found.steps
    ]
    assert {"deal": {"deal_id": "D1", "value": "1420000.00"}} == found.steps[1].arguments
    assert "default--deal_to_budget--D1--open_project--r1" == found.steps[1].key
    assert ["Cross-border tax"] == [asked.subject for asked in found.approvals]
    assert ["sluice.deal.won.v1"] == found.events
    with pytest.raises(ValueError, match="only reads"):
        Road(process="wrong_reads", version=1, run=deal_road, steps=_Wrong(), starts=StartDeal)


class _Wrong:
    @step(reads=True, pivot=True)
    async def act(self, effect: Effect) -> Reference:
        raise NotImplementedError  # never called: the road refuses such a step when it is built


async def test_old_journals_are_let_go(opened: Opened) -> None:
    """Journals of closed cases go by age; business rows stay, unless policy lets them go after their journals."""
    way = road(World())
    async with opened(way) as durable:
        closed = await begin(durable, way)
        await reaches(durable, closed, CaseState.COMPLETED)
        open_case = await begin(durable, way, "D2", tax_known=False)
        await reaches(durable, open_case, CaseState.EXCEPTION)
        assert 0 == (await durable.age_out(Retention())).journals
        aged = await _when_done(durable, closed)
        assert (1, 0) == (aged.journals, aged.cases)
        assert CaseState.COMPLETED is (await durable.standing(closed)).summary.state
        with pytest.raises((Problem, KeyError)):
            await durable.recorded(closed)
        assert 1 == (await durable.age_out(Retention(journals=0, cases=0))).cases
        with pytest.raises(Problem):
            await durable.standing(closed)
        assert CaseState.EXCEPTION is (await durable.standing(open_case)).summary.state


async def _when_done(durable: Durable, case_id: str) -> Any:
    """The engine notes the end of a run a moment after its case is closed."""
    import asyncio

    await asyncio.sleep(0.3)
    return await durable.age_out(Retention(journals=0))


async def test_gauges_show_the_stuck() -> None:
    """A case that waits for nobody and does not move is stuck; one that waits for a person is not; overdue is told."""
    clock, way = ManualClock(), road(World())
    async with MemoryDurable.opened([way], clock=clock) as durable:
        await durable.settled(await begin(durable, way, tax_known=False))
        moving = "update case_file set state = 'running', closed_at = null where business_key = 'D2'"
        await durable.settled(await begin(durable, way, "D2"))
        async with durable.store.write() as connection:
            await connection.execute(sa.text(moving))
        clock.advance(dt.timedelta(hours=9).total_seconds())
        gauges = await durable.gauges()
    assert ["deal_to_budget--default--D2--r1"] == gauges.stuck
    assert (2, 1, 0, 0) == (gauges.open_cases, gauges.overdue_exceptions, gauges.strays, gauges.dead_letters)
    assert ["1 cases do not move", "1 exceptions are overdue"] == gauges.alarms
