"""Obtain a token by JWT bearer or client credentials; says no more about a refusal than its error code."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import httpx
import jwt
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.force.config import OrgConfig
from kit.force.wire import Granted, LoginRefused
from kit.http import Token

_PATH: Final = "/services/oauth2/token"
_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_LIFE: Final = dt.timedelta(
    seconds=120
)  # of the three minutes that the vendor takes, so that clocks may differ


class Login:
    """Fetches tokens for one connection. The vendor never says when a token ends."""

    def __init__(self, config: OrgConfig, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock

    async def fetch_token(self, http: httpx.AsyncClient) -> Token:
        """A new token.

        Raises:
            Problem: unavailable, when the vendor cannot be reached or does not let us in.

        """
        try:
            response = await http.post(_PATH, data=self._form())
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"login: {type(fault).__name__}") from None
        if response.status_code != httpx.codes.OK:
            raise refusal(response)
        try:
            granted = msgspec.json.decode(response.content, type=Granted)
        except msgspec.DecodeError:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "login: the answer is no token") from None
        return Token(granted.access_token, None)

    def _form(self) -> dict[str, str]:
        if self._config.flow == "client_credentials":
            return {
                "grant_type": "client_credentials",
                "client_id": self._config.consumer_key,
                "client_secret": self._config.consumer_secret.reveal(),
            }
        return {"grant_type": _JWT_BEARER, "assertion": self._assertion()}

    def _assertion(self) -> str:
        claims: dict[str, Any] = {
            "iss": self._config.consumer_key,
            "sub": self._config.username,
            "aud": self._config.audience,
            "exp": self._clock.now() + _ASSERTION_LIFE,
        }
        return jwt.encode(claims, self._config.private_key.reveal(), algorithm="RS256")


def refusal(response: httpx.Response) -> Problem:
    """What a refused login means. Not `unauthenticated`: that would blame our own caller."""
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"login: {response.status_code}")
    try:
        refused = msgspec.json.decode(response.content, type=LoginRefused)
    except msgspec.DecodeError:
        refused = LoginRefused(error=str(response.status_code))
    if "rate exceeded" in refused.error_description:
        return Problem(Kind.RATE_LIMITED, "vendor_login_limit", "too many logins")
    return Problem(
        Kind.UNAVAILABLE,
        "vendor_login_refused",
        f"login: {refused.error}",
        retry=Retry.NEVER,
        hint="check the app's certificate, the user's approval and the audience",
    )
