"""Obtain a token from Entra by client credentials; says no more about a refusal than its error code."""

from __future__ import annotations

import datetime as dt
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.http import Token
from kit.http.token import FetchToken
from system_apis.dynamics_finance.config import Config

_PASSING: Final = frozenset({"temporarily_unavailable", "server_error"})


class _Granted(Struct, frozen=True):
    access_token: str
    expires_in: int


class _Denied(Struct, frozen=True):
    error: str = ""
    error_codes: list[int] = []


def fetcher(config: Config, *, clock: Clock) -> FetchToken:
    """How a token for the environment is had; there is no refresh token, it is asked for anew."""

    async def fetch(http: httpx.AsyncClient) -> Token:
        asked_at = clock.now()
        form = {
            "grant_type": "client_credentials",
            "client_id": config.client_id,
            "client_secret": config.client_secret.reveal(),
            "scope": f"{config.origin}/.default",
        }
        try:
            response = await http.post(f"{config.login_url}/{config.tenant_id}/oauth2/v2.0/token", data=form)
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"login: {type(fault).__name__}") from None
        if response.status_code != httpx.codes.OK:
            raise refusal(response)
        try:
            granted = msgspec.json.decode(response.content, type=_Granted)
        except msgspec.MsgspecError:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "login: the answer is no token") from None
        return Token(granted.access_token, asked_at + dt.timedelta(seconds=granted.expires_in))

    return fetch


def refusal(response: httpx.Response) -> Problem:
    """What a refused login means. Not `unauthenticated`: that would blame our own caller."""
    try:
        denied = msgspec.json.decode(response.content, type=_Denied)
    except msgspec.MsgspecError:
        denied = _Denied(error=str(response.status_code))
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return Problem(Kind.RATE_LIMITED, "vendor_login_limit", "too many logins")
    if response.is_server_error or denied.error in _PASSING:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"login: {response.status_code}")
    numbers = ", ".join(f"AADSTS{number}" for number in denied.error_codes)
    return Problem(
        Kind.UNAVAILABLE,
        "vendor_login_refused",
        f"login: {denied.error} {numbers}".rstrip(),
        retry=Retry.NEVER,
        hint="check tenant, application, its secret's last day, and the environment's address",
    )
