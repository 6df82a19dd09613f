"""How a price is found, what keeps a list from being written, and what a price has to say for itself."""

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.pricing import (
    DailyLimit,
    ListFault,
    Price,
    PriceList,
    PriceQuery,
    RateMarkup,
    RateOverride,
    RateRow,
    RateScope,
)
from contracts.canonical.rates import RateCard, RateEntry
from contracts.canonical.trade.lists import faults_among, faults_of, price_list_of
from contracts.canonical.trade.margins import RepriceWay, Repricing, margin_of, repricing
from contracts.canonical.trade.rating import price_of

START, MIDDLE, END = dt.date(2026, 1, 1), dt.date(2026, 7, 1), dt.date(2027, 1, 1)
ROW = RateRow(row_id="role", rate=Decimal(100), starts_on=START, role="architect")
ROWS = [
    ROW,
    replace(ROW, row_id="region", rate=Decimal(110), region="DE"),
    replace(ROW, row_id="lender", rate=Decimal(120), company_id="NW-DE", unit_id="cloud"),
    replace(ROW, row_id="person", rate=Decimal(130), role=None, person_id="ada"),
]
LIST = PriceList(list_id="l", name="List", currency="EUR", starts_on=START, ends_before=END, rows=ROWS)
EVERYTHING = PriceQuery(
    currency="EUR",
    worked_on=MIDDLE,
    person_id="ada",
    role="architect",
    company_id="NW-DE",
    unit_id="cloud",
    region="DE",
    hours=Decimal(8),
)


@pytest.mark.req(159)
def test_the_nearest_row_wins() -> None:
    """Person over role with company and unit, over role with region, over role (RAT-2)."""
    queries = [
        EVERYTHING,
        replace(EVERYTHING, person_id="bob"),
        replace(EVERYTHING, person_id="bob", unit_id="data"),
        replace(EVERYTHING, person_id="bob", unit_id="data", region="FR"),
    ]

    assert ["person", "lender", "region", "role"] == [price_of(query, [LIST]).row_id for query in queries]


@pytest.mark.req(159, 158)
def test_the_trace_tells_of_every_candidate_and_why_it_lost() -> None:
    """Another currency, another day, a farther row: each is named with its reason (RAT-2)."""
    dollars = replace(LIST, list_id="usd", currency="USD")
    old = replace(LIST, list_id="old", starts_on=dt.date(2025, 1, 1), ends_before=START)
    price = price_of(replace(EVERYTHING, person_id="bob"), [dollars, old, LIST])
    told = [(each.candidate_id, each.taken, each.reason) for each in price.trace]

    assert [
        ("l", True, "it is in EUR and holds on 2026-07-01"),
        ("old", False, "it does not hold on 2026-07-01"),
        ("usd", False, "it is in USD, not in EUR"),
        ("person", False, "its person is ada, not bob"),
        ("lender", True, "it is for company NW-DE and unit cloud and role architect and holds on 2026-07-01"),
        (
            "region",
            False,
            "row lender is nearer: it is for company NW-DE and unit cloud and role architect, "
            "this one for region DE and role architect",
        ),
        (
            "role",
            False,
            "row lender is nearer: it is for company NW-DE and unit cloud and role architect, "
            "this one for role architect",
        ),
    ] == told


@pytest.mark.req(159)
def test_contract_leads_quote_leads_customer_leads_everybody() -> None:
    """The scope decides before the date: a later override for everybody does not reach the contract's (RAT-3)."""
    overrides = [
        RateOverride(
            override_id=scope.value,
            row_id="role",
            rate=Decimal(200 + number),
            starts_on=START + dt.timedelta(days=number),
            scope=scope,
            scope_id=None if scope is RateScope.UNSCOPED else "A",
        )
        for number, scope in enumerate(RateScope)
    ]
    prices = replace(LIST, rows=[ROW], overrides=overrides)
    query = PriceQuery(currency="EUR", worked_on=MIDDLE, role="architect")
    queries = [
        replace(query, contract_id="A", quote_id="A", customer_id="A"),
        replace(query, contract_id="B", quote_id="A", customer_id="A"),
        replace(query, contract_id="B", quote_id="B", customer_id="A"),
        query,
    ]

    assert [] == faults_of(prices)
    assert ["contract", "quote", "customer", "unscoped"] == [price_of(each, [prices]).override_id for each in queries]


@pytest.mark.req(158, 167)
@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"role": "cook"}, "List has no rate on 2026-07-01 for role cook."),
        ({"worked_on": END}, "No price list in EUR holds on 2027-01-01."),
        ({"currency": "GBP"}, "No price list in GBP holds on 2026-07-01."),
        ({"markups": ["overtime"]}, "List has no markup on 2026-07-01 for overtime."),
    ],
)
def test_no_rate_is_not_a_rate_of_nothing(change: dict[str, object], detail: str) -> None:
    """Work that nothing prices carries RATE_MISSING and no amount (RAT-5)."""
    query = replace(PriceQuery(currency="EUR", worked_on=MIDDLE, role="architect"), **change)
    price = price_of(query, [LIST])

    assert ("RATE_MISSING", detail, None, None) == (price.code, price.detail, price.rate, price.amount)


