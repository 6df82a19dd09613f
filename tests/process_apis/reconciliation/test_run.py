"""A run over a seeded firm: exactly the planted breaks, by class, and no other; and what becomes of them."""

import datetime as dt

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import CaseState
from contracts.canonical.reconciliation import (
    Break,
    BreakClass,
    BreakState,
    ObjectKind,
    Resolution,
)
from contracts.problem import Kind, Problem
from contracts.process.reconciliation import CloseBreak
from kit.caller import calling
from load.reconciliation.books import SeededBooks
from load.reconciliation.planted import Planted, Where, planted
from process_apis.reconciliation.breaks import Breaks
from tests.process_apis.reconciliation.bureau import FELIX, OLIVIA, TODAY, Bureau, Systems, bureau

SMALL = 30
FEW = SeededBooks(seed=5, contracts=4, entries=3)
EXPLAINED = CloseBreak(resolution=Resolution.EXPLAINED, reason="agreed with the customer")


def with_break(*wheres: Where, contract: int = 1) -> Planted:
    """The few contracts with a break in one of them, and one in each that follows."""
    return Planted(FEW, contracts={contract + number: where for number, where in enumerate(wheres)})


async def only(desk: Bureau) -> Break:
    """The one break that is somebody's work."""
    (found,) = await desk.breaks()
    return found


@pytest.mark.req(180, 183, 273)
async def test_exactly_the_planted_breaks_are_found_by_class_and_each_is_work() -> None:
    """Thirty sorts of breaks, each once: nothing is overlooked, nothing invented, and what is in flight is no work."""
    books = SeededBooks(seed=2, contracts=SMALL, entries=3)
    firm = planted(books)
    async with bureau(firm) as desk:
        run = await desk.run("run-1")
        states = {state: await desk.breaks(state) for state in BreakState}
        items = await desk.items()

        assert firm.expected() == await desk.found()
        assert len(Where) == len(states[BreakState.OPEN]) + len(states[BreakState.IN_FLIGHT])
        assert {each.break_id for each in states[BreakState.OPEN]} == {each.context["break_id"] for each in items}
        assert {BreakClass.TIMING} == {each.break_class for each in states[BreakState.IN_FLIGHT]}
        assert {ObjectKind.BILLING} == {each.row.kind for each in states[BreakState.FOLLOWS]}
        assert sum(each.count for each in run.breaks) == sum(len(each) for each in states.values())


@pytest.mark.req(180)
async def test_a_firm_whose_systems_agree_has_no_break() -> None:
    """Nothing is found, and everything was looked at."""
    async with bureau(Planted(FEW)) as desk:
        run = await desk.run("run-1")

        assert [] == await desk.breaks(None) + await desk.items()
        assert FEW.objects == sum(each.compared for each in run.counts) == sum(each.agreed for each in run.counts)
        assert [] == run.not_compared
        assert CaseState.COMPLETED is run.state


@pytest.mark.req(180, 273)
async def test_a_break_shows_its_columns_and_says_what_differs() -> None:
    """All four columns with ids and amounts; which of them is odd, by how much, in words."""
    async with bureau(with_break(Where.BUDGET_AMOUNT)) as desk:
        await desk.run("run-1")
        found = await only(desk)
        by = {each.system.value: each for each in found.row.columns}
        amounts = {system: each.amount.amount for system, each in by.items() if each.amount is not None}

        assert (BreakClass.AMOUNT, ["psa"], "finance") == (found.break_class, found.systems, found.owner_role)
        assert ["ws-000001"] == by["psa"].external_ids
        assert amounts["crm"] == amounts["erp"] == amounts["sluice"] != amounts["psa"]
        assert found.difference is not None
        assert amounts["psa"] - amounts["crm"] == found.difference.amount
        assert "The PSA has another amount" in found.explanation
        assert "ws-000001" in found.explanation


