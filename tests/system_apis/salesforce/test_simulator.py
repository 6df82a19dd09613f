"""The simulated org refuses what the vendor refuses; each test names one thing it must enforce."""

import base64
import datetime as dt
import time
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from system_apis.salesforce.simulator import develop
from tests.system_apis.salesforce.org import DATA, Org

pytestmark = pytest.mark.req(32)

TOKEN = "/services/oauth2/token"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def assertion(org: Org, **changed: Any) -> dict[str, str]:
    """A signed token request, right but for what is changed; made by hand, for a library checks its claims."""
    config = org.landscape["config"]
    claims = {
        "iss": config["consumer_key"],
        "sub": config["username"],
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 120,
    } | changed
    parts = [msgspec.json.encode(part) for part in ({"alg": "RS256"}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    key = load_pem_private_key(config["private_key"].encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    signature = key.sign(signed, PKCS1v15(), SHA256())
    token = signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")
    return {"grant_type": BEARER, "assertion": token.decode()}


async def test_a_signed_assertion_opens_a_session_without_saying_when_it_ends(org: Org) -> None:
    """The token answer has neither `expires_in` nor a refresh token, and the token is good."""
    response = await org.person.post(TOKEN, data=assertion(org))

    granted = response.json()
    assert 200 == response.status_code
    assert {"access_token", "scope", "instance_url", "id", "token_type"} == granted.keys()
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    assert 200 == (await org.person.get(f"{DATA}/limits", headers=headers)).status_code


async def test_an_expiry_written_as_text_is_taken(org: Org) -> None:
    """Some clients send `exp` as a string, and the vendor does not mind."""
    response = await org.person.post(TOKEN, data=assertion(org, exp=str(int(time.time()) + 170)))

    assert 200 == response.status_code


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"iss": "nobody"}, "invalid_client_id"),
        ({"sub": "stranger@sluicegate.example"}, "invalid_grant"),
        ({"aud": "https://elsewhere.example"}, "invalid_grant"),
        ({"exp": int(time.time()) - 600}, "invalid_grant"),
        ({"exp": int(time.time()) + 3600}, "invalid_grant"),
        ({"exp": "soon"}, "invalid_grant"),
    ],
)
async def test_an_assertion_with_a_wrong_claim_is_refused(org: Org, changed: dict[str, Any], error: str) -> None:
    """Issuer, subject, audience and expiry are each looked at; the answer is a 400 with an OAuth error."""
    response = await org.person.post(TOKEN, data=assertion(org, **changed))

    assert (400, error) == (response.status_code, response.json()["error"])


async def test_an_assertion_signed_by_another_key_is_refused(org: Org) -> None:
    """A claim is worth nothing without the app's own signature."""
    config = org.landscape["config"] | {"private_key": develop("http://other.test")["config"]["private_key"]}
    org.landscape["config"] = config

    response = await org.person.post(TOKEN, data=assertion(org))

    assert (400, "invalid_grant") == (response.status_code, response.json()["error"])


@pytest.mark.parametrize("place", ["body", "basic"])
async def test_client_credentials_are_taken_from_the_body_or_the_header(org: Org, place: str) -> None:
    """Both ways of presenting the secret open a session; the answer is stamped in milliseconds, as text."""
    app = org.landscape["seed"]["apps"][0]
    form = {"grant_type": "client_credentials"}
    headers = {}
    if place == "body":
        form |= {"client_id": app["consumer_key"], "client_secret": app["consumer_secret"]}
    else:
        pair = f"{app['consumer_key']}:{app['consumer_secret']}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    response = await org.person.post(TOKEN, data=form, headers=headers)

    assert 200 == response.status_code
    assert response.json()["issued_at"].isdigit()


async def test_a_wrong_secret_or_an_unknown_grant_is_refused(org: Org) -> None:
    """The password flow is not spoken, and a wrong secret opens nothing."""
    app = org.landscape["seed"]["apps"][0]
    wrong = {"grant_type": "client_credentials", "client_id": app["consumer_key"], "client_secret": "x"}

    refused = [
        (await org.person.post(TOKEN, data=form)).json()["error"] for form in (wrong, {"grant_type": "password"})
    ]

    assert ["invalid_client", "unsupported_grant_type"] == refused


async def test_a_session_ends_by_the_clock_of_the_org(org: Org) -> None:
    """After the timeout the same token is answered with a 401 array; a new one can still be had."""
    token = (await org.person.post(TOKEN, data=assertion(org))).json()["access_token"]
    org.sandbox.advance(7201)

    ended = await org.person.get(f"{DATA}/limits", headers={"Authorization": f"Bearer {token}"})
    again = await org.person.post(TOKEN, data=assertion(org))

    assert 401 == ended.status_code
    assert [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}] == ended.json()
    assert 200 == again.status_code


