"""Shapes beyond one seller and one currency: parts, bill-to, extension, change and reversal, on fakes."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.billing import RevenueRule
from contracts.canonical.casework import CaseState
from contracts.canonical.deal import (
    BillingFrequency,
    BillingMethod,
    BillingTiming,
    Cap,
    CapBehaviour,
    DealKind,
    Opportunity,
)
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, Hierarchy, TaxProfile
from contracts.canonical.rates import RateCard
from contracts.events.deal import ProjectProvisioned, StaffingRequested
from kit.durable.attempt import Call
from kit.durable.doing import Doing
from kit.durable.fault import Effect
from process_apis.quote_to_project.plan import Plan, plan
from process_apis.quote_to_project.reading import Handoff
from process_apis.quote_to_project.rules import validate
from tests.process_apis.quote_to_project.running import DEAL, journey
from tests.process_apis.quote_to_project.story import (
    FRANCE,
    GROUP,
    SERVICE,
    deal,
    eur,
    handoff,
    line,
    need,
    rate,
)
from tests.process_apis.quote_to_project.world import World

HOME = replace(FRANCE, address=replace(FRANCE.address, country="DE"))
LATER = "006A000002"


def pounds(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="GBP")


BRITAIN = replace(
    SERVICE,
    line_id="00k9",
    name="Service Britain",
    amount=pounds("850000.01"),
    deal_value=eur("1000000.00"),
    country="GB",
    legal_entity_id="SG-GB",
    tax_code="EXPORT-0",
)
ABROAD = deal(
    lines=[line(), BRITAIN],
    amount=eur("1240000.00"),
    rate_cards=[*deal().rate_cards, RateCard(name="N", currency="GBP", entries=[rate("Engineer", "GB", "99")])],
    staffing=[need("Cloud Architect", "FR", "10"), replace(need("Engineer", "GB", "20"), line_id="00k9")],
)


def planned(given: Handoff) -> Plan:
    """The plan of a deal with nothing wrong."""
    assert [] == validate(given, fixes={})
    return plan(given)


def at_home(opportunity: Opportunity | None = None, **changes: Any) -> World:
    """A world in which the deal crosses no border."""
    world = World()
    given = opportunity or deal(customer=HOME)
    world.crm.deals[DEAL] = replace(given, **changes)
    return world


@pytest.mark.req(133, 134)
def test_each_seller_and_currency_has_a_project_and_a_schedule() -> None:
    """Nothing of two companies or two currencies stands on one document, and each currency ties by itself."""
    made = planned(handoff(ABROAD))
    first, second = made.parts

    assert [("SG-DE", "EUR", "EU-RC"), ("SG-GB", "GBP", "EXPORT-0")] == [
        (part.seller.legal_entity_id, part.schedule.currency, part.schedule.tax_code) for part in made.parts
    ]
    assert ["prj-006A000001", "prj-006A000001-SG-GB-GBP"] == [part.project.project_id for part in made.parts]
    assert [Decimal("240000.00"), Decimal("850000.01")] == [
        sum(each.amount.amount for each in part.schedule.lines) for part in made.parts
    ]
    assert [eur("240000.00"), pounds("850000.01")] == made.values
    assert ["FR", "GB"] == [part.staffing[0].country for part in made.parts]
    assert ("EUR", "GBP") == (
        first.rate_card and first.rate_card.currency,
        second.rate_card and second.rate_card.currency,
    )
    ids = [phase.phase_id for part in made.parts for phase in part.project.phases]
    assert len(ids) == len(set(ids))


async def test_several_parts_are_provisioned_and_told_together() -> None:
    """One case, one event, a project and a schedule for each part; the customer may trade with both companies."""
    world = World()
    world.crm.deals[DEAL] = ABROAD
    async with journey(world) as trip:
        case_id = await trip.provision()
        (event,) = [each for each in await trip.events() if each.type == ProjectProvisioned.TYPE]

        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state
        assert 2 == len(world.erp.schedules.standing) == len(world.psa.projects.standing)
        assert ["SG-DE", "SG-GB"] == world.erp.sellers["cus-france"]
        assert 2 == len(event.data["project_ids"])
        assert 2 == len([each for each in await trip.events() if each.type == StaffingRequested.TYPE])


@pytest.mark.req(131)
def test_who_is_billed_need_not_be_who_is_served() -> None:
    """The schedule goes to the payer with the payer's tax code; the project stays with the customer (rule PTY-1)."""
    payer = Customer(
        customer_id="cus-payer",
        name="Northwind Treasury",
        address=Address(country="GB"),
        currency="GBP",
        tax=TaxProfile(tax_code="EXPORT-0"),
    )
    made = planned(handoff(deal(bill_to=payer), billing=Hierarchy(customers=[payer])))
    (part,) = made.parts

    assert ("cus-payer", "EXPORT-0") == (part.schedule.customer_id, part.schedule.tax_code)
    assert ("cus-france", "cus-payer") == (part.project.customer_id, part.project.bill_to_id)
    assert ["cus-group", "cus-france", "cus-payer"] == [each.customer_id for each in made.customers]


