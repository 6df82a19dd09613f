"""From bytes to the business's nouns, without any I/O; the bytes were recorded from the simulated org, no real one."""

import datetime as dt
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import pytest

from contracts.canonical.deal import CapBehaviour, DeliveryReport, DeliveryState, Opportunity
from kit.force.wire import Page, columns
from system_apis.salesforce import mapping, wire
from tests.system_apis.salesforce.org import ROOM

pytestmark = pytest.mark.req(32, 62)

T = TypeVar("T")


def recorded(name: str, kind: type[T]) -> list[T]:
    """The records of an answer kept as bytes."""
    page = msgspec.json.decode((ROOM / "fixtures" / f"{name}.json").read_bytes(), type=Page)
    return [msgspec.json.decode(raw, type=kind) for raw in page.records]


def mapped(**changed: Any) -> Opportunity:
    """The recorded deal, with parts of it replaced."""
    parts: dict[str, Any] = {
        "lines": recorded("lines", wire.Line),
        "milestones": recorded("milestones", wire.Milestone),
        "rates": recorded("rates", wire.Rate),
        "needs": recorded("staffing", wire.Need),
    }
    deal = changed.pop("deal", recorded("opportunity", wire.Opportunity)[0])
    return mapping.opportunity(deal, **(parts | changed))


