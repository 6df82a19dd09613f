"""The room under the vendor's failures: what is tried again, what is given up, and what it writes meanwhile."""

from typing import Any

import pytest

from contracts.canonical.deal import DeliveryReport, DeliveryState
from contracts.problem import Kind, Problem, Retry
from contracts.system.crm import Crm
from kit.clock import ManualClock
from tests.system_apis.salesforce.org import DATA, Org, opened

pytestmark = pytest.mark.req(32)

BATCH = f"{DATA}/composite/batch"
PATCH = f"{DATA}/sobjects/Opportunity/"
REPORT = DeliveryReport(state=DeliveryState.READY, case_id="case-1")


async def break_(org: Org, method: str, path: str, kind: str, **more: Any) -> None:
    """Have the next call of a kind fail."""
    fault = {"method": method, "path": path, "kind": kind, "times": 1, **more}
    assert (await org.person.post("/_sandbox/faults", json=fault)).is_success


def served(org: Org, path: str) -> list[int]:
    """The statuses of the calls to an address, in order."""
    return [call["status"] for call in org.sandbox.calls if call["path"].startswith(path)]


async def rates(org: Org, count: int) -> str:
    """A deal with many rates."""
    deal = await org.deal()
    rate = {"attributes": {"type": "Rate_Entry__c"}, "Opportunity__c": deal, "Role__c": "Engineer"}
    values = {"Country__c": "DE", "Effective_From__c": "2026-12-01", "Hourly_Rate__c": 120}
    org.sandbox.seed({"records": [{**rate, **values}] * count})
    return deal


async def test_a_token_that_ends_between_two_pages_is_renewed_once(live: Org, crm: Crm) -> None:
    """The page that was refused is asked for again with a new token; nothing is read twice."""
    deal = await rates(live, 4100)
    ended = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    await break_(live, "GET", f"{DATA}/query/0r8", "status", status=401, body=ended)

    read = await crm.opportunity(opportunity_id=deal)

    assert 4100 == len(read.rate_cards[0].entries)
    assert [401, 200, 200] == served(live, f"{DATA}/query/0r8")
    assert [200, 200] == served(live, "/services/oauth2/token")


async def test_a_session_that_timed_out_is_opened_anew(live: Org, crm: Crm) -> None:
    """By the org's own clock, hours later."""
    deal = await live.deal()
    await crm.opportunity(opportunity_id=deal)
    await live.person.post("/_sandbox/clock", json={"advance_s": 7201})

    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    assert [200, 401, 200] == served(live, BATCH)


async def test_a_cursor_that_ended_is_opened_anew(live: Org, crm: Crm) -> None:
    """The question is asked again from its first page, once."""
    deal = await rates(live, 2001)
    gone = '[{"message":"invalid query locator","errorCode":"INVALID_QUERY_LOCATOR"}]'
    await break_(live, "GET", f"{DATA}/query/0r8", "status", status=400, body=gone)

    read = await crm.opportunity(opportunity_id=deal)

    assert 2001 == len(read.rate_cards[0].entries)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status", {"status": 503, "body": '[{"message":"busy","errorCode":"SERVER_UNAVAILABLE"}]'}),
        ("status", {"status": 200, "body": "<html>maintenance</html>", "headers": {"content-type": "text/html"}}),
        ("truncate", {}),
        ("drop_before", {}),
        ("drop_after", {}),
    ],
    ids=["busy", "page of html", "cut body", "cut before", "cut after"],
)
async def test_a_read_that_was_disturbed_is_tried_again(live: Org, crm: Crm, kind: str, more: dict[str, Any]) -> None:
    """One failure of any sort is not seen by the caller."""
    deal = await live.deal()
    await break_(live, "POST", BATCH, kind, **more)

    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    assert 2 == len(served(live, BATCH))


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate"])
async def test_a_report_that_was_cut_off_stands_once_it_is_told(live: Org, crm: Crm, kind: str) -> None:
    """Setting the same values again is harmless, so the write is simply repeated."""
    deal = await live.deal()
    await break_(live, "PATCH", PATCH, kind)

    await crm.report_delivery(opportunity_id=deal, body=REPORT)

    assert REPORT == await crm.delivery(opportunity_id=deal)


async def test_a_locked_row_is_waited_for(live: Org, crm: Crm) -> None:
    """Somebody else was writing under the same parent."""
    deal = await live.deal()
    locked = '[{"message":"unable to obtain exclusive access","errorCode":"UNABLE_TO_LOCK_ROW"}]'
    await break_(live, "PATCH", PATCH, "status", status=400, body=locked)

    await crm.report_delivery(opportunity_id=deal, body=REPORT)

    assert [400, 204] == served(live, PATCH)


