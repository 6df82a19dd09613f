"""Schedules: a case is started for each time that is due, once whoever looks and however often the clocks change."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from kit.clock import Clock
from kit.durable.cron import Cron
from kit.durable.port import Durable
from kit.durable.road import Road
from kit.events import feed_cursor, move_feed
from kit.store import insert_once
from kit.store.tables import SCHEDULE_RUN

_LOG: Final = logging.getLogger("sluice.schedule")


@dataclass(frozen=True)
class Schedule:
    """A road that is begun at each time of a cron; `start` makes its struct of the local time it is due for.

    A worker that was down begins what it missed, at most `catches_up` times, the latest ones.
    """

    name: str
    cron: Cron
    road: Road
    start: Callable[[dt.datetime], Struct]
    catches_up: int = 31

    def business_key(self, local: dt.datetime) -> str:
        """What the case of one time is about: the schedule and the local time, by which it runs once."""
        return f"{self.name}-{local:%Y-%m-%dT%H%M}"


class Schedules:
    """Begins what is due; several workers may do so, for a business key has one case."""

    def __init__(
        self, durable: Callable[[], Durable], schedules: Sequence[Schedule], *, clock: Clock, look_s: float = 20.0
    ) -> None:
        self._durable = durable
        self._schedules = schedules
        self._clock = clock
        self._look_s = look_s

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look again and again for as long as the block lasts."""
        task = asyncio.create_task(self._follow(), name="schedules")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def look(self) -> list[str]:
        """Begin what is due now; the ids of its cases. A schedule seen for the first time is due from now on."""
        return [case_id for schedule in self._schedules for case_id in await self._begin(schedule)]

    async def _follow(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - the next look tries again; nothing is moved on before its case stands
                _LOG.warning("looking for what is due failed", exc_info=True)
            await self._clock.sleep(self._look_s)

    async def _begin(self, schedule: Schedule) -> list[str]:
        now, name = self._clock.now(), f"schedule/{schedule.name}"
        durable = self._durable()
        async with durable.store.read() as connection:
            seen = await feed_cursor(connection, name)
        if not seen:
            async with durable.store.write() as connection:
                await move_feed(connection, name, now.isoformat(), at=now)
            return []
        due = []
        for local, moment in schedule.cron.after(dt.datetime.fromisoformat(seen)):
            if moment > now:
                break
            due.append((local, moment))
        return [await self._case(schedule, local, moment) for local, moment in due[-schedule.catches_up :]]

    async def _case(self, schedule: Schedule, local: dt.datetime, moment: dt.datetime) -> str:
        durable, key = self._durable(), schedule.business_key(local)
        start = schedule.start(local)
        begun = await durable.start(schedule.road, business_key=key, start=start, by=f"schedule {schedule.name}")
        now = self._clock.now()
        row = {"schedule": schedule.name, "due": local.isoformat(), "case_id": begun.case_id, "at": now}
        async with durable.store.write() as connection:
            await insert_once(connection, SCHEDULE_RUN, row)
            await move_feed(connection, f"schedule/{schedule.name}", moment.isoformat(), at=now)
        return begun.case_id
