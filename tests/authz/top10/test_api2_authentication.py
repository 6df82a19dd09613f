"""API2:2023, broken authentication: tokens that somebody forged, bent, borrowed or guessed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.authz.callers import KID
from tests.authz.ground import Ground
from tests.gateway.tokens import claims, forged, key, token

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(297, 300)]
AT = "/experience/control_tower/cases"
NOW = datetime.now(UTC)
GOOD: dict[str, Any] = {"tenant": "atlantic", "scope": "cases:read", "roles": ["operations"]}


def good(**changed: Any) -> str:
    """A token that would be taken, but for what is changed."""
    return token(NOW, kind="EdDSA", kid=KID, **{**GOOD, **changed})


def confused() -> str:
    """Signed by HMAC with the public key as the secret."""
    secret = key("EdDSA").public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    head = {"typ": "at+jwt", "kid": KID}
    return jwt.encode(claims(NOW, **GOOD), secret + b"\0" * 32, algorithm="HS256", headers=head)


BENT: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: forged({"alg": "none", "typ": "at+jwt", "kid": KID}, claims(NOW, **GOOD), b""),
    "the public key as a secret": confused,
    "keys from elsewhere": lambda: token(
        NOW, kind="EdDSA", kid="mine", number=1, header={"jku": "https://evil.example/jwks"}, **GOOD
    ),
    "a certificate from elsewhere": lambda: token(
        NOW, kind="EdDSA", kid="mine", number=1, header={"x5u": "https://evil.example/x"}, **GOOD
    ),
    "a key in the header": lambda: token(NOW, kind="EdDSA", kid=KID, number=1, header={"jwk": {"kty": "OKP"}}, **GOOD),
    "a path for a key": lambda: token(NOW, kind="EdDSA", kid="../../dev/null", number=1, **GOOD),
    "a query for a key": lambda: token(NOW, kind="EdDSA", kid="x' or '1'='1", number=1, **GOOD),
    "something that must be understood": lambda: good(header={"crit": ["b64"], "b64": False}),
    "an identity token": lambda: good(header={"typ": "id_token"}),
    "no end": lambda: good(exp=None),
    "an end in words": lambda: good(exp="never"),
    "not yet": lambda: good(nbf=int(NOW.timestamp()) + 3_600),
    "nobody in it": lambda: good(sub=""),
    "bound to a certificate": lambda: good(cnf={"x5t#S256": "AAAA"}),
}


async def test_the_token_they_all_bend_is_good(house: Ground) -> None:
    """Or what follows would prove nothing."""
    answer = await house.door.get(AT, headers={"authorization": f"Bearer {good()}"})

    assert 200 == answer.status_code


@pytest.mark.parametrize("bent", BENT)
async def test_a_bent_token_is_no_token(house: Ground, bent: str) -> None:
    """401 for each; 503 for keys nobody knows, of which the issuer is not asked at an attacker's pace."""
    answer = await house.door.get(AT, headers={"authorization": f"Bearer {BENT[bent]()}"})

    assert answer.status_code == 401 or "authenticate.keys_unavailable" == answer.json()["code"]
    assert 503 != answer.status_code or "key" in bent or "elsewhere" in bent


async def test_a_changed_claim_breaks_the_signature(house: Ground) -> None:
    """More scopes written into a good token make it no token."""
    head, body, signature = good(scope="nothing:read").split(".")
    read = json.loads(base64.urlsafe_b64decode(body + "=="))
    more = base64.urlsafe_b64encode(json.dumps({**read, "scope": "cases:read"}).encode()).decode().rstrip("=")
    answer = await house.door.get(AT, headers={"authorization": f"Bearer {head}.{more}.{signature}"})

    assert 401 == answer.status_code


async def test_a_token_is_taken_from_its_field_alone(house: Ground) -> None:
    """Not from the address, not from a cookie, not from a field of a proxy, and not from two fields at once."""
    told = good()
    answers = [
        await house.door.get(f"{AT}?access_token={told}"),
        await house.door.get(AT, headers={"cookie": f"access_token={told}"}),
        await house.door.get(AT, headers={"x-forwarded-authorization": f"Bearer {told}"}),
        await house.door.get(AT, headers={"x-forwarded-user": "olivia.ops", "x-sluice-caller": "olivia.ops"}),
        await house.door.get(AT, headers=[("authorization", f"Bearer {told}"), ("authorization", "Bearer x")]),
    ]

    assert {400, 401} >= {each.status_code for each in answers}


async def test_secrets_are_not_guessed_for_long(house: Ground) -> None:
    """After some wrong secrets of clients the endpoint for tokens answers 429, whichever client is tried."""
    codes = [
        (
            await house.door.post(
                "/oauth/token",
                data={"grant_type": "client_credentials", "client_id": f"slk_{n:08d}", "client_secret": "guess"},
            )
        ).status_code
        for n in range(30)
    ]

    assert 401 == codes[0]
    assert 429 == codes[-1]
