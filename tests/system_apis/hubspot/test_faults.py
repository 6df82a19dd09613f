"""The room under the vendor's failures: what is tried again, what is given up, and what it writes meanwhile."""

from typing import Any

import pytest

from contracts.canonical.deal import DeliveryReport, DeliveryState
from contracts.problem import Kind, Problem, Retry
from contracts.system.crm import Crm
from kit.serving import serving
from tests.system_apis.hubspot.account import DATED, Account, opened

pytestmark = pytest.mark.req(34, 64)

SEARCH = f"{DATED}/deals/search"
COMPANIES = "/crm/associations/2026-03/deals/companies/batch/read"
LINES = "/crm/associations/2026-03/deals/line_items/batch/read"
REPORT = DeliveryReport(state=DeliveryState.READY, case_id="case-1")
EXPIRED = '{"status":"error","message":"expired","category":"EXPIRED_AUTHENTICATION"}'
TEN = '{"status":"error","message":"slow","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}'
HTML = {"content-type": "text/html"}
TORN = '{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"category":"OBJECT_NOT_FOUND","message":"gone"}]}'
BUSY = '{"status":"COMPLETE","results":[],"errors":[{"category":"RATE_LIMITS","message":"slow"}]}'
PENDING = '{"status":"PENDING","results":[]}'


@pytest.mark.parametrize(
    "more",
    [
        {"status": 503},
        {"status": 502, "body": "<html>bad gateway</html>", "headers": HTML},
        {"status": 530, "body": "<html>Error 1016</html>", "headers": HTML},
        {"status": 477, "headers": {"retry-after": "3"}},
        {"status": 423, "body": '{"status":"error","message":"locked"}'},
        {"status": 429, "body": TEN},
        {"status": 429, "body": "", "headers": {"retry-after": "2"}},
        {"status": 401, "body": EXPIRED},
        {"status": 200, "body": "<html>maintenance</html>", "headers": HTML},
        {"status": 207, "body": TORN},
        {"status": 200, "body": BUSY},
        {"status": 200, "body": PENDING},
        {"status": 200, "body": '{"sta'},
    ],
    ids=lambda more: f"{more['status']} {more.get('body', '')[:20]}",
)
async def test_a_read_that_was_disturbed_is_tried_again(account: Account, crm: Crm, more: dict[str, Any]) -> None:
    """One failure of any sort is not seen by the caller, and what was read is whole."""
    ids = await account.play()
    await account.fault("POST", COMPANIES, "status", **more)

    read = await crm.opportunity(opportunity_id=ids["opportunity"])

    assert (3, f"cus-{ids['customer']}") == (len(read.lines), read.customer.customer_id)
    assert [more["status"], 200] == account.served(COMPANIES)


async def test_a_token_that_ends_between_two_pages_is_renewed_once(account: Account, crm: Crm) -> None:
    """The page that was refused is asked for again with a new token; nothing is read twice."""
    ids = await account.play()
    account.sandbox.seed({"association_page": 1})
    await account.fault("POST", LINES, "status", status=401, body=EXPIRED, skip=1)

    read = await crm.opportunity(opportunity_id=ids["opportunity"])

    assert 3 == len(read.lines)
    assert [200, 401, 200, 200] == account.served(LINES)
    assert [200, 200] == account.served("/token")


async def test_a_token_that_ended_by_the_vendors_clock_is_renewed(account: Account, crm: Crm) -> None:
    """Half an hour passes there and not here."""
    deal = await account.deal()
    await crm.opportunity(opportunity_id=deal)
    account.sandbox.advance(1801)

    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    assert [200, 401, 200] == account.served(f"{DATED}/deals/{deal}")


async def test_the_allowances_of_the_account_are_waited_for(account: Account, crm: Crm) -> None:
    """Five searches a second, so many calls in ten: the room waits as long as the policy says, and comes through."""
    await account.deal()
    account.sandbox.seed({"limits": {"search_a_second": 1}})
    before = account.clock.now()
    for _ in range(3):
        await crm.opportunity_changes()

    assert [200, 429, 200, 429, 200] == account.served(SEARCH)
    assert 2.0 == (account.clock.now() - before).total_seconds()


async def test_a_spent_day_is_not_hammered(account: Account, crm: Crm) -> None:
    """One call finds out; the caller is told to come back later."""
    account.sandbox.seed({"limits": {"daily": 0}})

    with pytest.raises(Problem) as spent:
        await crm.opportunity_changes()

    problem = spent.value
    assert (Kind.RATE_LIMITED, "vendor_daily_limit", Retry.LATER) == (problem.kind, problem.code, problem.retry)
    assert 900.0 == problem.retry_after_s
    assert [429] == account.served(SEARCH)


async def test_a_vendor_that_stays_down_is_unavailable(account: Account, crm: Crm) -> None:
    """After its tries the room gives up; nobody waits for ever."""
    await account.fault("POST", SEARCH, "status", status=503, times=50)

    with pytest.raises(Problem) as down:
        await crm.opportunity_changes()

    assert (Kind.UNAVAILABLE, Retry.LATER) == (down.value.kind, down.value.retry)
    assert [503] * 4 == account.served(SEARCH)


