"""Gates before vendors: how many calls of a connection run at once, and how often, over all workers of one store.

A place is a lease in SQL, so a worker that dies gives it back by time. Whoever waits holds nothing; the more urgent
go first, then whoever asked first. The unit is the call of a step; the vendor client's own limits stand behind it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any, Final, Protocol

import sqlalchemy as sa
from msgspec import Struct

from kit.durable import gate_sql as sql
from kit.durable.steadfast import patiently
from kit.store import Store

_WAIT_S: Final = 5.0
_LOOK_S: Final = 0.1


class Priority(IntEnum):
    """Who goes first where calls are scarce; within a class, whoever asked first."""

    BILLING = 1
    INTERACTIVE = 2
    ANALYTICS = 3


class Allowance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one connection may be asked for: 0 is no limit. `burst` calls may come at once within the rate.

    `lease_s` is after how many seconds the place of a worker that died is free again.
    """

    concurrency: int = 0
    per_second: float = 0.0
    burst: int = 1
    lease_s: float = 60.0


class Gates(Protocol):
    """Lets calls pass when their connection allows it."""

    def passing(self, connection: str, *, priority: int) -> AbstractAsyncContextManager[None]:
        """Wait for a place, hold it for the block."""
        ...


class OpenGates:
    """Lets everything pass."""

    @asynccontextmanager
    async def passing(self, connection: str, *, priority: int) -> AsyncIterator[None]:
        """Pass at once."""
        del connection, priority
        yield


@dataclass
class _Line:
    """Those of this process who wait at one gate; only the first of them asks the store."""

    waiting: list[tuple[int, int, str]] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def first(self, holder: str) -> bool:
        """Whether a holder is the first in line."""
        return self.waiting[0][2] == holder

    def leave(self, holder: str) -> None:
        """Take a holder out of the line and let the others look."""
        self.waiting = [each for each in self.waiting if each[2] != holder]
        heapq.heapify(self.waiting)
        self.stir()

    def stir(self) -> None:
        """Let everybody look again."""
        self.moved.set()
        self.moved = asyncio.Event()


class SharedGates:
    """Gates that all workers on one store pass through."""

    def __init__(self, store: Store, allowances: Mapping[str, Allowance], *, chance: random.Random) -> None:
        self._store = store
        self._allowances = allowances
        self._chance = chance
        self._lines: dict[str, _Line] = {}
        self._numbers = itertools.count()

    @asynccontextmanager
    async def passing(self, connection: str, *, priority: int) -> AsyncIterator[None]:
        """Wait for a place, hold it for the block; a place held long is renewed."""
        allowance = self._allowances.get(connection)
        if allowance is None or not (allowance.concurrency or allowance.per_second):
            yield
            return
        line = self._lines.setdefault(connection, _Line())
        row = _row(connection, allowance, holder=uuid.uuid4().hex, priority=priority)
        await self._enter(line, row)
        renewing = asyncio.create_task(self._renew(row, every_s=allowance.lease_s / 3))
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await self._leave(row)
            line.stir()

    async def _enter(self, line: _Line, row: dict[str, Any]) -> None:
        holder = str(row["holder"])
        heapq.heappush(line.waiting, (int(row["priority"]), next(self._numbers), holder))
        line.stir()
        asked = False
        try:
            while True:
                if line.first(holder):
                    asked = True
                    if await patiently(partial(self._store.at_once, partial(_ask, row))):
                        return
                elif asked:
                    await self._leave(row)  # somebody more urgent came: they ask first
                    asked = False
                with suppress(TimeoutError):
                    await asyncio.wait_for(line.moved.wait(), _LOOK_S * self._chance.uniform(0.5, 1.0))
        except BaseException:
            await self._leave(row)
            raise
        finally:
            line.leave(holder)

    async def _renew(self, row: dict[str, Any], *, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            await patiently(partial(self._store.at_once, partial(_renewed, row)))

    async def _leave(self, row: dict[str, Any]) -> None:
        await asyncio.shield(patiently(partial(self._store.at_once, partial(_left, row))))


def _row(connection: str, allowance: Allowance, *, holder: str, priority: int) -> dict[str, Any]:
    interval_s = 1.0 / allowance.per_second if allowance.per_second else 0.0
    return {
        "connection": connection,
        "holder": holder,
        "priority": priority,
        "concurrency": allowance.concurrency,
        "interval_s": interval_s,
        "slack_s": interval_s * (allowance.burst - 1),
        "lease_s": allowance.lease_s,
        "wait_s": _WAIT_S,
    }


def _ask(row: dict[str, Any], connection: sa.Connection) -> bool:
    """Whether the holder got its place: enough are free for it and for everybody before it, in number and in rate."""
    sql.GATE.run(connection, row)
    sql.SWEEP.run(connection, row)
    sql.STAND_IN_LINE.run(connection, row)
    (seen,) = sql.LOOK.ask(connection, row)
    if row["concurrency"] and seen.held + seen.ahead >= row["concurrency"]:
        return False
    if row["interval_s"] and seen.free_at_s + row["interval_s"] * seen.ahead - row["slack_s"] > seen.now_s:
        return False
    sql.TAKE.run(connection, row)
    return True


def _renewed(row: dict[str, Any], connection: sa.Connection) -> None:
    sql.RENEW.run(connection, row)


def _left(row: dict[str, Any], connection: sa.Connection) -> None:
    sql.LEAVE.run(connection, row)
