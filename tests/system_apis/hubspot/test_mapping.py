"""From rows of strings to the business's nouns, without any I/O."""

import datetime as dt
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import pytest

from contracts.canonical.deal import (
    BillingFrequency,
    CapBehaviour,
    DealKind,
    DeliveryReport,
    DeliveryState,
    Opportunity,
)
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from system_apis.hubspot import mapping, wire
from system_apis.hubspot.values import last_day, months

pytestmark = pytest.mark.req(34, 62)

T = TypeVar("T")
BERLIN = ZoneInfo("Europe/Berlin")
DEAL = {"dealname": "Deal", "closedate": "2026-11-20T12:00:00.000Z", "createdate": "2026-11-01T00:00:00.000Z"}


def row(kind: type[T], row_id: str, **properties: str | None) -> Any:
    """A row as it comes from the wire."""
    body = msgspec.json.encode({"id": row_id, "properties": {**properties, "unheard_of": "x"}, "archived": False})
    return msgspec.json.decode(body, type=wire.Row[kind])  # type: ignore[valid-type]  # msgspec takes it as a value


def read(deal: dict[str, str | None] | None = None, **parts: Any) -> Opportunity:
    """A deal, read in an account of euros in Berlin."""
    told = mapping.Parts(deal=row(wire.Deal, "1", **{**DEAL, **(deal or {})}), **parts)
    found = mapping.Reader(currency="EUR", zone=BERLIN).opportunity(told)
    assert found == msgspec.json.decode(msgspec.json.encode(found), type=Opportunity)
    return found


def one_line(**properties: str | None) -> tuple[Any, list[str]]:
    """The one line of a deal, and the properties that are at fault."""
    found = read(lines=[row(wire.Line, "7", **properties)])
    return found.lines[0], [gap.field for gap in found.gaps]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-19T23:30:00.000Z", dt.date(2026, 11, 20)),
        ("1795129200000", dt.date(2026, 11, 20)),
        ("2026-11-20", dt.date(2026, 11, 20)),
        ("2026-11-19T22:30:00Z", dt.date(2026, 11, 19)),
    ],
)
def test_a_close_date_is_a_day_where_the_account_is(text: str, expected: dt.date) -> None:
    """In milliseconds or ISO, a moment is the day that it was there."""
    assert expected == read({"closedate": text}).closed_on


def test_what_sales_left_empty_is_told_and_not_made_up() -> None:
    """A bare deal: no customer, no amount; the day on which it was created stands in for a close date, as a gap."""
    bare = read({"closedate": None, "delivery_owner": "71", "deal_kind": "gift", "amount": ""})

    assert ("", False, dt.date(2026, 11, 1)) == (bare.customer.customer_id, bare.won, bare.closed_on)
    assert (Decimal("0.00"), "EUR", DealKind.NEW, None) == (
        bare.amount.amount,
        bare.currency,
        bare.kind,
        bare.delivery_owner,
    )
    assert ["closedate", "delivery_owner", "deal_kind"] == [gap.field for gap in bare.gaps]


def test_a_figure_is_never_a_float() -> None:
    """Every figure is the decimal of its text, with the digits of its currency, and what is finer is kept."""
    amounts = {
        text: read({"amount": text, "deal_currency_code": currency}).amount
        for text, currency in (("0.1", "EUR"), ("1.42E7", "EUR"), ("1500", "JPY"), ("0.125", "EUR"))
    }

    assert ["0.10", "14200000.00", "1500", "0.125"] == [str(money.amount) for money in amounts.values()]
    for wrong in ("a lot", "NaN", "Infinity"):
        with pytest.raises(Problem) as refused:
            read({"amount": wrong})
        assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (refused.value.kind, refused.value.code)


@pytest.mark.parametrize(
    ("recurs", "term", "amount", "gaps", "frequency"),
    [
        ("monthly", "P12M", "1200.00", [], BillingFrequency.MONTHLY),
        ("quarterly", "P2Y", "800.00", [], BillingFrequency.QUARTERLY),
        ("annually", "P36M", "300.00", [], BillingFrequency.YEARLY),
        (None, "P12M", "100.00", [], None),
        ("annually", "P18M", "100.00", ["hs_recurring_billing_period"], BillingFrequency.YEARLY),
        ("monthly", None, "100.00", ["hs_recurring_billing_period"], BillingFrequency.MONTHLY),
        ("weekly", "P12M", "100.00", ["hs_recurring_billing_period"], None),
    ],
)
def test_a_recurring_line_comes_to_its_whole_term(
    recurs: str | None, term: str | None, amount: str, gaps: list[str], frequency: BillingFrequency | None
) -> None:
    """The vendor states one period; the contract is all of them, and a term that is none is named."""
    line, faults = one_line(amount="100", recurringbillingfrequency=recurs, hs_recurring_billing_period=term)

    assert (Decimal(amount), gaps, frequency) == (line.amount.amount, faults, line.frequency)


