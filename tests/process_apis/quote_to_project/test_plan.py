import datetime as dt
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.canonical.billing import BillingTrigger
from contracts.canonical.deal import BillingMethod, DealLine, Opportunity
from contracts.canonical.money import Money, quantum
from process_apis.quote_to_project.plan import Part, Plan, plan
from process_apis.quote_to_project.rules import validate
from tests.process_apis.quote_to_project.story import (
    CARD,
    FRANCE,
    GROUP,
    SERVICE,
    deal,
    eur,
    handoff,
    line,
    milestone,
    untaxed,
)


def whole(opportunity: Opportunity | None = None) -> Plan:
    """The plan of a deal."""
    return plan(handoff(opportunity or deal()))


def planned(opportunity: Opportunity | None = None) -> Part:
    """The only part of a deal with one seller and one currency."""
    (part,) = whole(opportunity).parts
    return part


def amounts(of: Part) -> list[Decimal]:
    """The amounts of the billing schedule, in order."""
    return [each.amount.amount for each in of.schedule.lines]


@pytest.mark.req(73, 124, 131)
def test_the_chain_of_customers_has_its_root_first() -> None:
    """Parents are put before their children, and the one who is billed comes last."""
    assert [GROUP, FRANCE] == whole().customers
    assert FRANCE == whole().customer


@pytest.mark.req(80, 81, 82, 136, 149)
def test_a_line_becomes_a_phase_with_its_milestones() -> None:
    """The project has a stage for each line and a payment point for each milestone, numbered through."""
    project = planned().project

    assert [
        ("phs-006A000001-1", "Onboarding France", None, Decimal("240000.00")),
        ("phs-006A000001-2", "Onboarding France: Kick-off", "phs-006A000001-1", Decimal("48000.00")),
        ("phs-006A000001-3", "Onboarding France: Transition accepted", "phs-006A000001-1", Decimal("120000.00")),
        ("phs-006A000001-4", "Onboarding France: Hypercare accepted", "phs-006A000001-1", Decimal("72000.00")),
        ("phs-006A000001-5", "Onboarding Germany", None, Decimal("180000.00")),
    ] == [(each.phase_id, each.name, each.parent_id, each.budget.amount) for each in project.phases[:5]]
    assert ["FR", "DE"] == [project.phases[0].country, project.phases[4].country]
    assert (dt.date(2027, 1, 4), dt.date(2029, 2, 28)) == (project.starts_on, project.ends_on)
    assert ("prj-006A000001", "dana.okafor@sluicegate.example") == (project.project_id, project.delivery_owner)


@pytest.mark.req(90, 133, 134)
def test_the_schedule_of_the_story_sums_to_the_contract() -> None:
    """Milestones by their shares, the subscription by 24 months that do not divide evenly, the whole to the cent."""
    schedule = planned().schedule
    months = [each for each in schedule.lines if each.method is BillingMethod.SUBSCRIPTION]

    assert [Decimal("59994.00"), Decimal("59994.00"), Decimal("60012.00")] == amounts(planned())[3:6]
    assert {Decimal("41666.67"): 16, Decimal("41666.66"): 8} == Counter(each.amount.amount for each in months)
    assert (dt.date(2027, 3, 1), dt.date(2029, 2, 1)) == (months[0].due_on, months[-1].due_on)
    assert Decimal("1420000.00") == sum(amounts(planned()))
    assert ("EU-RC", "SG-DE", "cus-france") == (schedule.tax_code, schedule.legal_entity_id, schedule.customer_id)
    assert 30 == len({each.line_id for each in schedule.lines})


@pytest.mark.req(133)
@pytest.mark.parametrize(
    ("method", "trigger"),
    [
        (BillingMethod.FIXED_FEE, BillingTrigger.DATE),
        (BillingMethod.TIME_AND_MATERIALS, BillingTrigger.ACTUALS),
    ],
)
def test_a_method_without_parts_is_one_line(method: BillingMethod, trigger: BillingTrigger) -> None:
    """A fixed fee waits for its date, time for what was actually done."""
    one = line(method=method, milestones=[])
    (only,) = planned(deal(lines=[one], amount=one.amount)).schedule.lines

    assert (trigger, one.ends_on, one.amount) == (only.trigger, only.due_on, only.amount)


