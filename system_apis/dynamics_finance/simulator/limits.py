"""When the environment turns callers away: by its own load and their priority, or by a user's count of requests."""

from __future__ import annotations

import datetime as dt
from collections import deque
from typing import Any, Final

from kit.sandbox import Sandbox
from system_apis.dynamics_finance.simulator.refusal import Refusal

_WINDOW: Final = dt.timedelta(seconds=300)
_RANKS: Final = {"Low": 0, "Medium": 1, "High": 2}


class Limits:
    """What callers may ask. Priorities are set for each application; who has none is low."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Nobody is turned away, and everybody is of low priority."""
        self._priorities: dict[str, str] = {}
        self._served: dict[str, deque[dt.datetime]] = {}
        self._most = 0
        self._loads: deque[tuple[str, float | None]] = deque()

    def seed(self, document: dict[str, Any]) -> None:
        """Priorities; loads that last so many refusals; a limit of requests, which newer environments have not."""
        self._priorities |= document.get("priorities", {})
        self._most = int(document.get("requests_in_300_s", self._most))
        for load in document.get("loads", ()):
            self._loads.extend([(load["up_to"], load.get("retry_after_s"))] * int(load.get("times", 1)))

    def take(self, user: str) -> None:
        """Count one request; raises the vendor's 429, with or without a time to wait."""
        if self._loads and _RANKS[self._priorities.get(user, "Low")] <= _RANKS[self._loads[0][0]]:
            _, wait_s = self._loads.popleft()
            raise _crowded("This request can't be processed because of the load of the environment.", wait_s)
        if not self._most:
            return
        now, served = self._sandbox.now(), self._served.setdefault(user, deque())
        while served and served[0] <= now - _WINDOW:
            served.popleft()
        if len(served) >= self._most:
            wait_s = int((served[0] + _WINDOW - now).total_seconds()) + 1
            raise _crowded(f"Number of requests exceeded the limit of {self._most} over 300 seconds.", wait_s)
        served.append(now)


def _crowded(message: str, wait_s: float | None) -> Refusal:
    return Refusal(429, "", message=message, headers={} if wait_s is None else {"Retry-After": f"{wait_s:g}"})
