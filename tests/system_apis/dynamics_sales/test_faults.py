"""The room under the vendor's failures: what is tried again, what is given up, and what it writes meanwhile."""

from typing import Any

import pytest

from contracts.canonical.deal import DeliveryReport, DeliveryState
from contracts.problem import Kind, Problem, Retry
from contracts.system.crm import Crm
from system_apis.dynamics_sales.feed import decoded
from tests.system_apis.dynamics_sales.environment import CURRENCY, DATA, EURO, HOST, Cut, Environment, opened

pytestmark = pytest.mark.req(33)

BATCH = f"{DATA}$batch"
DEALS = f"{DATA}opportunities"
REPORT = DeliveryReport(state=DeliveryState.READY, case_id="case-1", note="ready")


async def with_rates(env: Environment, count: int) -> str:
    """A deal with some rates."""
    deal = await env.deal(sluice_ratecard="Long")
    rate = {"@odata.type": "sluice_rateentry", "sluice_country": "DE", "sluice_effectivefrom": "2026-12-01"}
    mine = {"sluice_Opportunity@odata.bind": f"/opportunities({deal})", "sluice_role": "Engineer", CURRENCY: EURO}
    env.sandbox.seed({"records": [{**rate, **mine, "sluice_hourlyrate": number} for number in range(1, count + 1)]})
    return deal


@pytest.mark.req(120)
async def test_a_token_that_ends_between_two_pages_is_renewed_once(env: Environment) -> None:
    """The page that was refused is asked for again with a new token; nothing is read twice."""
    deal = await with_rates(env, 5)
    await env.fault("GET", f"{DATA}sluice_rateentries", status=401)

    async with opened(env, page_rows=3) as crm:
        (card,) = (await crm.opportunity(opportunity_id=deal)).rate_cards

    assert 5 == len(card.entries)
    assert [401, 200] == env.served(f"{DATA}sluice_rateentries")
    assert 2 == sum("/oauth2/" in call["path"] for call in env.sandbox.calls)


async def test_an_hour_later_a_new_token_is_had(env: Environment, crm: Crm) -> None:
    """By the environment's own clock; ours still believes in the old one."""
    deal = await env.deal()
    await crm.opportunity(opportunity_id=deal)
    env.sandbox.advance(3600)

    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    assert [200, 401, 200] == env.served(BATCH)


async def test_a_token_refused_again_is_no_fault_of_our_caller(env: Environment, crm: Crm) -> None:
    """Two refusals in a row: the connection is broken, and our caller is not told to log in."""
    await env.fault("GET", DEALS, status=401, times=9)

    with pytest.raises(Problem) as refused:
        await crm.opportunity_changes()

    assert (Kind.UNAVAILABLE, "vendor_login_refused") == (refused.value.kind, refused.value.code)
    assert [401, 401] == env.served(DEALS)


@pytest.mark.parametrize(
    "more",
    [
        {"status": 503},
        {"status": 200, "body": "<html>", "headers": {"content-type": "text/html"}},
        {"status": 200, "body": "--b", "headers": {"content-type": "multipart/mixed; boundary=b"}},
        {"status": 200, "body": '{"value":[]}'},
        {"status": 429, "headers": {"retry-after": "2"}, "body": '{"error":{"code":"0x80072326"}}'},
    ],
    ids=["busy", "page of html", "cut body", "no batch", "crowded"],
)
async def test_a_read_that_was_disturbed_is_tried_again(env: Environment, crm: Crm, more: dict[str, Any]) -> None:
    """One failure of any sort is not seen by the caller."""
    deal = await env.deal()
    await env.fault("POST", BATCH, **more)

    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    assert 2 == len(env.served(BATCH))


@pytest.mark.parametrize("after", [False, True], ids=["before the effect", "after the effect"])
async def test_a_report_that_was_cut_off_stands_once_it_is_told(env: Environment, crm: Crm, after: bool) -> None:
    """If the write took effect its repetition meets a newer version, and reading again shows that nothing is left."""
    deal = await env.deal()
    (before,) = [row["versionnumber"] for row in await env.rows("opportunities")]
    env.line.cuts.append(Cut("PATCH", "opportunities", after=after))

    assert REPORT == await crm.report_delivery(opportunity_id=deal, body=REPORT)

    assert REPORT == await crm.delivery(opportunity_id=deal)
    assert before + 1 == (await env.rows("opportunities"))[0]["versionnumber"]


async def test_a_deal_changed_between_reading_and_writing_is_read_again(env: Environment, crm: Crm) -> None:
    """The version moved: what others wrote stands, ours is written on it. Four times in vain is a conflict."""
    deal = await env.deal()
    moved = '{"error":{"code":"0x80060882","message":"The version of the existing record"}}'
    await env.fault("PATCH", DEALS, status=412, body=moved)
    await crm.report_delivery(opportunity_id=deal, body=REPORT)
    once = env.served(DEALS, method="PATCH")
    await env.fault("PATCH", DEALS, status=412, body=moved, times=9)

    with pytest.raises(Problem) as conflict:
        await crm.report_delivery(
            opportunity_id=deal, body=DeliveryReport(state=DeliveryState.WAITING, case_id="case-1")
        )

    assert [412, 204] == once
    assert (Kind.CONFLICT, Retry.LATER) == (conflict.value.kind, conflict.value.retry)
    assert REPORT == await crm.delivery(opportunity_id=deal)


