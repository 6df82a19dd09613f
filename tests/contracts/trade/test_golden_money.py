"""The worked numbers of the rules of the trade, for amounts and what is owed."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.documents import DocumentLine, QuotedRate, TaxCategory
from contracts.canonical.money import Money
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.documents import computed, untied
from contracts.canonical.trade.exchange import found_rate
from contracts.canonical.trade.expenses import charge_of
from contracts.canonical.trade.receivables import days_outstanding, late_charge, within_limit
from contracts.canonical.trade.rounding import CutSide, cut, out_of_gross
from contracts.canonical.trade.sharing import equally
from contracts.canonical.trade.subscriptions import PriceStep, segments

pytestmark = pytest.mark.golden


@pytest.mark.req(164)
def test_g16_parts_sum_to_the_whole() -> None:
    """G16: 100.00 to three, 1,000 JPY to three, 10.000 KWD to three, 0.05 to two."""

    def parts(amount: str, currency: str, count: int) -> list[str]:
        return [str(part.amount) for part in equally(Money(amount=Decimal(amount), currency=currency), count)]

    assert ["33.34", "33.33", "33.33"] == parts("100.00", "EUR", 3)
    assert ["334", "333", "333"] == parts("1000", "JPY", 3)
    assert ["3.334", "3.333", "3.333"] == parts("10.000", "KWD", 3)
    assert ["0.03", "0.02"] == parts("0.05", "EUR", 2)


@pytest.mark.req(164, 310)
def test_g17_tax_is_of_the_sum_of_the_cut_lines() -> None:
    """G17: three lines of 10.005 at 19 per cent: 10.01 each, net 30.03, tax 5.71."""
    lines = [
        DocumentLine(
            line_id=str(number),
            quantity=Decimal(1),
            rate=Decimal("10.005"),
            category=TaxCategory.STANDARD,
            tax_percent=Decimal(19),
        )
        for number in range(3)
    ]
    document = computed(lines, "EUR")

    assert [Decimal("10.01")] * 3 == [each.net for each in document.lines]
    assert ("30.03", "5.71", "35.74") == (str(document.net), str(document.tax), str(document.gross))
    assert [] == untied(document)


@pytest.mark.req(164)
def test_g19_halves_go_by_the_mode() -> None:
    """G19: 2.675 and 2.665 are 2.68 and 2.67 half up, 2.68 and 2.66 half even; minus them likewise."""
    halves = [Decimal("2.675"), Decimal("2.665")]

    def cuts(mode: Rounding, sign: int = 1) -> list[str]:
        return [str(cut(sign * half, "EUR", mode=mode)) for half in halves]

    assert ["2.68", "2.67"] == cuts(Rounding.HALF_UP)
    assert ["2.68", "2.66"] == cuts(Rounding.HALF_EVEN)
    assert ["-2.68", "-2.67"] == cuts(Rounding.HALF_UP, -1)
    assert ["-2.68", "-2.66"] == cuts(Rounding.HALF_EVEN, -1)


@pytest.mark.req(161, 162)
def test_g34_a_new_price_is_a_new_segment() -> None:
    """G34: 1,200 a year at 100 a month, 150 from 1 July: 600 and 900."""
    steps = [
        PriceStep(starts_on=dt.date(2026, 1, 1), monthly_price=Decimal(100)),
        PriceStep(starts_on=dt.date(2026, 7, 1), monthly_price=Decimal(150)),
    ]

    def amounts(which: list[PriceStep]) -> list[Decimal]:
        found = segments(which, "EUR", starts_on=dt.date(2026, 1, 1), ends_before=dt.date(2027, 1, 1))
        return [segment.amount for segment in found]

    assert [1200] == amounts(steps[:1])
    assert [600, 900] == amounts(steps)


@pytest.mark.req(154)
def test_g42_an_expense_is_converted_marked_up_and_capped() -> None:
    """G42: 1,000 USD at 0.92 with 10 per cent is 1,012.00; a cap of 1,000 leaves 12.00 unbilled."""
    day = dt.date(2026, 6, 1)
    rate = QuotedRate(from_currency="USD", to_currency="EUR", rate=Decimal("0.92"), starts_on=day)
    charge = charge_of(
        Money(amount=Decimal(1000), currency="USD"),
        found_rate([rate], "USD", "EUR", on=day, via="EUR"),
        markup_percent=Decimal(10),
        category_left=Decimal(1000),
    )

    assert Money(amount=Decimal("920.00"), currency="EUR") == charge.cost.result
    assert Money(amount=Decimal("1012.00"), currency="EUR") == charge.value
    assert Money(amount=Decimal("1000.00"), currency="EUR") == charge.billed
    assert Money(amount=Decimal("12.00"), currency="EUR") == charge.unbilled


@pytest.mark.req(164)
def test_g43_a_gross_amount_says_which_side_is_cut() -> None:
    """G43: 2.99 including 4 per cent is 2.88 and 0.11 with the net cut, 2.87 and 0.12 with the tax cut."""
    gross, percent = Decimal("2.99"), Decimal(4)

    assert (Decimal("2.88"), Decimal("0.11")) == out_of_gross(gross, percent, "EUR", side=CutSide.NET)
    assert (Decimal("2.87"), Decimal("0.12")) == out_of_gross(gross, percent, "EUR", side=CutSide.TAX)


@pytest.mark.req(312)
def test_g45_days_outstanding_at_best_and_late() -> None:
    """G45: 450,000 receivable, 300,000 of it current, on 900,000 in 90 days: 45, 30 and 15 days."""
    found = days_outstanding(
        receivables=Decimal(450_000), current=Decimal(300_000), credit_sales=Decimal(900_000), days=90
    )

    assert [45, 30, 15] == [found.outstanding, found.best_possible, found.delinquent]


@pytest.mark.req(195)
def test_g46_interest_on_what_is_late() -> None:
    """G46: 10,000 EUR 45 days late at 2.15 and 8 per cent: 125.14 and 40.00."""
    due = dt.date(2026, 3, 31)
    paid = due + dt.timedelta(days=45)
    found = late_charge(Decimal(10_000), "EUR", due_on=due, paid_on=paid, reference_percent=Decimal("2.15"))
    in_time = late_charge(Decimal(10_000), "EUR", due_on=due, paid_on=due, reference_percent=Decimal("2.15"))

    assert [45, Decimal("125.14"), 40] == [found.days, found.interest, found.compensation]
    assert [0, 0, 0] == [in_time.days, in_time.interest, in_time.compensation]


@pytest.mark.req(164)
def test_g48_a_limit_counts_what_was_accepted() -> None:
    """G48: under a limit of 1,000 an order of 700 is accepted and a second of 500 refused; 300 still fit."""
    found = within_limit(Decimal(1000), [Decimal(700), Decimal(500), Decimal(300)])

    assert [True, False, True] == [decision.accepted for decision in found]
    assert [300, 300, 0] == [decision.left for decision in found]
