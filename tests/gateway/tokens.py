"""Keys and tokens as an identity provider makes them, and as an attacker does."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://idp.example"
AUDIENCE = "sluice-gateway"
JWKS_URL = "http://idp.example/jwks"


@cache
def key(kind: str, number: int = 0) -> Any:
    """A private key of a kind, the same each time within one run."""
    if kind == "RS256":
        return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ES256" else ed25519.Ed25519PrivateKey.generate()


def public(kind: str, kid: str, number: int = 0) -> dict[str, Any]:
    """Its public half, as a JWK."""
    makers: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
    return {**makers[kind].to_jwk(key(kind, number).public_key(), as_dict=True), "kid": kid, "use": "sig"}


def jwks(*keys: dict[str, Any]) -> bytes:
    """A published set."""
    return json.dumps({"keys": list(keys)}).encode()


def claims(now: datetime, **changed: Any) -> dict[str, Any]:
    """Good claims, except for what is changed; None takes one out."""
    at = int(now.timestamp())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ann",
        "iat": at,
        "nbf": at,
        "exp": at + 600,
        "scope": "orders:read orders:write",
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(
    now: datetime,
    *,
    kind: str = "RS256",
    kid: str = "k1",
    number: int = 0,
    header: dict[str, Any] | None = None,
    **changed: Any,
) -> str:
    """A signed token."""
    fields = {"typ": "at+jwt", "kid": kid, **(header or {})}
    return jwt.encode(claims(now, **changed), key(kind, number), algorithm=kind, headers=fields)


def forged(header: dict[str, Any], body: dict[str, Any], signature: bytes = b"x") -> str:
    """A token put together by hand."""
    return ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode()
        for part in (json.dumps(header).encode(), json.dumps(body).encode(), signature)
    )
