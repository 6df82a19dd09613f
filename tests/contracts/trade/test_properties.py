"""What holds for every invented split, document, conversion and schedule."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.canonical.documents import DocumentLine, ExchangeRecord, QuotedRate, RateDirection, TaxCategory
from contracts.canonical.money import Money, quantum
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.documents import computed, credited, untied
from contracts.canonical.trade.exchange import convert, exchange_difference, found_rate
from contracts.canonical.trade.hours import TimeEntry, TimePolicy, TimeSpan, added_up, rounded_hours
from contracts.canonical.trade.receivables import within_limit
from contracts.canonical.trade.recognition import Measure, RollForward, balance, by_progress, standing, unrolled
from contracts.canonical.trade.schedules import RevenuePeriod, replanned, straight_line
from contracts.canonical.trade.sharing import equally, to_owner

pytestmark = [pytest.mark.properties]

START = dt.date(2026, 1, 1)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
MODES = st.sampled_from(list(Rounding))
AMOUNTS = st.decimals(-1_000_000, 1_000_000, places=2)
ENOUGH = settings(max_examples=60, deadline=None)


@st.composite
def money(draw: st.DrawFn) -> Money:
    currency = draw(CURRENCIES)
    return Money(amount=draw(st.integers(-(10**9), 10**9)) * quantum(currency), currency=currency)


@st.composite
def lines(draw: st.DrawFn) -> list[DocumentLine]:
    return [
        DocumentLine(
            line_id=str(number),
            quantity=draw(st.decimals(-100, 100, places=4)),
            rate=draw(st.decimals(0, 1000, places=6)),
            allowance=draw(st.decimals(0, 10, places=2)),
            category=draw(st.sampled_from([TaxCategory.STANDARD, TaxCategory.REVERSE_CHARGE])),
            tax_percent=draw(st.sampled_from([Decimal(0), Decimal(7), Decimal(19), Decimal("8.875")])),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


def exchange(rate: Decimal, from_currency: str, to_currency: str) -> ExchangeRecord:
    quoted = QuotedRate(from_currency=from_currency, to_currency=to_currency, rate=rate, starts_on=START)
    return found_rate([quoted], from_currency, to_currency, on=START, via=to_currency)


RATES = st.decimals("0.01", 200, places=6)


@pytest.mark.req(164)
@given(whole=money(), weights=st.lists(st.integers(0, 1000).map(Decimal), min_size=1, max_size=9), data=st.data())
@ENOUGH
def test_a_split_sums_to_its_whole(whole: Money, weights: list[Decimal], data: st.DataObject) -> None:
    """Equal parts and parts with an owner sum to the whole, credits included, in whole minor units (MON-5)."""
    weights = [*weights, Decimal(1)]
    owner = data.draw(st.integers(0, len(weights) - 1))
    for parts in (equally(whole, len(weights)), to_owner(whole, weights, owner=owner)):
        assert whole.amount == sum(part.amount for part in parts)
        assert all(part.amount % quantum(whole.currency) == 0 for part in parts)


@pytest.mark.req(164)
@given(whole=money(), count=st.integers(1, 9))
@ENOUGH
def test_equal_parts_differ_by_one_unit_at_most(whole: Money, count: int) -> None:
    """Largest remainder never favours a part by more than one minor unit (MON-5)."""
    amounts = [part.amount for part in equally(whole, count)]

    assert max(amounts) - min(amounts) <= quantum(whole.currency)


@pytest.mark.req(164, 310)
@given(drawn=lines(), currency=CURRENCIES, mode=MODES, prepaid=AMOUNTS, rate=RATES)
@ENOUGH
def test_a_document_ties_exactly(
    drawn: list[DocumentLine], currency: str, mode: Rounding, prepaid: Decimal, rate: Decimal
) -> None:
    """Lines, groups and totals tie without tolerance, in the document's and the seller's currency (MON-3, MON-4)."""
    document = computed(drawn, currency, mode=mode, prepaid=prepaid, exchange=exchange(rate, currency, "USD"))

    assert [] == untied(document)
    assert document.entity_gross == sum((group.entity_base or 0) + (group.entity_tax or 0) for group in document.groups)
    assert untied(replace(document, gross=document.gross + 1)) != []


@pytest.mark.req(164, 310)
@given(drawn=lines(), currency=CURRENCIES, mode=MODES, rate=RATES)
@ENOUGH
def test_a_full_credit_and_its_original_are_nothing(
    drawn: list[DocumentLine], currency: str, mode: Rounding, rate: Decimal
) -> None:
    """Line, tax group, document and the seller's currency all come to zero, whether mirrored or computed (MON-7)."""
    record = exchange(rate, currency, "USD")
    original = computed(drawn, currency, mode=mode, exchange=record)
    credit = credited(original)

    assert [0] * len(drawn) == [a.net + b.net for a, b in zip(original.lines, credit.lines, strict=True)]
    for ours, theirs in zip(original.groups, credit.groups, strict=True):
        assert [0, 0] == [ours.base + theirs.base, ours.tax + theirs.tax]
        assert (0, 0) == (
            (ours.entity_base or 0) + (theirs.entity_base or 0),
            (ours.entity_tax or 0) + (theirs.entity_tax or 0),
        )
    assert 0 == original.payable + credit.payable == original.gross + credit.gross
    assert 0 == (original.entity_gross or 0) + (credit.entity_gross or 0)
    turned = [each.line for each in credit.lines]
    assert credit == computed(turned, currency, mode=mode, exchange=record)


