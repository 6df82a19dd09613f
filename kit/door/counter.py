"""Counts what a consumer has used; refuses exactly what goes over, and a refused request uses nothing.

A share of `amount` per `period_s` may be used at once. What "per" then means is the shape of the limit:

- plain: in no stretch of `period_s`, wherever it begins, are more than `amount` let pass. What was used comes
  back when its time is over, at the latest a thirtieth of the period later.
- even: a generic cell rate algorithm. What was used comes back evenly, beginning at once; so a burst followed by
  a steady stream may come to almost twice the `amount` within one period.

All limits of a request are decided together: either each gives, or none does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Final, NamedTuple, Protocol

from kit.clock import Clock

SLOTS: Final = 30
"""Into how many slots a period is cut."""
_US: Final = 1_000_000
_SWEEP_EVERY: Final = 4_096


class Ask(NamedTuple):
    """One limit a request falls under."""

    key: str
    amount: int
    period_s: int
    cost: int = 1
    even: bool = False
    strict: bool = False
    """Whether a store that does not remember the whole period has to refuse."""


class Taken(NamedTuple):
    """The answer for all limits of a request, in the order in which they were asked."""

    allowed: bool
    remaining: tuple[int, ...]
    full_in_s: tuple[float, ...]
    """Seconds until nothing counts as used any more."""
    retry_after_s: float
    """Seconds until the same request would be let pass; 0 when it was."""
    unsure: bool = False
    """Refused only because the store has lost its memory and a strict limit was asked for."""


class CounterLost(Exception):
    """The store did not answer in its time; whoever asked has to decide without it."""


class Counter(Protocol):
    """Where shares are counted: in this process, or for all of them in one store."""

    def take(self, asks: Sequence[Ask], /) -> Taken | Awaitable[Taken]:
        """Use a share of every limit, or of none; within a time of the counter's own.

        Raises:
            CounterLost: there is no answer, at once or when awaited.

        """
        ...


class _Plain:
    """What was used, by slot, the oldest first."""

    __slots__ = ("total", "used", "width")

    def __init__(self, ask: Ask) -> None:
        self.width = slot_width(ask)
        self.used: list[list[int]] = []
        self.total = 0

    def over_in(self, ask: Ask, now: int) -> int:
        used, oldest = self.used, self._slot(now) - SLOTS
        while used and used[0][0] < oldest:
            self.total -= used.pop(0)[1]
        if self.total + ask.cost <= ask.amount:
            return 0
        left, leaving = self.total, None
        for slot, count in used:
            if left + ask.cost <= ask.amount:
                break
            left, leaving = left - count, slot
        return 0 if leaving is None else self._over(leaving) - now

    def use(self, ask: Ask, now: int) -> None:
        slot = self._slot(now)
        if not self.used or self.used[-1][0] != slot:
            self.used.append([slot, ask.cost])
        else:
            self.used[-1][1] += ask.cost
        self.total += ask.cost

    def standing(self, ask: Ask, now: int) -> tuple[int, int]:
        return ask.amount - self.total, self.until() - now if self.total else 0

    def until(self) -> int:
        return self._over(self.used[-1][0]) if self.used else 0

    def _slot(self, now: int) -> int:
        slot, used = now // self.width, self.used
        return used[-1][0] if used and used[-1][0] > slot else slot

    def _over(self, slot: int) -> int:
        return (slot + SLOTS + 1) * self.width


class _Even:
    """When everything will have come back."""

    __slots__ = ("back",)

    def __init__(self, _ask: Ask) -> None:
        self.back = 0

    def over_in(self, ask: Ask, now: int) -> int:
        self.back = max(self.back, now)
        every = emission(ask)
        return max(self.back + every * ask.cost - now - every * ask.amount, 0)

    def use(self, ask: Ask, _now: int) -> None:
        self.back += emission(ask) * ask.cost

    def standing(self, ask: Ask, now: int) -> tuple[int, int]:
        every = emission(ask)
        return (every * ask.amount - (self.back - now)) // every, self.back - now

    def until(self) -> int:
        return self.back


class LocalCounter:
    """Counts within one process; what has come back in full is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[str, _Plain | _Even] = {}
        self._calls = 0

    def take(self, asks: Sequence[Ask], /) -> Taken:
        """Use a share of every limit, or of none."""
        now = int(self._clock.monotonic() * _US)
        self._calls += 1
        if self._calls % _SWEEP_EVERY == 0:
            self._states = {key: state for key, state in self._states.items() if state.until() > now}
        if len(asks) == 1:
            return self._one(asks[0], now)
        states = [self._state(ask) for ask in asks]
        wait = max([state.over_in(ask, now) for ask, state in zip(asks, states, strict=True)], default=0)
        if wait <= 0:
            for ask, state in zip(asks, states, strict=True):
                state.use(ask, now)
        standing = [state.standing(ask, now) for ask, state in zip(asks, states, strict=True)]
        return Taken(
            allowed=wait <= 0,
            remaining=tuple(left for left, _ in standing),
            full_in_s=tuple(full / _US for _, full in standing),
            retry_after_s=wait / _US,
        )

    def __len__(self) -> int:
        return len(self._states)

    def _one(self, ask: Ask, now: int) -> Taken:
        state = self._state(ask)
        wait = state.over_in(ask, now)
        if wait <= 0:
            state.use(ask, now)
        left, full = state.standing(ask, now)
        return Taken(wait <= 0, (left,), (full / _US,), wait / _US)

    def _state(self, ask: Ask) -> _Plain | _Even:
        state = self._states.get(ask.key)
        if state is None:
            state = self._states[ask.key] = _Even(ask) if ask.even else _Plain(ask)
        return state


def slot_width(ask: Ask) -> int:
    """Microseconds of one slot of a plain limit."""
    return -(-ask.period_s * _US // SLOTS)


def emission(ask: Ask) -> int:
    """Microseconds after which an even limit gives back one share."""
    return -(-ask.period_s * _US // ask.amount)
