"""Who we are to a pod: an assertion about a user of it, signed by us, is exchanged for a token."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import Any, Final

import httpx
import jwt
import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.http import Token
from kit.http.token import FetchToken
from system_apis.oracle_fusion.config import Config

TOKEN_PATH: Final = "/oauth2/v1/token"  # noqa: S105 - an address, not a secret
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE: Final = "https://identity.oraclecloud.com/"
_SKEW: Final = timedelta(seconds=30)
_LIFE: Final = timedelta(minutes=5)


class _Granted(Struct, frozen=True):
    access_token: str
    expires_in: int


def fetcher(config: Config, *, clock: Clock) -> FetchToken:
    """How a token is had; there is no refresh token, it is asked for anew."""
    said = f"{config.client_id}:{config.client_secret.reveal()}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(said).decode()}

    async def fetch(http: httpx.AsyncClient) -> Token:
        asked_at = clock.now()
        form = {"grant_type": GRANT, "assertion": assertion(config, clock=clock), "scope": config.scope}
        url = config.identity_url.rstrip("/") + TOKEN_PATH
        try:
            response = await http.post(url, data=form, headers=headers)
        except httpx.HTTPError as fault:
            raise Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"sign-in: {type(fault).__name__}") from None
        granted = _granted(response)
        return Token(granted.access_token, asked_at + timedelta(seconds=granted.expires_in))

    return fetch


def assertion(config: Config, *, clock: Clock) -> str:
    """A statement that we act as the user, valid for minutes, backdated a little for clocks that run behind ours."""
    issued = clock.now() - _SKEW
    claims: dict[str, Any] = {
        "iss": config.client_id,
        "sub": config.user,
        "aud": AUDIENCE,
        "iat": int(issued.timestamp()),
        "exp": int((issued + _LIFE).timestamp()),
        "jti": secrets.token_hex(16),
    }
    headers = {"kid": config.certificate_alias}
    return jwt.encode(claims, config.private_key.reveal(), algorithm="RS256", headers=headers)


def _granted(response: httpx.Response) -> _Granted:
    if response.is_success:
        try:
            return msgspec.json.decode(response.content, type=_Granted, strict=False)
        except msgspec.MsgspecError:
            raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", "the sign-in answer has no token") from None
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise Problem(Kind.RATE_LIMITED, "vendor_crowded", "the identity domain has no room for a sign-in")
    if response.is_server_error:
        raise Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"sign-in answered {response.status_code}")
    detail = f"the identity domain refused our assertion with {response.status_code}"
    hint = "look at the confidential application, its certificate and scope, the user of the pod, and our clock"
    raise Problem(Kind.UNAUTHENTICATED, "vendor_sign_in_refused", detail, hint=hint)
