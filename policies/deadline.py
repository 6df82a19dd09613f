"""Refuses a request whose caller has stopped waiting: 504. Hands the tier what is left of the time.

A caller may give its own time in milliseconds; it never gets more than the product gives.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar, Final

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.door.policy import Request, Verdict

FIELD: Final = b"sluice-deadline-ms"
"""Milliseconds that are left, from a caller to us and from us to a tier."""
_DIGITS: Final = re.compile(rb"[1-9][0-9]{0,8}")


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose time counts."""

    accept: bool = True
    """Whether a caller may ask for less time than the product gives."""
    least_s: float = 0.005
    """With less than this left a tier is not asked any more."""


class Deadline:
    """Stands last before the tier is asked, so that what was waited for here has been taken off."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "fields")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._accept = config.accept
        self._least_s = config.least_s
        self._clock = clock

    def __call__(self, request: Request, /) -> Verdict:
        """Settle what is left, and say so to the tier."""
        operation = request.matched
        asked = request.fields.get(FIELD)
        given_s = operation.deadline_s
        if asked is not None:
            request.onward = [pair for pair in request.onward if pair[0] != FIELD]
            if self._accept and not _DIGITS.fullmatch(asked):
                return Problem(
                    Kind.INVALID, "deadline.malformed", f"{FIELD.decode()} is whole milliseconds", status=400
                )
            if self._accept:
                given_s = min(given_s, int(asked) / 1000)
        left_s = given_s - (self._clock.monotonic() - request.arrived)
        if left_s < self._least_s:
            return Problem(Kind.TIMEOUT, "deadline.passed", "the time for this request is over")
        request.onward.append((FIELD, b"%d" % (left_s * 1000)))
        if asked is not None:
            request.operation = replace(operation, deadline_s=left_s)
        return None
