"""The simulator refuses as the vendor refuses, and speaks as it speaks: each rule has its negative."""

import base64
import json
from typing import Any

import jwt
import pytest

from tests.system_apis.docusign.desk import CUSTOMER, SELLER, Desk

pytestmark = pytest.mark.req(34, 353)

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
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


async def token(desk: Desk, **claims: Any) -> tuple[int, dict[str, Any]]:
    """The answer to an assertion with some claims changed."""
    config, now = desk.config(), int(desk.clock.now().timestamp())
    told: dict[str, Any] = {"iss": config.integration_key, "sub": config.user_id, "aud": "account.test"}
    told |= {"scope": "signature impersonation", "iat": now, "exp": now + 3600} | claims
    assertion = jwt.encode(told, config.private_key.reveal(), algorithm="RS256")
    answer = await desk.http.post("/oauth/token", data={"grant_type": GRANT, "assertion": assertion})
    return answer.status_code, answer.json()


async def test_a_token_lasts_an_hour(desk: Desk) -> None:
    """As long as it lasts it opens; then it is refused with the vendor's word."""
    status, told = await token(desk)
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    good = await desk.http.get("/oauth/userinfo", headers=headers)
    desk.clock.advance(3601)
    ended = await desk.http.get("/oauth/userinfo", headers=headers)
    none = await desk.http.get("/oauth/userinfo")

    assert (200, "Bearer", 3600, 200) == (status, told["token_type"], told["expires_in"], good.status_code)
    assert [True] == [each["is_default"] for each in good.json()["accounts"] if each["base_uri"].endswith("/na3")]
    assert (401, "AUTHORIZATION_INVALID_TOKEN") == (ended.status_code, ended.json()["errorCode"])
    assert (401, "USER_AUTHENTICATION_FAILED") == (none.status_code, none.json()["errorCode"])


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"aud": "https://account.test"}, "invalid_grant"),
        ({"aud": "account-d.docusign.test"}, "invalid_grant"),
        ({"iss": "nobody"}, "invalid_grant"),
        ({"sub": "nobody"}, "invalid_grant"),
        ({"iat": 1, "exp": 3600}, "invalid_grant"),
        ({"exp": 9_999_999_999}, "invalid_grant"),
        ({"scope": "impersonation"}, "invalid_grant"),
        ({"scope": "signature"}, "consent_required"),
    ],
    ids=str,
)
async def test_an_assertion_is_checked(desk: Desk, claims: dict[str, Any], error: str) -> None:
    """Audience without a scheme, known app and user, at most an hour, both scopes."""
    status, told = await token(desk, **claims)

    assert (400, error) == (status, told["error"])


async def test_an_assertion_of_another_key_is_refused(desk: Desk) -> None:
    """Only RS256 with the key that the app has registered."""
    claims = {"iss": desk.config().integration_key, "sub": desk.config().user_id, "aud": "account.test"}
    forged = jwt.encode(claims, "a secret that is shared and long enough", algorithm="HS256")
    answers = [
        await desk.http.post("/oauth/token", data={"grant_type": GRANT, "assertion": each}) for each in (forged, "x")
    ]
    other = await desk.http.post("/oauth/token", data={"grant_type": "client_credentials"})

    assert ["invalid_grant"] * 2 == [answer.json()["error"] for answer in answers]
    assert "unsupported_grant_type" == other.json()["error"]


async def test_without_consent_there_is_no_token(desk: Desk) -> None:
    """However good the assertion is."""
    desk.sandbox.seed({"apps": [{**desk.landscape["seed"]["apps"][0], "consented": []}]})

    assert (400, {"error": "consent_required"}) == await token(desk)


async def test_the_account_answers_at_its_site_only(desk: Desk) -> None:
    """Elsewhere stands nothing, and another account is not the user's."""
    headers = {"Authorization": f"Bearer {await desk.sign_in()}"}
    account = desk.config().account_id
    other = desk.landscape["seed"]["users"][0]["accounts"][0]["account_id"]
    paths = [
        f"/restapi/v2.1/accounts/{account}/envelopes",
        f"/eu/restapi/v2.1/accounts/{account}/envelopes",
        f"/na3/restapi/v2.1/accounts/{other}/envelopes",
        f"/na3/restapi/v2.1/accounts/{account}/nothing",
    ]
    answers = [await desk.http.get(path, params=PERIOD, headers=headers) for path in paths]
    strange = await desk.http.get("/na3/restapi/v2.1/accounts/x/envelopes", params=PERIOD, headers=headers)

    assert [(404, "text/html")] * 4 == [(each.status_code, each.headers["content-type"]) for each in answers]
    assert "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT" == strange.json()["errorCode"]


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
    assert "invalid_grant" == (await token(desk))[1]["error"]
