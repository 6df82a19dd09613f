"""Refuses everything of a product during an announced maintenance: 503, with Retry-After."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.door.calendar import on
from kit.door.lifecycle import Rest
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is let in meanwhile."""

    roles: tuple[str, ...] = ()
    """Roles that may try the product during its maintenance."""


class Maintenance:
    """Looks at the calendar of the product."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "caller")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, rests: Mapping[str, tuple[Rest, ...]], clock: Clock) -> None:
        self._roles = frozenset(config.roles)
        self._rests = {product: found for product, found in rests.items() if found}
        self._clock = clock

    @property
    def rests(self) -> bool:
        """Whether nothing is announced."""
        return not self._rests

    def __call__(self, request: Request, /) -> Verdict:
        """Let pass when nothing is announced for now."""
        rests = self._rests.get(request.matched.product)
        if rests is None:
            return None
        now = self._clock.now()
        rest = on(rests, now)
        if rest is None or not self._roles.isdisjoint(request.known.roles):
            return None
        reason = getattr(rest, "reason", "")
        return Problem(
            Kind.UNAVAILABLE,
            "maintenance.announced",
            f"at rest until {rest.ends_at.isoformat()}{f': {reason}' if reason else ''}",
            retry_after_s=(rest.ends_at - now).total_seconds(),
            context={"ends_at": rest.ends_at.isoformat()},
        )