async def test_a_stale_read_does_not_write_over_what_stands(env: Environment, crm: Crm) -> None:
    """The old version is refused, and the second look sees the truth."""
    deal = await env.deal()
    await crm.report_delivery(opportunity_id=deal, body=REPORT)
    await env.change(f"opportunities({deal})", sluice_deliverynote="by hand")
    await env.fault("GET", DEALS, kind="stale")

    later = DeliveryReport(state=DeliveryState.CANCELLED, case_id="case-1", note="by hand")
    await crm.report_delivery(opportunity_id=deal, body=later)

    assert later == await crm.delivery(opportunity_id=deal)
    assert [204, 200, 412, 204] == env.served(DEALS, method="PATCH")


async def test_throttling_is_waited_out_as_long_as_the_vendor_says_or_handed_on(env: Environment, crm: Crm) -> None:
    """A short wait is ours; one beyond the deadline is told to the caller with its length, after a single call."""
    deal = await env.deal()
    env.sandbox.seed({"turn_away": [{"reason": "requests", "times": 2, "retry_after_s": 3}]})
    assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
    short = env.served(BATCH)
    env.sandbox.seed({"turn_away": [{"reason": "time", "retry_after_s": 290}]})

    with pytest.raises(Problem) as spent:
        await crm.opportunity(opportunity_id=deal)

    problem = spent.value
    assert [429, 429, 200] == short
    assert (Kind.RATE_LIMITED, "vendor_time_limit", 290.0) == (problem.kind, problem.code, problem.retry_after_s)
    assert [429] == env.served(BATCH)[3:]


@pytest.mark.parametrize(
    "part",
    [
        ("429 Too Many Requests", '{"error":{"code":"0x80072321","message":"busy"}}', None),
        ("500 Internal Server Error", '{"error":{"code":"0x80044150","message":"SQL"}}', None),
        ("404 Not Found", '{"error":{"code":"0x8006088a","message":"no table"}}', "vendor_schema_mismatch"),
        ("403 Forbidden", '{"error":{"code":"0x80040220","message":"no"}}', "vendor_access_denied"),
    ],
    ids=["throttled", "sql", "no table", "denied"],
)
async def test_a_part_of_a_batch_that_failed_fails_the_deal_or_is_asked_again(
    env: Environment, crm: Crm, part: tuple[str, str, str | None]
) -> None:
    """The top level said 200. A missing table or a missing right is no missing deal."""
    deal = await env.deal()
    line, content, code = part
    inner = f"Content-Type: application/http\r\n\r\nHTTP/1.1 {line}\r\nContent-Type: application/json\r\n\r\n{content}"
    body = f"--b\r\n{inner}\r\n--b--\r\n"
    await env.fault("POST", BATCH, status=200, body=body, headers={"content-type": "multipart/mixed; boundary=b"})

    if code is None:
        assert deal == (await crm.opportunity(opportunity_id=deal)).opportunity_id
        return
    with pytest.raises(Problem) as failed:
        await crm.opportunity(opportunity_id=deal)
    assert code == failed.value.code


async def test_a_batch_answered_in_part_is_not_taken_for_the_whole(env: Environment, crm: Crm) -> None:
    """One answer to five questions: something is wrong, and nothing is guessed."""
    body = '--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{"value":[]}\r\n--b--\r\n'
    await env.fault("POST", BATCH, status=200, body=body, headers={"content-type": "multipart/mixed; boundary=b"})

    with pytest.raises(Problem) as partial:
        await crm.opportunity(opportunity_id=await env.deal())

    assert (Kind.UNEXPECTED, "vendor_garbled") == (partial.value.kind, partial.value.code)


@pytest.mark.parametrize(
    "following", [f"{HOST}{DATA}sluice_rateentries?$skiptoken=again", "https://elsewhere.example/x", "nonsense"]
)
async def test_pages_that_do_not_end_are_given_up(env: Environment, following: str) -> None:
    """A page that leads to itself, or to what is no table of the environment; no token goes elsewhere."""
    deal = await with_rates(env, 5)
    page = f'{{"value":[],"@odata.nextLink":"{following}"}}'
    await env.fault("GET", f"{DATA}sluice_rateentries", status=200, body=page, times=9)

    async with opened(env, page_rows=3) as crm:
        with pytest.raises(Problem) as endless:
            await crm.opportunity(opportunity_id=deal)

    assert (Kind.UNEXPECTED, "vendor_page_loop") == (endless.value.kind, endless.value.code)
    assert 2 >= len(env.served(f"{DATA}sluice_rateentries"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "vendor_garbled"),
        ('{"done":true}', "vendor_schema_mismatch"),
        ('{"value":[{"statecode":"won"}],"@odata.deltaLink":"x"}', "vendor_page_loop"),
        ('{"value":[]}', "vendor_schema_mismatch"),
        (f'{{"value":[{{"statecode":"won"}}],"@odata.deltaLink":"{HOST}{DEALS}?x"}}', "vendor_schema_mismatch"),
    ],
    ids=["broken", "no rows", "no link of a table", "untracked", "wrong kind"],
)
async def test_an_answer_that_cannot_be_read_says_so(env: Environment, crm: Crm, body: str, code: str) -> None:
    """Broken JSON, missing fields and a table without change tracking are told, and none is taken for no change."""
    await env.fault("GET", DEALS, status=200, body=body)

    with pytest.raises(Problem) as unreadable:
        await crm.opportunity_changes()

    assert code == unreadable.value.code


