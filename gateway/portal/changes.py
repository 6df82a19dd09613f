"""What has changed in what is offered since this process began; keeps the latest and forgets the rest."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from gateway.facts import Difference, Facts, differences, facts_of
from gateway.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One swap, as consumers notice it."""

    at: datetime
    hash: str
    differences: tuple[Difference, ...]


class Changes:
    """Compares each snapshot that is looked at with the one before."""

    def __init__(self, *, most: int = 50) -> None:
        self._last: Facts | None = None
        self._kept: deque[Change] = deque(maxlen=most)

    def look(self, snapshot: Snapshot) -> list[Change]:
        """Note the snapshot; gives what has changed, the latest first."""
        if self._last is None or self._last.hash != snapshot.hash:
            facts = facts_of(snapshot)
            found = () if self._last is None else tuple(differences(self._last, facts))
            self._last = facts
            self._kept.appendleft(Change(at=snapshot.compiled_at, hash=snapshot.hash, differences=found))
        return list(self._kept)
