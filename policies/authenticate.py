"""Refuses whoever is not vouched for by an issuer we were told to trust: 401; 503 while an issuer cannot be asked.

The token names its issuer; from then on only that issuer's keys, algorithms and audience count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar, Final, Literal, NamedTuple

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.clock import Clock
from kit.door.jwks import KeySet, KeysUnavailable, KeyUnknown
from kit.door.policy import Request, Verdict
from kit.door.token import TokenRefused, Unverified, unverified, verify

_HINTS: Final[dict[str, str]] = {
    "expired": "ask the issuer for a fresh token",
    "token_missing": "send Authorization: Bearer with an access token",
}


class Issuer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One identity provider, and how its claims are read."""

    issuer: str
    """The `iss` of its tokens, letter by letter."""
    audience: str
    """The `aud` that means this gateway."""
    jwks_url: str
    """Where its public keys are."""
    algorithms: tuple[Literal["RS256", "ES256", "EdDSA"], ...] = ("RS256", "ES256", "EdDSA")
    """What it signs with; nothing else is taken."""
    types: tuple[str, ...] = ("at+jwt", "jwt")
    """What `typ` may say, in small letters; "" lets it be absent."""
    leeway_s: float = 30.0
    """How far its clock may be from ours."""
    scope_claim: str = "scope"
    """Claim with the scopes, as a list or as one text."""
    roles_claim: str = "roles"
    """Claim with the roles."""
    tenant_claim: str = "tenant"
    """Claim with the tenant; "default" where there is none."""
    client_claim: str = "client_id"
    """Claim with the client that acts for the subject."""
    may_grant: tuple[str, ...] = ("*",)
    """Scopes it may confer: by name, by family ("cases:*"), or all of them ("*")."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is taken, and how long it is remembered."""

    token_bytes: int = 8_192
    """The longest token that is looked at."""
    remembered: int = 10_000
    """How many verified tokens are kept, each until it expires."""
    remembered_s: float = 300.0
    """Seconds after which one is verified again even so."""


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


