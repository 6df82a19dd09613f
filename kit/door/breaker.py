"""Remembers how calls to each tier ended; says when one is to be left alone, and lets a few try whether it is back."""

from __future__ import annotations

from collections import deque
from typing import Final

from msgspec import Struct

from kit.clock import Clock

_CLOSED: Final = "closed"
_OPEN: Final = "open"
_TRYING: Final = "half_open"


class Tripping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a tier is left alone."""

    window_s: float = 10.0
    """Calls that ended within this are looked at."""
    calls: int = 20
    """With fewer of them nothing is concluded."""
    failed: float = 0.5
    """Share of failures from which on the tier is left alone."""
    open_s: float = 5.0
    """For how long, before somebody may try."""
    probes: int = 3
    """How many may try at once, and how many have to succeed in a row."""


class Breaker:
    """For one tier."""

    def __init__(self, tripping: Tripping, *, clock: Clock) -> None:
        self._tripping = tripping
        self._clock = clock
        self._ended: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._state = _CLOSED
        self._opened_at = 0.0
        self._trying = 0
        self._succeeded = 0

    @property
    def state(self) -> str:
        """closed, open or half_open."""
        return self._state

    def waits(self) -> float:
        """Seconds before this call may be tried; 0 to let it go, and then its end has to be told."""
        now = self._clock.monotonic()
        if self._state == _CLOSED:
            return 0.0
        left = self._opened_at + self._tripping.open_s - now
        if self._state == _OPEN:
            if left > 0:
                return left
            self._state, self._trying, self._succeeded = _TRYING, 0, 0
        if self._trying >= self._tripping.probes:
            return max(self._tripping.open_s / 5, 0.1)
        self._trying += 1
        return 0.0

    def ended(self, *, good: bool) -> None:
        """How a call that was let go ended."""
        now = self._clock.monotonic()
        if self._state == _TRYING:
            self._tried(now, good=good)
        elif self._state == _CLOSED:
            self._note(now, good=good)

    def forget(self) -> None:
        """A call that was let go ended without saying anything about the tier."""
        if self._state == _TRYING:
            self._trying = max(self._trying - 1, 0)

    def _tried(self, now: float, *, good: bool) -> None:
        self._trying = max(self._trying - 1, 0)
        if not good:
            self._open(now)
            return
        self._succeeded += 1
        if self._succeeded >= self._tripping.probes:
            self._state = _CLOSED
            self._ended.clear()
            self._failures = 0

    def _note(self, now: float, *, good: bool) -> None:
        self._ended.append((now, good))
        self._failures += not good
        while self._ended and self._ended[0][0] < now - self._tripping.window_s:
            self._failures -= not self._ended.popleft()[1]
        count = len(self._ended)
        if count >= self._tripping.calls and self._failures >= self._tripping.failed * count:
            self._open(now)

    def _open(self, now: float) -> None:
        self._state, self._opened_at = _OPEN, now
        self._ended.clear()
        self._failures = 0


class Breakers:
    """One for each tier, made when it is first asked about."""

    def __init__(self, tripping: Tripping, *, clock: Clock) -> None:
        self._tripping = tripping
        self._clock = clock
        self._of: dict[str, Breaker] = {}

    def of(self, tier: str) -> Breaker:
        """The one of a tier."""
        breaker = self._of.get(tier)
        if breaker is None:
            breaker = self._of[tier] = Breaker(self._tripping, clock=self._clock)
        return breaker

    def states(self) -> dict[str, str]:
        """How each stands."""
        return {tier: breaker.state for tier, breaker in sorted(self._of.items())}
