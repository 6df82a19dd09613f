"""Refuses whoever is not vouched for: 401; 503 while an issuer or the book of keys cannot be asked.

A caller shows a bearer token or an API key, never both. The token names its issuer; from then on only that
issuer's keys, algorithms and audience count. A token bound to a certificate counts only beside that certificate.
On pages for people the cookie of a session counts, and nothing else; on operations it never does.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar, Final, NamedTuple

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.clock import Clock
from kit.door.apikey import ApiKey, KeyBook, KeysUnreadable
from kit.door.claims import Issuer, caller_of, certificate_of, lifetime
from kit.door.jwks import KeySet, KeysUnavailable, KeyUnknown
from kit.door.policy import Request, Verdict
from kit.door.revoked import Revoked
from kit.door.seating import Seated, signed_out
from kit.door.token import TokenRefused, Unverified, unverified, verify

_HINTS: Final[dict[str, str]] = {
    "expired": "ask the issuer for a fresh token",
    "token_missing": "send Authorization: Bearer with an access token, or X-API-Key",
    "revoked": "sign in again",
    "key_refused": "look in the developer portal: a key ends by rotation, revocation or age",
    "certificate_missing": "use the token on a connection with the certificate it is bound to",
    "credentials_two": "send one of them",
}


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is taken, and how long it is remembered."""

    token_bytes: int = 8_192
    """The longest token that is looked at."""
    remembered: int = 10_000
    """How many verified tokens are kept, each until it expires."""
    remembered_s: float = 300.0
    """Seconds after which one is verified again even so."""
    certificate_field: str = ""
    """Field in which our own proxy names the client certificate: its SHA-256 in base64url. Empty: nobody does."""


class Trust(NamedTuple):
    """An issuer with its keys."""

    issuer: Issuer
    keys: KeySet


class _Verified(NamedTuple):
    caller: Caller
    not_before: float
    until: float
    trust: Trust
    kid: str
    algorithm: str
    token_id: tuple[str, str]
    certificate: bytes


