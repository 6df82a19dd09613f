"""Counts what a consumer has used; refuses exactly what goes over, and a refused request uses nothing.

The rule is GCRA: a share of `amount` per `period_s` may be used at once and comes back evenly. All limits of a
request are decided together: either each gives, or none does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Final, NamedTuple, Protocol

from kit.clock import Clock

_NS: Final = 1_000_000_000
_SWEEP_EVERY: Final = 4_096


class Ask(NamedTuple):
    """One limit a request falls under."""

    key: str
    amount: int
    period_s: int
    cost: int = 1


class Taken(NamedTuple):
    """The answer for all limits of a request, in the order in which they were asked."""

    allowed: bool
    remaining: tuple[int, ...]
    full_in_s: tuple[float, ...]
    """Seconds until nothing counts as used any more."""
    retry_after_s: float
    """Seconds until the same request would be let pass; 0 when it was."""


class Counter(Protocol):
    """Where shares are counted: in this process, or for all of them in one store."""

    def take(self, asks: Sequence[Ask], /) -> Taken | Awaitable[Taken]:
        """Use a share of every limit, or of none."""
        ...


class LocalCounter:
    """Counts within one process; what has come back in full is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, int] = {}
        self._calls = 0

    def take(self, asks: Sequence[Ask], /) -> Taken:
        """Use a share of every limit, or of none."""
        now = int(self._clock.monotonic() * _NS)
        self._calls += 1
        if self._calls % _SWEEP_EVERY == 0:
            self._until = {key: until for key, until in self._until.items() if until > now}
        used = [max(self._until.get(ask.key, now), now) for ask in asks]
        after = [until + _share(ask) * ask.cost for ask, until in zip(asks, used, strict=True)]
        over = [until - now - ask.period_s * _NS for ask, until in zip(asks, after, strict=True)]
        wait = max(over, default=0)
        if wait <= 0:
            self._until.update((ask.key, until) for ask, until in zip(asks, after, strict=True))
            used = after
        return Taken(
            allowed=wait <= 0,
            remaining=tuple(
                (ask.period_s * _NS - (until - now)) // _share(ask) for ask, until in zip(asks, used, strict=True)
            ),
            full_in_s=tuple((until - now) / _NS for until in used),
            retry_after_s=max(wait, 0) / _NS,
        )

    def __len__(self) -> int:
        return len(self._until)


def _share(ask: Ask) -> int:
    return ask.period_s * _NS // ask.amount
