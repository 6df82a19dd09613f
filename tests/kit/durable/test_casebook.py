from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.canonical.casework import ApprovalState, CaseState
from contracts.problem import Problem
from kit.clock import ManualClock
from kit.durable import MemoryDurable
from tests.kit.durable.bench import Opened, reaches
from tests.kit.durable.deal import StartDeal, World, road


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def durable(clock: ManualClock) -> AsyncIterator[MemoryDurable]:
    async with MemoryDurable.opened([road(World())], clock=clock) as opened:
        yield opened


async def waiting(durable: MemoryDurable, *, deal: str = "D1", approval: bool = False) -> str:
    """A case that waits: for an approval, or for a tax code."""
    way = next(iter(durable._roads.values()))
    order = StartDeal(deal_id=deal, approval=approval, tax_known=approval)
    started = await durable.start(way, business_key=deal, start=order)
    await durable.settled(started.case_id)
    return started.case_id


@pytest.mark.parametrize(
    ("values", "pointers"),
    [
        ({}, ["/values/tax_code"]),
        ({"tax_code": "nonsense"}, ["/values/tax_code"]),
        ({"tax_code": "EU-RC", "x/y": "1"}, ["/values/x~1y"]),
    ],
)
async def test_answers_must_match_the_form(durable: MemoryDurable, values: dict[str, str], pointers: list[str]) -> None:
    """Answers that will not do are refused with a pointer to each, and the exception stays open."""
    case_id = await waiting(durable)
    (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
    with pytest.raises(Problem) as refused:
        await durable.casebook.fix(item.exception_id, values=values, by="ann", key="k")
    assert 422 == refused.value.status
    assert pointers == [error.pointer for error in refused.value.errors]
    assert 1 == len((await durable.casebook.exceptions(case_id=case_id)).items)


async def test_the_same_key_gets_the_same_answer(opened: Opened) -> None:
    """A repeated fix is answered as the first time; the key with another content is refused with 422."""
    way = road(World())
    async with opened(way) as durable:
        order = StartDeal(deal_id="D1", tax_known=False)
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        await reaches(durable, case_id, CaseState.EXCEPTION)
        (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
        first = await durable.casebook.fix(item.exception_id, values={"tax_code": "EU-RC"}, by="ann", key="k")
        again = await durable.casebook.fix(item.exception_id, values={"tax_code": "EU-RC"}, by="ann", key="k")
        assert first == again
        with pytest.raises(Problem) as reused:
            await durable.casebook.fix(item.exception_id, values={"tax_code": "DE-S"}, by="ann", key="k")
        with pytest.raises(Problem) as closed:
            await durable.casebook.fix(item.exception_id, values={"tax_code": "DE-S"}, by="ann", key="k2")
        await reaches(durable, case_id, CaseState.COMPLETED)
    assert (422, "idempotency_key_reused") == (reused.value.status, reused.value.code)
    assert (409, "exception_closed") == (closed.value.status, closed.value.code)


async def test_what_was_not_seen_cannot_be_decided(durable: MemoryDurable) -> None:
    """A decision on another ETag, a silent rejection and a second decision are refused."""
    case_id = await waiting(durable, approval=True)
    (item,) = (await durable.casebook.approvals(case_id=case_id)).items
    with pytest.raises(Problem) as changed:
        await durable.casebook.decide(item.approval_id, approve=True, by="bob", etag="other", key="1")
    with pytest.raises(Problem) as silent:
        await durable.casebook.decide(item.approval_id, approve=False, by="bob", etag=item.etag, key="2")
    decided = await durable.casebook.decide(item.approval_id, approve=True, by="bob", etag=item.etag, key="3")
    again = await durable.casebook.decide(item.approval_id, approve=True, by="bob", etag=item.etag, key="3")
    with pytest.raises(Problem) as late:
        await durable.casebook.decide(item.approval_id, approve=True, by="eve", etag=decided.etag, key="4")
    assert (409, "approval_changed") == (changed.value.status, changed.value.code)
    assert ["/comment"] == [error.pointer for error in silent.value.errors]
    assert (409, "approval_decided") == (late.value.status, late.value.code)
    assert decided == again
    assert decided.etag != item.etag


async def test_an_approval_expires(durable: MemoryDurable, clock: ManualClock) -> None:
    """Nobody decided in time: the approval expires, the road is told, and a late decision is refused."""
    case_id = await waiting(durable, approval=True)
    (item,) = (await durable.casebook.approvals(case_id=case_id)).items
    clock.advance(24 * 3600 + 1)
    await durable.tick()
    assert CaseState.WAITING_APPROVAL is (await durable.standing(case_id)).summary.state
    clock.advance(24 * 3600)
    with pytest.raises(Problem) as late:
        await durable.casebook.decide(item.approval_id, approve=True, by="bob", etag=item.etag, key="1")
    await durable.tick()
    case = await durable.standing(case_id)
    assert "approval_expired" == late.value.code
    assert CaseState.UNWOUND is case.summary.state
    assert "True" == case.facts["expired"]
    assert ApprovalState.EXPIRED is (await durable.casebook.approval(item.approval_id)).state


async def test_a_waiting_run_replays(durable: MemoryDurable) -> None:
    """After a restart a waiting run takes the same turns from its journal and repeats no step."""
    case_id = await waiting(durable, approval=True)
    before = durable.journal(case_id)
    await durable.restart()
    await durable.settled(case_id)
    (item,) = (await durable.casebook.approvals(case_id=case_id)).items
    await durable.casebook.decide(item.approval_id, approve=True, by="bob", etag=item.etag, key="1")
    await durable.settled(case_id)
    case = await durable.standing(case_id)
    assert before == durable.journal(case_id)[: len(before)]
    assert CaseState.COMPLETED is case.summary.state
    assert {1} == {step.attempts for step in case.steps}


@pytest.mark.parametrize("what", ["case", "timeline", "exception", "approval"])
async def test_unknown_things(durable: MemoryDurable, what: str) -> None:
    """What is not there is not found."""
    with pytest.raises(Problem) as absent:
        await getattr(durable.casebook, what)("nothing")
    assert 404 == absent.value.status


async def test_pages(durable: MemoryDurable, clock: ManualClock) -> None:
    """Pages follow each other without overlap: cases newest first, exceptions the most urgent first."""
    ids = []
    for number in range(5):
        clock.advance(60)
        ids.append(await waiting(durable, deal=f"D{number}"))
    first = await durable.casebook.cases(limit=3, state=CaseState.EXCEPTION, process="deal_to_budget")
    rest = await durable.casebook.cases(limit=3, cursor=first.next_cursor or "")
    assert list(reversed(ids)) == [case.case_id for case in (*first.items, *rest.items)]
    assert rest.next_cursor is None
    urgent = await durable.casebook.exceptions(limit=2)
    after = await durable.casebook.exceptions(limit=200, cursor=urgent.next_cursor or "")
    assert ids == [item.case_id for item in (*urgent.items, *after.items)]
    with pytest.raises(Problem) as foreign:
        await durable.casebook.cases(cursor="?!")
    assert "unknown_cursor" == foreign.value.code


async def test_a_pivot_stands(durable: MemoryDurable) -> None:
    """Once a pivot is done, cancelling is refused."""
    world = World()
    way = road(world)
    async with MemoryDurable.opened([way]) as own:
        order = StartDeal(deal_id="D1", pivot=True)
        case_id = (await own.start(way, business_key="D1", start=order)).case_id
        await own.settled(case_id)
        with pytest.raises(Problem) as closed:
            await own.cancel(case_id, reason="no", by="ann")
    assert "case_closed" == closed.value.code


async def test_unknown_roads_are_refused(durable: MemoryDurable) -> None:
    """A road nobody registered here would never be carried: it is refused before it is written."""
    with pytest.raises(Problem) as unknown:
        await durable.start(road(World()), business_key="D1", start=StartDeal(deal_id="D1"))
    assert "road_unknown" == unknown.value.code
