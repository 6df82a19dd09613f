"""Obtain a token by refresh token or by JWT; says no more of a refusal than its word."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import httpx
import jwt
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.http import Token
from system_apis.workday.config import Config
from system_apis.workday.moments import VendorTime
from system_apis.workday.wire import Granted, VendorError

_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_LIFE: Final = dt.timedelta(seconds=120)  # of the five minutes that the vendor takes


class Login:
    """Fetches tokens for one connection. The vendor never says when a token ends."""

    def __init__(self, config: Config, *, time: VendorTime) -> None:
        self._config = config
        self._time = time
        self._path = f"/ccx/oauth2/{config.tenant}/token"
        self._refresh_token = config.refresh_token.reveal()

    async def fetch_token(self, http: httpx.AsyncClient) -> Token:
        """A new token. A refused assertion is signed once more, by the time that the refusal told.

        Raises:
            Problem: unavailable, when the vendor cannot be reached or does not let us in.

        """
        response = await self._asked(http)
        if response.status_code == httpx.codes.BAD_REQUEST and self._config.flow == "jwt_bearer":
            response = await self._asked(http)
        if response.status_code != httpx.codes.OK:
            raise refusal(response)
        try:
            granted = msgspec.json.decode(response.content, type=Granted)
        except msgspec.DecodeError:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "login: the answer is no token") from None
        self._refresh_token = granted.refresh_token or self._refresh_token
        return Token(granted.access_token, None)

    async def _asked(self, http: httpx.AsyncClient) -> httpx.Response:
        config = self._config
        try:
            if config.flow == "jwt_bearer":
                form = {"grant_type": _JWT_BEARER, "assertion": self._assertion()}
                response = await http.post(self._path, data=form)
            else:
                form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
                client = httpx.BasicAuth(config.client_id, config.client_secret.reveal())
                response = await http.post(self._path, data=form, auth=client)
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"login: {type(fault).__name__}") from None
        self._time.heed(response)
        return response

    def _assertion(self) -> str:
        claims: dict[str, Any] = {
            "iss": self._config.client_id,
            "sub": self._config.user,
            "aud": "wd",
            "exp": self._time.now() + _ASSERTION_LIFE,
        }
        return jwt.encode(claims, self._config.private_key.reveal(), algorithm="RS256")


def refusal(response: httpx.Response) -> Problem:
    """What a refused login means. Not `unauthenticated`: that would blame our own caller."""
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Problem(Kind.RATE_LIMITED, "vendor_login_limit", "too many logins")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"login: {status}")
    try:
        refused = msgspec.json.decode(response.content, type=VendorError)
    except msgspec.DecodeError:
        refused = VendorError(error=str(status))
    return Problem(
        Kind.UNAVAILABLE,
        "vendor_login_refused",
        f"login: {refused.error}",
        retry=Retry.NEVER,
        hint="check the API client, its refresh token or certificate, and whether the integration user is enabled",
    )
