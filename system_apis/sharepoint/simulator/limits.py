"""What an application may ask: resource units a minute, dearer for what is dearer; what is refused still counts."""

import datetime as dt
from collections import deque
from typing import Any, Final

from kit.sandbox import Sandbox

from .refusal import Refusal

_WINDOW: Final = dt.timedelta(seconds=60)
_PERMISSION: Final = 5
_SEVERAL: Final = 2
_NEARLY: Final = 0.8


def cost(method: str, path: str) -> int:
    """Resource units of a call: 5 for permissions, 1 for reading one thing, 2 for the rest; 1 for a delta by token."""
    if path.endswith(("/permissions", "/invite", "/createLink")) or "/permissions/" in path:
        return _PERMISSION
    several = path.endswith(("/children", "/list/items")) or "/search(" in path
    return 1 if method == "GET" and not several else _SEVERAL


class Limits:
    """The allowance of all callers of this tenant."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Back to the vendor's own figures."""
        self._spent: deque[tuple[dt.datetime, int]] = deque()
        self._units = 0
        self._most = 1250
        self._turned_away: deque[tuple[int, int]] = deque()

    def seed(self, document: dict[str, Any]) -> None:
        """Fewer units, or so many calls that are turned away with 429 or 503, each for so many seconds."""
        self._most = int(document.get("units_a_minute", self._most))
        for refusal in document.get("turn_away", ()):
            calls = int(refusal.get("times", 1))
            self._turned_away.extend([(int(refusal.get("status", 429)), int(refusal.get("retry_after_s", 1)))] * calls)

    def take(self, units: int) -> dict[str, str]:
        """Count a call; what is left, as headers, once it becomes little. Raises 429 or 503."""
        now = self._sandbox.now()
        while self._spent and self._spent[0][0] <= now - _WINDOW:
            self._units -= self._spent.popleft()[1]
        self._spent.append((now, units))
        self._units += units
        if self._turned_away:
            status, wait_s = self._turned_away.popleft()
            raise _refusal(status, wait_s)
        reset_s = int((self._spent[0][0] + _WINDOW - now).total_seconds()) + 1
        told = {"RateLimit-Limit": str(self._most), "RateLimit-Reset": str(reset_s)}
        if self._units > self._most:
            raise _refusal(429, reset_s, {**told, "RateLimit-Remaining": "0"})
        nearly = self._units > _NEARLY * self._most
        return {**told, "RateLimit-Remaining": str(self._most - self._units)} if nearly else {}


def _refusal(status: int, wait_s: int, more: dict[str, str] | None = None) -> Refusal:
    headers = {"Retry-After": str(wait_s), **(more or {})}
    if status == 503:
        return Refusal(503, "serviceNotAvailable", "The service is temporarily unavailable.", headers=headers)
    return Refusal(429, "activityLimitReached", "The request has been throttled", headers=headers)
