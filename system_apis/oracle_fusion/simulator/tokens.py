"""The identity domain: an access token for a signed user assertion; who it speaks for must be a user of the pod."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any, Final

import jwt

from system_apis.oracle_fusion.simulator.state import Pod

PATH: Final = "/oauth2/v1/token"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE: Final = "https://identity.oraclecloud.com/"


class TokenRefusal(Exception):
    """An OAuth error with its status."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.body = {"error": code, "error_description": text}


def granted(pod: Pod, headers: Mapping[str, str], form: Mapping[str, str]) -> dict[str, Any]:
    """A token; there is no refresh token for this grant."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    name, _, secret = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
    client = pod.clients.get(name)
    if client is None or client["secret"] != secret:
        raise TokenRefusal(401, "invalid_client", "Client authentication failed.")
    if form.get("grant_type") != GRANT:
        raise TokenRefusal(400, "unsupported_grant_type", "The grant type is not supported.")
    if form.get("scope") != client["scope"]:
        raise TokenRefusal(400, "invalid_scope", "The scope is not granted to the client.")
    subject = _subject(pod, form.get("assertion", ""), name, client)
    token = secrets.token_urlsafe(48)
    life = pod.settings.token_life_s
    pod.tokens[token] = {"user": subject, "until": pod.world.now() + dt.timedelta(seconds=life)}
    return {"access_token": token, "token_type": "Bearer", "expires_in": int(life)}


def signed_in(pod: Pod, headers: Mapping[str, str]) -> bool:
    """Whether a request comes with a live token of a user, or with a user's own password."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind == "Basic":
        user, _, password = base64.b64decode(value).decode().partition(":")
        return bool(password) and pod.users.get(user) == password
    held = pod.tokens.get(value)
    return held is not None and held["user"] in pod.users and held["until"] > pod.world.now()


def _subject(pod: Pod, assertion: str, name: str, client: Mapping[str, Any]) -> str:
    unchecked: Any = {"verify_exp": False, "verify_iat": False}
    try:
        claims = jwt.decode(
            assertion, client["certificate"], algorithms=["RS256"], audience=AUDIENCE, issuer=name, options=unchecked
        )
    except jwt.InvalidTokenError as fault:
        raise TokenRefusal(401, "invalid_grant", f"The assertion is not valid: {fault}") from None
    now = pod.world.now().timestamp()
    if claims["exp"] <= now or claims["iat"] > now:
        raise TokenRefusal(401, "invalid_grant", "The assertion is not valid at this time.")
    if claims.get("sub") not in pod.users:
        raise TokenRefusal(401, "invalid_grant", "The user of the assertion is not known.")
    return str(claims["sub"])
