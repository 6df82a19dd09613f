"""Runs the clock of the queue in a worker: looks every so often at what is overdue; a failed look is not the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from kit.clock import Clock
from kit.room import DurableSource

_LOG: Final = logging.getLogger("sluice.casework")


class EscalationClock:
    """One task of a worker. Several workers may run it: each escalation happens once."""

    def __init__(self, *, durable: DurableSource, clock: Clock, every_s: float) -> None:
        self._durable = durable
        self._clock = clock
        self._every_s = every_s

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look for as long as the block lasts."""
        task = asyncio.create_task(self.follow(), name="escalation clock")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def follow(self) -> None:
        """Look, pause, look again; for ever."""
        while True:
            try:
                await self._durable().casebook.escalating.sweep()
            except Exception:  # noqa: BLE001 - whatever failed this look, the next one is still due
                _LOG.exception("looking at what is overdue failed; it is looked at again in %s s", self._every_s)
            await self._clock.sleep(self._every_s)
