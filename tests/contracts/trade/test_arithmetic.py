"""Conversion, grouping, proration, time, expenses, losses and schedules at their edges."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.deal import BillingTiming
from contracts.canonical.documents import Billable, DocumentLine, QuotedRate, RateDirection, RatePolicy, TaxCategory
from contracts.canonical.money import Money
from contracts.canonical.trade.documents import computed, on_documents
from contracts.canonical.trade.exchange import ExchangeRateUnknown, convert, exchange_difference, found_rate, rate_date
from contracts.canonical.trade.expenses import charge_of
from contracts.canonical.trade.hours import TimeEntry, TimeMode, TimePolicy, TimeSpan, added_up, rounded_hours
from contracts.canonical.trade.recognition import (
    Measure,
    RollForward,
    by_progress,
    loss_provision,
    progress_of,
    unrolled,
)
from contracts.canonical.trade.rounding import to_step
from contracts.canonical.trade.schedules import Distinct, RevenuePeriod, Treatment, allocated, replanned, treatment_of
from contracts.canonical.trade.sharing import to_owner
from contracts.canonical.trade.subscriptions import Anchor, PriceStep, prorated, segments

DAY = dt.date(2026, 6, 1)
DOLLAR = QuotedRate(from_currency="EUR", to_currency="USD", rate=Decimal("1.25"), starts_on=DAY)
POUND = QuotedRate(from_currency="EUR", to_currency="GBP", rate=Decimal("0.83"), starts_on=DAY)


def euros(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


@pytest.mark.req(164)
def test_a_rate_holds_from_its_day_until_the_next() -> None:
    """The latest quotation that has begun counts; before the first there is none (MON-6)."""
    later = QuotedRate(from_currency="EUR", to_currency="USD", rate=Decimal("1.5"), starts_on=dt.date(2026, 7, 1))

    def rate(day: dt.date) -> Decimal:
        return found_rate([later, DOLLAR], "EUR", "USD", on=day, via="EUR").rate

    assert [Decimal("1.25"), Decimal("1.25"), Decimal("1.5")] == [
        rate(DAY), rate(dt.date(2026, 6, 30)), rate(dt.date(2026, 7, 1))
    ]  # fmt: skip  # three days on one line
    with pytest.raises(ExchangeRateUnknown, match="no daily rate leads from EUR to USD on 2026-05-31"):
        rate(dt.date(2026, 5, 31))


@pytest.mark.req(165)
def test_a_third_currency_is_passed_at_full_precision() -> None:
    """0.93 USD are 0.744 EUR and so 0.62 GBP; cut on the way to 0.74 they would be 0.61 (MON-6)."""
    record = found_rate([DOLLAR, POUND], "USD", "GBP", on=DAY, via="EUR")
    inverse = found_rate([DOLLAR], "USD", "EUR", on=DAY, via="EUR")
    cents = convert(Money(amount=Decimal("0.93"), currency="USD"), record)

    assert (RateDirection.TRIANGULATED, [DOLLAR, POUND]) == (record.direction, record.legs)
    assert Decimal("0.664") == record.rate
    assert Decimal("0.62") == cents.result.amount
    assert (RateDirection.INVERSE, Decimal("0.8")) == (inverse.direction, inverse.rate)
    assert euros("1.00") == convert(euros("1.00"), found_rate([], "EUR", "EUR", on=DAY, via="EUR")).result


@pytest.mark.req(164)
def test_the_policy_says_which_day_counts() -> None:
    """Cost goes by the transaction, billing by the invoice, revenue by first recognition (MON-6)."""
    days = {"transaction_on": DAY, "invoiced_on": dt.date(2026, 7, 1), "recognised_on": dt.date(2026, 6, 30)}

    assert list(days.values()) == [rate_date(policy, **days) for policy in RatePolicy]
    with pytest.raises(ValueError, match="the rate for billing"):
        rate_date(RatePolicy.BILLING, transaction_on=DAY)


@pytest.mark.req(164)
def test_a_payment_at_another_rate_makes_a_difference_of_its_own() -> None:
    """1,000 EUR booked at 1.25 and paid at 1.30 gain 50 USD, apart from revenue (MON-6)."""
    paid = QuotedRate(from_currency="EUR", to_currency="USD", rate=Decimal("1.30"), starts_on=DAY)
    booked = found_rate([DOLLAR], "EUR", "USD", on=DAY, via="EUR")
    difference = exchange_difference(
        euros("1000"), booked=booked, paid=found_rate([paid], "EUR", "USD", on=DAY, via="EUR")
    )

    assert Money(amount=Decimal("50.00"), currency="USD") == difference


@pytest.mark.req(164, 165)
def test_what_must_not_meet_stands_on_documents_of_its_own() -> None:
    """Seller, currency, order and reverse charge part; standard and zero rates may share (BIL-11)."""

    def item(name: str, category: str = "S", entity: str = "DE", currency: str = "EUR", order: str = "1") -> Billable:
        return Billable(
            item_id=name,
            bill_to_id="c",
            legal_entity_id=entity,
            currency=currency,
            category=TaxCategory(category),
            purchase_order=order,
        )

    items = [item("a"), item("b", "AE"), item("c", "Z"), item("d", entity="GB"), item("e", currency="GBP")]
    found = on_documents([*items, item("f", order="2"), item("g", "AE"), item("h", "G")])

    assert [["a", "c"], ["b", "g"], ["d"], ["e"], ["f"], ["h"]] == [each.item_ids for each in found]


@pytest.mark.req(164)
def test_rates_from_another_currency_are_refused() -> None:
    """A document, a conversion and a split refuse what would compute and be wrong."""
    line = DocumentLine(
        line_id="1", quantity=Decimal(1), rate=Decimal(1), category=TaxCategory.ZERO, tax_percent=Decimal(0)
    )
    record = found_rate([DOLLAR], "USD", "EUR", on=DAY, via="EUR")

    with pytest.raises(ValueError, match="the document is in GBP"):
        computed([line], "GBP", exchange=record)
    with pytest.raises(ValueError, match="the money is in EUR"):
        convert(euros("1"), record)
    with pytest.raises(ValueError, match="no part 2"):
        to_owner(euros("1"), [Decimal(1), Decimal(1)], owner=2)
    with pytest.raises(ValueError, match="minor unit"):
        to_owner(euros("0.001"), [Decimal(1)], owner=0)
    with pytest.raises(ValueError, match="cuts nothing"):
        to_step(Decimal(1), Decimal(0))


@pytest.mark.req(162)
def test_days_prorate_a_month() -> None:
    """15 of 31 days of 3,100 are 1,500.00; more days than there are, are refused (BIL-7)."""
    assert Decimal("1500.00") == prorated(Decimal(3100), 15, 31, "EUR")
    with pytest.raises(ValueError, match="no 32 days in 31"):
        prorated(Decimal(3100), 32, 31, "EUR")


@pytest.mark.req(161, 162)
def test_phased_onboarding_changes_the_quantity_within_a_month() -> None:
    """10 seats from 16 January, 15 from 16 February: parts of months by their days, billed at their end (BIL-7)."""
    steps = [
        PriceStep(starts_on=dt.date(2026, 2, 16), monthly_price=Decimal(28), quantity=Decimal(15)),
        PriceStep(starts_on=dt.date(2026, 1, 16), monthly_price=Decimal(31), quantity=Decimal(10)),
    ]
    found = segments(
        steps, "EUR", starts_on=dt.date(2026, 1, 16), ends_before=dt.date(2026, 3, 1), timing=BillingTiming.ARREARS
    )
    charges = [(each.days, each.of_days, each.bill_on.isoformat(), each.amount) for s in found for each in s.charges]

    assert [
        (16, 31, "2026-01-31", Decimal("160.00")),
        (15, 28, "2026-02-15", Decimal("166.07")),
        (13, 28, "2026-02-28", Decimal("195.00")),
    ] == charges


@pytest.mark.req(161)
def test_an_anniversary_month_begins_on_its_own_day() -> None:
    """From 31 January months begin on the last day where there is no 31st, and are billed in advance (BIL-7)."""
    step = PriceStep(starts_on=dt.date(2026, 1, 31), monthly_price=Decimal(100))
    ends = dt.date(2026, 4, 30)
    (found,) = segments([step], "EUR", starts_on=step.starts_on, ends_before=ends, anchor=Anchor.ANNIVERSARY)

    assert ["2026-01-31", "2026-02-28", "2026-03-31"] == [each.bill_on.isoformat() for each in found.charges]
    assert 300 == found.amount
    with pytest.raises(ValueError, match="no price holds on 2026-01-01"):
        segments([step], "EUR", starts_on=dt.date(2026, 1, 1), ends_before=ends)


@pytest.mark.req(166)
def test_time_is_added_up_before_it_is_rounded() -> None:
    """Three times 10 minutes are half an hour by the month, three quarters by the entry; rounding up a credit too."""
    entries = [
        TimeEntry(
            entry_id=str(day), person_id="ada", project_id="p", worked_on=dt.date(2026, 6, day), hours=Decimal(1) / 6
        )
        for day in (1, 2, 3)
    ]

    def hours(span: TimeSpan) -> list[Decimal]:
        return [each.hours for each in added_up(entries, TimePolicy(increment=Decimal("0.25"), span=span))]

    up = TimePolicy(increment=Decimal("0.25"), mode=TimeMode.UP, minimum=Decimal("0.5"))
    (month,) = added_up(entries, TimePolicy(increment=Decimal("0.25")))

    assert [Decimal("0.5")] == hours(TimeSpan.MONTH) == hours(TimeSpan.INVOICE)
    assert [Decimal("0.25")] * 3 == hours(TimeSpan.ENTRY) == hours(TimeSpan.DAY)
    assert Decimal("50.00") == month.amount(Decimal(100), "EUR")
    assert [Decimal("0.5"), Decimal("-0.75"), 0] == [
        rounded_hours(raw, up) for raw in (Decimal("0.1"), Decimal("-0.6"), Decimal(0))
    ]


@pytest.mark.req(154, 156)
def test_the_personal_part_of_an_expense_is_never_billed() -> None:
    """Of 120 the 20 that are personal are taken off before conversion; more than there is, is refused (BIL-9)."""
    record = found_rate([], "EUR", "EUR", on=DAY, via="EUR")
    charge = charge_of(euros("120"), record, personal=Decimal(20), markup_percent=Decimal(5))

    assert (euros("105.00"), euros("0.00")) == (charge.billed, charge.unbilled)
    with pytest.raises(ValueError, match="can be personal"):
        charge_of(euros("120"), record, personal=Decimal(121))


@pytest.mark.req(179)
def test_an_overrun_is_full_progress_and_says_so() -> None:
    """More spent than estimated earns the price once and asks for a new estimate; waste earns nothing (REV-2)."""
    over = by_progress(Decimal(1000), Measure(done=Decimal(120), estimate=Decimal(100)), "EUR", before=Decimal(1100))

    assert [1, 1000, -100, True] == [over.progress, over.cumulative, over.period, over.overrun]
    assert Decimal("0.3") == progress_of(Measure(done=Decimal(40), waste=Decimal(10), estimate=Decimal(100)))
    with pytest.raises(ValueError, match="there is none"):
        progress_of(Measure(done=Decimal(1), estimate=Decimal(0)))
    assert 0 == loss_provision(Decimal(100), Decimal(90), recognised=Decimal(50), cost=Decimal(45))


@pytest.mark.req(185)
def test_what_remains_decides_how_a_change_is_treated() -> None:
    """Ahead, caught up or both; at its own price and distinct it is a contract of its own (REV-6)."""
    found = [
        treatment_of(added_distinct=True, price=Decimal(1), standalone=Decimal(2), remaining=remaining)
        for remaining in Distinct
    ]

    assert [Treatment.PROSPECTIVE, Treatment.MIXED, Treatment.CATCH_UP] == found
    assert [euros("33.34"), euros("66.66")] == allocated(euros("100.00"), [Decimal("33.335"), Decimal("66.665")])


@pytest.mark.req(179, 180)
def test_posted_periods_and_broken_chains_are_refused() -> None:
    """Nothing is planned anew when all is posted; a period that opens elsewhere than the last closed is named."""
    posted = RevenuePeriod(period="2026-01", amount=Decimal(1), posted=True)
    periods = [
        RollForward(period="2026-01", opening=Decimal(0), billed=Decimal(10), closing=Decimal(10)),
        RollForward(
            period="2026-02", opening=Decimal(9), recognised=Decimal(4), exchange=Decimal(1), closing=Decimal(6)
        ),
    ]

    assert ["2026-02 opens at 9, 2026-01 closed at 10"] == unrolled(periods)
    with pytest.raises(ValueError, match="every period is posted"):
        replanned([posted], Decimal(2), "EUR")
