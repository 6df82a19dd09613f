"""Issues the gateway's own tokens and publishes the keys they are checked with; refuses a key that is not Ed25519.

Used by partners who exchange their key for a token, and by the portal for its sessions. Each has its own `typ`, so
that a session opens no operation.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import OKPAlgorithm

from kit.caller import Caller
from kit.clock import Clock
from kit.door.claims import Issuer

ACCESS: Final = "at+jwt"
SESSION: Final = "session+jwt"


class Issued:
    """Signs with the first key; the public halves of all are published, so that a change of keys is seen by nobody."""

    def __init__(self, *, issuer: str, audience: str, private_keys: Iterable[str], clock: Clock) -> None:
        """Make the issuer; without a key it makes one of its own, which ends with the process.

        Raises:
            TypeError: a key is not an Ed25519 key.

        """
        self.issuer = issuer
        self.audience = audience
        self._clock = clock
        keys = [_private(text) for text in private_keys] or [Ed25519PrivateKey.generate()]
        self._key = keys[0]
        self._secret = self._key.private_bytes_raw()
        self._published = [_public(key) for key in keys]

    @property
    def trusted(self) -> Issuer:
        """How the door reads our own tokens."""
        return Issuer(issuer=self.issuer, audience=self.audience, algorithms=("EdDSA",), types=(ACCESS,))

    def jwks(self) -> bytes:
        """The public keys, the newest first."""
        return json.dumps({"keys": self._published}).encode()

    async def fetch(self, _url: str) -> bytes:
        """The same, for the door itself."""
        return self.jwks()

    def mint(self, caller: Caller, *, scopes: Iterable[str], lifetime_s: int, kind: str = ACCESS) -> str:
        """A token for this caller."""
        now = int(self._clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience if kind == ACCESS else f"{self.audience}:portal",
            "sub": caller.subject,
            "client_id": caller.client_id,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime_s,
            "jti": secrets.token_urlsafe(12),
            "scope": " ".join(sorted(scopes)),
            "roles": sorted(caller.roles),
            "tenant": caller.tenant,
            "organisations": sorted(caller.organisations),
        }
        if kind == SESSION:
            claims["origin"] = caller.issuer
        headers = {"typ": kind, "kid": self._published[0]["kid"]}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers=headers)

    def proof(self, purpose: bytes, text: str) -> str:
        """What only we can say about a text; the same in every process that signs with the same key."""
        return hashlib.blake2b(text.encode(), key=self._secret, person=purpose[:16], digest_size=32).hexdigest()

    def session(self, token: str) -> dict[str, Any] | None:
        """The claims of a session of ours that has not ended; None for anything else."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != SESSION:
                return None
            by_id = {key["kid"]: key for key in self._published}
            key = jwt.PyJWK(by_id[str(header.get("kid"))], algorithm="EdDSA").key
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=f"{self.audience}:portal",
                issuer=self.issuer,
                options={"require": ["exp", "sub", "jti"], "verify_exp": False, "verify_nbf": False},
            )
        except (jwt.InvalidTokenError, KeyError):
            return None
        return claims if self._clock.now().timestamp() < claims["exp"] else None


def _private(text: str) -> Ed25519PrivateKey:
    key = load_pem_private_key(text.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the gateway signs with an Ed25519 key")
    return key


def _public(key: Ed25519PrivateKey) -> dict[str, Any]:
    public: dict[str, Any] = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    members = {name: public[name] for name in ("crv", "kty", "x")}
    thumbprint = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    kid = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()  # RFC 7638
    return {**members, "kid": kid, "use": "sig", "alg": "EdDSA"}
