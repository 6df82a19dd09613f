"""Who may come in: an app with a key, in the name of a user who has consented, for an hour; no token is refreshed."""

import datetime as dt
from typing import Any, Final
from urllib.parse import parse_qsl

import jwt

from kit.sandbox import Sandbox

from .errors import Denied, Refusal

LIFE_S: Final = 3600
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_NEEDED: Final = frozenset({"signature", "impersonation"})


class Door:
    """Apps, users, consents and tokens of one environment."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._apps: dict[str, dict[str, Any]] = {}
        self._users: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, tuple[str, dt.datetime]] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load apps (`integration_key`, `public_key`, `consented`: ids of users) and users with their accounts."""
        self._apps |= {app["integration_key"]: app for app in document.get("apps", ())}
        self._users |= {user["sub"]: user for user in document.get("users", ())}

    def token(self, body: bytes, *, host: str) -> dict[str, Any]:
        """Answer the token endpoint; raises Denied."""
        form = dict(parse_qsl(body.decode()))
        if form.get("grant_type") != _GRANT:
            raise Denied("unsupported_grant_type")
        claims = self._claims(form.get("assertion", ""), host=host)
        app = self._apps[claims["iss"]]
        user = claims.get("sub")
        if user not in self._users:
            raise Denied("invalid_grant", "user_not_found")
        scopes = set(str(claims.get("scope", "")).split())
        if "signature" not in scopes:
            raise Denied("invalid_grant", "scope_missing")
        if user not in app["consented"] or not scopes >= _NEEDED:
            raise Denied("consent_required")
        token = f"eyJ0eXAiOiJNVCJ9.{self._sandbox.random.getrandbits(256):064x}"
        self._tokens[token] = (user, self._sandbox.now() + dt.timedelta(seconds=LIFE_S))
        return {"access_token": token, "token_type": "Bearer", "expires_in": LIFE_S, "scope": " ".join(sorted(scopes))}

    def admit(self, authorization: str) -> dict[str, Any]:
        """The user who calls; raises the vendor's 401."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            message = "One or both of Username and Password are invalid. Invalid access token"
            raise Refusal(401, "USER_AUTHENTICATION_FAILED", message)
        user, ends = self._tokens.get(token, ("", self._sandbox.now()))
        if ends <= self._sandbox.now():
            message = "The access token provided is expired, revoked or malformed."
            raise Refusal(401, "AUTHORIZATION_INVALID_TOKEN", message)
        return self._users[user]

    def _claims(self, assertion: str, *, host: str) -> dict[str, Any]:
        try:
            unchecked = jwt.decode(assertion, options={"verify_signature": False})
            app = self._apps.get(unchecked.get("iss", ""))
            if app is None:
                raise Denied("invalid_grant", "issuer_not_found")
            options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
            claims: dict[str, Any] = jwt.decode(assertion, app["public_key"], algorithms=["RS256"], options=options)
        except jwt.InvalidTokenError:
            raise Denied("invalid_grant", "no_valid_keys_or_signatures") from None
        now = self._sandbox.now().timestamp()
        issued, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(ends, int) or not 0 < ends - issued <= LIFE_S:
            raise Denied("invalid_grant", "invalid_lifetime")
        if ends <= now or issued > now:
            raise Denied("invalid_grant", "expired_or_not_yet_valid")
        if claims.get("aud") != host:
            raise Denied("invalid_grant", "invalid_audience")
        return claims
