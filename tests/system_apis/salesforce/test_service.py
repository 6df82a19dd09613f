"""The room over a real socket: what it reads, follows and writes back."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.deal import BillingMethod, DeliveryReport, DeliveryState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem, Retry
from contracts.system.crm import Crm
from kit.clock import SystemClock
from kit.settings import decode
from system_apis.salesforce import Config
from tests.system_apis.salesforce.org import DATA, Org, opened

pytestmark = pytest.mark.req(32, 62)

REPORT = DeliveryReport(state=DeliveryState.READY, case_id="case-1", erp_customer_id="7", note="Ready to start")


def made(org: Org, method: str, part: str) -> int:
    """How many calls of a kind the org has served."""
    return sum(call["method"] == method and part in call["path"] for call in org.sandbox.calls)


@pytest.mark.req(76, 343)
async def test_a_won_deal_is_read_whole_in_one_call(live: Org, crm: Crm) -> None:
    """Customer, lines, milestones, rates and staffing arrive to the cent, for one call of the day's allowance."""
    ids = await live.play()
    live.sandbox.calls.clear()

    deal = await crm.opportunity(opportunity_id=ids["opportunity"])

    assert [f"{DATA}/composite/batch"] == [call["path"] for call in live.sandbox.calls if "oauth2" not in call["path"]]
    assert (True, dt.date(2026, 11, 20)) == (deal.won, deal.closed_on)
    assert Money(amount=Decimal("1420000.00"), currency="EUR") == deal.amount
    assert ("SG-DE", "MANAGED-CLOUD", "SOW-2026-0117") == (
        deal.legal_entity_id,
        deal.service_line,
        deal.statement_of_work,
    )
    assert "dana.okafor@sluicegate.example" == deal.delivery_owner
    customer = deal.customer
    assert (f"cus-{ids['customer']}", f"cus-{ids['group']}") == (customer.customer_id, customer.parent_id)
    assert ("FR", "EUR") == (customer.address.country, customer.currency)
    assert (None, "FR40303265045") == (customer.tax.tax_code, customer.tax.tax_registration)
    lines = [(line.name, line.method, line.amount.amount) for line in deal.lines]
    assert [
        ("Onboarding France", BillingMethod.MILESTONE, Decimal("240000.00")),
        ("Onboarding Germany", BillingMethod.MILESTONE, Decimal("180000.00")),
        ("Managed cloud service", BillingMethod.SUBSCRIPTION, Decimal("1000000.00")),
    ] == lines
    assert ["33.33", "33.33", "33.34"] == [str(point.percent) for point in deal.lines[1].milestones]
    assert (dt.date(2027, 3, 1), dt.date(2029, 2, 28)) == (deal.lines[2].starts_on, deal.lines[2].ends_on)
    (card,) = deal.rate_cards
    assert ("Northwind 2026", 6) == (card.name, len(card.entries))
    assert ["320", "240", "480", "900"] == [str(need.hours) for need in deal.staffing]


async def test_what_is_not_there_is_not_found(crm: Crm) -> None:
    """An id of nobody, and a text that cannot be an id and so never reaches a query."""
    for wrong in ("006000000000001AAA", "x' OR Name != '", "006000000000001AAA\n"):
        with pytest.raises(Problem) as opportunity:
            await crm.opportunity(opportunity_id=wrong)
        with pytest.raises(Problem) as account:
            await crm.hierarchy(account_id=wrong)
        assert (Kind.NOT_FOUND, Kind.NOT_FOUND) == (opportunity.value.kind, account.value.kind)


async def test_a_text_that_cannot_be_an_id_is_never_sent(live: Org, crm: Crm) -> None:
    """Nothing of a caller reaches a query or an address unchecked."""
    for wrong in ("../Account/1", "x' OR Name != '", ""):
        with pytest.raises(Problem):
            await crm.report_delivery(opportunity_id=wrong, body=REPORT)

    assert 0 == len(live.sandbox.calls)


