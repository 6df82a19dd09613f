"""The simulator refuses as the vendor refuses, and speaks as it speaks: each rule has its negative."""

import base64
import json
from typing import Any

import pytest

from tests.system_apis.docusign.desk import CUSTOMER, SELLER, Desk

pytestmark = pytest.mark.req(34, 353)

PERIOD = {"from_date": "2015-01-01"}


def definition(**more: Any) -> dict[str, Any]:
    """What a sender wants."""
    signers = [
        {"recipientId": "1", "routingOrder": "1", "name": "Claire Moreau", "email": CUSTOMER},
        {"recipientId": "2", "routingOrder": "2", "name": "Dana Okafor", "email": SELLER},
    ]
    content = base64.b64encode(b"a document").decode()
    document = {"documentId": "1", "name": "SOW", "fileExtension": "txt", "documentBase64": content}
    told = {"status": "sent", "emailSubject": "SOW", "documents": [document], "recipients": {"signers": signers}}
    return told | more


async def create(desk: Desk, **more: Any) -> str:
    """The id of a new envelope."""
    answer = await desk.call("POST", "/envelopes", json=definition(**more))
    assert 201 == answer.status_code, answer.text
    return str(answer.json()["envelopeId"])


async def test_every_scalar_is_a_string(desk: Desk) -> None:
    """Numbers and truths too, in an envelope and in a page of them."""
    await create(desk, notification={"expirations": {"expireEnabled": "true", "expireAfter": "9", "expireWarn": "1"}})
    page = (await desk.call("GET", "/envelopes", params={**PERIOD, "include": "recipients,custom_fields"})).json()

    def scalars(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [inner for each in value.values() for inner in scalars(each)]
        return [inner for each in value for inner in scalars(each)] if isinstance(value, list) else [value]

    assert {str} == {type(each) for each in scalars(page)}
    assert ("1", "true", "9") == (
        page["totalSetSize"],
        page["envelopes"][0]["expireEnabled"],
        page["envelopes"][0]["expireAfter"],
    )
    assert page["envelopes"][0]["sentDateTime"].endswith("0Z")


async def test_a_list_needs_a_period_or_ids(desk: Desk) -> None:
    """The vendor's own sentence says so."""
    answer = await desk.call("GET", "/envelopes", params={"custom_field": "a=b"})

    assert (400, "INVALID_REQUEST_PARAMETER") == (answer.status_code, answer.json()["errorCode"])
    assert "'from_date' must be set" in answer.json()["message"]


async def test_lists_come_in_pages(desk: Desk) -> None:
    """By position and count, with the way on and back; a page beyond the end has no envelopes at all."""
    ids = [await create(desk) for _ in range(3)]
    first = (await desk.call("GET", "/envelopes", params={**PERIOD, "count": "2"})).json()
    rest = (await desk.call("GET", "/envelopes", params={**PERIOD, "count": "2", "start_position": "2"})).json()
    none = (await desk.call("GET", "/envelopes", params={**PERIOD, "start_position": "3"})).json()

    assert set(ids) == {each["envelopeId"] for each in first["envelopes"] + rest["envelopes"]}
    assert ("2", "0", "1", True) == (
        first["resultSetSize"],
        first["startPosition"],
        first["endPosition"],
        "start_position=2" in first["nextUri"],
    )
    assert "previousUri" in rest
    assert "nextUri" not in rest
    assert "envelopes" not in none


async def test_a_custom_field_is_searched_in_either_case_and_in_part(desk: Desk) -> None:
    """With a percent sign; and not before the index has learnt of it."""
    fields = {"textCustomFields": [{"name": "Region", "value": "West End"}]}
    await create(desk, customFields=fields)
    wanted = ["Region=West End", "region=WEST END", "Region=West%", "Region=%End", "Region=%st%", "Region=West"]

    async def found(text: str) -> str:
        answer = await desk.call("GET", "/envelopes", params={**PERIOD, "custom_field": text})
        return str(answer.json()["totalSetSize"])

    assert ["1", "1", "1", "1", "1", "0"] == [await found(text) for text in wanted]
    desk.sandbox.seed({"index_lag_s": 60})
    assert "0" == await found(wanted[0])


async def test_a_transaction_id_is_known_for_a_week(desk: Desk) -> None:
    """It finds an envelope and hinders no second one with the same id."""
    ids = {await create(desk, transactionId="t-1") for _ in range(2)}
    known = (await desk.call("GET", "/envelopes", params={"transaction_ids": "t-1"})).json()
    desk.clock.advance(7 * 86_400 + 1)
    later = (await desk.call("GET", "/envelopes", params={"transaction_ids": "t-1"})).json()

    assert ids == {each["envelopeId"] for each in known["envelopeTransactionStatuses"]}
    assert [] == later["envelopeTransactionStatuses"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"documents": []}, "ENVELOPE_IS_INCOMPLETE"),
        ({"recipients": {}}, "ENVELOPE_IS_INCOMPLETE"),
        ({"emailSubject": ""}, "ENVELOPE_IS_INCOMPLETE"),
        ({"emailSubject": "x" * 101}, "INVALID_REQUEST_BODY"),
        ({"documents": "x"}, "INVALID_REQUEST_BODY"),
        ({"documents": [{"documentId": "1", "documentBase64": "?"}]}, "INVALID_REQUEST_BODY"),
        ({"documents": [{"documentId": "1", "documentBase64": "eA=="}]}, "UNABLE_TO_CONVERT_DOCUMENT"),
        ({"status": "completed"}, "INVALID_REQUEST_PARAMETER"),
        ({"recipients": {"signers": [{"recipientId": "1", "name": "A", "email": "a"}]}},
         "INVALID_EMAIL_ADDRESS_FOR_RECIPIENT"),
        ({"recipients": {"signers": [{"recipientId": 1, "name": "A", "email": "a@b.example"}]}},
         "INVALID_REQUEST_BODY"),
        ({"recipients": {"signers": [{"recipientId": "1", "name": "A", "email": "a@b.example"}] * 2}},
         "INVALID_RECIPIENT_ID"),
        ({"recipients": {"signers": [{"recipientId": n, "name": "A", "email": "a@b.example"} for n in ("1", "2")]}},
         "ENVELOPE_HAS_DUPLICATE_RECIPIENTS"),
        ({"customFields": {"textCustomFields": [{"name": "k", "value": "x" * 101}]}}, "INVALID_REQUEST_BODY"),
        ({"notification": {"expirations": {"expireEnabled": "true", "expireAfter": "0"}}}, "INVALID_REQUEST_BODY"),
    ],
    ids=lambda given: json.dumps(given)[:40],
)  # fmt: skip  # a table is read by its lines
async def test_what_cannot_be_sent_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    """With the vendor's code, and nothing of it stays."""
    answer = await desk.call("POST", "/envelopes", json=definition(**change))

    assert (400, code) == (answer.status_code, answer.json()["errorCode"])
    assert [] == desk.states()


