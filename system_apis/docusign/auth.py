"""Signs in by JWT grant, in the name of a user who has consented; says no more of a refusal than its word."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.http import Token
from system_apis.docusign.config import Config
from system_apis.docusign.wire import Granted, LoginRefused

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE: Final = "signature impersonation"
_SKEW: Final = dt.timedelta(seconds=60)
_LIFE: Final = dt.timedelta(minutes=10)


class Login:
    """Fetches tokens for one connection; there are none to refresh, so each is asked for anew."""

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock

    async def fetch_token(self, http: httpx.AsyncClient) -> Token:
        """A new access token, good for an hour.

        Raises:
            Problem: unavailable, when the vendor cannot be reached or does not let us in.

        """
        asked_at = self._clock.now()
        form = {"grant_type": GRANT, "assertion": self.assertion()}
        try:
            response = await http.post("/oauth/token", data=form)
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"login: {type(fault).__name__}") from None
        if response.status_code != httpx.codes.OK:
            raise refusal(response, config=self._config)
        try:
            granted = msgspec.json.decode(response.content, type=Granted, strict=False)
        except msgspec.DecodeError:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "login: the answer is no token") from None
        return Token(granted.access_token, asked_at + dt.timedelta(seconds=granted.expires_in))

    def assertion(self) -> str:
        """Who we are and for whom we act; dated a little back, for clocks that run behind ours.

        The audience is the host alone: with a scheme before it the vendor refuses.
        """
        issued = self._clock.now() - _SKEW
        claims: dict[str, Any] = {
            "iss": self._config.integration_key,
            "sub": self._config.user_id,
            "aud": urlsplit(self._config.auth_url).netloc,
            "scope": SCOPE,
            "iat": int(issued.timestamp()),
            "exp": int((issued + _LIFE).timestamp()),
        }
        return jwt.encode(claims, self._config.private_key.reveal(), algorithm="RS256")


def refusal(response: httpx.Response, *, config: Config) -> Problem:
    """What a refused login means. Not `unauthenticated`: that would blame our own caller."""
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Problem(Kind.RATE_LIMITED, "vendor_login_limit", "too many logins")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"login: {status}")
    try:
        word = msgspec.json.decode(response.content, type=LoginRefused).error
    except msgspec.DecodeError:
        word = str(status)
    if word == "consent_required":
        where = f"{config.auth_url}/oauth/auth?response_type=code&scope=signature%20impersonation&client_id="
        return Problem(
            Kind.UNAVAILABLE,
            "vendor_consent_missing",
            "login: the user has not consented to the app, or has withdrawn it",
            retry=Retry.NEVER,
            hint=f"let the user open {where}{config.integration_key} with one of the app's redirect addresses",
        )
    return Problem(
        Kind.UNAVAILABLE,
        "vendor_login_refused",
        f"login: {word}",
        retry=Retry.NEVER,
        hint="check integration key, user id, private key, our clock, and whether auth_url is the user's environment",
    )
