"""Lets the engine run roads on the loop of the process, so that no step pays for the way between two loops.

The engine would adopt the loop it is launched on, but launching blocks, and when it ends it would leave the roads
running while their store closes. What stands here takes the place of the engine's own loop and ends what it began.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from dbos import DBOS

T = TypeVar("T")

_END_S: Final = 10.0
_GRACE_S: Final = 5.0


class HomeLoop:
    """What the engine takes for its loop: it is the running one, and neither begun nor ended by the engine."""

    def __init__(self, engine: DBOS) -> None:
        self._engine = engine
        self._home = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._over = False

    @classmethod
    def given_to(cls, engine: DBOS) -> HomeLoop:
        """Put it in the place of the engine's own loop, before the engine is launched.

        The engine has no public way for it; a test pins the place.
        """
        loop = cls(engine)
        engine._background_event_loop = loop  # type: ignore[assignment] # noqa: SLF001 - see above
        return loop

    def start(self, executor: Executor | None = None) -> None:
        """Nothing is to be started; the engine hands over its threads with the first step."""

    def submit_coroutine(self, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and wait for it; for the engine's threads only.

        Raises:
            RuntimeError: the engine has ended, or this is the loop itself, which must not wait for itself.

        """
        if self._over or asyncio._get_running_loop() is self._home:  # noqa: SLF001 - None outside a loop, no exception
            coro.close()
            message = "the engine has ended" if self._over else "the loop must not wait for itself"
            raise RuntimeError(message)
        return asyncio.run_coroutine_threadsafe(self._kept(coro), self._home).result()

    def stop(self, timeout: float | None = _END_S) -> None:
        """Cancel the roads on their way and wait until they have ended; called by the engine on a thread."""
        self._over = True
        ended = asyncio.run_coroutine_threadsafe(self._ended(timeout), self._home)
        ended.result(None if timeout is None else timeout + _GRACE_S)  # a loop that has ended answers nobody

    async def away(self, destroy: Callable[[], None]) -> None:
        """End the engine on a thread that is none of its own, and give the loop back threads that still serve.

        The engine had lent the loop its own with the first step, and ends them.
        """
        hand = ThreadPoolExecutor(1, thread_name_prefix="engine-end")
        try:
            await self._home.run_in_executor(hand, destroy)
        finally:
            hand.shutdown(wait=False)
            self._home.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))

    async def _kept(self, coro: Coroutine[Any, Any, T]) -> T:
        if self._over:  # it ended while the coroutine was on its way here
            coro.close()
            message = "the engine has ended"
            raise RuntimeError(message)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await coro

    async def _ended(self, within_s: float | None) -> None:
        roads = self._tasks | self._engine._workflow_tasks  # noqa: SLF001 - the engine keeps the tasks of roads there
        for task in roads:
            task.cancel()
        if roads:
            await asyncio.wait(roads, timeout=within_s)
