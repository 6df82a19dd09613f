"""Who comes to the door: tokens of an issuer that the gateway trusts, and what attackers make of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.gateway.tokens import AUDIENCE, ISSUER, jwks, public, token

KID: Final = "authz"
SECOND_FACTOR: Final = "urn:sluice:acr:second-factor"
LONG_AGO: Final = 1_700_000_000
_KEY: Final = "EdDSA"
_FORGED: Final = 1


@dataclass(frozen=True)
class Caller:
    """Somebody with what an issuer says of them; scopes are said for each request."""

    name: str
    claims: Mapping[str, Any]

    def headers(self, scopes: Iterable[str], *, at: str, **changed: Any) -> dict[str, str]:
        """A good token; `at` keeps the limits of one document from being those of another."""
        now = datetime.now(UTC)
        proof = {"acr": SECOND_FACTOR, "auth_time": int(now.timestamp())}
        claims = {"sub": f"{self.name}.{at}", "roles": [], "tenant": "atlantic", **proof, **self.claims, **changed}
        return _bearer(token(now, kind=_KEY, kid=KID, scope=" ".join(scopes), **claims))


def keys() -> bytes:
    """What the issuer publishes."""
    return jwks(public(_KEY, KID))


def trusted(jwks_url: str) -> dict[str, Any]:
    """The issuer as the gateway's settings name it."""
    return {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": jwks_url, "algorithms": [_KEY]}


def broken(everything: Iterable[str]) -> dict[str, dict[str, str]]:
    """Every way of not being known, with all scopes there are: header fields by name of the caller."""
    now, scope = datetime.now(UTC), " ".join(everything)
    past = int((now - timedelta(hours=2)).timestamp())

    def made(number: int = 0, **changed: Any) -> dict[str, str]:
        return _bearer(token(now, kind=_KEY, kid=KID, number=number, scope=scope, tenant="atlantic", **changed))

    return {
        "nobody": {},
        "expired": made(iat=past, nbf=past, exp=past + 600),
        "other issuer": made(iss="https://elsewhere.example"),
        "forged": made(_FORGED),
        "other audience": made(aud="another-gateway"),
    }


def _bearer(made: str) -> dict[str, str]:
    return {"authorization": f"Bearer {made}"}


async def publishing(scope: Any, receive: Any, send: Any) -> None:
    """The issuer's keys, for whoever asks."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(json.loads(keys())).encode()})
