"""What every CRM has to keep about bills; a new vendor is tried without an edit here."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from contracts.canonical.billing import BillingReport, BillingState
from contracts.problem import Kind
from tests.conformance.connected import Connected, connected, kind_of, serving_role
from tests.conformance.story import euros


@pytest.fixture(params=serving_role("crm"))
async def crm(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "crm") as opened:
        opened.skip_if_lacking("report_billing")
        yield opened


@pytest.mark.req(168)
async def test_bills_are_written_on_the_opportunity_and_read_again(crm: Connected) -> None:
    """Nothing before anything was written; then the latest of what was written, to the cent."""
    deal = (await crm.play("won_deal.json"))["opportunity"]["id"]
    before = await kind_of(crm.role.billing(opportunity_id=deal))
    first = BillingReport(
        state=BillingState.INVOICED,
        invoiced=euros("2115.63"),
        open=euros("2115.63"),
        last_document="2027-0001",
        as_of=dt.date(2027, 1, 31),
    )
    later = replace(first, state=BillingState.PARTLY_PAID, open=euros("0.03"), as_of=dt.date(2027, 2, 28))
    for report in (first, later, later):
        await crm.role.report_billing(opportunity_id=deal, body=report)

    assert Kind.NOT_FOUND is before
    assert later == await crm.role.billing(opportunity_id=deal)
