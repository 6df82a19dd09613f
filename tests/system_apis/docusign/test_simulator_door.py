"""Who the simulator lets in, and where: assertions, consent, an hour of a token, and the site of the account."""

from typing import Any

import jwt
import pytest

from tests.system_apis.docusign.desk import Desk

pytestmark = pytest.mark.req(34, 353)

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PERIOD = {"from_date": "2015-01-01"}


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
