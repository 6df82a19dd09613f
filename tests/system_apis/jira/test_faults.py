"""The room under the vendor's failures: tokens that end, allowances that are spent, answers that lead nowhere."""

import base64
import logging
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from contracts.problem import Kind, Problem, Retry
from contracts.system.tickets import TicketDesk
from kit.serving import serving
from tests.system_apis.jira.site import API, BOARD, KEY, TASK, Site, boarded, opened, put

pytestmark = pytest.mark.req(51, 64)

PROJECT = f"{API}/project/{KEY}"
HTML = {"content-type": "text/html"}


def app(site: Site) -> dict[str, Any]:
    """Settings of an app that comes by the vendor's gateway."""
    return {"flow": "oauth", "base_url": f"http://site.test/ex/jira/{site.landscape['seed']['cloud_id']}"}


@pytest.mark.parametrize(
    "more",
    [
        {"status": 503, "headers": {"retry-after": "3"}},
        {"status": 502, "body": "<html>bad gateway</html>", "headers": HTML},
        {"status": 429, "headers": {"retry-after": "2", "ratelimit-reason": "jira-burst-based"}},
        {"status": 200, "body": "<html>maintenance</html>", "headers": HTML},
    ],
)
async def test_what_passes_is_tried_again(site: Site, desk: TicketDesk, more: dict[str, Any]) -> None:
    """An edge that fails, in JSON or not, and a limit that was met: the second try comes through."""
    site.fault("GET", PROJECT, "status", **more)

    assert KEY == (await desk.board(board_id=BOARD)).prefix
    assert [more["status"], 200] == site.served("GET", PROJECT)[-2:]


async def test_bursts_are_waited_for_as_long_as_the_vendor_says(site: Site, desk: TicketDesk) -> None:
    """Two calls a second to an address: the third waits, and nothing is refused to our caller."""
    site.clock.advance(2)
    site.sandbox.seed({"limits": {"burst": 2}})
    before = site.clock.now()
    for _ in range(5):
        await desk.board(board_id=BOARD)

    assert 2 == site.served("GET", PROJECT).count(429)
    assert 2.0 == (site.clock.now() - before).total_seconds()


async def test_writes_to_one_ticket_are_waited_for(site: Site, desk: TicketDesk) -> None:
    """The vendor counts writes by issue; a create that was refused so was not done, and is sent again."""
    await put(desk)
    site.sandbox.seed({"limits": {"per_issue": 1, "burst": 100}})
    for text in ("a", "b", "c"):
        await put(desk, replace(TASK, text=text))

    assert [204, 429, 204, 429, 204] == site.served("PUT", f"{API}/issue/")


async def test_a_spent_hour_is_told_and_not_sat_out(site: Site) -> None:
    """An app's points are by the hour: the caller learns when to come back; the site is asked once."""
    async with opened(site, **app(site)) as desk:
        await boarded(desk)
        site.sandbox.seed({"limits": {"points": 0}})
        before = len(site.sandbox.calls)
        with pytest.raises(Problem) as spent:
            await desk.board(board_id=BOARD)

    assert (Kind.RATE_LIMITED, Retry.LATER) == (spent.value.kind, spent.value.retry)
    assert 0 < (spent.value.retry_after_s or 0) <= 3600
    assert 1 == len(site.sandbox.calls) - before


async def test_an_apps_token_is_renewed_by_what_came_with_the_last(site: Site) -> None:
    """Tokens last an hour, refresh tokens one use; ended by the vendor's clock, or ours, nobody notices."""
    async with opened(site, **app(site)) as desk:
        await boarded(desk)
        site.sandbox.advance(3_601)
        await put(desk)
        site.clock.advance(3_601)
        assert f"{KEY}-1" == (await put(desk)).number

    assert [200, 200, 200] == site.served("POST", "/oauth/token")
    assert 1 == site.served("*", "/ex/jira/").count(401)


async def test_a_refresh_token_that_was_spent_elsewhere_lets_nobody_in(site: Site) -> None:
    """The grant has to be given anew; that is no fault of our caller, and is not tried again."""
    async with opened(site, **app(site)) as desk:
        await boarded(desk)
    async with opened(site, **app(site)) as late:
        with pytest.raises(Problem) as refused:
            await late.board(board_id=BOARD)

    assert (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER) == (
        refused.value.kind,
        refused.value.code,
        refused.value.retry,
    )
    assert "anew" in refused.value.hint