@pytest.mark.req(247, 273)
async def test_what_was_explained_stays_explained_until_it_changes() -> None:
    """The next run knows it; another difference of the same thing is asked about anew."""
    async with bureau(with_break(Where.BUDGET_AMOUNT)) as desk:
        await desk.run("run-1")
        found = await only(desk)
        with calling(FELIX):
            closed = await desk.service.close(break_id=found.break_id, body=EXPLAINED, idempotency_key="k")
            again = await desk.service.close(break_id=found.break_id, body=EXPLAINED, idempotency_key="k")
        case = await desk.case(found.case_id)
        await desk.run("run-2")
        known = await desk.service.one_break(break_id=found.break_id)
        desk.systems.psa = Systems.of(with_break(Where.BUDGET_CURRENCY)).psa
        await desk.run("run-3")
        desk.systems.psa = Systems.of(with_break(Where.BUDGET_AMOUNT)).psa
        await desk.run("run-4")
        back = await desk.service.one_break(break_id=found.break_id)

        assert closed == again
        assert (BreakState.EXPLAINED, "felix.finance") == (closed.state, closed.closed_by)
        assert CaseState.COMPLETED is case.summary.state
        assert (BreakState.EXPLAINED, "run-2") == (known.state, known.run_id)
        assert (BreakState.OPEN, 2) == (back.state, back.occurrence)
        assert back.case_id != found.case_id


@pytest.mark.req(247)
async def test_what_agrees_again_ends_by_itself() -> None:
    """The break is resolved, and its work item leaves the queue, even one that somebody had taken."""
    async with bureau(with_break(Where.PROJECT_ARCHIVED)) as desk:
        await desk.run("run-1")
        found, (item,) = await only(desk), await desk.items()
        await desk.durable.casebook.fixing.assign(item.exception_id, to="olivia.ops", by="olivia.ops", key="take")
        desk.systems.psa = Systems.of(Planted(FEW)).psa
        await desk.run("run-2")
        gone = await desk.service.one_break(break_id=found.break_id)

        assert (BreakState.RESOLVED, "reconciliation") == (gone.state, gone.closed_by)
        assert CaseState.COMPLETED is (await desk.case(found.case_id)).summary.state
        assert [] == await desk.items()


@pytest.mark.req(247)
async def test_the_queue_closes_a_break_as_well() -> None:
    """Who answers the work item where all work is done has closed the break, with their name and reason."""
    async with bureau(with_break(Where.DOCUMENT_DELETED)) as desk:
        await desk.run("run-1")
        (item,) = await desk.items()
        values = {"resolution": "corrected", "reason": "posted again in the ERP"}
        await desk.durable.casebook.fix(item.exception_id, values=values, by="olivia.ops", key="fix")
        await desk.case(item.case_id)
        closed = await desk.service.one_break(break_id=item.context["break_id"])
        await desk.run("run-2")
        back = await desk.service.one_break(break_id=item.context["break_id"])

        assert (BreakState.RESOLVED, "olivia.ops") == (closed.state, closed.closed_by)
        assert "posted again in the ERP" == closed.reason
        assert (BreakState.OPEN, 2) == (back.state, back.occurrence)


@pytest.mark.req(247)
async def test_a_break_is_closed_by_who_owns_it_and_once() -> None:
    """Another role is refused; so is closing what is closed, and what somebody else works on."""
    async with bureau(with_break(Where.BUDGET_AMOUNT)) as desk:
        await desk.run("run-1")
        found, (item,) = await only(desk), await desk.items()
        with calling(OLIVIA), pytest.raises(Problem) as not_hers:
            await desk.service.close(break_id=found.break_id, body=EXPLAINED, idempotency_key="o")
        await desk.durable.casebook.fixing.assign(item.exception_id, to="fiona", by="fiona", key="take")
        with calling(FELIX), pytest.raises(Problem) as taken:
            await desk.service.close(break_id=found.break_id, body=EXPLAINED, idempotency_key="a")
        await desk.durable.casebook.fixing.assign(item.exception_id, to=None, by="fiona", key="free")
        with calling(FELIX):
            await desk.service.close(break_id=found.break_id, body=EXPLAINED, idempotency_key="b")
            with pytest.raises(Problem) as twice:
                await desk.service.close(break_id=found.break_id, body=EXPLAINED, idempotency_key="c")

    assert (Kind.FORBIDDEN, "break_not_yours") == (not_hers.value.kind, not_hers.value.code)
    assert (Kind.CONFLICT, "exception_assigned") == (taken.value.kind, taken.value.code)
    assert (Kind.CONFLICT, "break_closed") == (twice.value.kind, twice.value.code)


