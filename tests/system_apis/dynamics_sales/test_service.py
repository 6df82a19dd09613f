"""The room on an environment: what it reads, follows and writes back."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.deal import BillingMethod, DealKind, DeliveryReport, DeliveryState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from contracts.system.crm import Crm
from kit.settings import decode
from system_apis.dynamics_sales import Config
from tests.system_apis.dynamics_sales.environment import CURRENCY, DATA, EURO, Environment, opened

pytestmark = pytest.mark.req(33, 62)

BATCH = f"{DATA}$batch"
REPORT = DeliveryReport(state=DeliveryState.READY, case_id="case-1", erp_customer_id="7", note="Ready to start")
NOBODY = "00000000-0000-4000-8000-000000000000"


def euros(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


@pytest.mark.req(76)
async def test_a_won_deal_is_read_whole_in_one_request(env: Environment, crm: Crm) -> None:
    """Customer, lines, milestones, rates and staffing arrive to the cent, for one request of the vendor's limit."""
    ids = await env.play()
    env.sandbox.calls.clear()

    deal = await crm.opportunity(opportunity_id=ids["opportunity"].upper())

    assert [BATCH] == [call["path"] for call in env.sandbox.calls if "oauth2" not in call["path"]]
    assert (True, dt.date(2026, 11, 20), euros("1420000.00")) == (deal.won, deal.closed_on, deal.amount)
    customer = deal.customer
    assert (f"cus-{ids['customer']}", f"cus-{ids['group']}") == (customer.customer_id, customer.parent_id)
    assert ("FR", "EUR", "18 rue de la Paix") == (
        customer.address.country,
        customer.currency,
        customer.address.street,
    )
    assert (None, "FR40303265045") == (customer.tax.tax_code, customer.tax.tax_registration)
    assert [
        ("Onboarding France", BillingMethod.MILESTONE, euros("240000.00")),
        ("Onboarding Germany", BillingMethod.MILESTONE, euros("180000.00")),
        ("Managed cloud service", BillingMethod.SUBSCRIPTION, euros("1000000.00")),
    ] == [(line.name, line.method, line.amount) for line in deal.lines]
    assert ["33.33", "33.33", "33.34"] == [str(point.percent) for point in deal.lines[1].milestones]
    assert (dt.date(2027, 3, 1), dt.date(2029, 2, 28)) == (deal.lines[2].starts_on, deal.lines[2].ends_on)
    (card,) = deal.rate_cards
    rates = sorted(str(entry.hourly_rate) for entry in card.entries)
    assert ("Northwind 2026", ["120", "142.5", "150", "185", "195", "203"]) == (card.name, rates)
    assert ["240", "320", "480", "900"] == sorted(str(need.hours) for need in deal.staffing)
    assert [] == deal.gaps


async def test_a_deal_of_many_currencies_with_tax_and_caps_is_read_as_agreed(env: Environment, crm: Crm) -> None:
    """Tax is no contract value; what is billed in another currency keeps the deal's beside it; choices become words."""
    earlier = await env.deal(name="The first year")
    deal = await env.deal(
        sluice_dealkind=748190001,
        sluice_signedon="2026-11-02",
        **{"sluice_Extends@odata.bind": f"/opportunities({earlier})"},
    )
    pound = "/transactioncurrencies(isocurrencycode='GBP')"
    mine = {"opportunityid@odata.bind": f"/opportunities({deal})"}
    priced = {"isproductoverridden": True, "productdescription": "Advice", "quantity": 2, "priceperunit": 100000000.1}
    agreed: dict[str, Any] = {
        "tax": 19.07,
        "sluice_billingmethod": 748190000,
        "sluice_billingamount": 180.1,
        "sluice_BillingCurrency@odata.bind": pound,
        "sluice_capamount": 250,
        "sluice_capbehaviour": 748190003,
        "sluice_billingfrequency": 748190001,
        "sluice_billingtiming": 748190001,
    }
    await env.create("opportunityproducts", **mine, **priced, **agreed)

    read = await crm.opportunity(opportunity_id=deal)

    (line,) = read.lines
    assert (euros("200000000.20"), euros("200000000.20")) == (read.amount, line.deal_value)
    assert Money(amount=Decimal("180.10"), currency="GBP") == line.amount
    assert (Money(amount=Decimal("250.00"), currency="GBP"), "hard") == (
        line.cap and line.cap.amount,
        line.cap and line.cap.behaviour,
    )
    assert ("time_and_materials", "quarterly", "arrears") == (line.method, line.frequency, line.timing)
    assert (DealKind.EXTENSION, earlier, dt.date(2026, 11, 2)) == (read.kind, read.extends, read.signed_on)


