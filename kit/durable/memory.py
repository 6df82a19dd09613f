"""The port without an engine: journals in memory, a clock that is handed in, a restart that is a method.

For roads and trials in milliseconds; nothing survives the block. Rows are the same as everywhere.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.problem import Kind, Problem
from kit.clock import Clock, ManualClock
from kit.durable.attempt import Around, plainly
from kit.durable.desk import Desk, desk_at
from kit.durable.front import Front
from kit.durable.governing import UNGOVERNED, Governance
from kit.durable.order import EngineStanding, Journal, Line, Order, Owed
from kit.durable.patience import Patience
from kit.durable.recording import decoded, encoded
from kit.durable.road import Road
from kit.durable.run import Run
from kit.store import Store

T = TypeVar("T")


@dataclass
class _Line:
    name: str
    text: str


@dataclass
class MemoryRun:
    """One run and its journal, which outlives a restart. `failure` is what ended it, if anything did."""

    road: Road
    order: Order
    journal: list[_Line] = field(default_factory=list)
    messages: int = 0
    failure: Exception | None = None
    task: asyncio.Task[None] | None = None
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    deadline: datetime | None = None


class MemoryMachine:
    """Journals one run; a replay that meets another name at a recorded position fails loudly."""

    def __init__(self, run: MemoryRun, *, clock: Clock) -> None:
        self._run = run
        self._clock = clock
        self._position = 0

    async def recorded(self, name: str, work: Callable[..., Awaitable[T]], answer: type[T], *, owed: Owed) -> T:
        """The journalled answer, or the work done now and journalled."""
        line = self._next(name)
        if line is None:
            line = _Line(name, await _text_of(partial(work, owed=owed)))
            self._run.journal.append(line)
        value = decoded(line.text)
        if isinstance(value, Exception):
            raise value
        return msgspec.convert(value, answer)

    async def unrecorded(self, work: Callable[..., Awaitable[None]], *, owed: Owed) -> None:
        """Do work that is not journalled."""
        await work(owed=owed)

    async def listen(self, timeout_s: float) -> None:
        """Wait for a message or for `tick` to find the time past."""
        if self._next("listen") is not None:
            return
        run = self._run
        if not run.messages:
            run.deadline = self._clock.now() + timedelta(seconds=timeout_s)
            run.woken.clear()
            run.idle.set()
            await run.woken.wait()
            run.deadline = None
        run.messages = max(0, run.messages - 1)
        run.journal.append(_Line("listen", "null"))

    def _next(self, name: str) -> _Line | None:
        self._position += 1
        if self._position > len(self._run.journal):
            return None
        line = self._run.journal[self._position - 1]
        if line.name != name:
            message = f"position {self._position} is {line.name} in the journal and {name} in the road"
            raise RuntimeError(message)
        return line


async def _text_of(work: Callable[[], Awaitable[object]]) -> str:
    try:
        return encoded(await work())
    except Exception as failure:  # noqa: BLE001 - whatever a step raises is what the journal remembers
        return encoded(failure)


class MemoryPost:
    """Starts and wakes runs in this process."""

    def __init__(self, *, clock: Clock, desk: Desk) -> None:
        self.runs: dict[str, MemoryRun] = {}
        self._clock = clock
        self._desk = desk

    async def enqueue(self, connection: AsyncConnection, *, road: Road, order: Order) -> None:  # noqa: ARG002 - the run's first write waits for the caller's transaction
        """Begin a run; its first write waits until the caller's transaction ends."""
        run = self.runs[order.case_id] = MemoryRun(road, order)
        self.launch(run)

    async def wake(self, connection: AsyncConnection, *, case_id: str, key: str) -> None:  # noqa: ARG002 - as above
        """Tell a run to look again."""
        run = self.runs[case_id]
        run.messages += 1
        self.rouse(run)

    async def journal(self, case_id: str) -> Journal:
        """What a run has recorded."""
        run = self.runs[case_id]
        return Journal(order=run.order, lines=[Line(name=line.name, text=line.text) for line in run.journal])

    async def rewind(self, case_id: str, *, name: str) -> None:
        """Drop a closed run's journal from the first line of a name on and let it run from there."""
        run = self.runs[case_id]
        names = [line.name for line in run.journal]
        if name not in names or (run.task is not None and not run.task.done()):
            raise Problem(Kind.CONFLICT, "not_rewindable", f"{case_id} is on its way or never came to {name}")
        del run.journal[names.index(name) :]
        run.failure, run.messages = None, 0
        self.launch(run)

    async def forget(self, case_ids: list[str]) -> None:
        """Drop the journals of closed runs."""
        for case_id in case_ids:
            self.runs.pop(case_id, None)

    async def standing(self, *, tenant: str) -> EngineStanding:  # noqa: ARG002 - nothing waits in a queue here
        """What the engine holds."""
        return EngineStanding()

    def launch(self, run: MemoryRun) -> None:
        """Run a road from its journal on."""
        run.idle.clear()
        run.task = asyncio.create_task(self._drive(run), name=run.order.case_id)

    def rouse(self, run: MemoryRun) -> None:
        """Let a waiting run look."""
        if run.task is not None and not run.task.done():
            run.idle.clear()
            run.woken.set()

    async def _drive(self, run: MemoryRun) -> None:
        machine = MemoryMachine(run, clock=self._clock)
        try:
            await Run(run.order, road=run.road, machine=machine, desk=self._desk).drive()
        except Exception as failure:  # noqa: BLE001 - kept for whoever asks; the case says failed
            run.failure = failure
        finally:
            run.idle.set()


