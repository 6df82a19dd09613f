"""How the room is let in: the assertion, the consent, the hour of a token, and the site of the account."""

import json
from typing import Any

import jwt
import pytest

from contracts.problem import Kind, Problem, Retry
from contracts.system.signatures import Signatures
from system_apis.docusign.auth import Login
from tests.system_apis.docusign.desk import KEY, REQUEST, Desk, opened

pytestmark = pytest.mark.req(297)


async def failure(signing: Signatures) -> Problem:
    """The problem with which a read ends."""
    with pytest.raises(Problem) as failed:
        await signing.envelope(envelope_id=KEY)
    return failed.value


def test_the_assertion_says_who_acts_for_whom(desk: Desk) -> None:
    """Signed with RS256, for the bare host, backdated a minute, good for ten."""
    config = desk.config(auth_url="https://account-d.docusign.test")
    assertion = Login(config, clock=desk.clock).assertion()
    public = desk.landscape["seed"]["apps"][0]["public_key"]
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(assertion, public, algorithms=["RS256"], audience="account-d.docusign.test", options=options)

    assert "RS256" == jwt.get_unverified_header(assertion)["alg"]
    assert (config.integration_key, config.user_id) == (claims["iss"], claims["sub"])
    assert ("signature impersonation", 600) == (claims["scope"], claims["exp"] - claims["iat"])
    assert 60 == int(desk.clock.now().timestamp()) - claims["iat"]


def test_a_configuration_never_shows_its_secrets(desk: Desk) -> None:
    """Private key and webhook keys are masked wherever the configuration is printed."""
    shown = repr(desk.config(webhook_secret="the key itself"))

    assert "the key itself" not in shown
    assert "PRIVATE KEY" not in shown


async def test_without_consent_it_is_said_what_to_do(desk: Desk, signing: Signatures) -> None:
    """The user has to open an address of the vendor once; until then nothing is tried again."""
    desk.sandbox.seed({"apps": [{**desk.landscape["seed"]["apps"][0], "consented": []}]})
    found = await failure(signing)

    assert (Kind.UNAVAILABLE, Retry.NEVER, "vendor_consent_missing") == (found.kind, found.retry, found.code)
    assert (
        f"http://account.test/oauth/auth?response_type=code&scope=signature%20impersonation&client_id={desk.config().integration_key}"
        in found.hint
    )
    assert [400] == desk.served("/oauth/token")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (("/restapi", 401, '{"errorCode":"AUTHORIZATION_INVALID_TOKEN"}'), ("vendor_login_refused", Retry.NEVER)),
        (("/oauth/userinfo", 401, "{}"), ("vendor_login_refused", Retry.NEVER)),
        (("/oauth/token", 400, '{"error":"invalid_grant"}'), ("vendor_login_refused", Retry.NEVER)),
        (("/oauth/token", 403, "?"), ("vendor_login_refused", Retry.NEVER)),
        (("/oauth/token", 429, ""), ("vendor_login_limit", Retry.LATER)),
        (("/oauth/token", 503, ""), ("vendor_unavailable", Retry.LATER)),
        (("/oauth/token", 200, "{}"), ("vendor_garbled", Retry.LATER)),
        (("/oauth/userinfo", 200, '{"sub":"x"}'), ("vendor_schema_mismatch", Retry.NEVER)),
    ],
)
async def test_a_connection_that_is_not_let_in_says_why(
    desk: Desk, signing: Signatures, fault: tuple[str, int, str], expected: tuple[str, Retry]
) -> None:
    """Refused, too frequent, down or garbled: never blamed on our own caller."""
    path, status, body = fault
    desk.fault("*", path, "status", status=status, body=body, times=50)
    found = await failure(signing)

    assert expected == (found.code, found.retry)


@pytest.mark.parametrize(("method", "code"), [("POST", 201), ("PUT", 200)])
async def test_a_token_that_ended_early_is_renewed_once(
    desk: Desk, signing: Signatures, method: str, code: int
) -> None:
    """The refused call is sent again with a new token, and sends nothing twice."""
    desk.fault(method, "/envelopes", "status", status=401, body='{"errorCode":"AUTHORIZATION_INVALID_TOKEN"}')
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert sent.external_id
    assert [200, 200] == desk.served("/oauth/token")
    assert [401, code] == desk.served("/envelopes", method)
    assert ["sent"] == desk.states()


async def test_a_token_is_renewed_before_it_ends(desk: Desk, signing: Signatures) -> None:
    """By our own clock, half a minute early: no call has to be refused for it."""
    await signing.envelope_changes()
    desk.clock.advance(3580)
    await signing.envelope_changes()

    assert [200, 200] == desk.served("/oauth/token")
    assert 401 not in desk.served("")


async def test_a_clock_that_runs_ahead_of_the_vendors_is_let_in(desk: Desk, signing: Signatures) -> None:
    """By less than a minute; the assertion is dated back."""
    desk.sandbox.advance(-50)

    assert [] == (await signing.envelope_changes()).envelopes


async def test_the_account_is_found_at_its_site(desk: Desk) -> None:
    """The default account without a setting, the named one with it, and a hint where the user has no such account."""
    async with opened(desk, account_id="") as signing:
        assert [] == (await signing.envelope_changes()).envelopes
    async with opened(desk, account_id="00000000-0000-4000-8000-000000000000") as signing:
        found = await failure(signing)

    assert ("vendor_account_missing", Retry.NEVER) == (found.code, found.retry)
    assert [200, 200] == desk.served("/oauth/userinfo")


async def test_an_account_that_has_moved_is_found_again(desk: Desk, signing: Signatures) -> None:
    """The old site says that nothing is there, which is no missing envelope; the next call finds the new one."""
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)
    user = desk.landscape["seed"]["users"][0]
    accounts = [{**each, "base_uri": each["base_uri"].replace("/na3", "/na4")} for each in user["accounts"]]
    desk.sandbox.seed({"site": "/na4", "users": [{**user, "accounts": accounts}]})
    moved = await failure(signing)
    found = await signing.envelope(envelope_id=KEY)

    assert (Kind.UNAVAILABLE, Retry.LATER, "vendor_account_elsewhere") == (moved.kind, moved.retry, moved.code)
    assert sent == found


async def test_a_site_without_the_same_protection_gets_no_token(desk: Desk, signing: Signatures) -> None:
    """Whoever answers for the user cannot lead our token to an address of another scheme."""
    accounts = [{"account_id": desk.config().account_id, "base_uri": "ftp://elsewhere.test"}]
    body = json.dumps({"accounts": accounts})
    desk.fault("GET", "/oauth/userinfo", "status", status=200, body=body)
    found = await failure(signing)

    assert "vendor_site_insecure" == found.code
