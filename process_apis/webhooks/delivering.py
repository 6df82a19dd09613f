"""Delivers: a worker speaks to many endpoints at once, and to each of them one message at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from kit.clock import Clock
from kit.egress import Failed, Forbidden, Guard, Sender
from kit.following import Following
from process_apis.webhooks.lanes import Lane, Lanes, Parcel, Result
from process_apis.webhooks.rules import Verdict, verdict
from process_apis.webhooks.signing import headers

_LOG: Final = logging.getLogger("sluice.webhooks")
_AGENT: Final = "Sluice-Webhooks/1"
_FINISH_S: Final = 20.0


@dataclass(frozen=True)
class Delivering:
    """One task of a worker, and one more for each endpoint it speaks to."""

    lanes: Lanes
    guard: Guard
    sender: Sender
    clock: Clock
    most: int
    burst: int
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def look(self) -> bool:
        """Begin to speak to endpoints that have something to be told, as many as there are hands for."""
        free = self.most - len(self._tasks)
        for lane in await self.lanes.claim(free) if free > 0 else ():
            task = asyncio.create_task(self._told(lane), name=f"webhooks to {lane.endpoint_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return False

    async def settled(self) -> None:
        """Wait until every endpoint that is spoken to has been let go."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    @asynccontextmanager
    async def running(self, following: Following) -> AsyncIterator[None]:
        """Deliver for as long as the block lasts; attempts in hand are finished if that takes seconds."""
        try:
            async with following.running():
                yield
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_FINISH_S)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.sender.close()

    async def _told(self, lane: Lane) -> None:
        try:
            for _ in range(self.burst):
                parcel = await self.lanes.begin(lane)
                if parcel is None:
                    break
                await self.lanes.settle(parcel, await self._sent(parcel), origin=self._origin(parcel.url))
            await self.lanes.release(lane)
        except Exception:  # noqa: BLE001 - the lease ends by itself, and another worker goes on
            _LOG.warning("%s was left before its time", lane.endpoint_id, exc_info=True)

    async def _sent(self, parcel: Parcel) -> Result:
        began, now = self.clock.monotonic(), self.clock.now()
        signed = headers(parcel.secrets, message_id=parcel.message_id, timestamp=int(now.timestamp()), body=parcel.body)
        sent = {"Content-Type": "application/json", "User-Agent": _AGENT, **signed}
        try:
            answer = await self.sender.post(parcel.url, headers=sent, body=parcel.body)
        except Failed as failed:
            return Result(Verdict(failed.code), None, self._since_ms(began), failed.detail)
        meant = verdict(answer.status, answer.headers, now=now)
        return Result(meant, answer.status, self._since_ms(began), answer.excerpt)

    def _since_ms(self, began: float) -> int:
        return round((self.clock.monotonic() - began) * 1_000)

    def _origin(self, url: str) -> str:
        try:
            return self.guard.target(url).origin
        except Forbidden:
            return "an address that is not called"