async def test_what_cannot_be_read_is_told_and_left_out(env: Environment, crm: Crm) -> None:
    """A milestone of no line, a rate without a country, demand without hours, half an amount, a person who buys."""
    buyer = await env.create("contacts", lastname="Moreau")
    deal = await env.deal(
        estimatedclosedate=None,
        **{"customerid_account@odata.bind": None, "customerid_contact@odata.bind": f"/contacts({buyer})"},
    )
    mine = {"sluice_Opportunity@odata.bind": f"/opportunities({deal})"}
    await env.create("sluice_milestones", sluice_percent=100, **mine)
    await env.create("sluice_rateentries", sluice_role="Engineer", sluice_country="Ge", **mine)
    await env.create("sluice_staffingneeds", sluice_role="Engineer", sluice_country="DE", **mine)
    half = {"isproductoverridden": True, "productdescription": "Advice", "sluice_billingamount": 5}
    await env.create("opportunityproducts", **half, **{"opportunityid@odata.bind": f"/opportunities({deal})"})

    read = await crm.opportunity(opportunity_id=deal)

    assert ("", [], [], 1) == (read.customer.customer_id, read.rate_cards, read.staffing, len(read.lines))
    assert [
        "customerid",
        "estimatedclosedate",
        "sluice_BillingCurrency",
        "sluice_Line",
        "sluice_country",
        "sluice_effectivefrom",
        "sluice_endson",
        "sluice_hourlyrate",
        "sluice_hours",
        "sluice_startson",
    ] == sorted(gap.field for gap in read.gaps)


async def test_what_is_not_there_is_not_found_and_what_is_no_id_is_never_sent(env: Environment, crm: Crm) -> None:
    """An id of nobody, and texts that cannot be ids and so never reach an address."""
    for wrong in (NOBODY, f"{NOBODY}\n", "x' or name ne '", "../accounts", ""):
        for call in (
            crm.opportunity(opportunity_id=wrong),
            crm.hierarchy(account_id=wrong),
            crm.delivery(opportunity_id=wrong),
            crm.report_delivery(opportunity_id=wrong, body=REPORT),
        ):
            with pytest.raises(Problem) as refused:
                await call
            assert Kind.NOT_FOUND is refused.value.kind
    assert {NOBODY} == {p[-37:-1] for p in (c["path"] for c in env.sandbox.calls) if "(" in p}


@pytest.mark.req(120)
async def test_a_deal_with_many_rates_is_read_to_the_end(env: Environment) -> None:
    """Pages follow the batch until the last, none twice and none left out."""
    deal = await env.deal(sluice_ratecard="Long")
    mine = {"sluice_Opportunity@odata.bind": f"/opportunities({deal})", "sluice_role": "Engineer", CURRENCY: EURO}
    rate = {"@odata.type": "sluice_rateentry", "sluice_country": "DE", "sluice_effectivefrom": "2026-12-01", **mine}
    env.sandbox.seed({"records": [{**rate, "sluice_hourlyrate": number} for number in range(1, 8)]})

    async with opened(env, page_rows=3) as crm:
        (card,) = (await crm.opportunity(opportunity_id=deal)).rate_cards

    assert list(range(1, 8)) == sorted(int(entry.hourly_rate) for entry in card.entries)
    assert [200, 200] == env.served(f"{DATA}sluice_rateentries")


async def test_a_hierarchy_ends_at_its_root_at_a_loop_at_a_locked_parent_or_after_twelve(
    env: Environment, crm: Crm
) -> None:
    """Root first; whatever ends the chain too early makes it incomplete, and nothing runs for ever."""
    ids = await env.play()
    whole = await crm.hierarchy(account_id=f"cus-{ids['customer']}")
    denied = '{"error":{"code":"0x80040220","message":"lacks prvReadAccount"}}'
    await env.fault("GET", f"{DATA}accounts({ids['group']}", status=403, body=denied)
    locked = await crm.hierarchy(account_id=ids["customer"])
    await env.change(f"accounts({ids['group']})", **{"parentaccountid@odata.bind": f"/accounts({ids['customer']})"})
    looping = await crm.hierarchy(account_id=ids["customer"])
    account = await env.create("accounts", name="Level 0")
    for number in range(1, 13):
        above = {"parentaccountid@odata.bind": f"/accounts({account})"}
        account = await env.create("accounts", name=f"Level {number}", **above)
    deep = await crm.hierarchy(account_id=account)

    assert ["Northwind Group plc", "Northwind France SAS"] == [one.name for one in whole.customers]
    assert [(2, True), (1, False), (2, False), (12, False)] == [
        (len(found.customers), found.complete) for found in (whole, locked, looping, deep)
    ]
    assert ("GBP", "EUR") == (whole.customers[0].currency, deep.customers[0].currency)


@pytest.mark.req(120)
async def test_changes_come_page_by_page_and_then_only_what_is_new(env: Environment, crm: Crm) -> None:
    """The first pages tell every deal once; later ones what was won, reopened or deleted, and an idle one nothing."""
    deals = [await env.deal(name=f"Deal {number}") for number in range(5)]
    met: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await crm.opportunity_changes(cursor=cursor, limit=2)
        met += [change.opportunity_id for change in page.changes]
        cursor = page.cursor
    idle = await crm.opportunity_changes(cursor=cursor)
    await env.win(deals[1])
    assert 204 == (await env.person.delete(f"{DATA}opportunities({deals[2]})")).status_code

    page = await crm.opportunity_changes(cursor=idle.cursor)

    assert (deals, []) == (met, idle.changes)
    assert {(deals[1], True), (deals[2], False)} == {(one.opportunity_id, one.won) for one in page.changes}
    assert all(abs(env.sandbox.now() - change.changed_at) < dt.timedelta(minutes=1) for change in page.changes)
    assert [] == (await crm.opportunity_changes(cursor=page.cursor)).changes


