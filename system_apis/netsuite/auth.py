"""Signs in with a signed assertion (OAuth 2.0 client credentials); never logs it, never refreshes: it asks anew."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final

import httpx
import jwt
import msgspec

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.http import Token
from system_apis.netsuite.config import Config
from system_apis.netsuite.wire import TokenAnswer

TOKEN_PATH: Final = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - an address, not a secret
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE: Final = "rest_webservices"
_SKEW: Final = timedelta(seconds=30)
_LIFE: Final = timedelta(minutes=5)


class SignIn:
    """Fetches access tokens and knows how old the current one is."""

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._fetched_at: float | None = None

    async def fetch(self, http: httpx.AsyncClient) -> Token:
        """A new access token.

        Raises:
            Problem: `unauthenticated` when our credentials are refused, `unavailable` when the vendor is.

        """
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        }
        asked_at = self._clock.now()
        try:
            response = await http.post(self._config.origin + TOKEN_PATH, data=form)
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"sign-in: {type(fault).__name__}") from None
        answer = _granted(response)
        self._fetched_at = self._clock.monotonic()
        return Token(answer.access_token, asked_at + timedelta(seconds=int(answer.expires_in)))

    def token_age_s(self) -> float | None:
        """Seconds since the current token was fetched; None before the first."""
        return None if self._fetched_at is None else self._clock.monotonic() - self._fetched_at

    def assertion(self) -> str:
        """A statement of who we are, valid for minutes, backdated a little for clocks that run behind ours."""
        issued = self._clock.now() - _SKEW
        claims: dict[str, Any] = {
            "iss": self._config.client_id,
            "scope": SCOPE,
            "aud": self._config.origin + TOKEN_PATH,
            "iat": int(issued.timestamp()),
            "exp": int((issued + _LIFE).timestamp()),
            "jti": secrets.token_hex(16),
        }
        headers = {"typ": "JWT", "kid": self._config.certificate_id}
        key = self._config.private_key.reveal()
        return jwt.encode(claims, key, algorithm=self._config.algorithm, headers=headers)


def _granted(response: httpx.Response) -> TokenAnswer:
    if response.status_code == httpx.codes.OK:
        try:
            return msgspec.json.decode(response.content, type=TokenAnswer)
        except msgspec.MsgspecError:
            raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", "the sign-in answer has no token") from None
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise Problem(Kind.RATE_LIMITED, "vendor_crowded", "the account has no room for a sign-in")
    if response.is_server_error:
        raise Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"sign-in answered {response.status_code}")
    raise Problem(
        Kind.UNAUTHENTICATED,
        "vendor_sign_in_refused",
        f"NetSuite refused the assertion: {_reason(response)}",
        hint="check client id, certificate id, its expiry, the mapping to entity and role, and our clock",
    )


def _reason(response: httpx.Response) -> str:
    try:
        said = msgspec.json.decode(response.content, type=dict[str, str])
    except msgspec.MsgspecError:
        return str(response.status_code)
    return said.get("error", str(response.status_code))
