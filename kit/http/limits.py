"""What one connection may ask of its vendor at a time, and how patient it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from kit.clock import Clock


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of one vendor connection."""

    concurrency: int = 4
    """Requests in flight at once."""
    per_second: float = 0.0
    """Requests started a second; 0 leaves the rate to the vendor's own answers."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""
    attempts: int = 4
    """Tries of one call, the first included."""
    base_delay_s: float = 0.2
    """Upper bound of the first wait between tries; doubles each time (full jitter)."""
    max_delay_s: float = 10.0
    """Upper bound of any wait between tries."""
    retry_share: float = 0.2
    """Retries allowed as a share of calls, so that a sick vendor is not hammered."""


class Turnstile:
    """Lets so many through at once, and so many a second."""

    def __init__(self, *, limits: Limits, clock: Clock) -> None:
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._gap_s = 1 / limits.per_second if limits.per_second > 0 else 0.0
        self._next = 0.0
        self._clock = clock

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one slot for the length of the block."""
        async with self._slots:
            if self._gap_s:
                now = self._clock.monotonic()
                self._next = max(self._next, now) + self._gap_s
                wait = self._next - self._gap_s - now
                if wait > 0:
                    await self._clock.sleep(wait)
            yield


class RetryBudget:
    """A purse of retries: each call puts a share in, each retry takes one out."""

    def __init__(self, *, share: float, floor: float = 10.0) -> None:
        self._share = share
        self._most = floor
        self._left = floor

    def earn(self) -> None:
        """A call was made."""
        self._left = min(self._most, self._left + self._share)

    def spend(self) -> bool:
        """Take one retry out; False when the purse is empty."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
