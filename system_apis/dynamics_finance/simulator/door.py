"""Entra's token endpoint and who may come in: applications, the users that stand for them, tokens that end."""

import datetime as dt
import hmac
from typing import Any, Final
from urllib.parse import parse_qsl

from kit.sandbox import Sandbox
from system_apis.dynamics_finance.simulator.refusal import Refusal

LIFE_S: Final = 3599
_NO_END: Final = dt.datetime.max.replace(tzinfo=dt.UTC)
_ABOUT: Final = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"


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
            "trace_id": "0b9f4d3a-1c2e-4a55-9d7e-2f6a1c3b5d00",
            "correlation_id": "5e1c7f5b-8a41-4b0c-9c55-6a7d8e9f0a00",
            "error_uri": f"{_ABOUT}?code={self.code}",
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
        self._tokens: dict[str, tuple[str, dt.datetime]] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load the server's side of credentials."""
        self._tenant = str(document.get("tenant", self._tenant))
        self._apps |= {app["client_id"]: app for app in document.get("apps", ())}
        for session in document.get("sessions", ()):
            self._tokens[session["token"]] = (session["user"], _NO_END)

    def token(self, method: str, tenant: str, body: bytes, *, host: str) -> dict[str, Any]:
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
        if form.get("scope") != f"{host}/.default":
            raise Denied(400, "invalid_scope", 70011, "The provided value for scope is not valid.")
        token = f"eyJ0eXAi.{self._sandbox.random.getrandbits(320):080x}"
        self._tokens[token] = (str(app.get("user", "")), self._sandbox.now() + dt.timedelta(seconds=LIFE_S))
        return {"token_type": "Bearer", "expires_in": LIFE_S, "ext_expires_in": LIFE_S, "access_token": token}

    def admit(self, authorization: str, *, host: str) -> str:
        """The user of a request, empty where the application is registered in Entra only; raises 401 without a body."""
        scheme, _, token = authorization.partition(" ")
        user, ends = self._tokens.get(token, ("", dt.datetime.min.replace(tzinfo=dt.UTC)))
        if scheme != "Bearer" or ends <= self._sandbox.now():
            where = f"Bearer authorization_uri=https://login.microsoftonline.com/{self._tenant}/oauth2/authorize"
            raise Refusal(401, "", headers={"WWW-Authenticate": f"{where}, resource_id={host}/"})
        return user
