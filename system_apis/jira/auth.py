"""Two ways in: a user's API token, presented with every call, and an app's token of an hour, renewed in time."""

from __future__ import annotations

import base64
import datetime as dt

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.http import Token, bearer
from system_apis.jira.config import Config
from system_apis.jira.wire import Granted

_PATH = "/oauth/token"


class Login:
    """Fetches and presents tokens for one connection."""

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._refresh_token = config.refresh_token.reveal()

    def authorize(self, token: Token) -> dict[str, str]:
        """The header that presents a token."""
        if self._config.flow == "oauth":
            return bearer(token)
        pair = f"{self._config.email}:{token.value}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    async def fetch_token(self, http: httpx.AsyncClient) -> Token:
        """A new token; an API token is always the same.

        A refresh token is good once: the one that comes with the answer is kept for the next time, in memory only.

        Raises:
            Problem: unavailable, when the vendor cannot be reached or does not let us in.

        """
        if self._config.flow == "api_token":
            return Token(self._config.api_token.reveal(), None)
        asked_at = self._clock.now()
        body = {
            "grant_type": "refresh_token",
            "client_id": self._config.client_id,
            "client_secret": self._config.client_secret.reveal(),
            "refresh_token": self._refresh_token,
        }
        try:
            response = await http.post(f"{self._config.login_url.rstrip('/')}{_PATH}", json=body)
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"login: {type(fault).__name__}") from None
        if response.status_code != httpx.codes.OK:
            raise refusal(response.status_code)
        try:
            granted = msgspec.json.decode(response.content, type=Granted)
        except msgspec.DecodeError:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "login: the answer is no token") from None
        self._refresh_token = granted.refresh_token or self._refresh_token
        return Token(granted.access_token, asked_at + dt.timedelta(seconds=granted.expires_in))


def refusal(status: int) -> Problem:
    """What a refused login means. Not `unauthenticated`: that would blame our own caller."""
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Problem(Kind.RATE_LIMITED, "vendor_login_limit", "too many logins")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"login: {status}")
    return Problem(
        Kind.UNAVAILABLE,
        "vendor_login_refused",
        f"login: {status}",
        retry=Retry.NEVER,
        hint="check the app's id and secret, and grant the app anew: a refresh token is good once",
    )
