"""Who is asking: basic credentials or a token, a session by its cookie, and the token that guards writes."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any, Final

from system_apis.sap_s4hana.simulator.refusal import Refusal
from system_apis.sap_s4hana.simulator.state import Session, Tenant

COOKIE: Final = "SAP_SESSIONID_S4H_100"
TOKEN_PATH: Final = "/sap/bc/sec/oauth2/token"
FETCH: Final = "fetch"
REQUIRED: Final = {"x-csrf-token": "Required"}


def signed_in(tenant: Tenant, headers: Mapping[str, str]) -> str:
    """The user behind the credentials.

    Raises:
        Refusal: 401; the tenant never says what was wrong.

    """
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind == "Basic":
        user, _, password = base64.b64decode(value).decode().partition(":")
        if tenant.users.get(user) == password:
            return user
    if kind == "Bearer":
        until = tenant.tokens.get(value)
        if until is not None and until > tenant.world.now():
            return "oauth"
    raise Refusal(401, "401", "Logon failed", headers={"www-authenticate": 'Basic realm="SAP NetWeaver"'})


def granted(tenant: Tenant, headers: Mapping[str, str], form: Mapping[str, str]) -> dict[str, Any]:
    """A token for client credentials, sent as basic credentials of the client."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    client, _, secret = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
    if form.get("grant_type") != "client_credentials":
        raise Refusal(400, "unsupported_grant_type", "the grant type is not supported")
    if not secret or tenant.clients.get(client) != secret:
        raise Refusal(401, "invalid_client", "the client is unknown or its secret is wrong")
    token = secrets.token_urlsafe(32)
    life = dt.timedelta(seconds=tenant.settings.token_life_s)
    tenant.tokens[token] = tenant.world.now() + life
    return {"access_token": token, "token_type": "Bearer", "expires_in": str(int(life.total_seconds()))}


def session_of(tenant: Tenant, headers: Mapping[str, str], user: str) -> Session | None:
    """The live session that the cookie names; using it keeps it alive."""
    cookies = SimpleCookie(headers.get("cookie", ""))
    session = tenant.sessions.get(cookies[COOKIE].value) if COOKIE in cookies else None
    if session is None or session.user != user or session.until <= tenant.world.now():
        return None
    session.until = _until(tenant)
    return session


def opened(tenant: Tenant, user: str) -> tuple[str, Session]:
    """A new session and its cookie value."""
    value = secrets.token_urlsafe(24)
    tenant.sessions[value] = Session(token=secrets.token_urlsafe(18), user=user, until=_until(tenant))
    return value, tenant.sessions[value]


def check_token(session: Session | None, headers: Mapping[str, str]) -> None:
    """Refuse a write whose token is missing or belongs to another session."""
    if session is None or headers.get("x-csrf-token") != session.token:
        raise Refusal(403, "", "CSRF token validation failed", headers=REQUIRED)


def _until(tenant: Tenant) -> dt.datetime:
    return tenant.world.now() + dt.timedelta(seconds=tenant.settings.session_s)