@pytest.mark.parametrize(
    ("method", "more", "dues"),
    [
        (BillingMethod.RETAINER, {}, 12),
        (BillingMethod.SUBSCRIPTION, {"frequency": BillingFrequency.QUARTERLY}, 4),
        (BillingMethod.SUBSCRIPTION, {"frequency": BillingFrequency.YEARLY, "timing": BillingTiming.ARREARS}, 1),
    ],
)
def test_periods_are_as_long_as_agreed(method: BillingMethod, more: dict[str, Any], dues: int) -> None:
    """Months, quarters or years, in advance or in arrears; a retainer is billed before it can be used (rule BIL-6)."""
    one = replace(
        SERVICE,
        method=method,
        starts_on=dt.date(2027, 1, 1),
        ends_on=dt.date(2027, 12, 31),
        amount=eur("100000.00"),
        **more,
    )
    (part,) = planned(handoff(deal(lines=[one], amount=one.amount))).parts

    assert dues == len(part.schedule.lines)
    assert Decimal("100000.00") == sum(each.amount.amount for each in part.schedule.lines)
    due = dt.date(2027, 12, 31) if more.get("timing") else dt.date(2027, 1, 1)
    assert due == part.schedule.lines[0].due_on
    assert {RevenueRule.STRAIGHT_LINE} == {each.revenue_rule for each in part.schedule.lines}


def test_a_cap_goes_along_to_the_schedule() -> None:
    """The ERP is told the most that actuals may come to, and what becomes of work above it (rule BIL-3)."""
    cap = Cap(amount=eur("250000.00"), behaviour=CapBehaviour.TRIM)
    one = line(method=BillingMethod.TIME_AND_MATERIALS, milestones=[], cap=cap)
    (part,) = planned(handoff(deal(lines=[one], amount=one.amount))).parts

    assert [(cap, RevenueRule.RIGHT_TO_INVOICE)] == [(each.cap, each.revenue_rule) for each in part.schedule.lines]


def extension(**changes: Any) -> Opportunity:
    """A later deal that goes on from the story's."""
    one = replace(
        SERVICE, line_id="00k7", amount=eur("60000.00"), starts_on=dt.date(2029, 3, 1), ends_on=dt.date(2029, 8, 31)
    )
    stated = {"opportunity_id": LATER, "customer": HOME, "lines": [one], "amount": one.amount, "staffing": []}
    return deal(**{**stated, "kind": DealKind.RENEWAL, "extends": DEAL, "statement_of_work": "SOW-2", **changes})


@pytest.mark.req(188)
async def test_a_renewal_adds_to_the_project_that_stands() -> None:
    """No second project: phases and a schedule under keys of the later deal."""
    world = at_home()
    world.crm.deals[LATER] = extension()
    async with journey(world) as trip:
        await trip.start()
        case_id = await trip.start(LATER)

        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state
        assert ["prj-006A000001"] == list(world.erp.projects.standing)
        assert (
            ["phs-006A000002-1"] == list(world.erp.added["prj-006A000001"]) == list(world.psa.added["prj-006A000001"])
        )
        assert ["bsc-006A000001", "bsc-006A000002"] == sorted(world.erp.schedules.standing)


async def test_a_renewal_taken_back_leaves_the_project_as_it_was() -> None:
    """What was added goes; what stood stays."""
    world = at_home()
    world.crm.deals[LATER] = extension()
    async with journey(world) as trip:
        await trip.start()
        before = world.standing()
        world.erp.skew = Decimal(1)
        case_id = await trip.start(LATER)
        await trip.durable.cancel(case_id, reason="changed our minds", by="sam.sales")
        await trip.durable.settled(case_id)

        assert before == world.standing()
        assert [{}, {}] == [world.erp.added["prj-006A000001"], world.psa.added["prj-006A000001"]]


async def test_a_loop_of_renewals_is_refused() -> None:
    """Deals that go on from each other go on from nothing."""
    world = at_home(extends=LATER)
    world.crm.deals[LATER] = extension()
    async with journey(world) as trip:
        await trip.start()

        assert ["EXTENSION_BASE_MISSING"] == [item.code for item in await trip.exceptions()]


