"""How bills stand on an opportunity: only what differs is written, exact to the last digit, in the deal's currency."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from contracts.system.crm import Crm
from system_apis.salesforce import billing, wire
from tests.system_apis.salesforce.org import Org

pytestmark = pytest.mark.req(168)


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


REPORT = BillingReport(
    state=BillingState.INVOICED,
    invoiced=money("12345678901.23"),
    open=money("0.10"),
    last_document="2027-0001",
    as_of=dt.date(2027, 1, 31),
)


def writes(org: Org) -> int:
    return sum(call["method"] == "PATCH" for call in org.sandbox.calls)


def row(org: Org, deal: str) -> dict[str, Any]:
    (found,) = (one for one in org.sandbox.dump()["Opportunity"] if one["Id"] == deal)
    return dict(found)


async def test_a_report_is_written_once_and_moves_the_feed_once(live: Org, crm: Crm) -> None:
    """To the cent; a repetition writes nothing, so that no reader of changes wakes for it."""
    deal = await live.deal(CurrencyIsoCode="EUR")
    start = (await crm.opportunity_changes()).cursor
    live.sandbox.advance(60)
    await crm.report_billing(opportunity_id=deal, body=REPORT)
    woken = await crm.opportunity_changes(cursor=start)
    live.sandbox.advance(60)
    told = await crm.report_billing(opportunity_id=deal, body=REPORT)
    asleep = await crm.opportunity_changes(cursor=woken.cursor)

    assert REPORT == told == await crm.billing(opportunity_id=deal)
    assert 1 == writes(live)
    assert ([deal], []) == ([change.opportunity_id for change in woken.changes], asleep.changes)


async def test_what_is_no_longer_so_is_emptied(live: Org, crm: Crm) -> None:
    """A report without document and day takes both away; delivery's own fields stay as they were."""
    deal = await live.deal(CurrencyIsoCode="EUR", Delivery_Status__c="Ready", Sluice_Case__c="case-1")
    await crm.report_billing(opportunity_id=deal, body=REPORT)
    nothing = BillingReport(state=BillingState.UNBILLED, invoiced=money("0.00"), open=money("0.00"))
    await crm.report_billing(opportunity_id=deal, body=nothing)
    stands = row(live, deal)

    assert nothing == await crm.billing(opportunity_id=deal)
    assert (None, None) == (stands["Billing_Document__c"], stands["Billing_As_Of__c"])
    assert "case-1" == (await crm.delivery(opportunity_id=deal)).case_id


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"invoiced": money("1.00", "GBP")}, "billing_currency"),
        ({"open": money("1.00", "GBP")}, "billing_currency"),
        ({"open": money("0.001")}, "fraction_of_cent"),
    ],
)
async def test_an_amount_that_the_deal_cannot_state_is_refused(
    live: Org, crm: Crm, change: dict[str, Any], code: str
) -> None:
    """Another currency, or less than a cent: nothing is written, nothing is rounded."""
    deal = await live.deal(CurrencyIsoCode="EUR")
    with pytest.raises(Problem) as refused:
        await crm.report_billing(opportunity_id=deal, body=replace(REPORT, **change))

    assert (Kind.INVALID, code, [*change]) == (
        refused.value.kind,
        refused.value.code,
        [error.pointer for error in refused.value.errors],
    )
    assert 0 == writes(live)


async def test_a_deal_that_is_not_there_has_no_bills(crm: Crm) -> None:
    """Neither to read nor to write."""
    for call in (crm.billing(opportunity_id="006J50000000099"), crm.report_billing(opportunity_id="x", body=REPORT)):
        with pytest.raises(Problem) as refused:
            await call
        assert (Kind.NOT_FOUND, "opportunity_not_found") == (refused.value.kind, refused.value.code)


def test_three_decimals_are_kept() -> None:
    """A dinar has a thousand fils: the report of such a deal differs in nothing from what was read of it."""
    standing = wire.Billing(
        id="1", currency="KWD", status="Paid", invoiced=Decimal("12.345"), open=Decimal("0.0"), as_of="2027-01-31"
    )
    told = billing.report(standing)

    assert told is not None
    assert (money("12.345", "KWD"), "0.000") == (told.invoiced, str(told.open.amount))
    assert {} == billing.differences(standing, told)