@pytest.mark.req(164, 165)
@given(whole=money(), rate=RATES, mode=MODES)
@ENOUGH
def test_a_conversion_can_be_done_again_from_its_record(whole: Money, rate: Decimal, mode: Rounding) -> None:
    """The record names its rates, gives the same amount again, and a payment at the same rate gains nothing (MON-6)."""
    record = exchange(rate, whole.currency, "USD")
    done = convert(whole, record, mode=mode)
    minus = convert(Money(amount=-whole.amount, currency=whole.currency), record, mode=mode)

    assert (RateDirection.DIRECT, [rate]) == (record.direction, [leg.rate for leg in record.legs])
    assert done == convert(done.source, done.record, mode=mode)
    assert 0 == done.result.amount % quantum("USD")
    assert 0 == done.result.amount + minus.result.amount
    assert 0 == exchange_difference(whole, booked=record, paid=record).amount


@pytest.mark.req(179)
@given(total=AMOUNTS, again=AMOUNTS, count=st.integers(2, 24), data=st.data())
@ENOUGH
def test_a_schedule_sums_to_its_price(total: Decimal, again: Decimal, count: int, data: st.DataObject) -> None:
    """A plan and its re-plan sum to their totals, and what was posted does not change (REV-9)."""
    plan = straight_line(total, [(f"{number:02}", Decimal(1)) for number in range(count)], "EUR")
    through = data.draw(st.integers(0, count - 1))
    posted = [replace(each, posted=number < through) for number, each in enumerate(plan)]
    fresh: list[RevenuePeriod] = replanned(posted, again, "EUR")

    assert total == sum(each.amount for each in plan)
    assert again == sum(each.amount for each in fresh)
    assert posted[:through] == fresh[:through]


@pytest.mark.req(180)
@given(steps=st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 500)), min_size=1, max_size=8))
@ENOUGH
def test_a_roll_forward_closes_where_the_contract_stands(steps: list[tuple[int, int]]) -> None:
    """Opening, billed and recognised lead to the standing of every period; a wrong closing is found (REV-8)."""
    price, estimate = Decimal(10_000), Decimal(sum(cost for cost, _ in steps) + 100)
    done = billed = earned = opening = Decimal(0)
    periods = []
    for number, (cost, bill) in enumerate(steps):
        done, billed = done + cost, billed + bill
        found = by_progress(price, Measure(done=done, estimate=estimate), "EUR", before=earned)
        earned = found.cumulative
        shown = standing(recognised=earned, billed=billed, only_time_must_pass=False)
        periods.append(
            RollForward(
                period=str(number),
                opening=opening,
                billed=Decimal(bill),
                recognised=found.period,
                closing=balance(shown),
            )
        )
        opening = periods[-1].closing
        assert 1 >= sum(bool(each) for each in (shown.receivable, shown.contract_asset, shown.contract_liability))

    assert [] == unrolled(periods)
    assert [] != unrolled([*periods[:-1], replace(periods[-1], closing=opening + 1)])


@pytest.mark.req(166)
@given(minutes=st.lists(st.integers(1, 900), min_size=1, max_size=12), span=st.sampled_from(list(TimeSpan)))
@ENOUGH
def test_rounded_time_keeps_what_was_entered(minutes: list[int], span: TimeSpan) -> None:
    """Raw hours sum to what was entered, rounded ones are whole increments, a reversal is exactly minus (MON-9)."""
    policy = TimePolicy(increment=Decimal("0.25"), span=span)
    entries = [
        TimeEntry(
            entry_id=str(number),
            person_id="ada",
            project_id="p",
            worked_on=START + dt.timedelta(days=number * 11),
            hours=Decimal(each) / 100,
        )
        for number, each in enumerate(minutes)
    ]
    found = added_up(list(reversed(entries)), policy)

    assert sum(entry.hours for entry in entries) == sum(each.raw_hours for each in found)
    assert all(each.hours % policy.increment == 0 for each in found)
    assert [-each.hours for each in found] == [rounded_hours(-each.raw_hours, policy) for each in found]


@pytest.mark.req(164)
@given(limit=st.integers(0, 5000), orders=st.lists(st.integers(0, 2000).map(Decimal), max_size=20))
@ENOUGH
def test_a_limit_is_never_exceeded(limit: int, orders: list[Decimal]) -> None:
    """What is accepted stays within the limit, and whatever is refused would not have fitted."""
    used = Decimal(0)
    for decision in within_limit(Decimal(limit), orders):
        assert decision.accepted == (used + decision.amount <= limit)
        used += decision.amount if decision.accepted else 0
        assert limit - used == decision.left >= 0