@pytest.mark.req(142, 148)
async def test_terms_that_depart_wait_for_the_contract_role() -> None:
    """Special terms are put before whoever may agree to them, whole and hashed, before anything is put anywhere."""
    world = at_home(special_terms="Liability is unlimited.")
    async with journey(world) as trip:
        case_id = await trip.start()
        (asked,) = await trip.approvals()

        assert ("contract", {}) == (asked.role, world.standing())
        assert "Liability is unlimited." == asked.evidence["special_terms"]
        assert 64 == len(asked.evidence["special_terms_sha256"])
        await trip.decide(case_id)
        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state


async def test_terms_of_any_length_are_put_to_people_in_a_bounded_space() -> None:
    """Ten megabytes of notes are hashed whole and shown in part."""
    world = at_home(special_terms="x" * 10_000_000)
    async with journey(world) as trip:
        await trip.start()
        (asked,) = await trip.approvals()

        assert 2000 == len(asked.evidence["special_terms"])


@pytest.mark.req(146)
async def test_a_deal_that_changed_while_people_thought_is_planned_again() -> None:
    """An approval holds for what was seen: another amount is asked about anew, and the books get the new one."""
    async with journey() as trip:
        case_id = await trip.start()
        cheaper = replace(SERVICE, amount=eur("900000.00"))
        trip.world.crm.deals[DEAL] = deal(lines=[*deal().lines[:2], cheaper], amount=eur("1320000.00"))
        await trip.decide(case_id)
        (again,) = await trip.approvals()

        assert "1320000.00 EUR" == again.evidence["contract_value"]
        await trip.decide(case_id)
        assert "1320000.00" == (await trip.case(case_id)).facts["billing_schedule_total"]


def changing(world: World, after: str, change: Opportunity) -> Any:
    """Lets sales edit the deal at the moment a step is done, once."""
    left = [change]

    async def around(doing: Doing, effect: Effect, call: Call) -> object:
        answer = await call(effect)
        if doing.label == after and left:
            world.crm.deals[DEAL] = left.pop()
        return answer

    return around


@pytest.mark.req(146)
async def test_another_start_is_taken_over_while_provisioning() -> None:
    """Dates move in project, workspace and schedule; nothing is made twice and nobody is asked."""
    world = at_home()
    later = [*deal().lines[:2], replace(SERVICE, starts_on=dt.date(2027, 4, 1), ends_on=dt.date(2029, 3, 31))]
    async with journey(world, around=changing(world, "open_workspace", deal(customer=HOME, lines=later))) as trip:
        case_id = await trip.start()

        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state
        assert [] == world.created_twice()
        assert dt.date(2029, 3, 31) == world.erp.projects.standing["prj-006A000001"].ends_on
        assert dt.date(2027, 4, 1) == world.erp.schedules.standing["bsc-006A000001"].lines[6].due_on


@pytest.mark.req(146)
@pytest.mark.parametrize("answer", ["as approved", "try again"])
async def test_another_price_while_provisioning_is_for_a_person(answer: str) -> None:
    """The plan that was approved goes on only when somebody says so, or when the deal is put back."""
    world = at_home()
    dearer = deal(
        customer=HOME, lines=[*deal().lines[:2], replace(SERVICE, amount=eur("1000001.00"))], amount=eur("1420001.00")
    )
    async with journey(world, around=changing(world, "open_project", dearer)) as trip:
        case_id = await trip.start()
        (item,) = await trip.exceptions()

        assert ("DEAL_CHANGED", "hold_for_change") == (item.code, item.step)
        if answer == "try again":
            world.crm.deals[DEAL] = deal(customer=HOME)
        await trip.fix(item, deal_changed_1=answer)
        assert "1420000.00" == (await trip.case(case_id)).facts["billing_schedule_total"]
        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state


def test_customers_are_named_once_though_billed_and_served() -> None:
    """A payer who is the parent stands once in the chain, before the child."""
    made = planned(
        handoff(deal(bill_to=replace(GROUP, tax=TaxProfile(tax_code="EU-RC"))), billing=Hierarchy(customers=[GROUP]))
    )

    assert ["cus-group", "cus-france"] == [each.customer_id for each in made.customers]


@pytest.mark.slow
async def test_a_deal_of_five_thousand_lines_comes_to_its_end() -> None:
    """Phases go in calls of a hundred; the schedule is whole."""
    lines = [
        replace(SERVICE, line_id=f"00k{n}", name=f"Site {n}", method=BillingMethod.FIXED_FEE, amount=eur("20.01"))
        for n in range(5000)
    ]
    world = at_home(deal(customer=HOME, lines=lines, amount=eur("100050.00"), staffing=[]))
    async with journey(world) as trip:
        case_id = await trip.start()
        file = await trip.case(case_id)

        assert (CaseState.COMPLETED, "100050.00") == (file.summary.state, file.facts["billing_schedule_total"])
        assert 4900 == len(world.erp.added["prj-006A000001"]) == len(world.psa.added["prj-006A000001"])