@pytest.mark.req(180)
async def test_a_run_does_not_take_for_gone_what_a_later_one_has_seen() -> None:
    """Two runs may overlap: the one that read first knows less."""
    async with bureau(with_break(Where.BUDGET_AMOUNT)) as desk:
        before = desk.clock.now() - dt.timedelta(minutes=1)
        await desk.run("later")
        async with desk.durable.store.write() as connection:
            breaks = Breaks(connection, "default", desk.clock.now())
            earlier = await breaks.gone("earlier", began_at=before, kinds=["contract"], entities=[], as_of=TODAY)

        assert [] == earlier
        assert BreakState.OPEN is (await only(desk)).state


@pytest.mark.req(180)
async def test_a_run_keeps_to_its_scope() -> None:
    """One company, one kind, one day: what lies outside is neither found nor taken for gone."""
    firm = with_break(Where.BUDGET_AMOUNT, Where.DOCUMENT_AMOUNT)
    entity = FEW.engagement(1).seller.entity_id
    async with bureau(firm) as desk:
        await desk.run("all")
        both = await desk.found()
        other = await desk.run("elsewhere", legal_entity_ids=["NOBODY"])
        hours = await desk.run("hours", kinds=[ObjectKind.HOURS])
        early = await desk.run("early", as_of=TODAY.replace(month=1, day=6), kinds=[ObjectKind.DOCUMENT])
        own = await desk.run("own", legal_entity_ids=[entity], kinds=[ObjectKind.CONTRACT])

        assert both == await desk.found()
        assert 0 == sum(each.compared for each in other.counts)
        assert {ObjectKind.HOURS} == {each.kind for each in hours.counts}
        assert FEW.contracts == sum(each.compared for each in early.counts)
        assert 1 <= sum(each.compared for each in own.counts) <= FEW.contracts


@pytest.mark.req(180)
async def test_a_run_that_stops_half_way_goes_on_where_it_was() -> None:
    """A system fails on a later page: the run tries again from that page, and reads no page twice."""
    async with bureau(Planted(FEW), pages_a_step=1) as desk:
        read: list[str] = []
        plain = desk.systems.psa.time_changes

        async def once_down(*, cursor: str = "", limit: int = 200) -> object:
            read.append(cursor)
            if read.count(cursor) == 1 and cursor:
                raise Problem(Kind.UNAVAILABLE, "down")
            return await plain(cursor=cursor, limit=4)

        desk.systems.psa.time_changes = once_down
        run = await desk.run("run-1")

        assert CaseState.COMPLETED is run.state
        assert ["", "4", "4", "8", "8", "12", "12"] == read
        assert FEW.objects == sum(each.agreed for each in run.counts)


@pytest.mark.req(180)
async def test_what_a_system_cannot_list_is_said_and_looked_up_where_that_can_be() -> None:
    """Without a list of projects contracts are compared without the PSA; documents are found by their keys."""
    async with bureau(with_break(Where.DOCUMENT_AMOUNT, Where.DOCUMENT_TWICE, Where.PROJECT_ARCHIVED)) as desk:
        able = await desk.systems.psa.capabilities()

        async def lacking() -> object:
            return replace(able, lacks=["held_projects", "held_documents"])

        desk.systems.psa.capabilities = lacking
        desk.systems.erp.capabilities = lacking
        run = await desk.run("run-1")

        assert [(ObjectKind.CONTRACT, "psa", "held_projects")] == [
            (each.kind, each.system.value, each.reason) for each in run.not_compared
        ]
        assert {("document", FEW.bills(1)[0].document_id, "amount")} == await desk.found()
