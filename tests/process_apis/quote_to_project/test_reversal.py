"""The road back: a deal that is open again or lost is undone, credited, or asked about; won anew, it begins anew."""

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import CaseState
from contracts.canonical.deal import DeliveryState, OpportunityChange
from contracts.events.deal import DealWithdrawn, ProvisioningReversed
from process_apis.quote_to_project.standing import reversal_of
from tests.process_apis.quote_to_project.running import DEAL, Journey, journey
from tests.process_apis.quote_to_project.test_feed import WON_AT, feed
from tests.process_apis.quote_to_project.test_shapes import at_home


async def reverse(trip: Journey, case_id: str) -> str:
    """Take back a completed case."""
    start = reversal_of(await trip.case(case_id), reason="the deal was lost")
    started = await trip.durable.start(trip.back, business_key=DEAL, start=start)
    await trip.durable.settled(started.case_id)
    return started.case_id


async def test_what_was_provisioned_is_taken_back() -> None:
    """Nothing was invoiced, so nobody is asked; nothing stands, and sales reads so."""
    async with journey(at_home()) as trip:
        back = await reverse(trip, await trip.start())

        assert CaseState.COMPLETED is (await trip.case(back)).summary.state
        assert {} == trip.world.standing()
        assert DeliveryState.CANCELLED is trip.world.crm.reports[DEAL][-1].state


async def test_what_was_invoiced_is_credited_when_finance_agrees() -> None:
    """A credit is decided by finance on the sum, posted once, and told downstream."""
    async with journey(at_home()) as trip:
        case_id = await trip.start()
        trip.world.erp.invoiced["bsc-006A000001"] = Decimal("240000.00")
        back = await reverse(trip, case_id)
        (asked,) = await trip.approvals()
        assert ("finance", "240000.00 EUR") == (asked.role, asked.evidence["invoiced"])
        await trip.decide(back)
        (event,) = [each for each in await trip.events() if each.type == ProvisioningReversed.TYPE]

        assert {"bsc-006A000001": Decimal("240000.00")} == trip.world.erp.credited
        assert [{"amount": "240000.00", "currency": "EUR"}] == event.data["credited"]


async def test_what_cannot_be_credited_becomes_an_exception() -> None:
    """An invoice that was paid is settled with the customer; the rest goes on once somebody says that it stays."""
    async with journey(at_home()) as trip:
        case_id = await trip.start()
        trip.world.erp.invoiced["bsc-006A000001"] = Decimal("240000.00")
        trip.world.erp.settled.add("bsc-006A000001")
        back = await reverse(trip, case_id)
        await trip.decide(back)
        (item,) = await trip.exceptions()

        assert ("REVERSAL_BLOCKED", "invoice_settled") == (item.code, item.context["refusal"])
        await trip.fix(item, **{"billing_bsc-006A000001": "leave it"})
        assert CaseState.COMPLETED is (await trip.case(back)).summary.state
        assert {"schedules": ["bsc-006A000001"]} == trip.world.standing()


async def test_finance_that_refuses_leaves_the_invoice_to_a_person() -> None:
    """Without consent nothing is credited: voiding is tried, refused by the ERP, and told."""
    async with journey(at_home()) as trip:
        case_id = await trip.start()
        trip.world.erp.invoiced["bsc-006A000001"] = Decimal("1.00")
        back = await reverse(trip, case_id)
        await trip.decide(back, approve=False, comment="The customer owes it")

        assert ["REVERSAL_BLOCKED"] == [item.code for item in await trip.exceptions()]
        assert {} == trip.world.erp.credited


async def told(trip: Journey, *, won: bool, at: int) -> None:
    """The CRM's feed tells of a change of the deal, and everything it leads to settles."""
    crm = trip.world.crm
    crm.deals[DEAL] = replace(crm.deals[DEAL], won=won)
    changed_at = WON_AT + dt.timedelta(seconds=at)
    crm.changes.append(OpportunityChange(opportunity_id=DEAL, won=won, changed_at=changed_at))
    await feed(trip).look()
    for case in (await trip.durable.casebook.cases()).items:
        await trip.durable.settled(case.case_id)


async def standing(trip: Journey) -> dict[str, CaseState]:
    """How every case stands, by process and business key."""
    cases = (await trip.durable.casebook.cases()).items
    return {f"{case.process} {case.business_key}": case.state for case in cases}


async def test_a_deal_that_is_lost_and_won_anew_goes_forward_back_and_forward() -> None:
    """The feed starts each; what it hears twice counts once."""
    async with journey(at_home()) as trip:
        await told(trip, won=True, at=0)
        await told(trip, won=False, at=1)
        await told(trip, won=False, at=2)
        assert {} == trip.world.standing()
        await told(trip, won=True, at=3)

        assert {
            f"quote_to_project {DEAL}": CaseState.COMPLETED,
            f"deal_reversal {DEAL}": CaseState.COMPLETED,
            f"quote_to_project {DEAL}-2": CaseState.COMPLETED,
        } == await standing(trip)
        assert 1 == len([event for event in await trip.events() if event.type == DealWithdrawn.TYPE])


async def test_a_deal_that_is_lost_while_people_decide_unwinds() -> None:
    """Nothing was put anywhere yet, so nothing is reversed."""
    async with journey() as trip:
        await told(trip, won=True, at=0)
        await told(trip, won=False, at=1)

        assert {f"quote_to_project {DEAL}": CaseState.UNWOUND} == await standing(trip)
        assert {} == trip.world.standing()


@pytest.mark.parametrize("times", [1, 2])
async def test_an_open_deal_that_never_was_won_is_nobodys_business(times: int) -> None:
    """The feed tells of every opportunity; only those with a case matter."""
    async with journey() as trip:
        for at in range(times):
            await told(trip, won=False, at=at)

        assert {} == await standing(trip)
