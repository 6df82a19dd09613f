"""Who is calling, as the verified internal token says; refuses to answer when nobody was verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from contracts.problem import Kind, Problem


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of a request: who, for whom, with which scopes and roles.

    `actor` lists the tiers that spoke for the subject on the way here, the nearest last (RFC 8693 `act`).
    `organisations` are our ids of the customers the subject belongs to, or looks after; nobody's, unless said.
    """

    subject: str
    issuer: str = ""
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    tenant: str = "default"
    actor: tuple[str, ...] = ()
    client_id: str = ""
    organisations: frozenset[str] = frozenset()
    acr: str = ""
    """How the subject was authenticated, in the issuer's words; empty for programs, and below the gateway."""
    authenticated_at: float = 0.0
    """When, in seconds since 1970; 0 where that is not known."""

    def may(self, scope: str) -> bool:
        """Whether a scope, or the wildcard of its family (`cases:*`), was granted."""
        family = scope.partition(":")[0]
        return scope in self.scopes or f"{family}:*" in self.scopes

    def narrowed(self, scopes: frozenset[str]) -> Caller:
        """The same caller with other scopes, for the next flight of stairs."""
        return replace(self, scopes=scopes)


_CURRENT: ContextVar[Caller | None] = ContextVar("caller", default=None)


def current_caller() -> Caller:
    """The caller of the request being served.

    Raises:
        Problem: unauthenticated, when no token was verified on this path.

    """
    caller = _CURRENT.get()
    if caller is None:
        raise Problem(Kind.UNAUTHENTICATED, "caller_unknown", "no verified caller stands behind this call")
    return caller


def caller_or_none() -> Caller | None:
    """The caller of the request being served, or None outside of one."""
    return _CURRENT.get()


@contextmanager
def calling(caller: Caller) -> Iterator[Caller]:
    """Act as this caller within the block."""
    token = _CURRENT.set(caller)
    try:
        yield caller
    finally:
        _CURRENT.reset(token)
