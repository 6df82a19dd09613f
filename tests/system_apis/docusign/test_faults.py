"""The room under the vendor's failures: what is tried again, what is given up, and that nobody is asked twice."""

import json
from typing import Any

import pytest

from contracts.problem import Kind, Problem, Retry
from contracts.system.signatures import Signatures
from kit.serving import serving
from tests.conformance.connected import IN_DOUBT, kind_of
from tests.system_apis.docusign.desk import KEY, REQUEST, VOIDING, Desk, fresh, opened

pytestmark = pytest.mark.req(241, 243, 245)

LIST = "/envelopes"


def refusal(code: str) -> str:
    """The vendor's error object."""
    return json.dumps({"errorCode": code, "message": "no"})


@pytest.mark.parametrize("lag_s", [0, 3600])
async def test_a_create_whose_answer_was_lost_is_found_by_key(desk: Desk, signing: Signatures, lag_s: float) -> None:
    """At once, also where the search has not learnt of it yet: the transaction id has. One draft was made and sent."""
    desk.sandbox.seed({"index_lag_s": lag_s})
    desk.fault("POST", LIST, "status_after", status=502)
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert [502] == desk.served(LIST, "POST")
    assert ["sent"] == desk.states()
    assert sent == await signing.envelope(envelope_id=KEY)
    assert sent == await signing.send_envelope(envelope_id=KEY, body=REQUEST)


async def test_a_create_that_was_answered_with_a_page_asks_nobody_twice(desk: Desk, signing: Signatures) -> None:
    """Something between turns the good answer into HTML, so that it is tried again: a draft too many, and it goes."""
    html = {"content-type": "text/html"}
    desk.fault("POST", LIST, "status_after", status=200, body="<html>signed in again</html>", headers=html)
    await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert [200, 201] == desk.served(LIST, "POST")
    assert ["deleted", "sent"] == desk.states()


async def test_a_create_whose_answer_says_nothing_is_found(desk: Desk, signing: Signatures) -> None:
    """The draft stands although nobody was told its id: it is looked for at once, and sent."""
    desk.fault("POST", LIST, "status_after", status=201, body="{}")
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert sent.sent_at
    assert ["sent"] == desk.states()


async def test_a_create_that_never_was_is_told_as_unknown(desk: Desk, signing: Signatures) -> None:
    """Nothing can be found, so the caller asks again, and then it is made."""
    desk.fault("POST", LIST, "status", status=502)
    with pytest.raises(Problem) as unknown:
        await signing.send_envelope(envelope_id=KEY, body=REQUEST)
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert (Kind.UNKNOWN_OUTCOME, Retry.LATER) == (unknown.value.kind, unknown.value.retry)
    assert [502, 201] == desk.served(LIST, "POST")
    assert sent.sent_at


async def test_an_envelope_that_no_search_shows_yet_is_sent(desk: Desk, signing: Signatures) -> None:
    """Nor is it known by its transaction id: whoever has made it knows its id, and lists by ids are never late."""
    desk.sandbox.seed({"index_lag_s": 3600, "transaction_life_s": 0})
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert sent.sent_at
    assert ["sent"] == desk.states()


async def test_an_envelope_that_a_search_does_not_show_yet_is_sent(desk: Desk, signing: Signatures) -> None:
    """The list by ids shows it; a repetition finds it by its transaction id."""
    desk.sandbox.seed({"index_lag_s": 3600})
    sent = [await signing.send_envelope(envelope_id=KEY, body=REQUEST) for _ in range(3)]

    assert [sent[0]] * 3 == sent
    assert [201] == desk.served(LIST, "POST")


