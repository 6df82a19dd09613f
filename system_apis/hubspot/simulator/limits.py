"""How often an app may call: in ten seconds, in a day, and in a second for search; a 429 names the policy it met."""

import datetime as dt
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from kit.sandbox import Sandbox

from .auth import Guest
from .errors import Refusal

_SECOND: Final = dt.timedelta(seconds=1)
_TEN: Final = dt.timedelta(seconds=10)
_DAY: Final = dt.timedelta(days=1)


@dataclass(slots=True)
class _Window:
    """Calls within a length of time that rolls on."""

    length: dt.timedelta
    served: deque[dt.datetime] = field(default_factory=deque)

    def taken(self, now: dt.datetime) -> int:
        """How many calls lie within it."""
        while self.served and self.served[0] <= now - self.length:
            self.served.popleft()
        return len(self.served)


class Limits:
    """The allowances of one account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Full allowances."""
        self._short: dict[str, _Window] = {}
        self._daily = _Window(_DAY)
        self._search = _Window(_SECOND)
        self._most_short, self._most_oauth, self._most_daily, self._most_search = 190, 110, 650_000, 5

    def seed(self, document: dict[str, Any]) -> None:
        """Load other allowances."""
        given = document.get("limits", {})
        self._most_short = int(given.get("ten_seconds", self._most_short))
        self._most_daily = int(given.get("daily", self._most_daily))
        self._most_search = int(given.get("search_a_second", self._most_search))

    def count(self, guest: Guest, *, search: bool) -> dict[str, str]:
        """Take one call from the allowances and say what is left; raises the vendor's 429."""
        now = self._sandbox.now()
        short = self._short.setdefault(guest.app, _Window(_TEN))
        most = self._most_oauth if guest.oauth else self._most_short
        if self._daily.taken(now) >= self._most_daily:
            raise _refused("DAILY", "You have reached your daily limit.")
        if short.taken(now) >= most:
            raise _refused("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.")
        if search and self._search.taken(now) >= self._most_search:
            raise _refused("SECONDLY", "You have reached your secondly limit.")
        for window in (short, self._daily, *([self._search] if search else [])):
            window.served.append(now)
        return {} if search else self._told(guest, left=most - len(short.served), most=most)

    def _told(self, guest: Guest, *, left: int, most: int) -> dict[str, str]:
        headers = {
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(left),
        }
        if not guest.oauth:
            headers["X-HubSpot-RateLimit-Daily"] = str(self._most_daily)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(self._most_daily - len(self._daily.served))
        return headers


def _refused(policy: str, message: str) -> Refusal:
    return Refusal(429, message, more={"errorType": "RATE_LIMIT", "policyName": policy})
