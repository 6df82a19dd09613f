"""Refuses to ask a tier that keeps failing: 503 with Retry-After, at once, so that neither side is worn down.

A failure is what says that the tier is not well: it cannot be reached, does not answer, or answers no HTTP. What it
answers by itself is no failure, though it be 503: behind a tier that is well one vendor may be down.
"""

from __future__ import annotations

from typing import ClassVar, Final

from contracts.problem import Kind, Problem
from kit.door.breaker import Breakers, Tripping
from kit.door.policy import Request, Verdict

Config = Tripping
FIELD: Final = b"sluice-deadline-ms"
"""By which a caller asks for less time than the tier has."""
_UNWELL: Final = frozenset({502, 503, 504})


class Breaker:
    """Stands right before the tier is asked; whom it lets pass it hears of again."""

    needs: ClassVar[tuple[str, ...]] = ("operation",)
    gives: ClassVar[tuple[str, ...]] = ("breaker",)

    def __init__(self, breakers: Breakers) -> None:
        self._breakers = breakers

    def __call__(self, request: Request, /) -> Verdict:
        """Let pass while the tier is well, and a few while it is not known."""
        wait_s = self._breakers.of(request.matched.upstream).waits()
        if wait_s <= 0:
            request.entrusted = True
            return None
        return Problem(
            Kind.UNAVAILABLE,
            "breaker.open",
            "the tier keeps failing and is left alone for a while",
            retry_after_s=wait_s,
        )

    def instead(self, request: Request, /) -> None:
        """Shadowed: ask the tier all the same; how it ends is not taken down."""

    def ended(self, request: Request, /, *, status: int) -> None:
        """Take down how it went."""
        if not request.entrusted or request.operation is None:
            return
        breaker = self._breakers.of(request.operation.upstream)
        hurried = request.code == "forward.timeout" and FIELD in request.fields
        if hurried or request.refused_by not in {"", "forward"} or request.code == "client.left":
            breaker.forget()  # says nothing of the tier: a caller may be as impatient as it likes
        else:
            broken = request.code == "forward.answer_broken"
            breaker.ended(good=not broken and not (request.refused_by == "forward" and status in _UNWELL))