async def test_a_line_that_sales_left_open_is_read_all_the_same(live: Org, crm: Crm) -> None:
    """What is empty is empty, for the process to judge together with everything else."""
    ids = await live.play()
    await live.change("OpportunityLineItem", ids["france"], ServiceDate=None, Delivery_Country__c=None)

    (line,) = [
        line
        for line in (await crm.opportunity(opportunity_id=ids["opportunity"])).lines
        if line.line_id == ids["france"]
    ]
    assert (None, None, dt.date(2027, 2, 28)) == (line.starts_on, line.country, line.ends_on)


async def test_a_deal_with_thousands_of_rates_is_read_to_the_end(live: Org, crm: Crm) -> None:
    """Pages follow the batch until the last, none twice and none left out."""
    deal = await _with_rates(live, 4100)

    (card,) = (await crm.opportunity(opportunity_id=deal)).rate_cards

    assert [Decimal(number) for number in range(1, 4101)] == [entry.hourly_rate for entry in card.entries]
    assert 2 == made(live, "GET", "/query/0r8")


async def test_a_hierarchy_goes_up_to_its_root(live: Org, crm: Crm) -> None:
    """Root first; with our id or the vendor's."""
    ids = await live.play()

    for account_id in (ids["customer"], f"cus-{ids['customer']}"):
        found = await crm.hierarchy(account_id=account_id)
        assert ["Northwind Group plc", "Northwind France SAS"] == [customer.name for customer in found.customers]
        assert found.complete


async def test_a_hierarchy_that_loops_is_incomplete(live: Org, crm: Crm) -> None:
    """Each account appears once, and nothing runs for ever."""
    ids = await live.play()
    await live.change("Account", ids["group"], ParentId=ids["customer"])

    found = await crm.hierarchy(account_id=ids["customer"])

    assert (2, False) == (len(found.customers), found.complete)


async def test_a_hierarchy_with_an_unreadable_parent_is_incomplete(live: Org, crm: Crm) -> None:
    """A parent in the bin ends the chain; one without a country is told as it is."""
    ids = await live.play()
    top = await live.create("Account", Name="Without a country")
    await live.change("Account", ids["group"], ParentId=top)
    bare = await crm.hierarchy(account_id=ids["customer"])
    await live.person.delete(f"{DATA}/sobjects/Account/{ids['group']}")

    deleted = await crm.hierarchy(account_id=ids["customer"])

    assert (None, True) == (bare.customers[0].address.country, bare.complete)
    assert (1, False) == (len(deleted.customers), deleted.complete)


async def test_a_hierarchy_is_not_followed_beyond_twelve(live: Org, crm: Crm) -> None:
    """Twelve levels are deep enough; the thirteenth makes the chain incomplete."""
    account: str | None = None
    for number in range(13):
        account = await live.create("Account", Name=f"Level {number}", BillingCountryCode="DE", ParentId=account)
    assert account is not None

    found = await crm.hierarchy(account_id=account)

    assert (12, False) == (len(found.customers), found.complete)


@pytest.mark.req(120)
async def test_changes_are_met_once_in_order(live: Org, crm: Crm) -> None:
    """Page by page, then nothing, then only what changed since."""
    deals = [await live.deal(Name=f"Deal {number}") for number in range(5)]
    met: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await crm.opportunity_changes(cursor=cursor, limit=2)
        met += [change.opportunity_id for change in page.changes]
        cursor = page.cursor

    idle = await crm.opportunity_changes(cursor=cursor)
    await live.change("Opportunity", deals[1], StageName="Closed Won")
    won = await crm.opportunity_changes(cursor=idle.cursor)

    assert deals == met
    assert ([], cursor) == (idle.changes, idle.cursor)
    assert [(deals[1], True)] == [(change.opportunity_id, change.won) for change in won.changes]


@pytest.mark.req(120)
async def test_a_crowded_second_is_read_to_its_end(live: Org, crm: Crm) -> None:
    """A bulk load gives many deals one stamp; pages then go on by id, and each deal is met once."""
    deal = {"attributes": {"type": "Opportunity"}, "Name": "x", "StageName": "Closed Won", "CloseDate": "2026-11-20"}
    live.sandbox.seed({"records": [deal] * 200})
    met: list[str] = []
    cursor = ""
    for _ in range(4):
        page = await crm.opportunity_changes(cursor=cursor, limit=70)
        met += [change.opportunity_id for change in page.changes]
        cursor = page.cursor

    assert (200, 200) == (len(met), len(set(met)))
    assert len(cursor) < 2000


