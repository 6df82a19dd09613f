"""Who may come in: connected apps and users, tokens by JWT bearer or client credentials, sessions that end."""

import base64
import binascii
import datetime as dt
import hmac
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import jwt

from kit.sandbox.state import Sandbox

from .errors import Refusal

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES: Final = ("https://login.salesforce.com", "https://test.salesforce.com")
_LONGEST_ASSERTION_S: Final = 300
"""Three minutes are documented, five are taken: https://github.com/simple-salesforce/simple-salesforce/issues/491."""
_LEEWAY_S: Final = 30
_NO_END: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


class Denied(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True, slots=True)
class Session:
    """A token's life: whose it is and when it ends by the org's clock."""

    username: str
    ends: dt.datetime


class Door:
    """Apps, users and sessions of the org."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget every app, user and session."""
        self._apps: dict[str, dict[str, Any]] = {}
        self._users: dict[str, dict[str, Any]] = {}
        self._sessions: dict[str, Session] = {}
        self._timeout_s = 7200.0

    def seed(self, document: dict[str, Any]) -> None:
        """Load the server's side of credentials."""
        self._apps |= {app["consumer_key"]: app for app in document.get("apps", ())}
        self._users |= {user["username"]: user for user in document.get("users", ())}
        self._timeout_s = float(document.get("session_timeout_s", self._timeout_s))
        for session in document.get("sessions", ()):
            self._sessions[session["token"]] = Session(session["username"], _NO_END)

    def token(self, body: bytes, *, authorization: str, host: str) -> dict[str, Any]:
        """Answer the token endpoint; raises Denied."""
        form = dict(parse_qsl(body.decode()))
        grant = form.get("grant_type", "")
        if grant == JWT_BEARER:
            return self._opened(self._by_assertion(form.get("assertion", ""), host=host), host=host)
        if grant == "client_credentials":
            return self._opened(self._by_secret(form, authorization), host=host, signed=True)
        raise Denied("unsupported_grant_type", "grant type not supported")

    def admit(self, authorization: str) -> Session:
        """The session of a request; raises the vendor's 401 array."""
        scheme, _, token = authorization.partition(" ")
        if scheme not in {"Bearer", "OAuth"} or not token:
            raise Refusal(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        session = self._sessions.get(token)
        if session is None or session.ends <= self._sandbox.now():
            raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return session

    def user_id(self, session: Session) -> str | None:
        """The id of the user whose session it is."""
        return self._users.get(session.username, {}).get("id")

    def _by_assertion(self, assertion: str, *, host: str) -> str:
        try:
            issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
            app = self._apps.get(str(issuer))
            if app is None or not app.get("certificate"):
                raise Denied("invalid_client_id", "client identifier invalid")
            claims = jwt.decode(
                assertion,
                app["certificate"],
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.InvalidTokenError:
            raise Denied("invalid_grant", "invalid assertion") from None
        if claims.get("aud") not in {*AUDIENCES, host}:
            raise Denied("invalid_grant", "audience is invalid")
        self._check_end(claims.get("exp"))
        return self._user(app, str(claims.get("sub")))

    def _check_end(self, expires: Any) -> None:
        """Accept by the machine's clock or the org's: advancing the org must not lock its callers out."""
        try:
            end = float(expires)  # some clients send it as a string, and the vendor takes it
        except (TypeError, ValueError):
            raise Denied("invalid_grant", "invalid assertion") from None
        clocks = (time.time(), self._sandbox.now().timestamp())
        if not any(now < end <= now + _LONGEST_ASSERTION_S + _LEEWAY_S for now in clocks):
            raise Denied("invalid_grant", "expired or too long-lived assertion")

    def _by_secret(self, form: dict[str, str], authorization: str) -> str:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.startswith("Basic "):
            try:
                plain = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise Denied("invalid_client", "invalid client credentials") from None
            client, _, secret = (unquote(part) for part in plain.partition(":"))
        app = self._apps.get(client)
        if app is None:
            raise Denied("invalid_client_id", "client identifier invalid")
        known = str(app.get("consumer_secret", ""))
        if not known or not hmac.compare_digest(known.encode(), secret.encode()):
            raise Denied("invalid_client", "invalid client credentials")
        return self._user(app, str(app.get("run_as", "")))

    def _user(self, app: dict[str, Any], username: str) -> str:
        user = self._users.get(username)
        if user is None or username not in app.get("approved_users", ()):
            raise Denied("invalid_grant", "user hasn't approved this consumer")
        if not user.get("active", True):
            raise Denied("inactive_user", "user is inactive")
        return username

    def _opened(self, username: str, *, host: str, signed: bool = False) -> dict[str, Any]:
        token = f"00DJ50000000001!AQ{self._sandbox.random.getrandbits(320):080x}"
        now = self._sandbox.now()
        self._sessions[token] = Session(username, now + dt.timedelta(seconds=self._timeout_s))
        answer: dict[str, Any] = {
            "access_token": token,
            "scope": "api",
            "instance_url": host,
            "id": f"{host}/id/00DJ50000000001EAA/{self._users[username]['id']}",
            "token_type": "Bearer",
        }
        if signed:
            issued = str(int(now.timestamp() * 1000))
            answer |= {"issued_at": issued, "signature": base64.b64encode(issued.encode()).decode()}
        return answer
