"""Who may call: bearer tokens that never expire but may be revoked, and the code flow that hands them out."""

from __future__ import annotations

import datetime as dt
from collections import deque
from typing import Any, Final
from urllib.parse import urlencode

from kit.sandbox import Sandbox
from system_apis.kantata.simulator.refused import Refused

CODE_LIFE: Final = dt.timedelta(minutes=5)
_WINDOW: Final = dt.timedelta(minutes=1)


class Door:
    """Applications, codes, tokens, and how many calls a minute the account allows."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget every application and token."""
        self._clients: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()
        self._codes: dict[str, tuple[str, str, dt.datetime]] = {}
        self._per_minute = 0
        self._served: deque[dt.datetime] = deque()

    def load(self, document: dict[str, Any]) -> None:
        """Take applications, tokens and the limit from a seed."""
        oauth = document.get("oauth", {})
        self._clients |= {client["client_id"]: client for client in oauth.get("applications", [])}
        self._tokens |= set(oauth.get("tokens", []))
        self._per_minute = int(document.get("requests_per_minute", self._per_minute))

    def admit(self, authorization: str) -> None:
        """Let a call in, or refuse it: 401 for a token that does not hold, a bare 429 for one call too many."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or token not in self._tokens:
            raise Refused(401, "oauth", "Invalid OAuth 2 Request")
        now = self._sandbox.now()
        while self._served and self._served[0] <= now - _WINDOW:
            self._served.popleft()
        if self._per_minute and len(self._served) >= self._per_minute:
            raise Refused(429, "system", "Too many requests")
        self._served.append(now)

    def authorize(self, query: dict[str, str]) -> str | None:
        """The address to send the person back to with a fresh code, or None for an unknown application."""
        client = self._clients.get(query.get("client_id", ""))
        uri = query.get("redirect_uri", "")
        if client is None or client["redirect_uri"] != uri or query.get("response_type") != "code":
            return None
        code = f"{self._sandbox.random.getrandbits(128):032x}"
        self._codes[code] = (client["client_id"], uri, self._sandbox.now() + CODE_LIFE)
        state = {"state": query["state"]} if "state" in query else {}
        return f"{uri}?{urlencode({'code': code, **state})}"

    def exchange(self, form: dict[str, Any]) -> dict[str, str] | None:
        """A token for a code that is young, unused, and comes from the application it was given to."""
        client = self._clients.get(str(form.get("client_id", "")))
        known = client is not None and client["client_secret"] == form.get("client_secret")
        grant = self._codes.pop(str(form.get("code", "")), None)
        if not known or grant is None or form.get("grant_type") != "authorization_code":
            return None
        client_id, uri, until = grant
        if (client_id, uri) != (form.get("client_id"), form.get("redirect_uri")) or until < self._sandbox.now():
            return None
        token = f"{self._sandbox.random.getrandbits(256):064x}"
        self._tokens.add(token)
        return {"access_token": token, "token_type": "bearer"}

    def revoke(self, form: dict[str, Any]) -> None:
        """A token is worth nothing from now on."""
        self._tokens.discard(str(form.get("token", "")))
