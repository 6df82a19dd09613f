"""Refuses nothing: tells browsers which origins may read answers, and answers their preflights itself.

An origin is compared letter by letter; there is no wildcard, since callers come with tokens. An origin that is not
listed gets no permission, and a preflight from it an answer without any.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from kit.door.policy import Pair, Ready, Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pages may call; none by default."""

    origins: tuple[str, ...] = ()
    """As browsers send them: "https://portal.example"."""
    methods: tuple[str, ...] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    """Methods a page may use."""
    headers: tuple[str, ...] = ("authorization", "content-type", "idempotency-key", "if-match", "if-none-match")
    """Header fields a page may send beyond the simple ones."""
    exposed: tuple[str, ...] = ("etag", "location", "ratelimit", "ratelimit-policy", "retry-after", "x-trace-id")
    """Header fields of an answer a page may read."""
    max_age_s: int = 600
    """Seconds a browser may believe a preflight's answer."""


class Cors:
    """Gives permission by name."""

    needs: ClassVar[tuple[str, ...]] = ("fields",)
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config) -> None:
        self._origins = frozenset(origin.encode() for origin in config.origins)
        self._exposed = ", ".join(config.exposed).encode()
        self._preflight: tuple[Pair, ...] = (
            (b"access-control-allow-methods", ", ".join(config.methods).encode()),
            (b"access-control-allow-headers", ", ".join(config.headers).encode()),
            (b"access-control-max-age", b"%d" % config.max_age_s),
        )

    @property
    def rests(self) -> bool:
        """Whether no page of another origin is let in."""
        return not self._origins

    def __call__(self, request: Request, /) -> Verdict:
        """Permit, and answer a preflight."""
        if not self._origins:
            return None
        origin = request.fields.get(b"origin")
        if origin is None:
            return None
        asked = request.method == "OPTIONS" and b"access-control-request-method" in request.fields
        request.answer.append((b"vary", b"Origin"))
        permitted = origin in self._origins
        if permitted:
            request.answer.append((b"access-control-allow-origin", origin))
            if not asked:
                request.answer.append((b"access-control-expose-headers", self._exposed))
        if asked:
            return Ready("cors.preflight", status=204, headers=self._preflight if permitted else ())
        return None
