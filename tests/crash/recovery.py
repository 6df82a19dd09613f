"""How long an interrupted case stood still: from the kill until the casebook shows that it went on."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Final

from tests.crash.books import Books
from tests.crash.evidence import Case

_ON_ITS_WAY: Final = frozenset({"running", "unwinding"})


@dataclass
class Interruption:
    """One kill of a worker, or one restart of the store. `cases` are those that may have been interrupted."""

    at: dt.datetime
    cases: dict[str, str]
    everybody: bool
    victims: set[str] = field(default_factory=set)
    went_on: dict[str, float] = field(default_factory=dict)

    def look(self, seen: dict[str, dt.datetime]) -> None:
        """Note who went on since."""
        for case_id in self.cases.keys() - self.went_on.keys():
            changed = seen.get(case_id)
            if changed is not None and changed > self.at:
                self.went_on[case_id] = (changed - self.at).total_seconds()

    @property
    def stood_still_s(self) -> list[float]:
        """Seconds of each case that was really interrupted and went on."""
        return [
            seconds
            for case_id, seconds in self.went_on.items()
            if self.everybody or self.cases[case_id] in self.victims
        ]


class Recovery:
    """Follows interruptions while the storm blows."""

    def __init__(self, books: Books, *, beat_s: float) -> None:
        self._books = books
        self._beat_s = beat_s
        self.interruptions: list[Interruption] = []

    async def interrupted(self, *, everybody: bool = False) -> Interruption:
        """Say this right before a blow; set `at` again right after it."""
        running = {case.case_id for case, _ in await self._books.cases() if case.state in _ON_ITS_WAY}
        held = await self._books.held_by()
        cases = {case_id: executor for case_id, executor in held.items() if case_id in running}
        return Interruption(dt.datetime.now(dt.UTC), cases, everybody)

    async def look(self, cases: list[tuple[Case, dt.datetime]]) -> None:
        """See who went on, and which executors have died meanwhile."""
        seen = {case.case_id: changed for case, changed in cases}
        beats: dict[str, float] | None = None
        for each in self.interruptions:
            each.look(seen)
            silent = time.time() - each.at.timestamp()
            if not each.everybody and not each.victims and 3 * self._beat_s < silent < 12 * self._beat_s:
                beats = await self._books.beats() if beats is None else beats
                each.victims = self._silent_since(each.at.timestamp(), beats)

    def _silent_since(self, at: float, beats: dict[str, float]) -> set[str]:
        """Those whose last beat came right before the kill; who beat after it lives."""
        return {executor for executor, beat in beats.items() if at - 3 * self._beat_s < beat <= at + 0.05}

    def stood_still_s(self) -> list[float]:
        """Every interrupted case's seconds, over all interruptions."""
        return [seconds for each in self.interruptions for seconds in each.stood_still_s]
