"""Who we are to an arrangement: basic credentials on every call, or a token for client credentials."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.http import Token
from kit.http.token import FetchToken
from system_apis.sap_s4hana.config import Credential

TOKEN_PATH: Final = "/sap/bc/sec/oauth2/token"  # noqa: S105 - an address, not a secret


class _Granted(Struct, frozen=True):
    access_token: str
    expires_in: int


def basic(user: str, password: str) -> dict[str, str]:
    """The header of basic credentials."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def fetcher(credential: Credential, *, origin: str, clock: Clock) -> FetchToken:
    """How a token is had for client credentials; there is no refresh token, it is asked for anew."""

    async def fetch(http: httpx.AsyncClient) -> Token:
        asked_at = clock.now()
        headers = basic(credential.client_id, credential.client_secret.reveal())
        response = await http.post(origin + TOKEN_PATH, data={"grant_type": "client_credentials"}, headers=headers)
        granted = _granted(response)
        return Token(granted.access_token, asked_at + timedelta(seconds=granted.expires_in))

    return fetch


def _granted(response: httpx.Response) -> _Granted:
    if response.is_success:
        try:
            return msgspec.json.decode(response.content, type=_Granted, strict=False)
        except msgspec.MsgspecError:
            raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", "the sign-in answer has no token") from None
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise Problem(Kind.RATE_LIMITED, "vendor_crowded", "the tenant has no room for a sign-in")
    if response.is_server_error:
        raise Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"sign-in answered {response.status_code}")
    detail = f"the tenant refused our client credentials with {response.status_code}"
    hint = "look at the communication arrangement: its OAuth client, its secret, its user"
    raise Problem(Kind.UNAUTHENTICATED, "vendor_sign_in_refused", detail, hint=hint)
