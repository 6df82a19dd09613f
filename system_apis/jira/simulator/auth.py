"""Who may come in: API tokens by Basic at the site, apps by tokens of an hour at the vendor's gateway."""

import base64
import binascii
import datetime as dt
import hmac
import uuid
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from kit.sandbox import Sandbox

from .errors import Refusal

LIFE_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is calling: which account, and with which scopes where it is an app (None: a person or a script)."""

    account_id: str
    scopes: frozenset[str] | None = None
    ends: dt.datetime | None = None


class Door:
    """Tokens of the site and its apps."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget everybody."""
        self.cloud_id = ""
        self._basic: dict[str, dict[str, Any]] = {}
        self._apps: dict[str, dict[str, Any]] = {}
        self._bearers: dict[str, Guest] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load `api_tokens` (email, token, accountId, expires) and `apps` (OAuth 2.0, three legs)."""
        self.cloud_id = str(document.get("cloud_id", self.cloud_id))
        self._basic |= {given["email"]: given for given in document.get("api_tokens", ())}
        self._apps |= {app["client_id"]: app for app in document.get("apps", ())}

    def by_token(self, authorization: str) -> Guest:
        """Who presents an API token; raises the site's 401."""
        scheme, _, encoded = authorization.partition(" ")
        try:
            email, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            email = token = ""
        known = self._basic.get(email)
        if scheme != "Basic" or known is None or not hmac.compare_digest(known["token"].encode(), token.encode()):
            raise _not_let_in()
        expires = known.get("expires")
        if expires and dt.datetime.fromisoformat(expires) <= self._sandbox.now():
            raise _not_let_in()
        return Guest(known["accountId"])

    def by_bearer(self, authorization: str, *, write: bool) -> Guest:
        """Which app presents a token; the gateway answers a missing scope with 401 too."""
        scheme, _, token = authorization.partition(" ")
        guest = self._bearers.get(token) if scheme == "Bearer" else None
        if guest is None or (guest.ends is not None and guest.ends <= self._sandbox.now()):
            raise Refusal(401, body={"code": 401, "message": "Unauthorized"})
        wanted = "write:jira-work" if write else "read:jira-work"
        if guest.scopes is not None and wanted not in guest.scopes:
            raise Refusal(401, body={"code": 401, "message": "Unauthorized; scope does not match"})
        return guest

    def token(self, content: bytes) -> dict[str, Any]:
        """Answer the token endpoint; a refresh token is good once, and a new one comes with every answer."""
        try:
            form = msgspec.json.decode(content, type=dict[str, Any])
        except msgspec.DecodeError:
            raise Refusal(400, body={"error": "invalid_request", "error_description": "body is no JSON"}) from None
        app = self._apps.get(str(form.get("client_id")))
        secret = str(form.get("client_secret", "")).encode()
        if app is None or not hmac.compare_digest(str(app["client_secret"]).encode(), secret):
            raise Refusal(401, body={"error": "access_denied", "error_description": "Unauthorized"})
        if form.get("grant_type") == "authorization_code":
            spent = _spend(app.get("codes", []), form.get("code"), error="Invalid authorization code")
        elif form.get("grant_type") == "refresh_token":
            spent = _spend(app["refresh_tokens"], form.get("refresh_token"), error="Unknown or invalid refresh token.")
        else:
            raise Refusal(400, body={"error": "unsupported_grant_type"})
        del spent
        return self._opened(app)

    def sites(self) -> list[dict[str, Any]]:
        """What a token may be used for."""
        return [{"id": self.cloud_id, "url": "https://firm.atlassian.net", "name": "firm", "scopes": []}]

    def _opened(self, app: dict[str, Any]) -> dict[str, Any]:
        access, refresh = (uuid.UUID(int=self._sandbox.random.getrandbits(128)).hex for _ in range(2))
        app["refresh_tokens"].append(refresh)
        ends = self._sandbox.now() + dt.timedelta(seconds=LIFE_S)
        scopes = app.get("scopes", ["read:jira-work", "write:jira-work"])
        self._bearers[access] = Guest(app["accountId"], frozenset(scopes), ends)
        told = {"access_token": access, "expires_in": LIFE_S, "token_type": "Bearer", "scope": " ".join(scopes)}
        return told | {"refresh_token": refresh}


def _spend(kept: list[str], given: Any, *, error: str) -> str:
    if given not in kept:
        raise Refusal(403, body={"error": "invalid_grant", "error_description": error})
    kept.remove(given)
    return str(given)


def _not_let_in() -> Refusal:
    text = "Client must be authenticated to access this resource."
    headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED", "WWW-Authenticate": 'Basic realm="JIRA REST API"'}
    return Refusal(401, headers=headers, body={"message": text, "status-code": 401})
