"""Writes many rows in calls small enough for an org's triggers, and settles what a call of 200 hides.

A collection saves each row for itself. A row that somebody else held is sent again; a call that was too much for the
triggers is sent in halves; any other failed row is a problem, and the rows beside it stay saved. Every row bears a
key or an id, so that whoever repeats the whole doubles nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Raw

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.force.client import OrgClient
from kit.force.problems import problem_of_row
from kit.force.wire import Saved

Row = Mapping[str, Any]

_LOCKED: Final = "UNABLE_TO_LOCK_ROW"
_GONE: Final = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})
_TRIES: Final = 6
_FIRST_WAIT_S: Final = 0.1
_MOST_DELETED: Final = 200


class Writer:
    """Rows of one org, `chunk` in a call, one call after the other."""

    def __init__(self, client: OrgClient, *, chunk: int, clock: Clock, random: random.Random) -> None:
        self._client = client
        self._chunk = chunk
        self._clock = clock
        self._random = random

    async def upsert(self, entity: str, key: str, rows: Sequence[Row]) -> list[str]:
        """Save rows under the keys they bear; their ids in the same order.

        Raises:
            Problem: of the first row that was refused; the others are saved.

        """

        async def send(some: Sequence[Any]) -> list[Saved]:
            return await self._client.upsert_rows(entity, key, some)

        return await self._chunks(send, [_written(row) for row in rows])

    async def update(self, entity: str, rows: Sequence[Row]) -> None:
        """Change rows by their `id`.

        Raises:
            Problem: of the first row that was refused; the others are changed.

        """

        async def send(some: Sequence[Any]) -> list[Saved]:
            return await self._client.update_rows(entity, some)

        await self._chunks(send, [_written(row) for row in rows])

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete rows; one that is gone already is fine.

        Raises:
            Problem: of the first row that was refused; the others are gone.

        """

        async def send(some: Sequence[Any]) -> list[Saved]:
            return [_gone(result) for result in await self._client.delete_rows(some)]

        await self._chunks(send, list(ids), most=_MOST_DELETED)

    async def _chunks(
        self, send: Callable[[Sequence[Any]], Awaitable[list[Saved]]], rows: list[Any], *, most: int = 0
    ) -> list[str]:
        size = most or self._chunk
        saved: list[str] = []
        for start in range(0, len(rows), size):
            saved += await self._settled(send, rows[start : start + size])
        return saved

    async def _settled(self, send: Callable[[Sequence[Any]], Awaitable[list[Saved]]], rows: list[Any]) -> list[str]:
        """Send until every row is saved, or one of them never will be."""
        results: dict[int, Saved] = {}
        left = list(range(len(rows)))
        for attempt in range(_TRIES):
            answers = await send([rows[place] for place in left])
            if len(left) > 1 and all(_overloaded(answer) for answer in answers):
                half = len(left) // 2
                parts = [left[:half], left[half:]]
                ids = [one for part in parts for one in await self._settled(send, [rows[place] for place in part])]
                results |= {place: Saved(id=one, success=True) for place, one in zip(left, ids, strict=True)}
                break
            results |= dict(zip(left, answers, strict=True))
            left = [place for place in left if _locked(results[place])]
            if not left:
                break
            if attempt + 1 < _TRIES:
                await self._clock.sleep(self._random.uniform(0, _FIRST_WAIT_S * 2**attempt))
        return [_id_of(results[place], beside=results.values()) for place in range(len(rows))]


def _id_of(result: Saved, *, beside: Any) -> str:
    if result.success and result.id:
        return result.id
    problem = problem_of_row(result.errors[0]) if result.errors else _wordless()
    failed = sum(1 for each in beside if not each.success)
    problem.context |= {"rows_refused": str(failed), "rows_saved": str(len(beside) - failed)}
    raise problem


def _wordless() -> Problem:
    return Problem(Kind.UNEXPECTED, "vendor_refused", "a row was refused without a reason")


def _written(row: Row) -> dict[str, Any]:
    """With its figures as JSON numbers that keep all their digits."""
    return {name: Raw(f"{value:f}".encode()) if isinstance(value, Decimal) else value for name, value in row.items()}


def _gone(result: Saved) -> Saved:
    gone = not result.success and result.errors and result.errors[0].code in _GONE
    return Saved(id=result.id or "gone", success=True) if gone else result


def _locked(result: Saved) -> bool:
    return not result.success and any(error.code == _LOCKED for error in result.errors)


def _overloaded(result: Saved) -> bool:
    return not result.success and any("System.LimitException" in error.message for error in result.errors)
