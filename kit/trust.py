"""The short-lived token between tiers: EdDSA, 60 seconds, one audience; refuses every other token.

Each tier signs with its own key and accepts only the issuers that stand above it on the stairs.
Scopes may be narrowed on the way down, never widened (token exchange in the sense of RFC 8693).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.clock import Clock

LIFETIME_S: Final = 60
LEEWAY_S: Final = 5
HEADER: Final = "authorization"
TOKEN_TYPE: Final = "sluice+jwt"  # noqa: S105 - a media type, not a secret
STAIRS: Final[dict[str, tuple[str, ...]]] = {
    "experience": ("gateway",),
    "process": ("gateway", "experience"),
    "system": ("gateway", "process", "worker"),
}


def new_key_pair() -> tuple[str, str]:
    """A fresh Ed25519 key pair as PEM: private, public."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, public_pem(private)


def public_pem(private_key_pem: str) -> str:
    """The public half of a private key."""
    public = load_pem_private_key(private_key_pem.encode(), password=None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Signer:
    """Mints tokens in the name of one tier."""

    def __init__(self, *, issuer: str, private_key_pem: str, clock: Clock) -> None:
        self.issuer = issuer
        self._clock = clock
        key = load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("an internal signing key is an Ed25519 key")
        self._key = key

    def mint(self, *, audience: str, caller: Caller, scopes: frozenset[str] | None = None) -> str:
        """A token for one flight of stairs, carrying the caller and who speaks for it."""
        now = int(self._clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": audience,
            "sub": caller.subject,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_S,
            "jti": secrets.token_urlsafe(12),
            "scope": " ".join(sorted(caller.scopes if scopes is None else scopes)),
            "roles": sorted(caller.roles),
            "tenant": caller.tenant,
            "client_id": caller.client_id,
            **({"organisations": sorted(caller.organisations)} if caller.organisations else {}),
            "act": [*caller.actor, self.issuer],
            "origin": caller.issuer,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"typ": TOKEN_TYPE, "kid": self.issuer})


class Verifier:
    """Accepts tokens for one tier, from the issuers above it only."""

    def __init__(self, *, audience: str, public_keys: Mapping[str, str], clock: Clock) -> None:
        self._audience = audience
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {}
        for issuer in STAIRS[audience]:
            if issuer in public_keys:
                key = load_pem_public_key(public_keys[issuer].encode())
                if not isinstance(key, Ed25519PublicKey):
                    raise TypeError(f"the key of {issuer} is not an Ed25519 key")
                self._keys[issuer] = key

    def verify(self, authorization: str | None) -> Caller:
        """Read the caller out of an `Authorization: Bearer` header.

        Raises:
            Problem: unauthenticated, with a code that says which check refused.

        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refusal("token_missing", "this tier is reached with an internal bearer token")
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(str(header.get("kid")))
            if key is None or header.get("typ") != TOKEN_TYPE:
                raise _refusal("token_issuer_refused", "no key of a tier that may call here fits this token")
            claims = self._claims(token, key)
        except jwt.InvalidTokenError as fault:
            raise _refusal("token_invalid", type(fault).__name__) from None
        if claims["iss"] != header["kid"]:
            raise _refusal("token_issuer_refused", "the issuer and the key differ")
        return _caller(claims)

    def _claims(self, token: str, key: Ed25519PublicKey) -> dict[str, Any]:
        required = ["exp", "iat", "nbf", "aud", "iss", "sub"]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=self._audience,
            options={"require": required, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        now = self._clock.now().timestamp()
        if not claims["nbf"] - LEEWAY_S <= now <= claims["exp"] + LEEWAY_S:
            raise _refusal("token_expired", "the internal token is outside its 60 seconds")
        return claims


def _caller(claims: Mapping[str, Any]) -> Caller:
    return Caller(
        subject=str(claims["sub"]),
        issuer=str(claims.get("origin", "")),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        roles=frozenset(claims.get("roles", [])),
        tenant=str(claims.get("tenant", "default")),
        actor=tuple(claims.get("act", [])),
        client_id=str(claims.get("client_id", "")),
        organisations=frozenset(claims.get("organisations", [])),
    )


def _refusal(code: str, detail: str) -> Problem:
    return Problem(Kind.UNAUTHENTICATED, code, detail, hint="call through the gateway, or mint a token for this tier")
