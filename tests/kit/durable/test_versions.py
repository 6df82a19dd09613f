from __future__ import annotations

import dataclasses

import msgspec
import pytest

from contracts.canonical.casework import CaseState
from kit.durable import Durable, Road
from kit.durable.replaying import JournalChanged, kept, recording_of, replay
from tests.kit.durable.bench import Opened, on, reaches
from tests.kit.durable.deal import DealSteps, StartDeal, World, deal_road, road


async def shorter(steps: DealSteps, start: StartDeal) -> None:
    """The second version: it opens no project."""
    await steps.tax(await steps.read_deal(start.deal_id), known=True)


async def swapped(steps: DealSteps, start: StartDeal) -> None:
    """Takes the same steps in another order."""
    deal = await steps.read_deal(start.deal_id)
    await steps.tax(deal, known=start.tax_known)
    await steps.open_project(deal)


async def longer(steps: DealSteps, start: StartDeal) -> None:
    """Goes on where the first version ended."""
    await deal_road(steps, start)
    await steps.read_deal(start.deal_id)


def second(world: World) -> Road:
    return dataclasses.replace(road(world), version=2, run=shorter)


async def parked(durable: Durable, way: Road, key: str) -> str:
    order = StartDeal(deal_id=key, tax_known=False)
    case_id = (await durable.start(way, business_key=key, start=order)).case_id
    await reaches(durable, case_id, CaseState.EXCEPTION)
    return case_id


async def fix(durable: Durable, case_id: str) -> None:
    (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
    await durable.casebook.fix(item.exception_id, values={"tax_code": "EU-RC"}, by="ann", key=item.exception_id)


@pytest.mark.req(243)
async def test_old_cases_end_on_their_road(url: str) -> None:
    """After a deploy with a second version, what was under way ends on the first; what is new runs the second."""
    world = World()
    first, next_one = road(world), second(world)
    async with on(url)(first) as durable:
        old = await parked(durable, first, "D1")
    async with on(url)(first, next_one) as durable:
        new = (await durable.start(first, business_key="D2", start=StartDeal(deal_id="D2"))).case_id
        assert ["read_deal", "tax"] == [step.name for step in (await reaches(durable, new, CaseState.COMPLETED)).steps]
        assert [(1, 1, False), (2, 0, False)] == [(v.version, v.open, v.stray) for v in await durable.versions()]
        await fix(durable, old)
        case = await reaches(durable, old, CaseState.COMPLETED)
    assert ["read_deal", "open_project", "tax"] == [step.name for step in case.steps]


async def test_strays_are_told(url: str) -> None:
    """A case whose version nobody carries any more is counted and alarmed, not silently stranded."""
    world = World()
    first = road(world)
    async with on(url)(first) as durable:
        await parked(durable, first, "D1")
    async with on(url)(second(world)) as durable:
        (stray, newest) = await durable.versions()
        gauges = await durable.gauges()
    assert (1, 1, True) == (stray.version, stray.open, stray.stray)
    assert (2, True, False) == (newest.version, newest.newest_version, newest.stray)
    assert 1 == gauges.strays
    assert ["1 cases run on a version that nobody here carries"] == gauges.alarms


async def test_journals_are_walked_again(opened: Opened) -> None:
    """A recorded journal, closed or still waiting, fits the road it came from, whichever engine recorded it."""
    way = road(World())
    async with opened(way) as durable:
        case_id = await parked(durable, way, "D1")
        waiting = recording_of(way, await durable.recorded(case_id), closed=False)
        await fix(durable, case_id)
        await reaches(durable, case_id, CaseState.COMPLETED)
        closed = recording_of(way, await durable.recorded(case_id), closed=True)
    await replay(kept(waiting), road(World()))
    await replay(kept(closed), road(World()))
    names = [line.name for line in closed.journal.lines if line.name not in {"listen", "fixed"}]
    assert ["read_deal", "open_project", "tax", "park", "tax"] == names


@pytest.mark.parametrize(
    ("run", "says"),
    [(swapped, "is open_project in the journal and tax"), (shorter, "and tax in the road"), (longer, "goes on with")],
)
async def test_a_changed_road_fails_its_journal(opened: Opened, run: object, says: str) -> None:
    """A road that takes its steps otherwise does not pass for the one that was recorded."""
    way = road(World())
    async with opened(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1"))).case_id
        await reaches(durable, case_id, CaseState.COMPLETED)
        text = kept(recording_of(way, await durable.recorded(case_id), closed=True))
    changed = dataclasses.replace(road(World()), run=run)  # type: ignore[arg-type] # each of them is a road
    with pytest.raises(JournalChanged, match=says):
        await replay(text, changed)
    with pytest.raises(JournalChanged, match="not of deal_to_budget_v2"):
        await replay(text, second(World()))


async def test_a_journal_that_goes_on_fails(opened: Opened) -> None:
    """A road that ends before its journal does is caught as well."""
    way = road(World())
    async with opened(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1", pivot=True))).case_id
        await reaches(durable, case_id, CaseState.COMPLETED)
        recording = recording_of(way, await durable.recorded(case_id), closed=True)
    order = msgspec.structs.replace(recording.journal.order, start={"deal_id": "D1"})
    journal = msgspec.structs.replace(recording.journal, order=order)
    with pytest.raises(JournalChanged, match="post_budget"):
        await replay(kept(msgspec.structs.replace(recording, journal=journal)), road(World()))