async def test_states_lead_on_and_never_back(desk: Desk) -> None:
    """A draft is not voided, what was sent is not sent again, what has ended stays."""
    draft, sent = await create(desk, status="created"), await create(desk)
    answers = [
        await desk.call("PUT", f"/envelopes/{draft}", json={"status": "voided", "voidedReason": "x"}),
        await desk.call("PUT", f"/envelopes/{sent}", json={"status": "sent"}),
        await desk.call("PUT", f"/envelopes/{sent}", json={"status": "voided"}),
        await desk.call("PUT", f"/envelopes/{sent}", json={"status": "voided", "voidedReason": "x"}),
        await desk.call("PUT", f"/envelopes/{sent}", json={"status": "voided", "voidedReason": "x"}),
        await desk.call("PUT", "/envelopes/no-such", json={"status": "sent"}),
    ]

    assert [
        (400, "ENVELOPE_CANNOT_VOID_INVALID_STATE"),
        (400, "ENVELOPE_INVALID_STATUS"),
        (400, "INVALID_REQUEST_PARAMETER"),
        (200, None),
        (400, "ENVELOPE_CANNOT_VOID_INVALID_STATE"),
        (404, "ENVELOPE_DOES_NOT_EXIST"),
    ] == [(answer.status_code, answer.json().get("errorCode")) for answer in answers]


