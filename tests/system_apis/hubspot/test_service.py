"""The room on its account: what it reads, follows and writes back."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.deal import BillingFrequency, BillingMethod, DealKind, DeliveryReport, DeliveryState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem, Retry
from contracts.system.crm import Crm
from kit.settings import SettingsError, decode
from system_apis.hubspot import Config
from tests.system_apis.hubspot.account import DATED, Account, opened

pytestmark = pytest.mark.req(34, 62)

REPORT = DeliveryReport(state=DeliveryState.READY, case_id="case-1", erp_customer_id="7", note="Ready to start")


@pytest.mark.req(76)
@pytest.mark.parametrize("version", ["2026-03", "2026-09", "v3"])
async def test_a_won_deal_is_read_whole(account: Account, version: str) -> None:
    """In every version: customer, lines, milestones, rates and staffing arrive to the cent."""
    ids = await account.play()

    async with opened(account, api_version=version) as crm:
        deal = await crm.opportunity(opportunity_id=ids["opportunity"])

    assert (True, dt.date(2026, 11, 20), []) == (deal.won, deal.closed_on, deal.gaps)
    assert Money(amount=Decimal("1420000.00"), currency="EUR") == deal.amount
    assert ("SG-DE", "MANAGED-CLOUD", "SOW-2026-0117", "dana.okafor@sluicegate.example", DealKind.NEW) == (
        deal.legal_entity_id,
        deal.service_line,
        deal.statement_of_work,
        deal.delivery_owner,
        deal.kind,
    )
    customer = deal.customer
    assert (f"cus-{ids['customer']}", f"cus-{ids['group']}") == (customer.customer_id, customer.parent_id)
    assert ("FR", "EUR", None, "FR40303265045") == (
        customer.address.country,
        customer.currency,
        customer.tax.tax_code,
        customer.tax.tax_registration,
    )
    assert [
        ("Onboarding France", BillingMethod.MILESTONE, Decimal("240000.00"), None),
        ("Onboarding Germany", BillingMethod.MILESTONE, Decimal("180000.00"), None),
        ("Managed cloud service", BillingMethod.SUBSCRIPTION, Decimal("1000000.00"), BillingFrequency.MONTHLY),
    ] == [(line.name, line.method, line.amount.amount, line.frequency) for line in deal.lines]
    assert [["20", "50", "30"], ["33.33", "33.33", "33.34"], []] == [
        [str(point.percent) for point in line.milestones] for line in deal.lines
    ]
    assert (dt.date(2027, 3, 1), dt.date(2029, 2, 28)) == (deal.lines[2].starts_on, deal.lines[2].ends_on)
    (card,) = deal.rate_cards
    assert ("Northwind 2026", 6) == (card.name, len(card.entries))
    assert ["320", "240", "480", "900"] == [str(need.hours) for need in deal.staffing]


async def test_a_deal_is_read_whatever_its_pages_are(account: Account, crm: Crm) -> None:
    """Hundreds of rates: associations come page by page, rows a hundred at a time, and none is left out."""
    deal = await account.deal()
    rate = {"role": "Engineer", "country": "DE", "effective_from": "2026-12-01"}
    links = [{"to": {"id": deal}, "types": [{"associationCategory": "USER_DEFINED", "associationTypeId": 105}]}]
    for start in (0, 100, 200):
        rows: list[dict[str, Any]] = [
            {"properties": {**rate, "hourly_rate": str(start + n)}, "associations": links} for n in range(1, 101)
        ]
        assert (await account.person.post(f"{DATED}/p_agreed_rate/batch/create", json={"inputs": rows})).is_success
    account.sandbox.seed({"association_page": 130})
    account.sandbox.calls.clear()

    (card,) = (await crm.opportunity(opportunity_id=deal)).rate_cards

    assert [Decimal(number) for number in range(1, 301)] == [entry.hourly_rate for entry in card.entries]
    assert 3 == len(account.served("/deals/p_agreed_rate/batch/read"))
    assert 3 == len(account.served(f"{DATED}/p_agreed_rate/batch/read"))


async def test_a_deal_may_bill_another_company_and_belong_to_a_line(account: Account, crm: Crm) -> None:
    """The label says who is billed; the primary company bought; a need may be for one line."""
    buyer = await account.create("companies", name="Buyer", country="DE")
    payer = await account.create("companies", name="Payer", country="Germany", currency_code="USD")
    deal = await account.create("deals", (buyer, 5), (payer, 111), dealname="x", closedate="2026-11-20")
    line = await account.create("line_items", (deal, 20), name="Work", price="10.5", quantity="3")
    need = {"role": "Engineer", "country": "DE", "hours": "7.50", "starts_on": "2027-01-04", "ends_on": "2027-01-29"}
    await account.create("p_staffing_need", (deal, 107), (line, 109), **need)

    read = await crm.opportunity(opportunity_id=deal)

    assert ("Buyer", "DE", "EUR") == (read.customer.name, read.customer.address.country, read.customer.currency)
    assert read.bill_to is not None
    assert ("Payer", None, "USD") == (read.bill_to.name, read.bill_to.address.country, read.bill_to.currency)
    assert Money(amount=Decimal("31.50"), currency="EUR") == read.lines[0].amount
    assert (line, Decimal("7.5")) == (read.staffing[0].line_id, read.staffing[0].hours)


async def test_a_firm_may_have_no_objects_of_its_own(account: Account) -> None:
    """Without them a deal is its lines; with the name of one that the account does not have, that is said."""
    ids = await account.play()

    async with opened(account, milestone_object="", rate_object="", need_object="") as crm:
        deal = await crm.opportunity(opportunity_id=ids["opportunity"])
    async with opened(account, rate_object="p_butterfly") as crm:
        with pytest.raises(Problem) as unknown:
            await crm.opportunity(opportunity_id=ids["opportunity"])

    assert (3, [], []) == (len(deal.lines), deal.staffing, deal.rate_cards[0].entries)
    assert [[], [], []] == [line.milestones for line in deal.lines]
    assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (unknown.value.kind, unknown.value.code)


async def test_what_is_not_there_is_not_found_and_never_asked(account: Account, crm: Crm) -> None:
    """An id of nobody; and a text that cannot be an id, of which nothing reaches an address."""
    calls = (crm.opportunity, crm.delivery)
    for wrong in ("99", "../companies/1", "x' OR 1=1", "", "1\n"):
        for call in calls:
            with pytest.raises(Problem) as missing:
                await call(opportunity_id=wrong)
            assert Kind.NOT_FOUND is missing.value.kind
        with pytest.raises(Problem) as nobody:
            await crm.hierarchy(account_id=wrong)
        assert (Kind.NOT_FOUND, "account_not_found") == (nobody.value.kind, nobody.value.code)

    assert {404, 200} == set(account.served("/")) - {207}
    assert not [call for call in account.sandbox.calls if "OR" in call["path"] or ".." in call["path"]]


@pytest.mark.req(73, 124)
async def test_a_hierarchy_goes_up_to_its_root_and_ends_where_it_must(account: Account, crm: Crm) -> None:
    """Root first; a loop, a parent in the bin and a thirteenth level each make the chain incomplete."""
    ids = await account.play()
    for account_id in (ids["customer"], f"cus-{ids['customer']}"):
        found = await crm.hierarchy(account_id=account_id)
        assert (["Northwind Group plc", "Northwind France SAS"], True) == (
            [customer.name for customer in found.customers],
            found.complete,
        )

    top = await account.create("companies", name="Level 0")
    below = top
    for number in range(1, 13):
        below = await account.create("companies", (below, 14), name=f"Level {number}")
    deep = await crm.hierarchy(account_id=below)
    assert (12, False) == (len(deep.customers), deep.complete)

    child = await account.create("companies", (ids["customer"], 14), name="Child")
    await account.person.put(
        f"/crm/v4/objects/companies/{ids['group']}/associations/companies/{child}",
        json=[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}],
    )
    loop = await crm.hierarchy(account_id=child)
    assert (3, False) == (len(loop.customers), loop.complete)


@pytest.mark.req(143)
async def test_a_report_is_written_once_and_read_back(account: Account, crm: Crm) -> None:
    """Repeating it writes nothing; a new state writes only what differs and keeps the ids that stand."""
    deal = await account.deal()
    with pytest.raises(Problem) as nothing:
        await crm.delivery(opportunity_id=deal)

    first = await crm.report_delivery(opportunity_id=deal, body=REPORT)
    again = await crm.report_delivery(opportunity_id=deal, body=REPORT)
    read = await crm.delivery(opportunity_id=deal)
    later = DeliveryReport(state=DeliveryState.WAITING, case_id="case-1", note="")
    changed = await crm.report_delivery(opportunity_id=deal, body=later)

    assert (Kind.NOT_FOUND, "delivery_not_reported") == (nothing.value.kind, nothing.value.code)
    assert REPORT == first == again == read
    assert ("7", "") == (changed.erp_customer_id, changed.note)
    assert changed == await crm.delivery(opportunity_id=deal)
    assert 2 == sum(call["method"] == "PATCH" for call in account.sandbox.calls)


@pytest.mark.parametrize("flow", ["private_app", "client_credentials"])
async def test_the_other_ways_in_are_as_good(account: Account, flow: str) -> None:
    """A token that does not end, and an app's own credentials."""
    token = account.landscape["person"]["headers"]["Authorization"].removeprefix("Bearer ")
    deal = await account.deal()

    async with opened(account, flow=flow, access_token=token) as crm:
        assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id