async def test_crowding_is_waited_out(live: Org, crm: Crm) -> None:
    """Too many calls at once: a 403 in disguise, gone a moment later."""
    deal = await live.deal()
    await live.person.post("/_sandbox/seed", json={"crowded": 2})

    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    assert [403, 403, 200] == served(live, BATCH)


async def test_a_spent_day_is_not_hammered(live: Org, crm: Crm) -> None:
    """One call finds out; the caller is told to come back later."""
    await live.person.post("/_sandbox/seed", json={"daily_requests": 0})

    with pytest.raises(Problem) as spent:
        await crm.opportunity(opportunity_id="006J50000000001IAA")

    problem = spent.value
    assert (Kind.RATE_LIMITED, "vendor_daily_limit", Retry.LATER) == (problem.kind, problem.code, problem.retry)
    assert 900.0 == problem.retry_after_s
    assert [403] == served(live, BATCH)


async def test_a_part_of_a_batch_that_failed_is_asked_for_again(live: Org, crm: Crm) -> None:
    """The top level said 200."""
    deal = await live.deal()
    busy = '{"statusCode":503,"result":[{"message":"busy","errorCode":"SERVER_UNAVAILABLE"}]}'
    body = f'{{"hasErrors":true,"results":[{busy}]}}'
    await break_(live, "POST", BATCH, "status", status=200, body=body)

    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id


@pytest.mark.parametrize("following", ["/services/data/v66.0/query/0r8loop-1", "https://elsewhere.example/x", ""])
async def test_pages_that_do_not_end_are_given_up(live: Org, crm: Crm, following: str) -> None:
    """A page that names itself, another host, or nothing at all while it is not done."""
    page = f'{{"totalSize":9,"done":false,"nextRecordsUrl":"{following}","records":[]}}'
    await break_(live, "GET", f"{DATA}/query", "status", status=200, body=page, times=5)

    with pytest.raises(Problem) as endless:
        await crm.opportunity_changes()

    assert (Kind.UNEXPECTED, "vendor_page_loop") == (endless.value.kind, endless.value.code)


@pytest.mark.parametrize(
    ("body", "code"),
    [("{", "vendor_garbled"), ('{"done":true}', "vendor_schema_mismatch")],
)
async def test_an_answer_that_cannot_be_read_says_so(live: Org, crm: Crm, body: str, code: str) -> None:
    """Broken JSON and missing fields are told apart, and neither is taken for an empty answer."""
    await break_(live, "GET", f"{DATA}/query", "status", status=200, body=body)

    with pytest.raises(Problem) as unreadable:
        await crm.opportunity_changes()

    assert code == unreadable.value.code


async def test_a_vendor_that_stays_down_is_unavailable(live: Org) -> None:
    """After its tries the room gives up, in time that the clock counts; nobody waits for ever."""
    await break_(live, "GET", f"{DATA}/query", "status", status=503, body="[]", times=50)

    # The assertion of a login is dated by this clock, so it starts at the present.
    clock = ManualClock(live.sandbox.now())
    async with opened(live, clock=clock) as crm:
        with pytest.raises(Problem) as down:
            await crm.opportunity_changes()

    assert (Kind.UNAVAILABLE, Retry.LATER) == (down.value.kind, down.value.retry)
    assert [503] * 4 == served(live, f"{DATA}/query")


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("status", {"status": 503}, (Kind.UNAVAILABLE, "vendor_unavailable")),
        ("status", {"status": 200, "body": "{}"}, (Kind.UNAVAILABLE, "vendor_garbled")),
        ("status", {"status": 400, "body": "?"}, (Kind.UNAVAILABLE, "vendor_login_refused")),
        (
            "status",
            {"status": 400, "body": '{"error":"invalid_grant","error_description":"login rate exceeded"}'},
            (Kind.RATE_LIMITED, "vendor_login_limit"),
        ),
        ("drop_before", {}, (Kind.UNAVAILABLE, "vendor_unreachable")),
    ],
)
async def test_a_login_that_fails_is_told_as_what_it_is(
    live: Org, crm: Crm, kind: str, more: dict[str, Any], expected: tuple[Kind, str]
) -> None:
    """Down, garbled, refused, too frequent or cut off."""
    await break_(live, "POST", "/services/oauth2/token", kind, times=9, **more)

    with pytest.raises(Problem) as failed:
        await crm.opportunity_changes()

    assert expected == (failed.value.kind, failed.value.code)


@pytest.mark.req(62)
async def test_a_token_refused_again_is_no_fault_of_our_caller(live: Org, crm: Crm) -> None:
    """Two refusals in a row: the connection is broken, and our caller is not told to log in."""
    ended = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    await break_(live, "GET", f"{DATA}/query", "status", status=401, body=ended, times=9)

    with pytest.raises(Problem) as refused:
        await crm.opportunity_changes()

    assert (Kind.UNAVAILABLE, "vendor_login_refused") == (refused.value.kind, refused.value.code)
