"""Group commit: works that wait for the store at the same moment share one transaction, and so one commit.

Each is answered once the commit stands. When one of them fails, nothing of the transaction stands, and each is done
again in a transaction of its own: so a work may be done more than once, though only once for good.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Work = Callable[[sa.Connection], Any]

_MOST: Final = 16


@dataclass(frozen=True, eq=False)
class _Wish:
    """A work, and where its answer is waited for."""

    work: Work
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


class Group:
    """Does works on the threads of `hands`; those that come while every hand is busy wait together."""

    def __init__(self, engine: sa.Engine, *, hands: ThreadPoolExecutor) -> None:
        self._engine = engine
        self._hands = hands
        self._waiting: deque[_Wish] = deque()

    async def do(self, work: Callable[[sa.Connection], T]) -> T:
        """Do a work in a transaction that others may share; what it raises is raised."""
        loop = asyncio.get_running_loop()
        wish = _Wish(work, loop, loop.create_future())
        self._waiting.append(wish)
        self._hands.submit(self._serve)
        answer: T = await wish.answer
        return answer

    def _serve(self) -> None:
        """Every wish sends for a hand; the first hand to come serves all who wait, and the others find nobody."""
        wishes = self._taken()
        if not wishes:
            return
        answers = self._answers(wishes)
        for loop in {wish.loop for wish in wishes}:
            told = [(wish, answer) for wish, answer in zip(wishes, answers, strict=True) if wish.loop is loop]
            loop.call_soon_threadsafe(_tell, told)

    def _taken(self) -> list[_Wish]:
        wishes: list[_Wish] = []
        while len(wishes) < _MOST:
            try:
                wishes.append(self._waiting.popleft())
            except IndexError:
                break
        return wishes

    def _answers(self, wishes: list[_Wish]) -> list[Any]:
        try:
            with self._engine.begin() as connection:
                return [wish.work(connection) for wish in wishes]
        except Exception as failure:  # noqa: BLE001 - handed to whoever waits for the answer
            if len(wishes) == 1:
                return [_Failed(failure)]
        return [answer for wish in wishes for answer in self._answers([wish])]


@dataclass(frozen=True)
class _Failed:
    """Stands where the answer would."""

    failure: Exception


def _tell(told: list[tuple[_Wish, Any]]) -> None:
    for wish, answer in told:
        if wish.answer.done():  # nobody waits any more
            continue
        if isinstance(answer, _Failed):
            wish.answer.set_exception(answer.failure)
        else:
            wish.answer.set_result(answer)
