"""The ways in which a vendor may fail or lie, each named for what the caller would see."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class FaultKind(StrEnum):
    """What happens instead of, or after, the simulator's own answer."""

    STATUS = "status"
    STATUS_AFTER = "status_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    TRUNCATE = "truncate"
    DELAY = "delay"
    DELAY_AFTER = "delay_after"
    """The app ran and committed; its answer comes `seconds` late, perhaps too late for the caller."""
    STALE = "stale"
    """A GET is answered as it was the time before; the first GET of an address is answered truly."""
    UNAUTHORIZED_FOR = "unauthorized_for"
    """401 to every fitting call for `seconds` from the first: throttling in disguise. `times` does not count here."""


class Fault(Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault, for the next `times` calls that fit; `skip` lets that many fitting calls pass first."""

    kind: FaultKind
    method: str = "*"
    path: str = "/"
    contains: str = ""
    times: int = 1
    skip: int = 0
    status: int = 503
    headers: dict[str, str] = {}
    body: str = ""
    seconds: float = 0.0
    ends_at: float | None = None

    def fits(self, *, method: str, path: str) -> bool:
        """Whether this fault meets the call now."""
        if self.method not in {"*", method} or not path.startswith(self.path) or self.contains not in path:
            return False
        if self.kind is FaultKind.STALE and method != "GET":
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        return True

    def spent(self, *, now: float) -> bool:
        """Count one call that it met, at a monotonic time in seconds; whether it meets no further one."""
        if self.kind is FaultKind.UNAUTHORIZED_FOR:
            if self.ends_at is None:
                self.ends_at = now + self.seconds
            return False
        self.times -= 1
        return self.times <= 0

    def over(self, *, now: float) -> bool:
        """Whether its time has passed."""
        return self.ends_at is not None and now >= self.ends_at