def test_a_term_ends_the_day_before_it_would_begin_anew() -> None:
    """Whole months, also over years and from days that other months lack."""
    line, _ = one_line(
        amount="1",
        recurringbillingfrequency="monthly",
        hs_recurring_billing_period="P24M",
        hs_recurring_billing_start_date="2027-03-01",
    )
    assert (dt.date(2027, 3, 1), dt.date(2029, 2, 28)) == (line.starts_on, line.ends_on)
    assert dt.date(2027, 2, 27) == last_day(dt.date(2027, 1, 31), of_months=1)
    assert dt.date(2027, 12, 31) == last_day(dt.date(2027, 1, 1), of_months=12)
    assert [12, 24, None, None] == [months(text) for text in ("P12M", "P2Y", "P30D", None)]


def test_a_line_may_be_billed_otherwise_than_it_is_sold() -> None:
    """An amount in another currency, a cap, a seller and a tax code of its own; half of a pair is named."""
    line, faults = one_line(
        amount="100",
        billing_amount="109.5",
        billing_currency="USD",
        cap_amount="120",
        cap_behaviour="trim",
        legal_entity="SG-US",
        tax_code="EXPORT-0",
        delivery_country="us",
    )
    assert [] == faults
    assert Money(amount=Decimal("109.50"), currency="USD") == line.amount
    assert Money(amount=Decimal("100.00"), currency="EUR") == line.deal_value
    assert (Decimal("120.00"), CapBehaviour.TRIM) == (line.cap.amount.amount, line.cap.behaviour)
    assert ("SG-US", "EXPORT-0", None) == (line.legal_entity_id, line.tax_code, line.country)
    assert ["billing_currency"] == one_line(amount="1", billing_amount="1")[1]
    assert ["hs_line_item_currency_code", "billing_method"] == one_line(
        amount="1", hs_line_item_currency_code="USD", billing_method="barter"
    )[1]


def test_what_cannot_be_read_is_named_beside_the_rest() -> None:
    """A milestone of no line, a rate without a country, a need without an end; what is whole arrives."""
    found = read(
        lines=[row(wire.Line, "7", name="Work", amount="1")],
        milestones=[
            row(wire.Milestone, "20", name="Late", share="60", due_on="2027-02-01"),
            row(wire.Milestone, "21", name="Early", share="40.0", due_on="2027-01-01"),
            row(wire.Milestone, "22", name="Lost"),
            row(wire.Milestone, "23"),
        ],
        rates=[
            row(wire.Rate, "30", role="Engineer", country="DE", hourly_rate="120.50", effective_from="2026-12-01"),
            row(wire.Rate, "31", role="Engineer", country="Germany", hourly_rate="1", effective_from="2026-12-01"),
            row(wire.Rate, "32", role="E", country="US", hourly_rate="9", effective_from="2026-12-01", currency="USD"),
        ],
        needs=[row(wire.Need, "40", role="Engineer", country="DE", hours="8", starts_on="2027-01-04")],
        line_of={"20": "7", "21": "7", "23": "7", "22": "99"},
    )

    assert [("Early", Decimal(40)), ("Late", Decimal(60))] == [(p.name, p.percent) for p in found.lines[0].milestones]
    assert {"EUR": [Decimal("120.5")], "USD": [Decimal(9)]} == {
        card.currency: [entry.hourly_rate for entry in card.entries] for card in found.rate_cards
    }
    assert [] == found.staffing
    assert {
        ("milestone 22", "line_items"),
        ("milestone 23", "name"),
        ("rate 31", "country"),
        ("staffing need 40", "ends_on"),
    } == {(gap.record, gap.field) for gap in found.gaps}


def test_the_buyer_is_the_primary_company_or_the_only_one() -> None:
    """The one with the label is billed; two companies without a primary one name nobody."""

    def link(number: int, *labels: tuple[str, int, str | None]) -> wire.Link:
        types = [wire.LinkSpec(category=category, type_id=type_id, label=label) for category, type_id, label in labels]
        return wire.Link(id=number, types=types)

    plain, payer = ("HUBSPOT_DEFINED", 341, None), ("USER_DEFINED", 5, "Bill to")
    first = ("HUBSPOT_DEFINED", 5, "Primary")

    def buyer(*links: wire.Link) -> tuple[str | None, str | None]:
        return mapping.primary(links, bill_to_label="Bill to")

    assert ("1", "2") == buyer(link(2, payer, plain), link(1, first, plain), link(3, plain))
    assert ("1", "2") == buyer(link(1, plain), link(2, payer, plain))
    assert ("1", "1") == buyer(link(1, first, payer, plain))
    assert (None, None) == buyer(link(1, plain), link(2, plain))


def test_a_report_comes_back_as_it_went_and_only_what_differs_is_set() -> None:
    """The write-back knows its own words, and an untouched deal has no report."""
    report = DeliveryReport(state=DeliveryState.READY, case_id="c", erp_project_id="8", note="n")
    values = mapping.differences(wire.Delivery(), report)

    standing = msgspec.json.decode(msgspec.json.encode(values), type=wire.Delivery)
    assert report == mapping.report(standing)
    assert {} == mapping.differences(standing, report)
    assert None is mapping.report(wire.Delivery())
    assert None is mapping.report(wire.Delivery(state="elsewhere", case_id="c"))
