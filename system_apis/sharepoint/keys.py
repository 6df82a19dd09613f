"""The keys of many items: asked for twenty at a time; a part that is turned away is asked for again, and it alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import httpx
import msgspec

from contracts.problem import Problem, Retry
from kit.clock import Clock
from system_apis.sharepoint.client import GraphClient, for_callers
from system_apis.sharepoint.mapping import Columns
from system_apis.sharepoint.problems import RECORD_GONE, problem_of
from system_apis.sharepoint.wire import Part

_BATCH: Final = 20
_ROUNDS: Final = 4
_FIRST_WAIT_S: Final = 0.5


class Keys:
    """Reads keys; `patience_s` bounds, in seconds, how long one reading waits in all."""

    def __init__(self, client: GraphClient, *, columns: Columns, clock: Clock, patience_s: float) -> None:
        self._client = client
        self._column = columns.key
        self._clock = clock
        self._patience_s = patience_s

    async def of(self, item_ids: Sequence[str]) -> dict[str, str]:
        """The key of each item that has one; what is gone meanwhile is left out.

        Raises:
            Problem: rate_limited or unavailable, when parts are turned away again and again.

        """
        found: dict[str, str] = {}
        waiting, rounds, waited_s = list(dict.fromkeys(item_ids)), 0, 0.0
        while waiting:
            asked, waiting = waiting[:_BATCH], waiting[_BATCH:]
            again = self._noted(await self._client.together(asked), found)
            if not again:
                continue
            rounds += 1
            wait_s = max(problem.retry_after_s or _FIRST_WAIT_S * 2**rounds for problem in again.values())
            waited_s += wait_s
            if rounds >= _ROUNDS or waited_s > self._patience_s:
                raise next(iter(again.values()))
            await self._clock.sleep(wait_s)
            waiting = [*again, *waiting]
        return found

    def _noted(self, parts: dict[str, Part], found: dict[str, str]) -> dict[str, Problem]:
        """Take the keys out of the answers; which items have to be asked for again, and why."""
        again: dict[str, Problem] = {}
        for item_id, part in parts.items():
            if part.status == httpx.codes.OK:
                key = part.body.get("fields", {}).get(self._column)
                found |= {item_id: key} if isinstance(key, str) else {}
                continue
            problem = _problem(part)
            if problem.code == RECORD_GONE:
                continue
            if problem.retry is Retry.NEVER:
                raise problem
            again[item_id] = problem
        return again


def _problem(part: Part) -> Problem:
    headers = {name.lower(): value for name, value in part.headers.items()}
    return for_callers(problem_of(part.status, msgspec.json.encode(part.body), headers=headers))
