"""Approved time and withdrawn approvals, in the order of their last change; a page may end within a week."""

from __future__ import annotations

import datetime as dt
from typing import Final

from contracts.canonical.timesheets import TimeChanges, TimeEntry
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from system_apis.certinia import position, worked
from system_apis.certinia.position import ALL, Position
from system_apis.certinia.rows import MOST_IDS, Org
from system_apis.certinia.timecards import Timecards
from system_apis.certinia.wire import Change, Timecard

_MOST_CHANGES: Final = 2000
_FEWEST: Final = 50
_ROUNDS: Final = 25


class TimeFeed:
    """The feed of time of one org."""

    def __init__(self, org: Org, *, username: str, clock: Clock, lag_s: float) -> None:
        self._timecards = Timecards(org)
        self._username = username
        self._clock = clock
        self._lag_s = lag_s

    async def changes(self, text: str, limit: int) -> TimeChanges:
        """A page of the feed. Timecards that were never approved are read over.

        Raises:
            Problem: invalid, when the cursor is not ours or the limit out of range.

        """
        if not 0 < limit <= _MOST_CHANGES:
            fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {_MOST_CHANGES}")
            raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))
        here = position.decoded(text)
        until = self._clock.now() - dt.timedelta(seconds=self._lag_s) if self._lag_s > 0 else None
        told: list[TimeEntry] = []
        for _ in range(_ROUNDS):
            before = here
            size = min(max(limit, _FEWEST) + len(here.met if here else ()), MOST_IDS)
            cards = await self._timecards.since(here, until=until, limit=size)
            history = await self._timecards.changes([card.id for card in cards])
            for card in cards:
                if len(told) < limit:
                    more, here = self._of(card, history[card.id], here, limit - len(told))
                    told += more
            if len(told) >= limit or len(cards) < size or here == before:
                break
        return TimeChanges(entries=told, cursor=position.encoded(here))

    def _of(
        self, card: Timecard, changes: list[Change], here: Position | None, room: int
    ) -> tuple[list[TimeEntry], Position]:
        """What of a timecard was not told yet, as far as there is room, and the position after it."""
        number = worked.version(card, changes, username=self._username)
        state = worked.state(card, number)
        start = here.told(card.id, card.stamp, state) if here else 0
        if here is not None and start is None:
            return [], here
        every = worked.entries(card, changes, username=self._username)
        some = every[start or 0 :][:room]
        count = (start or 0) + len(some)
        whole = count >= len(every)
        after = position.moved(here, card.id, card.stamp, state=state, count=ALL if whole else count)
        return some, after
