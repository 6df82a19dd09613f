"""How often one may call: an account in an hour and in half a minute, and each envelope on its own.

The account's limits are 3,000 an hour and 500 in 30 s. How the vendor counts reads and changes of one envelope is not
published; here a resource of an envelope may be read four times an hour, which is once in fifteen minutes.
"""

import datetime as dt
from collections import deque
from typing import Any, Final

from kit.sandbox import Sandbox

from .errors import Refusal

_HOUR: Final = dt.timedelta(hours=1)
_BURST: Final = dt.timedelta(seconds=30)
_FIRST: Final = {
    "hourly": 3000,
    "burst": 500,
    "reads_hourly": 4,
    "reads_burst": 12,
    "changes_hourly": 60,
    "changes_burst": 20,
}
_SAID: Final = {
    "HOURLY_APIINVOCATION_LIMIT_EXCEEDED": "The maximum number of hourly API invocations has been exceeded.",
    "BURST_APIINVOCATION_LIMIT_EXCEEDED": "The maximum number of burst API invocations has been exceeded.",
}
_ENVELOPE: Final = "The maximum number of requests for this envelope has been exceeded."


class Limits:
    """The allowances of one account. `status` is what the account's own limits are answered with: 400, or 429."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Full allowances."""
        self._most = dict(_FIRST)
        self._status = 429
        self._calls: dict[str, deque[dt.datetime]] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load other allowances."""
        given = dict(document.get("limits", {}))
        self._status = int(given.pop("status", self._status))
        self._most |= {name: int(given[name]) for name in given}

    def count(self) -> dict[str, str]:
        """Take one call from the account's allowances and say what is left; raises the vendor's refusal."""
        for window, length in (("hourly", _HOUR), ("burst", _BURST)):
            if self._taken(window, length) >= self._most[window]:
                code = f"{window.upper()}_APIINVOCATION_LIMIT_EXCEEDED"
                raise Refusal(self._status, code, _SAID[code])
        now = self._sandbox.now()
        for window in ("hourly", "burst"):
            self._calls[window].append(now)
        return self.told()

    def told(self) -> dict[str, str]:
        """The headers that tell what is left of the hour and of the half minute."""
        hour = self._taken("hourly", _HOUR)
        began = self._calls["hourly"][0] if hour else self._sandbox.now()
        return {
            "X-RateLimit-Limit": str(self._most["hourly"]),
            "X-RateLimit-Remaining": str(max(0, self._most["hourly"] - hour)),
            "X-RateLimit-Reset": str(int((began + _HOUR).timestamp())),
            "X-BurstLimit-Limit": str(self._most["burst"]),
            "X-BurstLimit-Remaining": str(max(0, self._most["burst"] - self._taken("burst", _BURST))),
        }

    def count_envelope(self, envelope_id: str, *, resource: str, reads: bool) -> None:
        """Take one call from an envelope's allowances; raises the vendor's 400, in its mixed case."""
        kind, word = ("reads", "Envelope_Polling") if reads else ("changes", "APIInvocation_Envelope")
        hourly = f"{kind} {envelope_id} {resource}" if reads else f"{kind} {envelope_id}"
        burst = f"{kind} {envelope_id} burst"
        if self._taken(hourly, _HOUR) >= self._most[f"{kind}_hourly"]:
            raise Refusal(400, f"Hourly_{word}_Limit_Exceeded", _ENVELOPE)
        if self._taken(burst, _BURST) >= self._most[f"{kind}_burst"]:
            raise Refusal(400, f"Burst_{word}_Limit_Exceeded", _ENVELOPE)
        now = self._sandbox.now()
        self._calls[hourly].append(now)
        self._calls[burst].append(now)

    def _taken(self, window: str, length: dt.timedelta) -> int:
        """How many calls lie within a length of time that rolls on."""
        calls = self._calls.setdefault(window, deque())
        while calls and calls[0] <= self._sandbox.now() - length:
            calls.popleft()
        return len(calls)
