"""Reads a verified token's claims as its issuer means them; refuses what leaves time, audience or subject open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from kit.caller import Caller
from kit.door.token import TokenRefused

_THUMBPRINT: Final = "x5t#S256"


class Issuer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One identity provider, and how its claims are read."""

    issuer: str
    """The `iss` of its tokens, letter by letter."""
    audience: str
    """The `aud` that means this gateway."""
    jwks_url: str = ""
    """Where its public keys are; empty to ask the issuer itself, by OpenID Connect discovery."""
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
    """Claim with the tenant."""
    tenant: str = "default"
    """The tenant of tokens that name none; tiers serve the people of their own tenant only."""
    client_claim: str = "client_id"
    """Claim with the client that acts for the subject."""
    organisations_claim: str = "organisations"
    """Claim with our ids of the customers the subject belongs to, or looks after."""
    may_grant: tuple[str, ...] = ("*",)
    """Scopes it may confer: by name, by family ("cases:*"), or all of them ("*")."""


def lifetime(claims: Mapping[str, Any], *, leeway_s: float, now: float) -> tuple[float, float]:
    """When the token begins and ends to count, leeway included.

    Raises:
        TokenRefused: not now, or it does not say when.

    """
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


def caller_of(claims: Mapping[str, Any], issuer: Issuer) -> Caller:
    """Whom the claims name, with no scope the issuer may not confer.

    Raises:
        TokenRefused: meant for another audience, or without a subject.

    """
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
        tenant=str(claims.get(issuer.tenant_claim, issuer.tenant)),
        client_id=str(claims.get(issuer.client_claim, claims.get("azp", ""))),
        organisations=frozenset(_words(claims.get(issuer.organisations_claim))),
        acr=str(claims.get("acr", "")),
        authenticated_at=_moment(claims.get("auth_time")),
    )


def certificate_of(claims: Mapping[str, Any]) -> bytes:
    """The thumbprint of the certificate a token is bound to (RFC 8705); empty when it is bound to nothing.

    Raises:
        TokenRefused: it is bound to something whose proof is not checked here.

    """
    bound = claims.get("cnf")
    if bound is None:
        return b""
    thumbprint = bound.get(_THUMBPRINT) if isinstance(bound, dict) and len(bound) == 1 else None
    if not isinstance(thumbprint, str) or not thumbprint:
        raise TokenRefused("binding_unknown", "the token is bound to a proof that is not checked here")
    return thumbprint.encode()


def _moment(claim: Any) -> float:
    return float(claim) if isinstance(claim, int | float) and not isinstance(claim, bool) else 0.0


def _words(claim: Any) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [str(each) for each in claim] if isinstance(claim, list) else []


def _may_grant(issuer: Issuer, scope: str) -> bool:
    grants = issuer.may_grant
    return "*" in grants or scope in grants or f"{scope.partition(':')[0]}:*" in grants
