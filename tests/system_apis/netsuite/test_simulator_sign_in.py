import datetime as dt
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

TOKEN = "/services/rest/auth/oauth2/v1/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SUBSIDIARY = "/services/rest/record/v1/subsidiary/eid:SG-DE"


def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


async def grant(
    vendor: Any,
    *,
    header: dict[str, Any] | None = None,
    form: dict[str, str] | None = None,
    key: str = "",
    algorithm: str = "ES256",
    **claims: Any,
) -> httpx.Response:
    config = vendor.landscape["config"]
    now = int(vendor.sandbox.now().timestamp())
    stated = {
        "iss": config["client_id"],
        "scope": "rest_webservices",
        "aud": vendor.base_url + TOKEN,
        "iat": now,
        "exp": now + 300,
        **claims,
    }
    headers = {"typ": "JWT", "kid": config["certificate_id"], **(header or {})}
    assertion = jwt.encode(stated, key or config["private_key"], algorithm=algorithm, headers=headers)
    sent = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    answer: httpx.Response = await vendor.http.post(TOKEN, data={**sent, **(form or {})})
    return answer


async def test_the_token_says_its_life_as_a_string_and_opens_the_account(vendor: Any) -> None:
    """`expires_in` is the JSON string "3600", there is no refresh token, and the token opens the record service."""
    granted = (await grant(vendor)).json()
    assert ("3600", "bearer") == (granted["expires_in"], granted["token_type"])
    assert {"access_token", "expires_in", "token_type"} == set(granted)
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    assert 200 == (await vendor.http.get(SUBSIDIARY, headers=headers)).status_code


async def test_a_token_expires_on_the_accounts_clock(vendor: Any) -> None:
    """After 3,600 seconds the token is an invalid login."""
    headers = {"Authorization": f"Bearer {(await grant(vendor)).json()['access_token']}"}
    vendor.sandbox.advance(3601)
    refused = await vendor.http.get(SUBSIDIARY, headers=headers)
    assert 401 == refused.status_code
    assert "INVALID_LOGIN" == refused.json()["o:errorDetails"][0]["o:errorCode"]
    assert "Login Audit Trail" in refused.json()["o:errorDetails"][0]["detail"]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ({"aud": "https://elsewhere.example/token"}, "invalid_grant"),
        ({"exp": 9_999_999_999}, "invalid_grant"),
        ({"iat": 1_000_000_000, "exp": 1_000_000_300}, "invalid_grant"),
        ({"iss": "somebody-else"}, "invalid_client"),
        ({"scope": "everything"}, "invalid_request"),
        ({"header": {"kid": "unknown"}}, "invalid_client"),
        ({"form": {"grant_type": "refresh_token"}}, "invalid_request"),
        ({"form": {"client_assertion_type": "none"}}, "invalid_request"),
        ({"form": {"client_assertion": "not.a.jwt"}}, "invalid_request"),
    ],
)
async def test_an_assertion_that_is_not_to_the_letter_is_refused(vendor: Any, case: dict[str, Any], code: str) -> None:
    """Audience, life below an hour, issuer, scope, certificate id and form are all checked."""
    refused = await grant(vendor, **case)
    assert (400, {"error": code}) == (refused.status_code, refused.json())


async def test_an_hour_is_too_long_and_a_second_less_is_not(vendor: Any) -> None:
    """`exp - iat` must be below 3,600."""
    now = int(vendor.sandbox.now().timestamp())
    assert 400 == (await grant(vendor, iat=now, exp=now + 3600)).status_code
    assert 200 == (await grant(vendor, iat=now, exp=now + 3599)).status_code


async def test_rs256_is_refused(vendor: Any) -> None:
    """RS256 is not among the algorithms, however good the key."""
    key = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert {"error": "invalid_request"} == (await grant(vendor, key=key, algorithm="RS256")).json()


async def test_another_key_is_refused(vendor: Any) -> None:
    """The signature must be that of the certificate the kid names."""
    key = pem(ec.generate_private_key(ec.SECP256R1()))
    assert {"error": "invalid_grant"} == (await grant(vendor, key=key)).json()


async def test_an_expired_certificate_is_refused(vendor: Any) -> None:
    """A certificate has an end, after which its kid is no client."""
    vendor.sandbox.advance(dt.timedelta(days=731).total_seconds())
    assert {"error": "invalid_client"} == (await grant(vendor)).json()


async def test_a_token_without_the_scope_opens_nothing(vendor: Any) -> None:
    """A token for RESTlets only has no permission in the record service."""
    granted = (await grant(vendor, scope="restlets")).json()
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    refused = await vendor.http.get(SUBSIDIARY, headers=headers)
    assert (403, "INSUFFICIENT_PERMISSION") == (
        refused.status_code,
        refused.json()["o:errorDetails"][0]["o:errorCode"],
    )


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer unknown"])
async def test_no_sign_in_no_answer(vendor: Any, header: str) -> None:
    """Nothing is answered without a sign-in the account knows."""
    assert 401 == (await vendor.http.get(SUBSIDIARY, headers={"Authorization": header})).status_code


async def test_ps256_with_an_rsa_certificate_is_accepted(vendor: Any) -> None:
    """PS256 is accepted when the mapped certificate holds an RSA key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    mapping = {"kid": "rsa-1", "certificate": certificate(key), "entity": "17", "role": "1093"}
    client_id = vendor.landscape["config"]["client_id"]
    vendor.seed(integrations=[{"clientId": client_id, "certificates": [mapping]}])
    granted = await grant(vendor, key=pem(key), algorithm="PS256", header={"kid": "rsa-1"})
    assert 200 == granted.status_code
    assert b"access_token" in msgspec.json.encode(granted.json())


def certificate(key: Any) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start + dt.timedelta(days=30))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
