"""What a deal tells about what is billed by dates is drawn whole, and comes to exactly what was sold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.deal import (
    BillingFrequency,
    BillingMethod,
    BillingTiming,
    DealLine,
    DealMilestone,
    Opportunity,
)
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, LegalEntity, TaxProfile
from contracts.canonical.rates import RateCard, RateEntry
from contracts.canonical.terms import RetainerUse
from process_apis.time_to_bill.agreeing import must_be_sound
from process_apis.time_to_bill.charging import charges
from process_apis.time_to_bill.drawing import agreement_of
from tests.process_apis.time_to_bill.terms import day
from tests.process_apis.time_to_bill.world import HOME


def sold(method: BillingMethod, amount: str, **changes: Any) -> DealLine:
    """One line, sold for half of 2026."""
    facts: dict[str, Any] = {
        "line_id": "00k1",
        "name": "Managed cloud",
        "method": method,
        "amount": Money(amount=Decimal(amount), currency="EUR"),
        "country": "DE",
        "starts_on": day("2026-01-01"),
        "ends_on": day("2026-06-30"),
    }
    return DealLine(**(facts | changes))


def drawn(line: DealLine, *cards: RateCard) -> BillingAgreement:
    """The agreement of a deal with that line and those rates, which must be sound."""
    customer = Customer(
        customer_id="cus-1",
        name="Northwind",
        address=Address(country="DE"),
        tax=TaxProfile(tax_code="DE-S-19"),
        currency="EUR",
    )
    deal = Opportunity(
        opportunity_id="opp-1",
        name="Northwind",
        won=True,
        closed_on=day("2025-12-01"),
        amount=line.amount,
        customer=customer,
        lines=[line],
        rate_cards=list(cards),
        legal_entity_id="SG-DE",
    )
    seller = LegalEntity(legal_entity_id="SG-DE", name="Sluice GmbH", country="DE", currency="EUR")
    agreed = agreement_of(deal, seller, project_id="prj-1", tax_codes={"DE-S-19": HOME})
    must_be_sound(agreed)
    return agreed


@pytest.mark.req(160, 161)
@pytest.mark.parametrize("method", [BillingMethod.RETAINER, BillingMethod.SUBSCRIPTION])
@pytest.mark.parametrize(
    ("amount", "changes", "number"),
    [
        ("6000", {}, 6),
        ("10000", {"ends_on": day("2026-12-31")}, 12),
        ("1000.01", {"ends_on": day("2026-03-15")}, 3),
        ("777.77", {"starts_on": day("2026-01-31"), "ends_on": day("2026-03-17")}, 2),
        ("10000", {"frequency": BillingFrequency.QUARTERLY, "ends_on": day("2026-11-13")}, None),
    ],
    ids=["even", "twelfths", "cut short", "the 31st", "quarters"],
)
def test_periods_of_a_deal_sum_to_what_was_sold(
    method: BillingMethod, amount: str, changes: dict[str, Any], number: int | None
) -> None:
    """To the cent, however the months divide it."""
    agreed = drawn(sold(method, amount, **changes))
    due = [each.amount for each in charges(agreed, through=day("2027-06-30")) if each.amount]

    assert Decimal(amount) == sum(due)
    assert number in {None, len(due)}


@pytest.mark.req(161)
def test_a_subscription_keeps_how_often_and_when_it_is_billed() -> None:
    """A quarter at its end, as sold."""
    line = sold(BillingMethod.SUBSCRIPTION, "6000", frequency=BillingFrequency.QUARTERLY, timing=BillingTiming.ARREARS)
    due = [str(each.due_on) for each in charges(drawn(line), through=day("2026-12-31"))]

    assert ["2026-03-31"] * 3 + ["2026-06-30"] * 3 == due


@pytest.mark.req(159, 160)
@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], [("2026-06-30", "1000")]),
        ([("33.3", "2026-02-01"), ("66.7", "2026-05-01")], [("2026-02-01", "333"), ("2026-05-01", "667")]),
        ([("50", "2026-02-01"), ("50", None)], [("2026-06-30", "1000")]),
    ],
    ids=["whole", "by points", "a point without a day"],
)
def test_a_fixed_fee_is_drawn_by_its_points_or_whole(
    points: list[tuple[str, str | None]], expected: list[tuple[str, str]]
) -> None:
    """Where sales did not say every share and day, the fee is due on the last day of the line."""
    milestones = [
        DealMilestone(name=f"Point {number}", percent=Decimal(percent), due_on=None if due is None else day(due))
        for number, (percent, due) in enumerate(points, start=1)
    ]
    agreed = drawn(sold(BillingMethod.FIXED_FEE, "1000", milestones=milestones))

    assert [(due, Decimal(amount)) for due, amount in expected] == [
        (str(part.due_on), part.amount) for part in agreed.fees[0].installments
    ]


@pytest.mark.req(159)
@pytest.mark.parametrize("method", [BillingMethod.RETAINER, BillingMethod.SUBSCRIPTION, BillingMethod.FIXED_FEE])
def test_a_line_without_days_has_no_term_yet(method: BillingMethod) -> None:
    """Finance completes it; nothing is guessed."""
    agreed = drawn(sold(method, "1000", starts_on=None, ends_on=None))

    assert ([], [], []) == (agreed.fees, agreed.retainers, agreed.subscriptions)


@pytest.mark.req(161)
def test_less_than_a_cent_a_month_is_charged_in_some_months_and_makes_no_advance() -> None:
    """Five cents for half a year are five charges; nobody can be asked for six equal advances of them."""
    agreed = drawn(sold(BillingMethod.SUBSCRIPTION, "0.05"))

    assert [Decimal("0.01")] * 5 == [each.amount for each in charges(agreed, through=day("2026-12-31")) if each.amount]
    assert [] == drawn(sold(BillingMethod.RETAINER, "0.05")).retainers


@pytest.mark.req(159)
@pytest.mark.parametrize("priced", [True, False])
def test_work_draws_on_a_retainer_where_the_deal_has_rates(*, priced: bool) -> None:
    """Without rates there is nothing to draw at: people stand ready, and their work makes cost only."""
    rate = RateEntry(role="Architect", country="DE", hourly_rate=Decimal(185), effective_from=day("2026-01-01"))
    card = RateCard(name="2026", currency="EUR", entries=[rate])
    agreed = drawn(sold(BillingMethod.RETAINER, "6000"), *([card] if priced else []))

    assert (RetainerUse.DRAWN_DOWN if priced else RetainerUse.STAND_READY) is agreed.retainers[0].use