async def test_nobody_signs_out_of_turn(desk: Desk) -> None:
    """Nor twice, nor without the mail, nor somebody else's; the last signature completes it."""
    envelope = await create(desk)
    early = await desk.act(envelope, SELLER)
    stranger = await desk.act(envelope, "x@northwind.example")
    outside = await desk.http.post(f"/signing/{envelope}", json={"email": CUSTOMER})
    first = await desk.act(envelope, CUSTOMER)
    twice = await desk.act(envelope, CUSTOMER)
    last = await desk.act(envelope, SELLER)

    assert [403, 403, 401, 200, 403] == [each.status_code for each in (early, stranger, outside, first, twice)]
    assert ("sent", "completed") == (first.json()["status"], last.json()["status"])


async def test_one_envelope_is_not_polled(desk: Desk) -> None:
    """Four reads of a resource an hour, twelve of an envelope in half a minute; 400 both, and lists do not count."""
    envelope = await create(desk)
    reads = [await desk.call("GET", f"/envelopes/{envelope}") for _ in range(5)]
    papers = ["combined", "certificate", "1"]
    more = [await desk.call("GET", f"/envelopes/{envelope}/documents/{each}") for each in papers * 3]
    listed = [await desk.call("GET", "/envelopes", params=PERIOD) for _ in range(9)]
    desk.clock.advance(3601)
    later = await desk.call("GET", f"/envelopes/{envelope}")

    assert [200] * 4 + [400] == [each.status_code for each in reads]
    assert "Hourly_Envelope_Polling_Limit_Exceeded" == reads[4].json()["errorCode"]
    assert [200] * 8 + [400] == [each.status_code for each in more]
    assert "Burst_Envelope_Polling_Limit_Exceeded" == more[-1].json()["errorCode"]
    assert ({200}, 200) == ({each.status_code for each in listed}, later.status_code)


async def test_one_envelope_is_not_changed_for_ever(desk: Desk) -> None:
    """Too many changes in half a minute are refused with 400."""
    desk.sandbox.seed({"limits": {"changes_burst": 2}})
    envelope = await create(desk)
    answers = [await desk.call("PUT", f"/envelopes/{envelope}", json={"status": "sent"}) for _ in range(3)]

    assert "Burst_APIInvocation_Envelope_Limit_Exceeded" == answers[2].json()["errorCode"]


async def test_what_is_left_is_told_with_every_answer(desk: Desk) -> None:
    """Of the hour and of the half minute, and when the hour ends; refusals tell it too."""
    desk.sandbox.seed({"limits": {"hourly": 2, "burst": 9, "status": 400}})
    answers = [await desk.call("GET", "/envelopes", params=PERIOD) for _ in range(3)]
    left = [
        (each.headers["x-ratelimit-remaining"], each.headers["x-burstlimit-remaining"], each.status_code)
        for each in answers
    ]

    assert [("1", "8", 200), ("0", "7", 200), ("0", "7", 400)] == left
    assert "HOURLY_APIINVOCATION_LIMIT_EXCEEDED" == answers[2].json()["errorCode"]
    assert 3500 < int(answers[0].headers["x-ratelimit-reset"]) - desk.sandbox.now().timestamp() <= 3600


async def test_papers_are_pdf(desk: Desk) -> None:
    """The documents joined, with the certificate if wanted, and the certificate alone."""
    envelope = await create(desk)
    for email in (CUSTOMER, SELLER):
        await desk.act(envelope, email)
    base = f"/envelopes/{envelope}/documents"
    alone = await desk.call("GET", f"{base}/combined", params={"certificate": "false"})
    whole = await desk.call("GET", f"{base}/combined")
    proof = await desk.call("GET", f"{base}/certificate")
    none = await desk.call("GET", f"{base}/9")

    assert {("application/pdf", b"%PDF-")} == {
        (each.headers["content-type"], each.content[:5]) for each in (alone, whole, proof)
    }
    assert b"Claire Moreau" in proof.content
    assert len(alone.content) < len(whole.content)
    assert (404, "DOCUMENT_DOES_NOT_EXIST") == (none.status_code, none.json()["errorCode"])


async def test_a_reset_empties_the_account(desk: Desk) -> None:
    """No envelope, no app, no session stays."""
    envelope = await create(desk)
    desk.sandbox.reset()

    assert [] == desk.states()
    assert 401 == (await desk.act(envelope, CUSTOMER)).status_code
    assert 400 == (await desk.http.post("/oauth/token")).status_code