@pytest.mark.parametrize(
    "more",
    [
        {"status": 503},
        {"status": 502, "body": "<html>bad gateway</html>"},
        {"status": 429, "body": "", "headers": {"retry-after": "2"}},
        {"status": 400, "body": refusal("EDIT_LOCK_ENVELOPE_ALREADY_LOCKED")},
        {"status": 401, "body": refusal("USER_AUTHENTICATION_FAILED")},
        {"status": 200, "body": "<html>maintenance</html>", "headers": {"content-type": "text/html"}},
    ],
    ids=lambda more: f"{more['status']} {more.get('body', '')[:20]}",
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_call_that_was_disturbed_is_tried_again(
    desk: Desk, signing: Signatures, method: str, more: dict[str, Any]
) -> None:
    """One failure of any sort is not seen by the caller, and the envelope is sent once."""
    desk.fault(method, LIST, "status", **more)
    await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert more["status"] == desk.served(LIST, method)[0]
    assert ["sent"] == desk.states()


@pytest.mark.parametrize("status", [400, 429])
async def test_a_spent_hour_is_not_hammered(desk: Desk, signing: Signatures, status: int) -> None:
    """With either status: one call finds out, and the caller is told when the hour ends."""
    desk.sandbox.seed({"limits": {"hourly": 2, "status": status}})
    for _ in range(2):
        await signing.envelope_changes()
    desk.clock.advance(600)
    with pytest.raises(Problem) as spent:
        await signing.envelope_changes()
    desk.clock.advance(3000)

    limited = spent.value
    assert (Kind.RATE_LIMITED, "vendor_rate_limit", Retry.LATER) == (limited.kind, limited.code, limited.retry)
    assert 2900 < (limited.retry_after_s or 0) < 3100
    assert [200, 200, status] == desk.served(LIST)
    assert [] == (await signing.envelope_changes()).envelopes


async def test_a_burst_is_not_sat_out(desk: Desk, signing: Signatures) -> None:
    """Half a minute is longer than a call may take, so the caller is told to come again then."""
    desk.sandbox.seed({"limits": {"burst": 1}})
    await signing.envelope_changes()
    with pytest.raises(Problem) as spent:
        await signing.envelope_changes()
    desk.clock.advance(30)

    assert (Kind.RATE_LIMITED, 30.0) == (spent.value.kind, spent.value.retry_after_s)
    assert [] == (await signing.envelope_changes()).envelopes
    assert [200, 429, 200] == desk.served(LIST)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"envelopes":[],"nextUri":"/more"}', "vendor_page_loop"),
        ('{"envelopes":[{"envelopeId":"1","status":"sent"}],"nextUri":"/more"}', "vendor_page_loop"),
        ('{"envelopes":[{"status":"sent"}]}', "vendor_schema_mismatch"),
        ('{"envelopes":', "vendor_garbled"),
    ],
)
async def test_an_answer_that_leads_nowhere_says_so(desk: Desk, signing: Signatures, body: str, code: str) -> None:
    """Pages without end, missing fields, half an answer: told, and never taken for an empty one."""
    desk.fault("GET", LIST, "status", status=200, body=body, times=50)
    with pytest.raises(Problem) as nowhere:
        await signing.envelope(envelope_id=KEY)

    assert code == nowhere.value.code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "melted"}, "vendor_schema_mismatch"),
        ({"statusChangedDateTime": "yesterday"}, "vendor_schema_mismatch"),
        ({"statusChangedDateTime": None, "createdDateTime": None}, "vendor_schema_mismatch"),
        ({"recipients": {"signers": [{"status": "melted"}]}}, "vendor_schema_mismatch"),
    ],
)
async def test_a_word_that_we_do_not_know_is_told(
    desk: Desk, signing: Signatures, change: dict[str, Any], code: str
) -> None:
    """No state is guessed and no moment made up."""
    fields = {"textCustomFields": [{"name": "sluice_key", "value": KEY}]}
    row = {"envelopeId": "1", "status": "sent", "createdDateTime": "2026-11-20T09:00:00.0000000Z"}
    body = json.dumps({"envelopes": [{**row, "customFields": fields, **change}]})
    desk.fault("GET", LIST, "status", status=200, body=body)
    with pytest.raises(Problem) as unknown:
        await signing.envelope(envelope_id=KEY)

    assert (Kind.UNEXPECTED, code) == (unknown.value.kind, unknown.value.code)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate"])
async def test_a_connection_that_is_cut_asks_nobody_twice(kind: str) -> None:
    """Over a socket: wherever it is cut, one envelope is sent and one is voided."""
    async with fresh() as desk, serving(desk.app) as url:
        users = [
            {**user, "accounts": [{**each, "base_uri": f"{url}/na3"} for each in user["accounts"]]}
            for user in desk.landscape["seed"]["users"]
        ]
        desk.sandbox.seed({"users": users})
        async with opened(desk, sockets=True, auth_url=url) as signing:
            for method in ("GET", "POST", "PUT"):
                desk.fault(method, LIST, kind)
            lost = await kind_of(signing.send_envelope(envelope_id=KEY, body=REQUEST))
            sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)
            desk.fault("PUT", LIST, kind)
            voided = await signing.void_envelope(envelope_id=KEY, body=VOIDING)

        assert lost in IN_DOUBT
        assert sent.external_id == voided.external_id
        assert ["voided"] == desk.states()
