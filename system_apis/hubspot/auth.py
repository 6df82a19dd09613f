"""Obtain a token by refresh token, client credentials or none at all; says no more of a refusal than its word."""

from __future__ import annotations

import datetime as dt

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.http import Token
from system_apis.hubspot.config import Config
from system_apis.hubspot.paths import Paths
from system_apis.hubspot.wire import Granted, LoginRefused


class Login:
    """Fetches tokens for one connection."""

    def __init__(self, config: Config, *, paths: Paths, clock: Clock) -> None:
        self._config = config
        self._path = paths.token
        self._clock = clock
        self._refresh_token = config.refresh_token.reveal()

    async def fetch_token(self, http: httpx.AsyncClient) -> Token:
        """A new token; that of a private app is always the same.

        Raises:
            Problem: unavailable, when the vendor cannot be reached or does not let us in.

        """
        if self._config.flow == "private_app":
            return Token(self._config.access_token.reveal(), None)
        asked_at = self._clock.now()
        try:
            response = await http.post(self._path, data=self._form())
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"login: {type(fault).__name__}") from None
        if response.status_code != httpx.codes.OK:
            raise refusal(response)
        try:
            granted = msgspec.json.decode(response.content, type=Granted)
        except msgspec.DecodeError:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "login: the answer is no token") from None
        self._refresh_token = granted.refresh_token or self._refresh_token
        return Token(granted.access_token, asked_at + dt.timedelta(seconds=granted.expires_in))

    def _form(self) -> dict[str, str]:
        form = {"client_id": self._config.client_id, "client_secret": self._config.client_secret.reveal()}
        if self._config.flow == "client_credentials":
            return {"grant_type": "client_credentials", **form}
        return {"grant_type": "refresh_token", "refresh_token": self._refresh_token, **form}


def refusal(response: httpx.Response) -> Problem:
    """What a refused login means. Not `unauthenticated`: that would blame our own caller."""
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Problem(Kind.RATE_LIMITED, "vendor_login_limit", "too many logins")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"login: {status}")
    try:
        refused = msgspec.json.decode(response.content, type=LoginRefused)
    except msgspec.DecodeError:
        refused = LoginRefused(status=str(status))
    return Problem(
        Kind.UNAVAILABLE,
        "vendor_login_refused",
        f"login: {refused.status}",
        retry=Retry.NEVER,
        hint="check the app's id and secret, and whether the app is still installed in the account",
    )