async def test_the_vendors_other_word_for_bearer_is_taken(org: Org) -> None:
    """`OAuth <token>` is as good as `Bearer <token>`; no scheme at all is not."""
    token = org.landscape["person"]["headers"]["Authorization"].removeprefix("Bearer ")

    answers = [
        (await org.person.get(f"{DATA}/limits", headers={"Authorization": value})).status_code
        for value in (f"OAuth {token}", token)
    ]

    assert [200, 401] == answers


async def test_every_data_answer_tells_the_use_of_the_day(org: Org) -> None:
    """The header counts requests; the list of versions needs no session and does not count."""
    versions = await org.person.get("/services/data", headers={"Authorization": ""})
    limits = await org.person.get(f"{DATA}/limits")

    assert "sforce-limit-info" not in versions.headers
    assert "api-usage=1/100000" == limits.headers["sforce-limit-info"]
    assert {"Max": 100000, "Remaining": 99999} == limits.json()["DailyApiRequests"]
    assert {"label": "Spring '26", "url": DATA, "version": "66.0"} in versions.json()


@pytest.mark.parametrize(
    ("knob", "text"),
    [
        ({"daily_requests": 0}, "TotalRequests Limit exceeded."),
        ({"crowded": 1}, "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    ],
)
async def test_too_many_requests_are_a_403_that_names_no_time(org: Org, knob: dict[str, int], text: str) -> None:
    """Neither 429 nor Retry-After: only the text tells one limit from the other."""
    org.sandbox.seed(knob)

    response = await org.person.get(f"{DATA}/limits")

    assert 403 == response.status_code
    assert [{"message": text, "errorCode": "REQUEST_LIMIT_EXCEEDED"}] == response.json()
    assert "retry-after" not in response.headers


async def test_the_daily_window_rolls(org: Org) -> None:
    """A day later the requests of yesterday no longer count."""
    org.sandbox.seed({"daily_requests": 1})
    first, second = [(await org.person.get(f"{DATA}/limits")).status_code for _ in range(2)]
    org.sandbox.advance(86_401)

    assert (200, 403, 200) == (first, second, (await org.person.get(f"{DATA}/limits")).status_code)


@pytest.mark.parametrize(("version", "status"), [("v30.0", 410), ("v59.0", 200), ("v68.0", 200), ("v69.0", 404)])
async def test_a_retired_version_is_gone(org: Org, version: str, status: int) -> None:
    """Versions still kept answer, older ones are 410, and those to come are unknown."""
    assert status == (await org.person.get(f"/services/data/{version}/limits")).status_code


async def test_a_method_that_an_address_does_not_know_is_a_405(org: Org) -> None:
    """The refusal lists what would do."""
    response = await org.person.put(f"{DATA}/limits")

    assert (405, "METHOD_NOT_ALLOWED") == (response.status_code, response.json()[0]["errorCode"])


async def test_bodies_that_are_not_json_and_addresses_that_are_too_long_are_refused(org: Org) -> None:
    """415 for another media type, 400 for broken JSON, 414 for an address over 16,384 bytes."""
    url = f"{DATA}/sobjects/Account"
    form = await org.person.post(url, data={"Name": "x"})
    broken = await org.person.post(url, content=b'{"Name":', headers={"Content-Type": "application/json"})
    long = await org.query("x" * 17_000)

    assert [415, 400, 414] == [form.status_code, broken.status_code, long.status_code]
    assert "JSON_PARSER_ERROR" == broken.json()[0]["errorCode"]


async def test_a_stamp_has_whole_seconds_and_an_offset_without_a_colon(org: Org) -> None:
    """`2026-01-31T12:00:00.000+0000`, as the vendor writes it."""
    account = await org.create("Account", Name="x")

    record = (await org.person.get(f"{DATA}/sobjects/Account/{account}?fields=SystemModstamp")).json()

    moment = dt.datetime.strptime(record["SystemModstamp"], "%Y-%m-%dT%H:%M:%S.000%z")
    assert record["SystemModstamp"].endswith(".000+0000")
    assert abs(dt.datetime.now(dt.UTC) - moment) < dt.timedelta(seconds=30)


async def test_a_fault_makes_a_row_locked(org: Org) -> None:
    """Two writes under one parent at a time: one of them meets UNABLE_TO_LOCK_ROW."""
    account = await org.create("Account", Name="x")
    body = '[{"message":"unable to obtain exclusive access to this record","errorCode":"UNABLE_TO_LOCK_ROW"}]'
    fault = {"method": "PATCH", "path": f"{DATA}/sobjects/Account", "kind": "status", "status": 400, "body": body}
    await org.person.post("/_sandbox/faults", json=fault)

    locked = await org.person.patch(f"{DATA}/sobjects/Account/{account}", json={"Name": "y"})

    assert "UNABLE_TO_LOCK_ROW" == locked.json()[0]["errorCode"]
    await org.change("Account", account, Name="y")