async def test_many_readers_share_one_login(account: Account, crm: Crm) -> None:
    """Tokens are fetched one at a time, however many wait; the next one before the last has ended."""
    deal = await account.deal()
    await asyncio.gather(*(crm.opportunity(opportunity_id=deal) for _ in range(4)))
    assert [200] == account.served("/token")

    account.clock.advance(1790)
    await crm.opportunity(opportunity_id=deal)

    assert [200, 200] == account.served("/token")
    assert 401 not in account.served("/")


async def test_a_refused_login_blames_neither_the_caller_nor_the_weather(account: Account) -> None:
    """A wrong refresh token is for people to mend: unavailable, not to be tried again, no secret in the words."""
    async with opened(account, refresh_token="tell-nobody") as crm:
        with pytest.raises(Problem) as refused:
            await crm.opportunity_changes()

    problem = refused.value
    assert (Kind.UNAVAILABLE, Retry.NEVER) == (problem.kind, problem.retry)
    assert "login: BAD_REFRESH_TOKEN" == problem.detail


async def test_settings_hide_secrets_and_refuse_what_is_none(account: Account) -> None:
    """Whoever prints the settings sees a mask; a version or a time zone that is none is refused before any call."""
    config = decode(Config, account.landscape["config"] | {"access_token": "tell-nobody"}, section="connections.crm")
    assert not {"tell-nobody", account.landscape["config"]["refresh_token"]} & set(f"{config!r}".split("'"))

    refused: tuple[dict[str, Any], ...] = ({"api_version": "v1"}, {"time_zone": "Atlantis"})
    for wrong in refused:
        with pytest.raises(SettingsError):
            async with opened(account, **wrong):
                pass


async def test_capabilities_are_those_of_the_manifest(crm: Crm) -> None:
    """The connection says who it is and what it can do."""
    told = await crm.capabilities()

    assert ("hubspot", "crm-us", ["crm"], []) == (told.vendor, told.connection, told.roles, told.lacks)


@pytest.mark.req(65)
async def test_the_vendors_next_release_is_met_by_a_setting(account: Account) -> None:
    """When numbered versions end, a dated one goes on; the old address is told apart from a missing deal."""
    deal = await account.deal()
    account.sandbox.seed({"next_release": True})

    async with opened(account) as crm:
        assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    token = account.landscape["person"]["headers"]["Authorization"].removeprefix("Bearer ")
    async with opened(account, api_version="v3", flow="private_app", access_token=token) as old:
        with pytest.raises(Problem) as ended:
            await old.opportunity(opportunity_id=deal)

    assert (Kind.UNSUPPORTED, "vendor_version_retired") == (ended.value.kind, ended.value.code)
