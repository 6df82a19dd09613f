"""Service protection for each user: requests in a sliding window of five minutes, execution time, calls at once."""

import datetime as dt
from collections import deque
from typing import Any, Final

from kit.sandbox import Sandbox

from .refusal import Refusal

_WINDOW: Final = dt.timedelta(seconds=300)
_TEXTS: Final = {
    "requests": (
        "0x80072322",
        "Number of requests exceeded the limit of {limit}, measured over time window of 300 seconds.",
    ),
    "time": (
        "0x80072321",
        "Combined execution time of incoming requests exceeded limit of 1200000 milliseconds over time window of "
        "300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
    ),
    "crowd": ("0x80072326", "Number of concurrent requests exceeded the limit of 52."),
}


class Limits:
    """What one user may ask of this web server."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Back to the vendor's own figures."""
        self._served: dict[str, deque[dt.datetime]] = {}
        self._most = 6000
        self._turned_away: deque[tuple[str, int]] = deque()

    def seed(self, document: dict[str, Any]) -> None:
        """A lower limit of requests, or so many calls that are turned away for a reason, each after so many seconds."""
        self._most = int(document.get("requests_in_300_s", self._most))
        for refusal in document.get("turn_away", ()):
            calls = int(refusal.get("times", 1))
            self._turned_away.extend([(refusal["reason"], int(refusal.get("retry_after_s", 1)))] * calls)

    def take(self, user: str) -> dict[str, str]:
        """Count one request; what is left, as headers. Raises the vendor's 429."""
        if self._turned_away:
            reason, wait_s = self._turned_away.popleft()
            raise self._refusal(reason, wait_s)
        now = self._sandbox.now()
        served = self._served.setdefault(user, deque())
        while served and served[0] <= now - _WINDOW:
            served.popleft()
        if len(served) >= self._most:
            # Whole seconds, and never too few.
            raise self._refusal("requests", int((served[0] + _WINDOW - now).total_seconds()) + 1 if served else 300)
        served.append(now)
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(self._most - len(served)),
            "x-ms-ratelimit-time-remaining-xrm-requests": "1,200.00",
        }

    def _refusal(self, reason: str, wait_s: int) -> Refusal:
        code, words = _TEXTS[reason]
        return Refusal(429, code, words.format(limit=self._most), headers={"Retry-After": str(wait_s)})
