"""What every CRM has to do; a new vendor is tried without an edit here."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from contracts.canonical.deal import BillingMethod, DeliveryReport, DeliveryState
from contracts.problem import Kind, Problem
from tests.conformance.connected import Connected, connected, serving_role


@pytest.fixture(params=serving_role("crm"))
async def crm(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "crm") as opened:
        yield opened


@pytest.fixture
async def deal(crm: Connected) -> str:
    """The story's deal, entered by a person at the vendor's own screen."""
    return str((await crm.play("won_deal.json"))["opportunity"]["id"])


@pytest.mark.req(62, 76)
async def test_a_deal_is_read_whole(crm: Connected, deal: str) -> None:
    """Lines, milestones, rate card and demand arrive, and the lines sum to the deal's amount to the cent."""
    read = await crm.role.opportunity(opportunity_id=deal)

    assert ("Northwind managed cloud EMEA", True, "SG-DE") == (read.name, read.won, read.legal_entity_id)
    assert (Decimal("1420000.00"), "EUR") == (read.amount.amount, read.amount.currency)
    assert read.amount.amount == sum(line.amount.amount for line in read.lines)
    methods = {line.name: line.method for line in read.lines}
    assert methods == {
        "Onboarding France": BillingMethod.MILESTONE,
        "Onboarding Germany": BillingMethod.MILESTONE,
        "Managed cloud service": BillingMethod.SUBSCRIPTION,
    }
    assert {Decimal(100)} == {sum(m.percent for m in line.milestones) for line in read.lines if line.milestones}
    assert read.customer.tax.tax_code is None
    assert ("MANAGED-CLOUD", "SOW-2026-0117") == (read.service_line, read.statement_of_work)
    assert {Decimal("195.00"), Decimal("203.00")} <= {entry.hourly_rate for entry in read.rate_cards[0].entries}
    assert Decimal(1940) == sum(need.hours for need in read.staffing)


@pytest.mark.req(73, 124)
async def test_the_hierarchy_comes_root_first(crm: Connected, deal: str) -> None:
    """The parent company leads, the customer of the deal ends the chain."""
    customer = (await crm.role.opportunity(opportunity_id=deal)).customer
    chain = await crm.role.hierarchy(account_id=customer.customer_id)

    assert (["Northwind Group plc", "Northwind France SAS"], True) == (
        [c.name for c in chain.customers],
        chain.complete,
    )
    assert chain.customers[0].customer_id == chain.customers[1].parent_id


@pytest.mark.req(120)
async def test_the_feed_meets_the_won_deal_and_goes_on_from_its_cursor(crm: Connected, deal: str) -> None:
    """The first page has the deal as won; after the cursor only what changed later comes again."""
    first = await crm.role.opportunity_changes()
    assert (deal, True) in {(change.opportunity_id, change.won) for change in first.changes}

    quiet = await crm.role.opportunity_changes(cursor=first.cursor)
    again = {change.opportunity_id for change in quiet.changes}
    assert again <= {deal}

    report = DeliveryReport(state=DeliveryState.PROVISIONING, case_id="q2p-1")
    await crm.role.report_delivery(opportunity_id=deal, body=report)
    assert quiet.cursor
    page = await crm.role.opportunity_changes(cursor=quiet.cursor)
    assert {change.opportunity_id for change in page.changes} <= {deal}


@pytest.mark.req(143)
async def test_delivery_is_written_back_and_read_back(crm: Connected, deal: str) -> None:
    """What delivery reports stands on the opportunity; repeating it changes nothing."""
    report = DeliveryReport(
        state=DeliveryState.READY,
        case_id="q2p-1",
        erp_customer_id="7",
        erp_project_id="8",
        psa_project_id="9",
        note="ready to deliver",
    )
    for _ in range(2):
        await crm.role.report_delivery(opportunity_id=deal, body=report)

    assert report == await crm.role.delivery(opportunity_id=deal)


async def test_an_unknown_deal_is_not_found(crm: Connected) -> None:
    """The vendor's own words become one kind."""
    with pytest.raises(Problem) as caught:
        await crm.role.opportunity(opportunity_id="006000000000000AAA")

    assert Kind.NOT_FOUND is caught.value.kind


@pytest.mark.req(253)
async def test_a_tampered_cursor_is_refused(crm: Connected) -> None:
    """A cursor is ours alone; anything else is invalid, not an empty page."""
    with pytest.raises(Problem) as caught:
        await crm.role.opportunity_changes(cursor="not-a-cursor")

    assert Kind.INVALID is caught.value.kind


async def test_the_room_declares_what_it_can(crm: Connected) -> None:
    """Its capabilities are those of its manifest."""
    told = await crm.role.capabilities()

    assert (crm.vendor.name, "under-test", True) == (told.vendor, told.connection, "crm" in told.roles)
