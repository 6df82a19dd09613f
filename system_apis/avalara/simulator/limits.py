"""How often the account may be asked. The vendor publishes no figure, so that the figures here are the test's own."""

import datetime as dt
from collections import deque
from typing import Any

from kit.sandbox import Sandbox

from .errors import Refusal


class Limits:
    """One allowance of calls in a second."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """A wide allowance."""
        self._most = 2_000
        self._pause_s: float | None = None
        self._served: deque[dt.datetime] = deque()

    def seed(self, document: dict[str, Any]) -> None:
        """Load `limits`: calls `per_second`, and a `retry_after_s` where the answer is to name one."""
        given = document.get("limits", {})
        self._most = int(given.get("per_second", self._most))
        self._pause_s = given.get("retry_after_s", self._pause_s)

    def count(self) -> None:
        """Take one call; raises the vendor's 429."""
        now = self._sandbox.now()
        while self._served and self._served[0] <= now - dt.timedelta(seconds=1):
            self._served.popleft()
        if len(self._served) >= self._most:
            headers = {} if self._pause_s is None else {"Retry-After": str(self._pause_s)}
            raise Refusal(429, "RateLimitExceededError", "Too many requests.", headers=headers)
        self._served.append(now)