def test_the_recorded_deal_is_told_whole() -> None:
    """Every figure is the decimal that was on the wire, in the deal's currency."""
    deal = mapped()

    assert (Decimal("1420000.00"), "EUR") == (deal.amount.amount, deal.amount.currency)
    assert sum(line.amount.amount for line in deal.lines) == deal.amount.amount
    assert [[20, 50, 30], [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")], []] == [
        [point.percent for point in line.milestones] for line in deal.lines
    ]
    first, second = [
        entry for entry in deal.rate_cards[0].entries if (entry.role, entry.country) == ("Cloud Architect", "FR")
    ]
    assert (Decimal(195), dt.date(2026, 12, 1)) == (first.hourly_rate, first.effective_from)
    assert (Decimal(203), dt.date(2028, 1, 1)) == (second.hourly_rate, second.effective_from)
    assert deal == msgspec.json.decode(msgspec.json.encode(deal), type=Opportunity)


def test_a_figure_is_never_a_float() -> None:
    """0.1 is a tenth, and an exponent is only another way to write it."""
    line = msgspec.json.decode(b'{"Id":"00k","TotalPrice":1.42E7,"Unheard__c":{"of":1}}', type=wire.Line)
    rate = msgspec.json.decode(b'{"Id":"a01","Hourly_Rate__c":0.1}', type=wire.Rate)

    assert (Decimal(14200000), Decimal("0.1")) == (line.total_price, rate.hourly_rate)


def test_the_fields_asked_for_are_those_that_are_read() -> None:
    """The question is drawn from the struct, with parents dotted, so that the two cannot drift apart."""
    assert "Id, IsWon, SystemModstamp" == columns(wire.Change)
    assert "Product2.Name" in columns(wire.Line)
    assert "Account.Tax_Code__c" in columns(wire.Opportunity)


def test_a_line_bears_the_name_that_people_gave_it() -> None:
    """Description, then product, then what the vendor made up."""
    line = recorded("lines", wire.Line)[0]
    bare = msgspec.structs.replace(line, description=None)

    names = [
        mapped(lines=[given], milestones=[]).lines[0].name
        for given in (line, bare, msgspec.structs.replace(bare, product=None))
    ]

    assert ["Onboarding France", "Service onboarding", line.name] == names


def test_what_sales_left_empty_and_may_leave_empty_stays_empty() -> None:
    """Completeness is for the process to judge: no default is put in its place."""
    deal = recorded("opportunity", wire.Opportunity)[0]
    empty = dict.fromkeys(("legal_entity", "service_line", "delivery_owner", "statement_of_work", "rate_card"))
    bare = mapped(deal=msgspec.structs.replace(deal, **empty, amount=None), lines=[], milestones=[], rates=[], needs=[])

    assert (None, None, None, None) == (
        bare.legal_entity_id,
        bare.service_line,
        bare.delivery_owner,
        bare.statement_of_work,
    )
    assert [] == bare.rate_cards
    assert bare.customer.tax.tax_code is None
    assert Decimal(0) == bare.amount.amount


@pytest.mark.parametrize(
    ("field", "ours"),
    [
        ("billing_method", "method"),
        ("service_date", "starts_on"),
        ("end_date", "ends_on"),
        ("country", "country"),
        ("legal_entity", "legal_entity_id"),
    ],
)
def test_a_line_without_a_needed_field_is_read_without_it(field: str, ours: str) -> None:
    """Nothing is made up, and nothing keeps the rest of the deal from being read."""
    lines = recorded("lines", wire.Line)
    lines[2] = msgspec.structs.replace(lines[2], **{field: None})

    deal = mapped(lines=lines)

    assert getattr(deal.lines[2], ours) is None
    assert [] == deal.gaps


def test_what_cannot_be_read_is_named_beside_the_rest() -> None:
    """A milestone of no line, a rate without a country, a need without hours: each by the vendor's own field."""
    milestones = [msgspec.structs.replace(recorded("milestones", wire.Milestone)[0], line_id=None)]
    rates = [msgspec.structs.replace(recorded("rates", wire.Rate)[0], currency="GBP", country="Fr")]
    needs = [msgspec.structs.replace(recorded("staffing", wire.Need)[0], hours=None)]
    deal = msgspec.structs.replace(recorded("opportunity", wire.Opportunity)[0], amount=Decimal("0.001"), account=None)

    read = mapped(milestones=milestones, rates=rates, needs=needs, deal=deal)

    assert {"Line__c", "Country__c", "Hours__c"} == {gap.field for gap in read.gaps}
    assert ("", Decimal("0.001"), []) == (read.customer.customer_id, read.amount.amount, read.staffing)


def test_a_line_may_be_billed_in_another_currency_than_its_deal() -> None:
    """The vendor keeps every line in the currency of the deal: what is billed stands in fields of its own."""
    lines = recorded("lines", wire.Line)
    abroad = msgspec.structs.replace(lines[2], billing_currency="GBP", billing_amount=Decimal("850000.0"))
    halved = msgspec.structs.replace(lines[2], billing_currency="GBP")

    line = mapped(lines=[abroad], milestones=[]).lines[0]
    (gap,) = mapped(lines=[halved], milestones=[]).gaps

    assert (Decimal("850000.00"), "GBP") == (line.amount.amount, line.amount.currency)
    assert line.deal_value is not None
    assert (Decimal("1000000.00"), "EUR") == (line.deal_value.amount, line.deal_value.currency)
    assert "Billing_Amount__c" == gap.field


def test_a_cap_has_its_behaviour_or_none() -> None:
    """What becomes of work above a cap is agreed; an empty field is not an agreement."""
    line = msgspec.structs.replace(recorded("lines", wire.Line)[0], cap_amount=Decimal(90000), cap_behaviour="Trim")
    caps = [
        mapped(lines=[given], milestones=[]).lines[0].cap
        for given in (line, msgspec.structs.replace(line, cap_behaviour=None))
    ]

    assert [CapBehaviour.TRIM, None] == [cap.behaviour for cap in caps if cap is not None]


def test_a_stamp_of_the_vendor_is_a_moment_in_utc() -> None:
    """The offset has no colon."""
    change = wire.Change(id="006", won=True, stamp="2026-01-31T12:00:00.000+0000")

    assert dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC) == mapping.change(mapping.seen(change)).changed_at


@pytest.mark.parametrize("state", list(DeliveryState))
def test_a_report_comes_back_as_it_went(state: DeliveryState) -> None:
    """Every state has its word in the vendor's pick list."""
    report = DeliveryReport(state=state, case_id="case-1", erp_project_id="9", note="x")
    values = mapping.differences(wire.Delivery(id="006"), report)
    raw = msgspec.json.encode({"Id": "006", **values})

    standing = msgspec.json.decode(raw, type=wire.Delivery)

    assert report == mapping.report(standing)
    assert {} == mapping.differences(standing, report)


def test_an_untouched_deal_has_no_report() -> None:
    """Neither an empty status nor one that is not ours is a report."""
    assert mapping.report(wire.Delivery(id="006")) is None
    assert mapping.report(wire.Delivery(id="006", status="Somebody's", case_id="x")) is None