@pytest.mark.req(120)
async def test_a_lag_holds_back_what_is_too_young(live: Org) -> None:
    """With a lag a second is read only when it is over."""
    await live.deal()

    async with opened(live, feed_lag_s=3600) as crm:
        page = await crm.opportunity_changes()

    assert ([], "") == (page.changes, page.cursor)


async def test_a_cursor_or_limit_of_ones_own_is_invalid(crm: Crm) -> None:
    """The feed takes back only what it gave."""
    for wrong in ({"cursor": "nonsense"}, {"limit": 0}, {"limit": 2001}):
        with pytest.raises(Problem) as refused:
            await crm.opportunity_changes(**wrong)
        assert Kind.INVALID is refused.value.kind


@pytest.mark.req(143)
async def test_a_report_is_written_once_and_read_back(live: Org, crm: Crm) -> None:
    """Repeating it writes nothing; a new state writes only what differs and keeps the ids that stand."""
    deal = await live.deal()
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
    assert 2 == made(live, "PATCH", "/sobjects/Opportunity/")


async def test_client_credentials_open_the_org_too(live: Org) -> None:
    """The other flow gives as good a token."""
    app = live.landscape["seed"]["apps"][0]
    deal = await live.deal()

    async with opened(live, flow="client_credentials", consumer_secret=app["consumer_secret"]) as crm:
        assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id


async def test_a_refused_login_blames_neither_the_caller_nor_the_weather(live: Org) -> None:
    """A wrong audience is for people to mend: unavailable, not to be tried again, and no secret in the words."""
    async with opened(live, audience="https://elsewhere.example") as crm:
        with pytest.raises(Problem) as refused:
            await crm.opportunity_changes()

    problem = refused.value
    assert (Kind.UNAVAILABLE, Retry.NEVER) == (problem.kind, problem.retry)
    assert "login: invalid_grant" == problem.detail


def test_settings_do_not_show_their_secrets(org: Org) -> None:
    """Whoever prints the settings sees a mask."""
    config = decode(Config, org.landscape["config"] | {"consumer_secret": "tell-nobody"}, section="connections.crm")

    shown = f"{config!r} {config.private_key} {config.consumer_secret}"
    assert "tell-nobody" not in shown
    assert "PRIVATE KEY" not in shown


async def test_capabilities_are_those_of_the_manifest(crm: Crm) -> None:
    """The connection says who it is and what it can do."""
    told = await crm.capabilities()

    assert ("salesforce", "crm-emea", ["crm"], []) == (told.vendor, told.connection, told.roles, told.lacks)


async def test_many_readers_share_one_login(live: Org, crm: Crm) -> None:
    """Tokens are fetched one at a time, however many wait."""
    deal = await live.deal()

    await asyncio.gather(*(crm.opportunity(opportunity_id=deal) for _ in range(6)))

    assert 1 == made(live, "POST", "/services/oauth2/token")


@pytest.mark.parametrize("offset_s", [-100, 55])
async def test_a_skewed_clock_of_ours_does_not_lock_us_out(live: Org, offset_s: float) -> None:
    """The assertion is dated so that a minute more or less does no harm."""

    class Skewed(SystemClock):
        def now(self) -> dt.datetime:
            return super().now() + dt.timedelta(seconds=offset_s)

    async with opened(live, clock=Skewed()) as crm:
        assert [] == (await crm.opportunity_changes()).changes


async def _with_rates(live: Org, count: int) -> str:
    deal = await live.deal()
    rate = {"attributes": {"type": "Rate_Entry__c"}, "Opportunity__c": deal, "Role__c": "Engineer"}
    place = {"Country__c": "DE", "Effective_From__c": "2026-12-01"}
    records = [{**rate, **place, "Hourly_Rate__c": number} for number in range(1, count + 1)]
    live.sandbox.seed({"records": records})
    return deal