class Authenticate:
    """Gives the caller. In shadow mode whoever is refused goes on as nobody, with no scope."""

    needs: ClassVar[tuple[str, ...]] = ("fields",)
    gives: ClassVar[tuple[str, ...]] = ("caller",)

    def __init__(self, config: Config, *, trusted: Mapping[str, Trust], clock: Clock) -> None:
        self._config = config
        self._trusted = dict(trusted)
        self._clock = clock
        self._remembered: dict[bytes, _Verified] = {}

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Verify the bearer token, or remember having done so."""
        scheme, _, raw = request.fields.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not raw:
            return _refusal(request, TokenRefused("token_missing", "no bearer token was sent"))
        if len(raw) > self._config.token_bytes:
            refused = TokenRefused("token_too_large", f"a token may have {self._config.token_bytes} bytes")
            return _refusal(request, refused)
        mark = hashlib.sha256(raw).digest()
        caller = self._recall(mark)
        if caller is not None:
            request.caller = caller
            return None
        return self._examine(request, raw, mark)

    def instead(self, request: Request, /) -> None:
        """Nobody, who may do nothing."""
        request.caller = Caller(subject="anonymous")

    def _examine(self, request: Request, raw: bytes, mark: bytes) -> Verdict | Awaitable[Verdict]:
        try:
            token = unverified(raw.decode("ascii", "replace"))
            trust = self._trust(token)
            key = trust.keys.known(token.kid, token.algorithm)
            if key is None:
                return self._fetched(request, token, trust=trust, mark=mark)
            request.caller = self._accept(token, trust=trust, key=key, mark=mark)
        except TokenRefused as refused:
            return _refusal(request, refused)
        return None

    async def _fetched(self, request: Request, token: Unverified, *, trust: Trust, mark: bytes) -> Verdict:
        try:
            key = await trust.keys.find(token.kid, token.algorithm)
            request.caller = self._accept(token, trust=trust, key=key, mark=mark)
        except KeyUnknown:
            return _refusal(request, TokenRefused("key_unknown", "the issuer has no such key"))
        except KeysUnavailable:
            detail = "the issuer's keys cannot be fetched at present"
            return Problem(Kind.UNAVAILABLE, "authenticate.keys_unavailable", detail, retry_after_s=5.0)
        except TokenRefused as refused:
            return _refusal(request, refused)
        return None

    def _trust(self, token: Unverified) -> Trust:
        trust = self._trusted.get(token.issuer)
        if trust is None:
            raise TokenRefused("issuer_unknown", "this issuer is not trusted here")
        if token.algorithm not in trust.issuer.algorithms:
            raise TokenRefused("algorithm_refused", f"this issuer signs with {', '.join(trust.issuer.algorithms)}")
        if token.kind not in trust.issuer.types:
            raise TokenRefused("type_refused", "this kind of token is not taken here")
        return trust

    def _accept(self, token: Unverified, *, trust: Trust, key: Any, mark: bytes) -> Caller:
        verify(token, key=key)
        now = self._clock.now().timestamp()
        not_before, until = _times(token.claims, leeway_s=trust.issuer.leeway_s, now=now)
        caller = _caller(token.claims, trust.issuer)
        if len(self._remembered) >= self._config.remembered:
            del self._remembered[next(iter(self._remembered))]
        until = min(until, now + self._config.remembered_s)
        self._remembered[mark] = _Verified(caller, not_before, until, trust, token.kid, token.algorithm)
        return caller

    def _recall(self, mark: bytes) -> Caller | None:
        found = self._remembered.get(mark)
        if found is None:
            return None
        current = found.not_before <= self._clock.now().timestamp() < found.until
        if current and found.trust.keys.known(found.kid, found.algorithm) is not None:
            return found.caller
        del self._remembered[mark]
        return None


def _times(claims: Mapping[str, Any], *, leeway_s: float, now: float) -> tuple[float, float]:
    expires, not_before, issued = claims.get("exp"), claims.get("nbf", 0), claims.get("iat", 0)
    for moment in (expires, not_before, issued):
        if isinstance(moment, bool) or not isinstance(moment, int | float):
            raise TokenRefused("claims_wrong", "exp is needed, and times are numbers")
    until, begin = float(expires or 0) + leeway_s, max(not_before, issued) - leeway_s
    if now >= until:
        raise TokenRefused("expired", "the token has expired")
    if now < begin:
        raise TokenRefused("not_yet_valid", "the token is not valid yet")
    return begin, until


def _caller(claims: Mapping[str, Any], issuer: Issuer) -> Caller:
    audience, subject = claims.get("aud"), claims.get("sub")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        raise TokenRefused("audience_wrong", "the token was issued for somebody else")
    if not isinstance(subject, str) or not subject:
        raise TokenRefused("claims_wrong", "sub is needed")
    return Caller(
        subject=subject,
        issuer=issuer.issuer,
        scopes=frozenset(scope for scope in _words(claims.get(issuer.scope_claim)) if _may_grant(issuer, scope)),
        roles=frozenset(_words(claims.get(issuer.roles_claim))),
        tenant=str(claims.get(issuer.tenant_claim, "default")),
        client_id=str(claims.get(issuer.client_claim, claims.get("azp", ""))),
    )


def _words(claim: Any) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [str(each) for each in claim] if isinstance(claim, list) else []


def _may_grant(issuer: Issuer, scope: str) -> bool:
    grants = issuer.may_grant
    return "*" in grants or scope in grants or f"{scope.partition(':')[0]}:*" in grants


def _refusal(request: Request, refused: TokenRefused) -> Problem:
    error = "" if refused.code == "token_missing" else ', error="invalid_token"'
    request.answer.append((b"www-authenticate", f'Bearer realm="sluice"{error}'.encode()))
    return Problem(
        Kind.UNAUTHENTICATED,
        f"authenticate.{refused.code}",
        refused.detail,
        hint=_HINTS.get(refused.code, "use a token of a trusted issuer, issued for this gateway"),
    )