@pytest.mark.req(120)
async def test_a_cursor_that_the_vendor_no_longer_knows_begins_anew(env: Environment, crm: Crm) -> None:
    """A page it forgot, or changes of eight days ago: every deal comes again, some twice, none left out."""
    deals = [await env.deal(), await env.deal()]
    half = await crm.opportunity_changes(limit=1)
    forgot = '{"error":{"code":"0x80040203","message":"The paging cookie of the request is malformed."}}'
    await env.fault("GET", f"{DATA}opportunities", status=400, body=forgot)
    again = await crm.opportunity_changes(cursor=half.cursor)
    assert set(deals) == {change.opportunity_id for change in again.changes}
    env.sandbox.calls.clear()
    old = await crm.opportunity_changes()
    env.sandbox.advance(8 * 86400)

    page = await crm.opportunity_changes(cursor=old.cursor)

    assert set(deals) == {change.opportunity_id for change in page.changes}
    assert [200, 401, 400, 200] == env.served(f"{DATA}opportunities", method="GET")


async def test_a_cursor_or_limit_of_ones_own_is_invalid(env: Environment, crm: Crm) -> None:
    """The feed takes back only what it gave."""
    await env.deal()
    good = (await crm.opportunity_changes()).cursor
    turned = good[:20] + ("A" if good[20] != "A" else "B") + good[21:]
    for wrong in ({"cursor": "nonsense"}, {"cursor": turned}, {"cursor": "ä"}, {"limit": 0}, {"limit": 2001}):
        with pytest.raises(Problem) as refused:
            await crm.opportunity_changes(**wrong)
        assert Kind.INVALID is refused.value.kind


@pytest.mark.req(143)
async def test_a_report_is_written_once_and_read_back(env: Environment, crm: Crm) -> None:
    """Repeating it writes nothing; a new state writes only what differs, keeps the ids that stand, and names us."""
    deal = await env.deal()
    with pytest.raises(Problem) as nothing:
        await crm.delivery(opportunity_id=deal)

    first = await crm.report_delivery(opportunity_id=deal, body=REPORT)
    again = await crm.report_delivery(opportunity_id=deal, body=REPORT)
    read = await crm.delivery(opportunity_id=deal)
    later = DeliveryReport(state=DeliveryState.WAITING, case_id="case-1", note="Waiting for a tax code")
    changed = await crm.report_delivery(opportunity_id=deal, body=later)

    assert Kind.NOT_FOUND is nothing.value.kind
    assert REPORT == first == again == read
    assert ("7", "Waiting for a tax code") == (changed.erp_customer_id, changed.note)
    assert changed == await crm.delivery(opportunity_id=deal)
    assert [204, 204] == env.served(f"{DATA}opportunities", method="PATCH")
    state = (await env.person.get("/_sandbox/state")).json()
    assert ["sluice", "sluice"] == state["tags"]


@pytest.mark.req(168)
async def test_bills_are_written_to_the_last_digit_and_only_when_they_differ(env: Environment, crm: Crm) -> None:
    """Figures beyond a float's digits come back as they went, in the books' currency; two currencies are refused."""
    deal = await env.deal()
    dinar = Money(amount=Decimal("90071992547.999"), currency="KWD")
    report = BillingReport(state=BillingState.PAID, invoiced=dinar, open=replace(dinar, amount=Decimal("0.000")))
    with pytest.raises(Problem) as nothing:
        await crm.billing(opportunity_id=deal)

    for _ in range(2):
        assert report == await crm.report_billing(opportunity_id=deal, body=report)
    mixed = replace(report, open=euros("0.00"))
    with pytest.raises(Problem) as refused:
        await crm.report_billing(opportunity_id=deal, body=mixed)

    assert report == await crm.billing(opportunity_id=deal)
    assert [204] == env.served(f"{DATA}opportunities", method="PATCH")
    assert ("billing_not_reported", "currencies_differ") == (nothing.value.code, refused.value.code)


async def test_many_readers_share_one_login(env: Environment, crm: Crm) -> None:
    """Tokens are fetched one at a time, however many wait."""
    deal = await env.deal()

    await asyncio.gather(*(crm.opportunity(opportunity_id=deal) for _ in range(6)))

    assert 1 == sum("/oauth2/" in call["path"] for call in env.sandbox.calls)


async def test_capabilities_are_the_manifests_and_settings_do_not_show_their_secrets(
    env: Environment, crm: Crm
) -> None:
    """The connection says who it is and what it can do; whoever prints the settings sees a mask."""
    told = await crm.capabilities()
    config = decode(Config, env.landscape["config"] | {"client_secret": "tell-nobody"}, section="connections.crm")

    assert ("dynamics_sales", "crm-emea", ["crm"], []) == (told.vendor, told.connection, told.roles, told.lacks)
    assert "tell-nobody" not in f"{config!r} {config.client_secret}"