@pytest.mark.req(120)
async def test_a_feed_page_that_leads_to_itself_is_given_up(env: Environment, crm: Crm) -> None:
    """The cursor would never move on."""
    for number in range(3):
        await env.deal(name=f"Deal {number}")
    first = await crm.opportunity_changes(limit=1)
    body = f'{{"value":[],"@odata.nextLink":"{HOST}{decoded(first.cursor)}"}}'
    await env.fault("GET", DEALS, status=200, body=body)

    with pytest.raises(Problem) as endless:
        await crm.opportunity_changes(cursor=first.cursor, limit=1)

    assert "vendor_page_loop" == endless.value.code


async def test_a_refusal_in_the_middle_is_told_as_what_it_is(env: Environment, crm: Crm) -> None:
    """A deal deleted before the write is not found; a right that was taken away stops the feed; nothing is made up."""
    deal = await env.deal()
    cursor = (await crm.opportunity_changes()).cursor
    parent = await env.create("accounts", name="Group")
    child = await env.create("accounts", name="x", **{"parentaccountid@odata.bind": f"/accounts({parent})"})
    await env.fault("PATCH", DEALS, status=404, body='{"error":{"code":"0x80040217"}}')
    with pytest.raises(Problem) as gone:
        await crm.report_delivery(opportunity_id=deal, body=REPORT)
    await env.fault("GET", DEALS, status=403, body='{"error":{"code":"0x80040220"}}')
    with pytest.raises(Problem) as denied:
        await crm.opportunity_changes(cursor=cursor)
    await env.fault("GET", f"{DATA}accounts({parent}", status=501)
    with pytest.raises(Problem) as broken:
        await crm.hierarchy(account_id=child)

    assert (Kind.NOT_FOUND, "opportunity_not_found") == (gone.value.kind, gone.value.code)
    assert (Kind.FORBIDDEN, Kind.UNSUPPORTED) == (denied.value.kind, broken.value.kind)


async def test_a_vendor_that_stays_down_is_unavailable(env: Environment, crm: Crm) -> None:
    """After its tries the room gives up, in time that the clock counts; nobody waits for ever."""
    await env.fault("GET", DEALS, status=503, times=50)

    with pytest.raises(Problem) as down:
        await crm.opportunity_changes()

    assert (Kind.UNAVAILABLE, Retry.LATER) == (down.value.kind, down.value.retry)
    assert [503] * 4 == env.served(DEALS)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"client_secret": "wrong"}, "login: invalid_client AADSTS7000215"),
        ({"client_id": "nobody"}, "login: unauthorized_client AADSTS700016"),
        ({"tenant_id": "nowhere"}, "login: invalid_request AADSTS90002"),
        ({"resource": "https://elsewhere.example"}, "login: invalid_scope AADSTS70011"),
    ],
)
async def test_a_refused_login_blames_neither_the_caller_nor_the_weather(
    env: Environment, settings: dict[str, Any], error: str
) -> None:
    """It is for people to mend: unavailable, not to be tried again, and no secret in the words."""
    async with opened(env, **settings) as crm:
        with pytest.raises(Problem) as refused:
            await crm.opportunity_changes()

    problem = refused.value
    assert (Kind.UNAVAILABLE, Retry.NEVER, error) == (problem.kind, problem.retry, problem.detail)


@pytest.mark.parametrize(
    ("more", "code"),
    [({"status": 200, "body": "{}"}, "vendor_garbled"), ({"status": 503}, "vendor_unavailable"), (None, "unreachable")],
)
async def test_a_login_that_fails_is_told_as_what_it_is(
    env: Environment, crm: Crm, more: dict[str, Any] | None, code: str
) -> None:
    """Garbled, down or cut off."""
    if more is None:
        env.line.cuts.append(Cut("POST", "oauth2", after=False, times=99))
    else:
        await env.fault("POST", f"/{env.landscape['config']['tenant_id']}/oauth2", times=9, **more)

    with pytest.raises(Problem) as failed:
        await crm.opportunity_changes()

    assert (Kind.UNAVAILABLE, True) == (failed.value.kind, failed.value.code.endswith(code))
