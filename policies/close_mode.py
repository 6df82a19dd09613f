"""Refuses to write what is bound to a period while that period of the books is being closed: 409, with `reopens_at`.

Which operations are bound, which periods are closed when, and which roles close them stands in routes.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.door.lifecycle import Close
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may always adjust."""

    roles: tuple[str, ...] = ()
    """Roles that may write during every close, besides those a close names itself."""


class CloseMode:
    """Freezes what would move under the hands of those who close the books."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "caller")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, bound: Mapping[str, tuple[Close, ...]], clock: Clock) -> None:
        self._roles = frozenset(config.roles)
        self._bound = {name: closes for name, closes in bound.items() if closes}
        self._clock = clock

    @property
    def rests(self) -> bool:
        """Whether no operation is bound to a period."""
        return not self._bound

    def __call__(self, request: Request, /) -> Verdict:
        """Look at the calendar, for a command that is bound to a period."""
        closes = self._bound.get(request.matched.name)
        if closes is None or request.matched.method == "GET":
            return None
        now, roles = self._clock.now(), request.known.roles
        for close in closes:
            if close.covers(now) and self._roles.isdisjoint(roles) and roles.isdisjoint(close.roles):
                return _refusal(close)
        return None


def _refusal(close: Close) -> Problem:
    reopens = close.ends_at.isoformat()
    return Problem(
        Kind.CONFLICT,
        "closemode.period_closed",
        f"period {close.period} is being closed; it reopens at {reopens}",
        hint="wait, or let somebody adjust who closes the period",
        retry=Retry.LATER,
        context={"period": close.period, "reopens_at": reopens},
    )
