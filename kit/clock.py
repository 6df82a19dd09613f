"""Time as something handed in, so that nothing reads the wall clock behind a test's back."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What a component may ask of time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring stretches."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)
    """Seconds that only grow."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        await asyncio.sleep(seconds)


class ManualClock:
    """Time that moves only when told; `sleep` moves it and lets others run."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The moment this clock stands at."""
        return self._now

    def monotonic(self) -> float:
        """Seconds moved since the clock was made."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self._elapsed += seconds
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Move forward by so many seconds and yield once."""
        self.advance(seconds)
        await asyncio.sleep(0)
