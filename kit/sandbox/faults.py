"""The ways in which a vendor may fail, each named for what the caller would see."""

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

    def fits(self, *, method: str, path: str) -> bool:
        """Whether this fault meets the call now."""
        if self.method not in {"*", method} or not path.startswith(self.path) or self.contains not in path:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        return True
