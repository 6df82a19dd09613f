"""Who may come in: private apps with a token that does not end, OAuth apps with tokens that end after half an hour."""

import datetime as dt
import hmac
import re
import uuid
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from kit.sandbox import Sandbox

from .errors import Page, Refusal
from .schema import PORTAL

LIFE_S: Final = 1800
_SHAPE: Final = re.compile(r"pat-[a-z]{2}\d-[0-9a-f-]{36}|C[A-Za-z0-9_-]{20,}")


class Denied(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.body = {"status": status, "message": message}


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is calling: which app, with which scopes (None: all), by OAuth or not, and until when."""

    app: str
    scopes: frozenset[str] | None
    oauth: bool
    ends: dt.datetime | None = None


class Door:
    """Apps and tokens of the account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget every app and token."""
        self._guests: dict[str, Guest] = {}
        self._apps: dict[str, dict[str, Any]] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load private apps and OAuth apps."""
        for app in document.get("private_apps", ()):
            scopes = app.get("scopes")
            self._guests[app["token"]] = Guest(app["name"], None if scopes is None else frozenset(scopes), oauth=False)
        self._apps |= {app["client_id"]: app for app in document.get("oauth_apps", ())}

    def token(self, body: bytes) -> dict[str, Any]:
        """Answer the token endpoint; raises Denied."""
        form = dict(parse_qsl(body.decode()))
        app = self._apps.get(form.get("client_id", ""))
        secret = form.get("client_secret", "").encode()
        if app is None or not hmac.compare_digest(str(app["client_secret"]).encode(), secret):
            raise Denied("BAD_CLIENT_ID", "missing or unknown client id")
        grant = form.get("grant_type", "")
        if grant == "refresh_token":
            if form.get("refresh_token") not in app["refresh_tokens"]:
                raise Denied("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
            return self._opened(app, refresh=form["refresh_token"])
        if grant == "authorization_code":
            if form.get("code") not in app.get("codes", ()):
                raise Denied("BAD_AUTH_CODE", "missing or unknown auth code")
            app["codes"].remove(form["code"])
            return self._opened(app, refresh=app["refresh_tokens"][0])
        if grant == "client_credentials":
            return self._opened(app)
        raise Denied("BAD_GRANT_TYPE", "missing or unknown grant type")

    def admit(self, authorization: str) -> Guest:
        """Who calls; raises the vendor's 401, or a page of HTML for what does not look like a token at all."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            raise _not_authenticated("INVALID_AUTHENTICATION")
        guest = self._guests.get(token)
        if guest is None:
            if _SHAPE.fullmatch(token) is None:
                raise Page(530, "Error 1016")
            raise _not_authenticated("INVALID_AUTHENTICATION")
        if guest.ends is not None and guest.ends <= self._sandbox.now():
            raise _not_authenticated("EXPIRED_AUTHENTICATION")
        return guest

    def _opened(self, app: dict[str, Any], *, refresh: str = "") -> dict[str, Any]:
        token = f"C{uuid.UUID(int=self._sandbox.random.getrandbits(128)).hex}"
        ends = self._sandbox.now() + dt.timedelta(seconds=LIFE_S)
        scopes = app.get("scopes")
        allowed = None if scopes is None else frozenset(scopes)
        self._guests[token] = Guest(app["client_id"], allowed, oauth=True, ends=ends)
        told: dict[str, Any] = {"access_token": token, "expires_in": LIFE_S, "token_type": "bearer"}
        return told | {"refresh_token": refresh, "hub_id": PORTAL, "scopes": sorted(allowed or ())}


def _not_authenticated(category: str) -> Refusal:
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return Refusal(401, message, category=category)