class Authenticate:
    """Gives the caller. In shadow mode whoever is refused goes on as nobody, with no scope."""

    needs: ClassVar[tuple[str, ...]] = ("fields",)
    gives: ClassVar[tuple[str, ...]] = ("caller",)

    def __init__(
        self,
        config: Config,
        *,
        trusted: Mapping[str, Trust],
        clock: Clock,
        book: KeyBook | None = None,
        revoked: Revoked | None = None,
        seated: Seated | None = None,
    ) -> None:
        self._config = config
        self._trusted = dict(trusted)
        self._clock = clock
        self._book = book
        self._revoked = revoked if revoked is not None else Revoked(clock)
        self._seated = seated
        self._certificate_field = config.certificate_field.lower().encode()
        self._remembered: dict[bytes, _Verified] = {}

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Verify the bearer token or the key, or remember having done so; on a page, look at the session."""
        if request.operation is not None and request.operation.page is not None:
            return self._sitting(request)
        authorization = request.fields.get(b"authorization", b"")
        shown = request.fields.get(b"x-api-key")
        if shown is not None:
            if authorization:
                return _refusal(request, TokenRefused("credentials_two", "both a token and a key were sent"))
            return self._keyed(request, shown)
        scheme, _, raw = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not raw:
            return _refusal(request, TokenRefused("token_missing", "no bearer token was sent"))
        if len(raw) > self._config.token_bytes:
            refused = TokenRefused("token_too_large", f"a token may have {self._config.token_bytes} bytes")
            return _refusal(request, refused)
        mark = hashlib.sha256(raw).digest()
        found = self._recall(mark)
        if found is None:
            return self._examine(request, raw, mark)
        return self._enter(request, found)

    def instead(self, request: Request, /) -> None:
        """Nobody, who may do nothing."""
        request.caller = Caller(subject="anonymous")

    def _sitting(self, request: Request) -> Verdict:
        cookies = request.fields.get(b"cookie", b"")
        request.caller = self._seated(cookies) if self._seated is not None and cookies else None
        return signed_out(request) if request.caller is None else None

    def _keyed(self, request: Request, shown: bytes) -> Verdict | Awaitable[Verdict]:
        if self._book is None:
            return _refusal(request, TokenRefused("key_refused", "API keys are not taken here"))
        key = self._book.check(shown.decode("ascii", "replace"))
        if key is None or isinstance(key, ApiKey):
            return _with_key(request, key, issuer=self._book.issuer)
        return _looked_up(request, key, issuer=self._book.issuer)

    def _examine(self, request: Request, raw: bytes, mark: bytes) -> Verdict | Awaitable[Verdict]:
        try:
            token = unverified(raw.decode("ascii", "replace"))
            trust = self._trust(token)
            key = trust.keys.known(token.kid, token.algorithm)
            if key is None:
                return self._fetched(request, token, trust=trust, mark=mark)
            found = self._accept(token, trust=trust, key=key, mark=mark)
        except TokenRefused as refused:
            return _refusal(request, refused)
        return self._enter(request, found)

    async def _fetched(self, request: Request, token: Unverified, *, trust: Trust, mark: bytes) -> Verdict:
        try:
            key = await trust.keys.find(token.kid, token.algorithm)
            found = self._accept(token, trust=trust, key=key, mark=mark)
        except KeyUnknown:
            return _refusal(request, TokenRefused("key_unknown", "the issuer has no such key"))
        except KeysUnavailable:
            detail = "the issuer's keys cannot be fetched at present"
            return Problem(Kind.UNAVAILABLE, "authenticate.keys_unavailable", detail, retry_after_s=5.0)
        except TokenRefused as refused:
            return _refusal(request, refused)
        return self._enter(request, found)

    def _trust(self, token: Unverified) -> Trust:
        trust = self._trusted.get(token.issuer)
        if trust is None:
            raise TokenRefused("issuer_unknown", "this issuer is not trusted here")
        if token.algorithm not in trust.issuer.algorithms:
            raise TokenRefused("algorithm_refused", f"this issuer signs with {', '.join(trust.issuer.algorithms)}")
        if token.kind not in trust.issuer.types:
            raise TokenRefused("type_refused", "this kind of token is not taken here")
        return trust

    def _accept(self, token: Unverified, *, trust: Trust, key: Any, mark: bytes) -> _Verified:
        verify(token, key=key)
        now = self._clock.now().timestamp()
        not_before, until = lifetime(token.claims, leeway_s=trust.issuer.leeway_s, now=now)
        caller = caller_of(token.claims, trust.issuer)
        if len(self._remembered) >= self._config.remembered:
            del self._remembered[next(iter(self._remembered))]
        until = min(until, now + self._config.remembered_s)
        token_id = (token.issuer, str(token.claims.get("jti", "")))
        bound = certificate_of(token.claims)
        found = _Verified(caller, not_before, until, trust, token.kid, token.algorithm, token_id, bound)
        self._remembered[mark] = found
        return found

    def _enter(self, request: Request, found: _Verified) -> Verdict:
        """What is looked at each time, however well the token is remembered."""
        if found.token_id in self._revoked:
            return _refusal(request, TokenRefused("revoked", "the token was revoked"))
        if found.certificate and not self._holds(request, found.certificate):
            return _refusal(request, TokenRefused("certificate_missing", "the token is bound to another certificate"))
        request.caller = found.caller
        return None

    def _holds(self, request: Request, thumbprint: bytes) -> bool:
        if not self._certificate_field:
            return False
        return hmac.compare_digest(thumbprint, request.fields.get(self._certificate_field, b"").rstrip(b"="))

    def _recall(self, mark: bytes) -> _Verified | None:
        found = self._remembered.get(mark)
        if found is None:
            return None
        current = found.not_before <= self._clock.now().timestamp() < found.until
        if current and found.trust.keys.known(found.kid, found.algorithm) is not None:
            return found
        del self._remembered[mark]
        return None


async def _looked_up(request: Request, pending: Awaitable[ApiKey | None], *, issuer: str) -> Verdict:
    try:
        return _with_key(request, await pending, issuer=issuer)
    except KeysUnreadable:
        detail = "keys cannot be looked up at present"
        return Problem(Kind.UNAVAILABLE, "authenticate.keys_unavailable", detail, retry_after_s=5.0)


def _with_key(request: Request, key: ApiKey | None, *, issuer: str) -> Verdict:
    if key is None:
        return _refusal(request, TokenRefused("key_refused", "the key is unknown, ended or revoked"))
    request.caller = key.caller(issuer)
    return None


def _refusal(request: Request, refused: TokenRefused) -> Problem:
    error = "" if refused.code == "token_missing" else ', error="invalid_token"'
    request.answer.append((b"www-authenticate", f'Bearer realm="sluice"{error}'.encode()))
    return Problem(
        Kind.UNAUTHENTICATED,
        f"authenticate.{refused.code}",
        refused.detail,
        hint=_HINTS.get(refused.code, "use a token of a trusted issuer, issued for this gateway"),
    )


__all__ = ["Authenticate", "Config", "Issuer", "Seated", "Trust"]
