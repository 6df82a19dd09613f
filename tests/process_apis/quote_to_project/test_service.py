from decimal import Decimal

import msgspec
import pytest

from contracts.canonical.casework import CaseState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from contracts.process.quote_to_project import Cancellation, StartQuoteToProject
from kit.caller import Caller, calling
from kit.durable import Road
from process_apis.quote_to_project.service import QuoteToProjectService
from tests.process_apis.quote_to_project.running import DEAL, Journey, journey

START = StartQuoteToProject(opportunity_id=DEAL)
SAM = Caller(subject="sam.sales")


def service(trip: Journey) -> QuoteToProjectService:
    """The service over the engine of a journey."""
    return QuoteToProjectService(durable=lambda: trip.durable, road=trip.road, back=trip.back)


@pytest.mark.req(120, 243)
async def test_a_deal_is_started_once_and_attached_to_after_that() -> None:
    """A second start of a deal, under any key, gives the case that stands; the trail names who opened it."""
    async with journey() as trip:
        with calling(SAM):
            first = await service(trip).start(body=START, idempotency_key="k1")
            second = await service(trip).start(body=START, idempotency_key="k2")
        trail = await trip.durable.casebook.timeline(first.case_id)

        assert ("case opened", "sam.sales") == (trail.entries[0].what, trail.entries[0].actor)
        assert (False, True) == (first.attached, second.attached)
        assert first.case_id == second.case_id


async def test_the_standing_tells_what_the_deal_has_become() -> None:
    """Ids, schedule and totals come from what the case has recorded."""
    async with journey() as trip:
        case_id = await trip.provision()
        standing = await service(trip).standing(case_id=case_id)

        assert CaseState.COMPLETED is standing.state
        assert (DEAL, "E-cus-france", "P-prj-006A000001", "W-prj-006A000001") == (
            standing.opportunity_id,
            standing.customer_erp_id,
            standing.project_erp_id,
            standing.project_psa_id,
        )
        assert ("1420000.00", "EUR") == (standing.contract_total, standing.currency)
        schedule = standing.billing_schedule
        assert schedule is not None
        assert (30, Money(amount=Decimal("1420000.00"), currency="EUR")) == (schedule.lines, schedule.total)


async def test_a_standing_early_on_is_honest() -> None:
    """What does not stand yet is absent, not empty."""
    async with journey() as trip:
        case_id = await trip.start()
        standing = await service(trip).standing(case_id=case_id)

        assert CaseState.WAITING_APPROVAL is standing.state
        assert (None, None, None) == (standing.customer_erp_id, standing.project_psa_id, standing.billing_schedule)


async def test_cancelling_takes_back_and_says_by_whom() -> None:
    """A cancellation unwinds the case and stands in its trail with who asked for it."""
    async with journey() as trip:
        case_id = await trip.start()
        with calling(SAM):
            await service(trip).cancel(case_id=case_id, body=Cancellation(reason="the customer withdrew"))
        await trip.durable.settled(case_id)

        assert CaseState.UNWOUND is (await service(trip).standing(case_id=case_id)).state
        trail = (await trip.durable.casebook.timeline(case_id)).entries
        assert [("cancellation asked", "the customer withdrew")] == [
            (entry.what, entry.detail) for entry in trail if entry.actor == "sam.sales"
        ]


async def test_a_closed_case_is_not_cancelled() -> None:
    """What was delivered is changed by a change order, not by a cancellation."""
    async with journey() as trip:
        case_id = await trip.provision()
        with calling(SAM), pytest.raises(Problem) as refused:
            await service(trip).cancel(case_id=case_id, body=Cancellation(reason="too late"))

        assert Kind.CONFLICT is refused.value.kind


async def test_nobody_unknown_cancels() -> None:
    """Without a verified caller nothing is taken back."""
    async with journey() as trip:
        case_id = await trip.start()
        with pytest.raises(Problem) as refused:
            await service(trip).cancel(case_id=case_id, body=Cancellation(reason="who am I"))

        assert Kind.UNAUTHENTICATED is refused.value.kind


async def test_a_case_of_another_process_does_not_exist_here() -> None:
    """Standing and cancellation answer for this process only; an unknown id is no different."""
    async with journey() as trip:
        case_id = await trip.start()
        other = Road(
            process="time_to_bill", version=1, run=trip.road.run, steps=trip.road.steps, starts=trip.road.starts
        )
        stranger = QuoteToProjectService(durable=lambda: trip.durable, road=other, back=trip.back)

        for asked in (stranger.standing(case_id=case_id), service(trip).standing(case_id="nothing")):
            with pytest.raises(Problem) as refused:
                await asked
            assert Kind.NOT_FOUND is refused.value.kind


@pytest.mark.parametrize("odd", ["", "a/b", "x" * 65, "006 A"])
def test_an_id_that_could_not_be_a_key_is_refused(odd: str) -> None:
    """The id becomes part of keys in every system: only plain characters are taken from the wire."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"opportunity_id": odd}, StartQuoteToProject)