def test_milestones_wait_for_acceptance() -> None:
    """A milestone line is triggered by acceptance; its date is only the plan."""
    first = planned().schedule.lines[0]

    assert (BillingTrigger.MILESTONE, "phs-006A000001-2") == (first.trigger, first.phase_id)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "dues", "parts"),
    [
        (dt.date(2027, 1, 1), dt.date(2027, 1, 31), ["2027-01-01"], ["3100.00"]),
        (dt.date(2027, 1, 15), dt.date(2027, 3, 14), ["2027-01-15", "2027-02-15"], ["1550.00", "1550.00"]),
        (dt.date(2027, 4, 1), dt.date(2027, 5, 15), ["2027-04-01", "2027-05-01"], ["2089.13", "1010.87"]),
        (
            dt.date(2027, 1, 31),
            dt.date(2027, 3, 30),
            ["2027-01-31", "2027-02-28"],
            ["1550.00", "1550.00"],
        ),
    ],
    ids=["one month", "from the middle", "half a month at the end", "from the 31st"],
)
def test_a_subscription_is_billed_a_month_in_advance(
    starts_on: dt.date, ends_on: dt.date, dues: list[str], parts: list[str]
) -> None:
    """Months run from the first day; a last month that is cut short weighs its days (rule BIL-7)."""
    one = replace(SERVICE, starts_on=starts_on, ends_on=ends_on, amount=eur("3100.00"))
    made = planned(deal(lines=[one], amount=one.amount))

    assert dues == [each.due_on.isoformat() for each in made.schedule.lines]
    assert parts == [str(each) for each in amounts(made)]


@pytest.mark.req(84, 86, 135, 138)
def test_people_and_rates_go_along() -> None:
    """Each planned role and country is one request; the approved card goes as it is."""
    made = planned()

    assert (CARD, "rc-006A000001") == (made.rate_card, made.rate_card_id)
    assert [f"stf-006A000001-{n}" for n in (1, 2, 3, 4)] == [each.request_id for each in made.staffing]
    assert {"prj-006A000001"} == {each.project_id for each in made.staffing}


def test_a_deal_that_was_not_validated_is_not_planned() -> None:
    """A missing tax code never becomes an empty one by way of the plan."""
    with pytest.raises(ValueError, match="before it was validated"):
        planned(deal(customer=untaxed()))


@pytest.mark.req(150)
def test_the_same_deal_gives_the_same_plan() -> None:
    """Contract terms have one reading, whoever reads them."""
    assert planned() == planned()


CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "USD", "CLF"])
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2032, 12, 31))


@st.composite
def lines(draw: st.DrawFn, currency: str) -> DealLine:
    """A line of any method, any dates, any amount that its currency can state."""
    amount = draw(st.integers(1, 10**13)) * quantum(currency)
    starts_on = draw(DAYS)
    method = draw(st.sampled_from(list(BillingMethod)))
    hundredths = draw(st.lists(st.integers(1, 2000), min_size=0, max_size=4))
    shares = [*hundredths, 10000 - sum(hundredths)]
    return line(
        method=method,
        amount=Money(amount=amount, currency=currency),
        starts_on=starts_on,
        ends_on=starts_on + dt.timedelta(days=draw(st.integers(0, 2200))),
        milestones=[milestone(f"M{n}", str(Decimal(share) / 100)) for n, share in enumerate(shares)],
    )


@st.composite
def deals(draw: st.DrawFn) -> Opportunity:
    """A sound deal of one to four lines in one currency."""
    currency = draw(CURRENCIES)
    some = draw(st.lists(lines(currency), min_size=1, max_size=4))
    whole = sum((each.amount.amount for each in some), Decimal(0))
    money = Money(amount=whole, currency=currency)
    return deal(lines=some, amount=money, currency=currency, rate_cards=[], staffing=[])


@given(deals())
@pytest.mark.req(90, 134)
def test_every_schedule_sums_to_its_contract(opportunity: Opportunity) -> None:
    """Whatever the amounts, currencies, months and shares: the schedule is the contract, to the smallest unit."""
    assert [] == validate(handoff(opportunity), fixes={})
    made = planned(opportunity)

    assert opportunity.amount.amount == sum(amounts(made))
    unit = quantum(opportunity.amount.currency)
    assert all(not amount % unit and amount >= 0 for amount in amounts(made))
    assert len(made.schedule.lines) == len({each.line_id for each in made.schedule.lines})


@given(deals())
def test_every_line_of_a_schedule_bills_a_phase_within_the_project(opportunity: Opportunity) -> None:
    """No amount is planned for a phase that the project does not have."""
    made = planned(opportunity)
    phases = {phase.phase_id: phase for phase in made.project.phases}

    assert {each.phase_id for each in made.schedule.lines} <= set(phases)
    assert all(made.project.starts_on <= phase.starts_on <= made.project.ends_on for phase in phases.values())


@given(lines("EUR"))
def test_months_follow_each_other_without_a_gap(one: DealLine) -> None:
    """The months of a subscription begin with it, rise, and are never more than a month apart."""
    subscription = replace(one, method=BillingMethod.SUBSCRIPTION)
    dues = [each.due_on for each in planned(deal(lines=[subscription], amount=one.amount)).schedule.lines]

    assert one.starts_on == dues[0]
    assert one.ends_on is not None
    assert dues[-1] <= one.ends_on
    assert all(dt.timedelta(27) < later - sooner <= dt.timedelta(31) for sooner, later in pairwise(dues))
