"""How bills stand on a deal: only what differs is written, exact to the last digit, in the deal's currency."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from contracts.system.crm import Crm
from system_apis.hubspot import billing, wire
from tests.system_apis.hubspot.account import Account

pytestmark = pytest.mark.req(168)


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


REPORT = BillingReport(
    state=BillingState.INVOICED,
    invoiced=money("12345678901234567.23"),
    open=money("0.10"),
    last_document="2027-0001",
    as_of=dt.date(2027, 1, 31),
)


def writes(account: Account) -> int:
    return sum(call["method"] == "PATCH" for call in account.sandbox.calls)


async def shown(account: Account, deal: str, *names: str) -> list[str | None]:
    """Properties of a deal as the vendor keeps them."""
    path = f"/crm/v3/objects/deals/{deal}"
    properties = (await account.person.get(path, params={"properties": ",".join(names)})).json()["properties"]
    return [properties[name] for name in names]


async def test_a_report_is_written_once_and_moves_the_feed_once(account: Account, crm: Crm) -> None:
    """To the cent; a repetition writes nothing, so that no reader of changes wakes for it."""
    deal = await account.deal()
    start = (await crm.opportunity_changes()).cursor
    account.clock.advance(120)
    await crm.report_billing(opportunity_id=deal, body=REPORT)
    woken = await crm.opportunity_changes(cursor=start)
    account.clock.advance(120)
    told = await crm.report_billing(opportunity_id=deal, body=REPORT)
    asleep = await crm.opportunity_changes(cursor=woken.cursor)

    assert REPORT == told == await crm.billing(opportunity_id=deal)
    assert 1 == writes(account)
    assert ([deal], []) == ([change.opportunity_id for change in woken.changes], asleep.changes)


async def test_only_what_differs_is_written_and_what_is_no_longer_so_is_emptied(account: Account, crm: Crm) -> None:
    """A payment changes two properties; without document and day both are emptied; delivery's own stay as they were."""
    deal = await account.deal(delivery_state="ready", delivery_case="case-1")
    await crm.report_billing(opportunity_id=deal, body=REPORT)
    paid = replace(REPORT, state=BillingState.PAID, open=money("0.00"))
    standing = wire.Billing(
        state="invoiced",
        invoiced="12345678901234567.230",
        open="0.1",
        last_document="2027-0001",
        as_of="1801353600000",
    )
    nothing = BillingReport(state=BillingState.UNBILLED, invoiced=money("0.00"), open=money("0.00"))
    await crm.report_billing(opportunity_id=deal, body=nothing)

    assert {"billing_state": "paid", "billing_open": "0.00"} == billing.differences(standing, paid, currency="EUR")
    assert nothing == await crm.billing(opportunity_id=deal)
    assert [None, None] == await shown(account, deal, "billing_document", "billing_as_of")
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
    account: Account, crm: Crm, change: dict[str, Any], code: str
) -> None:
    """Another currency, or less than a cent: nothing is written, nothing is rounded."""
    deal = await account.deal()
    with pytest.raises(Problem) as refused:
        await crm.report_billing(opportunity_id=deal, body=replace(REPORT, **change))

    assert (Kind.INVALID, code, [*change]) == (
        refused.value.kind,
        refused.value.code,
        [error.pointer for error in refused.value.errors],
    )
    assert 0 == writes(account)


async def test_the_currency_is_the_deals_and_else_the_accounts(account: Account, crm: Crm) -> None:
    """A deal in pounds takes pounds; what people entered by hand and cannot be a report of ours is none."""
    deal = await account.deal(deal_currency_code="GBP", billing_state="paid")
    with pytest.raises(Problem) as by_hand:
        await crm.billing(opportunity_id=deal)
    pounds = replace(REPORT, invoiced=money("10.50", "GBP"), open=money("0.00", "GBP"))
    await crm.report_billing(opportunity_id=deal, body=pounds)

    assert (Kind.NOT_FOUND, "billing_not_reported") == (by_hand.value.kind, by_hand.value.code)
    assert pounds == await crm.billing(opportunity_id=deal)


async def test_a_deal_that_is_not_there_has_no_bills(crm: Crm) -> None:
    """Neither to read nor to write."""
    for call in (crm.billing(opportunity_id="99"), crm.report_billing(opportunity_id="x", body=REPORT)):
        with pytest.raises(Problem) as refused:
            await call
        assert (Kind.NOT_FOUND, "opportunity_not_found") == (refused.value.kind, refused.value.code)


def test_three_decimals_are_kept() -> None:
    """A dinar has a thousand fils: the report of such a deal differs in nothing from what was read of it."""
    standing = wire.Billing(currency="KWD", state="paid", invoiced="12.345", open="0", as_of="2027-01-31")
    told = billing.report(standing, currency="EUR")

    assert told is not None
    assert (money("12.345", "KWD"), "0.000") == (told.invoiced, str(told.open.amount))
    assert {} == billing.differences(standing, told, currency="EUR")
