"""Follows the changes of another system: look, take in, wait; for ever, and through every failure of that system."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from contracts.problem import Problem
from kit.clock import Clock

_LOG: Final = logging.getLogger("sluice.feed")
_DOUBLINGS: Final = 16
_FINISH_S: Final = 10.0


@dataclass(frozen=True)
class Pace:
    """How long is waited between two looks, and to what that grows while the system does not answer; seconds."""

    poll_s: float
    most_s: float


@dataclass(frozen=True)
class Following:
    """One task of a worker. `look` takes in the next page and says whether there may be another at once."""

    name: str
    look: Callable[[], Awaitable[bool]]
    pace: Pace
    clock: Clock
    chance: random.Random
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow for as long as the block lasts; a page in hand is finished if that takes seconds."""
        task = asyncio.create_task(self.follow(), name=self.name)
        try:
            yield
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_FINISH_S), self._looking:
                    task.cancel()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def follow(self) -> None:
        """Look, take in, wait; for ever. A failure of any kind lengthens the pause and loses nothing."""
        failures = 0
        while True:
            try:
                async with self._looking:
                    more = await self.look()
            except Exception as failure:  # noqa: BLE001 - it outlives whatever befalls the other system or the store
                failures += 1
                pause_s = self._pause_s(failure, failures=failures)
                _LOG.warning("%s failed %d times, next look in %.0f s: %s", self.name, failures, pause_s, failure)
            else:
                failures, pause_s = 0, 0.0 if more else self.pace.poll_s
            await self.clock.sleep(pause_s)

    def _pause_s(self, failure: Exception, *, failures: int) -> float:
        """Doubled with every failure up to a limit, with jitter; never sooner than the system asked for."""
        longest_s = min(self.pace.most_s, self.pace.poll_s * 2.0 ** min(failures, _DOUBLINGS))
        asked_s = failure.retry_after_s or 0.0 if isinstance(failure, Problem) else 0.0
        return max(asked_s, self.chance.uniform(longest_s / 2, longest_s))
