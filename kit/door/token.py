"""Takes a signed token apart before anything in it is believed; refuses every form but the plain one."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import Any, Final

import jwt
import msgspec

_PART: Final = re.compile(r"[A-Za-z0-9_-]+")
_REFUSED_HEADERS: Final = ("crit", "jku", "jwk", "x5u", "x5c", "zip", "b64")


class TokenRefused(Exception):
    """The token has a form or a signature that is not taken; `code` says which check refused."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Unverified(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says of itself; nothing here is true before `verified`."""

    token: str
    algorithm: str
    kid: str
    kind: str
    issuer: str
    claims: dict[str, Any]


def unverified(token: str, *, kid_chars: int = 128) -> Unverified:
    """Read header and claims.

    Raises:
        TokenRefused: not three base64url parts of which two are JSON objects, or the header asks for something.

    """
    parts = token.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise TokenRefused("token_malformed", "a token is three parts in base64url")
    header, claims = _json(parts[0]), _json(parts[1])
    if any(name in header for name in _REFUSED_HEADERS):
        raise TokenRefused("token_malformed", "the token's header brings or points to a key, or has extensions")
    kid, algorithm, kind, issuer = header.get("kid"), header.get("alg"), header.get("typ", ""), claims.get("iss")
    if not isinstance(algorithm, str) or not isinstance(kind, str):
        raise TokenRefused("token_malformed", "alg and typ are texts")
    if not isinstance(kid, str) or not 0 < len(kid) <= kid_chars or not kid.isprintable():
        raise TokenRefused("token_malformed", f"kid is a text of at most {kid_chars} characters")
    if not isinstance(issuer, str):
        raise TokenRefused("token_malformed", "iss is a text")
    kind = kind.lower().removeprefix("application/")
    return Unverified(token=token, algorithm=algorithm, kid=kid, kind=kind, issuer=issuer, claims=claims)


def verify(token: Unverified, *, key: Any) -> None:
    """Check the signature with this key, under the algorithm the token names.

    Raises:
        TokenRefused: the signature is not this key's.

    """
    try:
        jwt.PyJWS(algorithms=[token.algorithm]).decode(token.token, key, algorithms=[token.algorithm])
    except (jwt.PyJWTError, ValueError, TypeError):
        raise TokenRefused("signature_wrong", "the signature is not the issuer's") from None


def _json(part: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, msgspec.DecodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise TokenRefused("token_malformed", "header and claims are JSON objects")
    return value
