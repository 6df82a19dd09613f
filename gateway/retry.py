"""Asks a tier again where that is safe and there is time; refuses to make a bad hour worse.

Asked again is what has no effect, and what bears an Idempotency-Key: the tier knows it by that. Every call pays a
part of a repetition into a purse; when the purse is empty nothing is repeated, so that at most so large a share of
the traffic is.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from msgspec import Struct

from gateway.upstream import Answer, Call, Failed, Upstream
from kit.clock import Clock

_READS: Final = frozenset({"GET", "HEAD"})
_PASSING: Final = frozenset({502, 503, 504})
_WORTH: Final = frozenset({"unreachable", "connect_timeout", "reset", "short"})


class Retry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a tier is asked again."""

    attempts: int = 1
    """Times a call is sent at most; 1: never again."""
    budget: float = 0.1
    """Share of the calls that may be repetitions."""
    purse: float = 10.0
    """Repetitions that may come at once after a quiet time."""
    base_s: float = 0.05
    """The first pause is chosen by lot up to this, each further one up to twice as much."""
    longest_s: float = 1.0
    """The longest pause."""


class Retrying:
    """Carries calls by way of another upstream."""

    def __init__(self, inner: Upstream, retry: Retry, *, clock: Clock, dice: random.Random | None = None) -> None:
        self._inner = inner
        self._retry = retry
        self._clock = clock
        self._dice = dice or random.Random()
        self._purse = retry.purse

    async def ask(self, call: Call, /) -> Answer:
        """Send the call, again if need be, all within its deadline."""
        self._purse = min(self._purse + self._retry.budget, self._retry.purse)
        until = self._clock.monotonic() + call.deadline_s
        for attempt in range(1, self._retry.attempts + 1):
            left_s = until - self._clock.monotonic()
            try:
                answer = await self._inner.ask(call if attempt == 1 else replace(call, deadline_s=left_s, fresh=True))
            except Failed as failed:
                pause_s = self._pause(attempt, call, failed=failed, until=until)
                if pause_s is None:
                    raise
            else:
                if answer.status not in _PASSING or call.method not in _READS:
                    return answer
                pause_s = self._pause(attempt, call, failed=None, until=until)
                if pause_s is None:
                    return answer
                await answer.close()
            await self._clock.sleep(pause_s)
        raise Failed("unreachable")

    async def close(self) -> None:
        """Close every connection."""
        await self._inner.close()

    def _pause(self, attempt: int, call: Call, *, failed: Failed | None, until: float) -> float | None:
        if attempt >= self._retry.attempts or self._purse < 1 or not _may_repeat(call, failed):
            return None
        most = min(self._retry.base_s * 2 ** (attempt - 1), self._retry.longest_s)
        pause_s = self._dice.uniform(0, most)
        if self._clock.monotonic() + pause_s >= until:
            return None
        self._purse -= 1
        return pause_s


def _may_repeat(call: Call, failed: Failed | None) -> bool:
    if not (call.payload is None or isinstance(call.payload, bytes)):
        return False
    if failed is not None and failed.code not in _WORTH:
        return False
    is_unsent = failed is not None and not failed.sent
    return is_unsent or call.method in _READS or any(name == b"idempotency-key" for name, _ in call.headers)