class MemoryDurable(Front):
    """`Durable` in memory. Besides the port: `settled`, `tick`, `restart`."""

    def __init__(self, store: Store, *, roads: Iterable[Road], clock: Clock, tenant: str, post: MemoryPost) -> None:
        super().__init__(store, roads=roads, clock=clock, tenant=tenant, post=post)
        self._memory = post

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        roads: Iterable[Road],
        *,
        clock: Clock | None = None,
        tenant: str = "default",
        patience: Patience | None = None,
        chance: random.Random | None = None,
        around: Around = plainly,
        governance: Governance = UNGOVERNED,
    ) -> AsyncIterator[MemoryDurable]:
        """An empty engine for the block. `around` stands between the engine and every call of a step."""
        time = clock or ManualClock()
        store = await Store.in_memory()
        desk = desk_at(
            store,
            clock=time,
            patience=patience or Patience(),
            chance=chance or random.Random(7),
            around=around,
            governance=governance,
        )
        post = MemoryPost(clock=time, desk=desk)
        durable = cls(store, roads=roads, clock=time, tenant=tenant, post=post)
        try:
            yield durable
        finally:
            await durable._stop()
            await store.close()

    async def settled(self, case_id: str) -> None:
        """Return once the case is closed or waits for somebody.

        Raises:
            Exception: what failed the case, as it was raised.

        """
        run = self._memory.runs[case_id]
        await run.idle.wait()
        if run.failure is not None:
            raise run.failure

    async def tick(self) -> None:
        """Wake the runs whose wait ran out by the clock, and let them settle."""
        now = self._clock.now()
        due = [run for run in self._memory.runs.values() if run.deadline is not None and run.deadline <= now]
        for run in due:
            run.messages += 1
            self._memory.rouse(run)
        for run in due:
            await run.idle.wait()

    async def restart(self) -> None:
        """Stop every run where it waits or broke off and run it again from its journal, as after a crash."""
        for run in self._memory.runs.values():
            await run.idle.wait()
        await self._stop()
        for run in self._memory.runs.values():
            self._memory.launch(run)

    def journal(self, case_id: str) -> list[tuple[str, Any]]:
        """The names and values a run has recorded."""
        return [(line.name, decoded(line.text)) for line in self._memory.runs[case_id].journal]

    async def _stop(self) -> None:
        tasks = [run.task for run in self._memory.runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