ROW = '{"id":"5","properties":{"hs_lastmodifieddate":"2026-11-20T00:00:00Z","hs_is_closed_won":"true"}}'
NEXT = '"paging":{"next":{"after":"1"}}'


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (SEARCH, f'{{"results":[],{NEXT}}}', "vendor_page_loop"),
        (SEARCH, f'{{"results":[{ROW}],{NEXT}}}', "vendor_page_loop"),
        (SEARCH, '{"total":9}', "vendor_schema_mismatch"),
        (SEARCH, '{"results":[{"id":"5","properties":{}}]}', "vendor_schema_mismatch"),
        (SEARCH, '{"results":[{"id":"5","properties":{"hs_lastmodifieddate":"soon"}}]}', "vendor_schema_mismatch"),
        (SEARCH, "{", "vendor_garbled"),
        (COMPANIES, f'{{"results":[{{"from":{{"id":"DEAL"}},"to":[],{NEXT}}}]}}', "vendor_page_loop"),
        (f"{DATED}/deals/", '{"id":"1","properties":{"amount":5}}', "vendor_schema_mismatch"),
        (f"{DATED}/deals/", '{"id":"1","properties":{"closedate":"2026-13-45"}}', "vendor_schema_mismatch"),
        (f"{DATED}/deals/", '{"id":"1","properties":{"amount":"much","createdate":"0"}}', "vendor_schema_mismatch"),
    ],
)
async def test_an_answer_that_leads_nowhere_says_so(
    account: Account, crm: Crm, path: str, body: str, code: str
) -> None:
    """Pages without end, missing fields, figures that are none: told, and never taken for an empty answer."""
    deal = await account.deal()
    await account.fault("*", path, "status", status=200, body=body.replace("DEAL", deal), times=2000)

    asked = crm.opportunity_changes() if path == SEARCH else crm.opportunity(opportunity_id=deal)
    with pytest.raises(Problem) as nowhere:
        await asked

    assert code == nowhere.value.code


async def test_an_answer_beyond_all_measure_is_not_read(account: Account, crm: Crm) -> None:
    """Some thirty megabytes where a page was expected."""
    await account.fault("POST", SEARCH, "status", status=200, body=" " * 34_000_000)

    with pytest.raises(Problem) as huge:
        await crm.opportunity_changes()

    assert (Kind.UNEXPECTED, "vendor_answer_too_large") == (huge.value.kind, huge.value.code)


@pytest.mark.req(62)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (("/crm", 401, EXPIRED), (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER)),
        (("/oauth", 503, ""), (Kind.UNAVAILABLE, "vendor_unavailable", Retry.LATER)),
        (("/oauth", 429, ""), (Kind.RATE_LIMITED, "vendor_login_limit", Retry.LATER)),
        (("/oauth", 400, "?"), (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER)),
        (("/oauth", 200, "{}"), (Kind.UNAVAILABLE, "vendor_garbled", Retry.LATER)),
    ],
)
async def test_a_connection_that_is_not_let_in_is_no_fault_of_our_caller(
    account: Account, crm: Crm, fault: tuple[str, int, str], expected: tuple[Kind, str, Retry]
) -> None:
    """A token refused twice, a login that is down, too frequent, refused or garbled."""
    path, status, body = fault
    await account.fault("*", path, "status", status=status, body=body, times=50)

    with pytest.raises(Problem) as failed:
        await crm.opportunity_changes()

    assert expected == (failed.value.kind, failed.value.code, failed.value.retry)


async def test_a_missing_scope_is_named(account: Account, crm: Crm) -> None:
    """Whoever runs the connection learns which scope to grant."""
    account.sandbox.seed({"oauth_apps": [{**account.landscape["seed"]["oauth_apps"][0], "scopes": ["oauth"]}]})

    with pytest.raises(Problem) as denied:
        await crm.opportunity_changes()

    assert (Kind.FORBIDDEN, "vendor_scope_missing") == (denied.value.kind, denied.value.code)
    assert "MISSING_SCOPES, needs crm.objects.deals.read" == denied.value.detail


async def test_a_connection_that_is_cut_is_made_again(account: Account) -> None:
    """Over a socket: cut before or after the effect, or in the middle of the answer, a report stands once."""
    async with serving(account.app) as base_url, opened(account, sockets=True, base_url=base_url) as crm:
        for kind in ("drop_before", "drop_after", "truncate"):
            deal = await account.deal()
            await account.fault("PATCH", f"{DATED}/deals/{deal}", kind)
            await account.fault("GET", f"{DATED}/deals/{deal}", kind)
            await crm.report_delivery(opportunity_id=deal, body=REPORT)
            assert REPORT == await crm.delivery(opportunity_id=deal)
            assert 2 == sum(call["method"] == "PATCH" and deal in call["path"] for call in account.sandbox.calls)
