"""Entra's token endpoint and who may come in: applications with their roles, people's sessions, tokens that end."""

import datetime as dt
import hmac
from typing import Any, Final
from urllib.parse import parse_qsl

from kit.sandbox import Sandbox

from .call import Actor
from .refusal import Refusal

LIFE_S: Final = 3599
SCOPE: Final = "https://graph.microsoft.com/.default"
_NO_END: Final = dt.datetime.max.replace(tzinfo=dt.UTC)
_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
NOBODY: Final = Actor({}, writes=False)


class Denied(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, code: int, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.code, self.description = status, error, code, description

    def body(self, now: dt.datetime) -> dict[str, Any]:
        """As Entra writes it."""
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.code}: {self.description}",
            "error_codes": [self.code],
            "timestamp": f"{now:%Y-%m-%d %H:%M:%SZ}",
            "trace_id": "2c9d4b1a-5f0e-4c66-8d1b-7a3e5f9b6c00",
            "correlation_id": "8b7e1f6c-3d52-4a1e-9f44-1c2d3e4f5a00",
        }


class Door:
    """Applications of a tenant and the tokens given to them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget every application and token."""
        self._tenant = ""
        self._apps: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, tuple[Actor, dt.datetime]] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load the server's side of credentials."""
        self._tenant = str(document.get("tenant", self._tenant))
        self._apps |= {app["client_id"]: app for app in document.get("apps", ())}
        for session in document.get("sessions", ()):
            person = {"id": session["user_id"], "displayName": session["user"], "email": session.get("email", "")}
            self._tokens[session["token"]] = (Actor({"user": person}, writes=True), _NO_END)

    def described(self, tenant: str, *, host: str) -> dict[str, Any]:
        """What clients read of a directory before they ask for a token."""
        return {
            "issuer": f"{host}/{tenant}/v2.0",
            "token_endpoint": f"{host}/{tenant}/oauth2/v2.0/token",
            "authorization_endpoint": f"{host}/{tenant}/oauth2/v2.0/authorize",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        }

    def token(self, method: str, tenant: str, body: bytes) -> dict[str, Any]:
        """Answer the token endpoint; raises Denied."""
        if method != "POST":
            raise Denied(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
        form = dict(parse_qsl(body.decode()))
        if tenant != self._tenant:
            raise Denied(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise Denied(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        app = self._apps.get(form.get("client_id", ""))
        if app is None:
            raise Denied(400, "unauthorized_client", 700016, "Application was not found in the directory.")
        if not hmac.compare_digest(str(app["client_secret"]).encode(), form.get("client_secret", "").encode()):
            raise Denied(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if form.get("scope") != SCOPE:
            raise Denied(400, "invalid_scope", 70011, "The provided value for scope is not valid.")
        token = f"eyJ0eXAi.{self._sandbox.random.getrandbits(320):080x}"
        identity = {"application": {"id": app["client_id"], "displayName": app.get("name", "Sluice")}}
        writes = any("ReadWrite" in role or "FullControl" in role for role in app.get("roles", ()))
        self._tokens[token] = (Actor(identity, writes=writes), self._sandbox.now() + dt.timedelta(seconds=LIFE_S))
        return {"token_type": "Bearer", "expires_in": LIFE_S, "ext_expires_in": LIFE_S, "access_token": token}

    def admit(self, authorization: str) -> Actor:
        """Who a request comes from; raises 401."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            raise _unauthenticated("Access token is empty.")
        actor, ends = self._tokens.get(token, (NOBODY, _NEVER))
        if ends is _NEVER:
            raise _unauthenticated("CompactToken parsing failed with error code: 80049217")
        if ends <= self._sandbox.now():
            raise _unauthenticated("Lifetime validation failed, the token is expired.")
        return actor


def _unauthenticated(message: str) -> Refusal:
    return Refusal(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": "Bearer"})
