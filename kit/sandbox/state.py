"""The part of a simulator that is the same for all: its clock, its chance, its hooks."""

from __future__ import annotations

import random
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from kit.sandbox.faults import Fault

_CALLS_KEPT = 5000
_ANSWERS_KEPT = 500


class Sandbox:
    """State shared by one simulator and the control paths around it."""

    def __init__(self, *, seed: int = 1, latency_ms: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.latency_ms = latency_ms
        self.faults: list[Fault] = []
        self.calls: deque[dict[str, Any]] = deque(maxlen=_CALLS_KEPT)
        self.met: dict[str, int] = {}
        self.answers: OrderedDict[str, list[Any]] = OrderedDict()
        self._seed = seed
        self._offset = timedelta()
        self._clear: list[Callable[[], None]] = []
        self._load: list[Callable[[dict[str, Any]], None]] = []
        self._dump: list[Callable[[], dict[str, Any]]] = []

    def now(self) -> datetime:
        """The simulator's own time, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the simulator's time."""
        self._offset += timedelta(seconds=seconds)

    def on_reset(self, clear: Callable[[], None]) -> None:
        """Have `clear` called when the simulator is emptied."""
        self._clear.append(clear)

    def on_seed(self, load: Callable[[dict[str, Any]], None]) -> None:
        """Have `load` called with a document in the vendor's own dialect."""
        self._load.append(load)

    def on_dump(self, dump: Callable[[], dict[str, Any]]) -> None:
        """Have `dump` called when somebody asks for the whole state."""
        self._dump.append(dump)

    def reset(self) -> None:
        """Back to the beginning: no records, no faults, the first seed again."""
        self.random.seed(self._seed)
        self._offset = timedelta()
        self.faults.clear()
        self.calls.clear()
        self.met.clear()
        self.answers.clear()
        for clear in self._clear:
            clear()

    def seed(self, document: dict[str, Any]) -> None:
        """Load records and the server's side of credentials."""
        for load in self._load:
            load(document)

    def dump(self) -> dict[str, Any]:
        """Everything the simulator holds."""
        state: dict[str, Any] = {}
        for dump in self._dump:
            state.update(dump())
        return state

    def heal(self) -> dict[str, Any]:
        """Clear every fault; how many calls each kind has met so far, and how many faults met none."""
        left = len(self.faults)
        self.faults.clear()
        return {"met": dict(self.met), "cleared": left}

    def fault_for(self, *, method: str, path: str) -> Fault | None:
        """The next fault due for a call, counted down and removed when used up."""
        now = time.monotonic()
        self.faults[:] = [fault for fault in self.faults if not fault.over(now=now)]
        for fault in self.faults:
            if fault.fits(method=method, path=path):
                if fault.spent(now=now):
                    self.faults.remove(fault)
                self.met[fault.kind] = self.met.get(fault.kind, 0) + 1
                return fault
        return None

    def remember(self, address: str, messages: list[Any]) -> None:
        """Keep the answer to a GET, so that a stale read can give it again; the oldest addresses are forgotten."""
        self.answers[address] = messages
        self.answers.move_to_end(address)
        while len(self.answers) > _ANSWERS_KEPT:
            self.answers.popitem(last=False)