@pytest.mark.req(62)
@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (503, "", (Kind.UNAVAILABLE, "vendor_unavailable", Retry.LATER)),
        (429, "", (Kind.RATE_LIMITED, "vendor_login_limit", Retry.LATER)),
        (200, "{}", (Kind.UNAVAILABLE, "vendor_garbled", Retry.LATER)),
        (403, "?", (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER)),
    ],
)
async def test_a_login_that_fails_says_how(
    site: Site, status: int, body: str, expected: tuple[Kind, str, Retry]
) -> None:
    """Down, too frequent, garbled or refused."""
    site.fault("POST", "/oauth/token", "status", status=status, body=body, times=9)
    async with opened(site, **app(site)) as desk:
        with pytest.raises(Problem) as failed:
            await desk.board(board_id=BOARD)

    assert expected == (failed.value.kind, failed.value.code, failed.value.retry)


async def test_an_app_without_a_scope_learns_that_it_lacks_one(site: Site) -> None:
    """The gateway answers 401 as for a token that has ended; renewing it would never end."""
    site.landscape["seed"]["apps"][0]["scopes"] = ["read:jira-work"]
    async with opened(site, **app(site)) as desk:
        with pytest.raises(Problem) as denied:
            await boarded(desk)

    assert (Kind.FORBIDDEN, "vendor_scope_missing") == (denied.value.kind, denied.value.code)
    assert 1 == len(site.served("POST", "/oauth/token"))


async def test_an_api_token_that_has_ended_is_no_fault_of_our_caller(site: Site, desk: TicketDesk) -> None:
    """They end within a year; whoever runs the connection is told where to look."""
    token = site.landscape["seed"]["api_tokens"][0]
    site.sandbox.seed({"api_tokens": [{**token, "expires": "2020-01-01T00:00:00+00:00"}]})
    with pytest.raises(Problem) as ended:
        await desk.board(board_id=BOARD)

    assert (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER) == (
        ended.value.kind,
        ended.value.code,
        ended.value.retry,
    )


async def test_no_secret_is_told_or_logged(site: Site, desk: TicketDesk, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the token nor the header made of it, nor what a ticket says, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    token = site.landscape["config"]["api_token"]
    header = base64.b64encode(f"robot@sluicegate.example:{token}".encode()).decode()
    site.fault("*", API, "status", status=500, body=f"token {token} text Northwind", times=99)
    with pytest.raises(Problem) as failed:
        await put(desk)
    said = f"{failed.value} {failed.value.details()} {caplog.text}"

    assert not any(secret in said for secret in (token, header, "Northwind"))


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (f"{API}/search/jql", '{"issues":[],"nextPageToken":"x","isLast":false}', "vendor_page_loop"),
        (f"{API}/search/jql", '{"issues":5}', "vendor_schema_mismatch"),
        (f"{API}/search/jql", "{", "vendor_garbled"),
        (f"{API}/project/search", '{"values":[],"isLast":false}', "vendor_page_loop"),
        (f"{API}/project/search", "[]", "vendor_schema_mismatch"),
    ],
)
async def test_an_answer_that_leads_nowhere_says_so(
    site: Site, desk: TicketDesk, path: str, body: str, code: str
) -> None:
    """Pages without end and answers of another shape: told, and never taken for an empty answer."""
    site.fault("*", path, "status", status=200, body=body, times=2_000)
    with pytest.raises(Problem) as nowhere:
        await desk.ticket_changes()

    assert code == nowhere.value.code


@pytest.mark.parametrize("moment", ["soon", "2026-11-28T10:00:00", ""])
async def test_a_moment_that_is_none_is_told(site: Site, desk: TicketDesk, moment: str) -> None:
    """A date without an offset could be any of two days: it is not guessed at."""
    await put(desk)
    whole = await site.ask("GET", f"/issue/{KEY}-1?properties=sluice.ticket")
    whole["fields"]["created"] = moment
    site.fault("GET", f"{API}/issue/", "status", status=200, body=_json(whole))
    with pytest.raises(Problem) as damaged:
        await desk.ticket(board_id=BOARD, ticket_id="tsk-1")

    assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (damaged.value.kind, damaged.value.code)


async def test_a_connection_that_is_cut_is_made_again(site: Site) -> None:
    """Over a socket: cut before or after the effect, or in the middle of the answer, everything stands once."""
    async with serving(site.app) as base_url, opened(site, sockets=True, base_url=base_url) as desk:
        await boarded(desk)
        for number, kind in enumerate(("drop_before", "drop_after", "truncate")):
            for method in ("GET", "PUT"):
                site.fault(method, API, kind)
            standing = await put(desk, ticket_id=f"tsk-{number}")
            assert standing == await desk.ticket(board_id=BOARD, ticket_id=f"tsk-{number}")

    assert 3 == len(site.issues())


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
