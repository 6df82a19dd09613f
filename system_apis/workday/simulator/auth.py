"""Who may come in: API clients by refresh token or JWT, integration system users by password, a person by session."""

import base64
import binascii
import datetime as dt
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import jwt

from kit.sandbox import Sandbox

from .errors import Refusal

LIFE_S: Final = 4 * 3600
_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class User:
    """An integration system user: what it may open, and which fields its security groups keep from it."""

    name: str
    password: str = ""
    opens: frozenset[str] | None = None
    hidden: frozenset[str] = field(default_factory=frozenset)

    def may(self, what: str) -> bool:
        """Whether a service or report is open to this user; None in `opens` stands for all."""
        return self.opens is None or what in self.opens


class Door:
    """API clients, users and tokens."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget everybody."""
        self._clients: dict[str, dict[str, Any]] = {}
        self._users: dict[str, User] = {}
        self._tokens: dict[str, tuple[str, dt.datetime]] = {}
        self._sessions: set[str] = set()

    def seed(self, document: dict[str, Any]) -> None:
        """Load API clients, users and a person's session."""
        self._clients |= {client["client_id"]: client for client in document.get("api_clients", ())}
        self._sessions |= set(document.get("sessions", ()))
        for given in document.get("users", ()):
            opens = given.get("opens")
            self._users[given["name"]] = User(
                given["name"],
                given.get("password", ""),
                None if opens is None else frozenset(opens),
                frozenset(given.get("hidden", ())),
            )

    def token(self, authorization: str, body: bytes) -> dict[str, Any]:
        """Answer the token endpoint."""
        form = dict(parse_qsl(body.decode("latin-1")))
        client_id, secret = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        grant = form.get("grant_type", "")
        if grant == _JWT_BEARER:
            client = self._by_assertion(form.get("assertion", ""))
        else:
            client = self._clients.get(client_id, {})
            if not client or not hmac.compare_digest(str(client["client_secret"]).encode(), secret.encode()):
                raise Refusal(401, "invalid_client")
            if grant != "refresh_token":
                raise Refusal(400, "unsupported_grant_type")
            if form.get("refresh_token") not in client["refresh_tokens"]:
                raise Refusal(400, "invalid_grant")
        token = secrets.token_urlsafe(24)
        self._tokens[token] = client["user"], self._sandbox.now() + dt.timedelta(seconds=LIFE_S)
        told = {"access_token": token, "token_type": "Bearer"}
        return told | ({"refresh_token": form["refresh_token"]} if grant == "refresh_token" else {})

    def admit(self, authorization: str) -> User:
        """Who calls REST or a report."""
        name, password = _basic(authorization) or ("", "")
        if name:
            return self.password(name, password) or _refuse()
        user, ends = self._tokens.get(authorization.removeprefix("Bearer "), ("", self._sandbox.now()))
        return self._users[user] if user and ends > self._sandbox.now() else _refuse()

    def password(self, name: str, password: str) -> User | None:
        """A user by name and password; None for a wrong one."""
        user = self._users.get(name)
        fits = user is not None and user.password and hmac.compare_digest(user.password.encode(), password.encode())
        return user if fits else None

    def is_person(self, cookie: str) -> bool:
        """Whether somebody is signed in at the screen."""
        return cookie.removeprefix("wd-session=") in self._sessions

    def _by_assertion(self, assertion: str) -> dict[str, Any]:
        """The client behind an assertion: it lives five minutes at most, by the tenant's clock."""
        try:
            issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss", "")
            client = self._clients[issuer]
            claims = jwt.decode(
                assertion,
                client["public_key"],
                algorithms=["RS256"],
                audience="wd",
                options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, KeyError):
            raise Refusal(400, "invalid_grant") from None
        left = int(claims["exp"]) - self._sandbox.now().timestamp()
        if not 0 < left <= 300 or claims["sub"] != client["user"]:
            raise Refusal(400, "invalid_grant")
        return client


def _refuse() -> User:
    raise Refusal(401, "Invalid resource or operation", code="S19")


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, value = authorization.partition(" ")
    if scheme != "Basic":
        return None
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return name, password