@pytest.mark.req(159)
def test_markups_add_up_and_the_daily_limit_holds_back_hours() -> None:
    """Half for overtime and a tenth for nights are of the base; a person's own limit leads everybody's (RAT-6)."""
    prices = replace(
        LIST,
        rows=[ROW],
        markups=[
            RateMarkup(code="overtime", percent=Decimal(50), starts_on=START),
            RateMarkup(code="night", percent=Decimal(10), starts_on=START),
            RateMarkup(code="travel", percent=Decimal(-50), starts_on=START),
        ],
        limits=[
            DailyLimit(limit_id="all", starts_on=START, max_hours=Decimal(8)),
            DailyLimit(
                limit_id="ada", starts_on=START, person_id="ada", max_hours=Decimal(10), multiplier=Decimal("1.5")
            ),
        ],
    )
    query = replace(EVERYTHING, hours=Decimal(6), hours_before=Decimal(5), markups=["overtime", "night"])
    ada, bob = price_of(query, [prices]), price_of(replace(query, person_id="bob"), [prices])

    assert [] == faults_of(prices)
    assert [240, 5, 1, 1200] == [ada.rate, ada.hours, ada.over_hours, ada.amount]
    assert [160, 3, 3, 480] == [bob.rate, bob.hours, bob.over_hours, bob.amount]
    assert 0 == price_of(replace(query, hours_before=Decimal(12)), [prices]).amount


@pytest.mark.req(159)
def test_every_fault_of_a_list_is_named_at_once() -> None:
    """Gap, overlap, dates outside the list, strangers and doubles come back together (RAT-3, RAT-4)."""
    first = replace(ROW, row_id="a", ends_before=dt.date(2026, 3, 1))
    override = RateOverride(override_id="o", row_id="a", rate=Decimal(1), starts_on=START)
    broken = replace(
        LIST,
        rows=[
            first,
            replace(first, row_id="b", starts_on=dt.date(2026, 4, 1), ends_before=MIDDLE),
            replace(first, row_id="c", starts_on=dt.date(2026, 6, 1), ends_before=dt.date(2027, 6, 1)),
        ],
        overrides=[
            override,
            replace(override, override_id="p"),
            replace(override, override_id="q", starts_on=MIDDLE, scope=RateScope.CONTRACT),
            replace(override, override_id="r", row_id="z"),
        ],
    )

    assert [
        ListFault(about="override p", detail="overlaps override o: same row, scope and first day"),
        ListFault(about="override q", detail="begins outside the dates of row a"),
        ListFault(about="override q", detail="its scope contract and its scope id do not agree"),
        ListFault(about="override r", detail="there is no row z"),
        ListFault(about="row b", detail="leaves a gap from 2026-03-01 up to 2026-04-01"),
        ListFault(about="row c", detail="lies outside the dates of the list"),
        ListFault(about="row c", detail="overlaps row b"),
    ] == faults_of(broken)


@pytest.mark.req(159)
def test_two_lists_of_one_day_and_currency_are_refused() -> None:
    """They are named when they are written, and never chosen between (RAT-1)."""
    rival = replace(LIST, list_id="m", starts_on=MIDDLE, rows=[])

    assert [ListFault(about="list m", detail="overlaps list l")] == faults_among([LIST, rival])
    with pytest.raises(ValueError, match="more than one list in EUR holds on 2026-07-01: l, m"):
        price_of(EVERYTHING, [rival, LIST])


@pytest.mark.req(159)
def test_a_rate_card_becomes_a_price_list() -> None:
    """Entries hold until the next of their role and country; two of one day are named as an overlap."""
    entry = RateEntry(role="architect", country="DE", hourly_rate=Decimal(100), effective_from=START)
    later = RateEntry(role="architect", country="DE", hourly_rate=Decimal(120), effective_from=MIDDLE)
    twin = RateEntry(role="architect", country="DE", hourly_rate=Decimal(130), effective_from=MIDDLE)
    prices = price_list_of(RateCard(name="Card", currency="EUR", entries=[later, entry]), list_id="c")
    query = PriceQuery(currency="EUR", worked_on=MIDDLE, role="architect", region="DE")
    before = replace(query, worked_on=MIDDLE - dt.timedelta(days=1))

    assert [] == faults_of(prices)
    assert [100, 120] == [price_of(each, [prices]).rate for each in (before, query)]
    doubled = price_list_of(RateCard(name="Card", currency="EUR", entries=[entry, later, twin]), list_id="c")
    assert [ListFault(about="row c-3", detail="overlaps row c-2")] == faults_of(doubled)
    with pytest.raises(ValueError, match="has no entry"):
        price_list_of(RateCard(name="Empty", currency="EUR", entries=[]), list_id="c")


@pytest.mark.req(316)
def test_margin_counts_hours_that_nobody_pays_for() -> None:
    """6 of 8 hours billed at 100 against a cost of 60: 600 less 480 (RAT-7)."""
    price = price_of(replace(EVERYTHING, hours=Decimal(6)), [replace(LIST, rows=[ROW])])

    assert 120 == margin_of(price, worked_hours=Decimal(8), cost_rate=Decimal(60))


@pytest.mark.req(184)
def test_a_changed_price_reverses_what_is_unbilled_and_credits_what_is_billed() -> None:
    """Nothing is changed in place; without a price any more the work is held (RAT-8)."""
    before = price_of(EVERYTHING, [replace(LIST, rows=[ROW])])
    after = price_of(EVERYTHING, [replace(LIST, rows=[replace(ROW, rate=Decimal(110))])])
    gone = Price(currency="EUR", code="RATE_MISSING")

    assert Repricing(way=RepriceWay.REVERSE_AND_REPLACE, reversal=Decimal(-800), replacement=Decimal(880)) == repricing(
        before, after, billed=False
    )
    assert RepriceWay.CREDIT_AND_REBILL == repricing(before, after, billed=True).way
    assert RepriceWay.NOTHING == repricing(before, before, billed=True).way
    assert RepriceWay.HOLD == repricing(before, gone, billed=False).way
