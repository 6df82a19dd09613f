"""Obtain a token from Entra by client credentials; says no more about a refusal than its error code."""

from __future__ import annotations

import datetime as dt
from typing import Final

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.http import Token
from system_apis.sharepoint.config import Config
from system_apis.sharepoint.wire import Granted, LoginRefused

_PASSING: Final = frozenset({"temporarily_unavailable", "server_error"})


class Login:
    """Fetches tokens for one connection; they hold for about an hour."""

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock

    async def fetch_token(self, http: httpx.AsyncClient) -> Token:
        """A new token.

        Raises:
            Problem: unavailable, when Entra cannot be reached or does not let us in; rate_limited.

        """
        config = self._config
        form = {
            "grant_type": "client_credentials",
            "client_id": config.client_id,
            "client_secret": config.client_secret.reveal(),
            "scope": f"{config.resource}/.default",
        }
        try:
            response = await http.post(f"{config.login_url}/{config.tenant_id}/oauth2/v2.0/token", data=form)
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"login: {type(fault).__name__}") from None
        if response.status_code != httpx.codes.OK:
            raise refusal(response)
        try:
            granted = msgspec.json.decode(response.content, type=Granted)
        except msgspec.DecodeError:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "login: the answer is no token") from None
        return Token(granted.access_token, self._clock.now() + dt.timedelta(seconds=granted.expires_in))


def refusal(response: httpx.Response) -> Problem:
    """What a refused login means. Not `unauthenticated`: that would blame our own caller."""
    try:
        refused = msgspec.json.decode(response.content, type=LoginRefused)
    except msgspec.DecodeError:
        refused = LoginRefused(error=str(response.status_code))
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return Problem(Kind.RATE_LIMITED, "vendor_login_limit", "too many logins")
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or refused.error in _PASSING:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"login: {response.status_code}")
    numbers = ", ".join(f"AADSTS{number}" for number in refused.error_codes)
    return Problem(
        Kind.UNAVAILABLE,
        "vendor_login_refused",
        f"login: {refused.error} {numbers}".rstrip(),
        retry=Retry.NEVER,
        hint="check tenant, application, and its secret's last day",
    )
