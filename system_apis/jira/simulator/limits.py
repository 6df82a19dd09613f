"""How often the site may be asked: by endpoint, by issue that is written to, and by points an hour for apps."""

import datetime as dt
import re
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from kit.sandbox import Sandbox

from .auth import Guest
from .errors import Refusal

BURST: Final = "jira-burst-based"
PER_ISSUE: Final = "jira-per-issue-on-write"
POINTS: Final = "jira-quota-global-based"  # the vendor's pages do not give the name of this one
_NUMBERS: Final = re.compile(r"(?<=/)(?:\d+|[A-Z][A-Z0-9]+-\d+)(?=/|$)")
_ISSUE: Final = re.compile(r"/issue/([^/]+)")
_SECOND: Final = dt.timedelta(seconds=1)
_HOUR: Final = dt.timedelta(hours=1)


class Limits:
    """The allowances of one site."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Full allowances."""
        self._calls: dict[str, deque[dt.datetime]] = {}
        self._burst, self._per_issue, self._points = 100, 20, 65_000
        self._spent: dict[tuple[str, int], int] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load other allowances: `burst` a second, `per_issue` in two seconds, `points` an hour."""
        given = document.get("limits", {})
        self._burst = int(given.get("burst", self._burst))
        self._per_issue = int(given.get("per_issue", self._per_issue))
        self._points = int(given.get("points", self._points))

    def count(self, guest: Guest, method: str, path: str) -> dict[str, str]:
        """Take one call from the allowances and say what is left; raises the vendor's 429."""
        now = self._sandbox.now()
        if guest.scopes is not None:
            self._count_points(guest, method, now)
        issue = _ISSUE.search(path)
        if method != "GET" and issue and issue[1] not in {"bulk", "bulkfetch"}:
            self._taken(f"issue {issue[1]}", now, span=2 * _SECOND, most=self._per_issue, reason=PER_ISSUE)
        left = self._taken(f"{method} {_NUMBERS.sub('-', path)}", now, span=_SECOND, most=self._burst, reason=BURST)
        told = {"X-RateLimit-Limit": str(self._burst), "X-RateLimit-Remaining": str(left)}
        return told | ({"X-RateLimit-NearLimit": "true"} if left * 5 < self._burst else {})

    def _taken(self, name: str, now: dt.datetime, *, span: dt.timedelta, most: int, reason: str) -> int:
        served = self._calls.setdefault(name, deque())
        while served and served[0] <= now - span:
            served.popleft()
        if len(served) >= most:
            raise _refused(reason, now=now, until=(served[0] if served else now) + span, most=most)
        served.append(now)
        return most - len(served)

    def _count_points(self, guest: Guest, method: str, now: dt.datetime) -> None:
        """One point for a call and one more where it writes, by the clock's hour."""
        hour = (guest.account_id, int(now.timestamp()) // 3600)
        self._spent[hour] = self._spent.get(hour, 0) + (1 if method == "GET" else 2)
        if self._spent[hour] > self._points:
            until = now.replace(minute=0, second=0, microsecond=0) + _HOUR
            raise _refused(POINTS, now=now, until=until, most=self._points)


def _refused(reason: str, *, now: dt.datetime, until: dt.datetime, most: int) -> Refusal:
    wait_s = max(1, -(-(until - now) // _SECOND))
    headers: Mapping[str, str] = {
        "Retry-After": str(wait_s),
        "RateLimit-Reason": reason,
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": until.strftime("%Y-%m-%dT%H:%MZ"),
    }
    return Refusal(429, "Rate limit exceeded.", headers=headers)
