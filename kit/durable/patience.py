"""How long a failing step is tried again, and what becomes of its failure when patience ends."""

from __future__ import annotations

import random
from typing import Final

from msgspec import Struct

from contracts.canonical.casework import Cause
from contracts.problem import Kind, Problem, Retry
from kit.durable.fault import Fault

_AWAY: Final = frozenset({Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.RATE_LIMITED, Kind.UNKNOWN_OUTCOME})
_DOUBTFUL: Final = frozenset({Kind.TIMEOUT, Kind.UNKNOWN_OUTCOME, Kind.UNEXPECTED})
_DATA: Final = frozenset(
    {
        Kind.INVALID,
        Kind.NOT_FOUND,
        Kind.ALREADY_EXISTS,
        Kind.CONFLICT,
        Kind.PRECONDITION_FAILED,
        Kind.TOO_LARGE,
        Kind.UNSUPPORTED,
    }
)


class Patience(Struct, frozen=True, kw_only=True):
    """Exponential backoff with full jitter: at most `attempts` calls, pauses in seconds.

    A vendor that asks for more than `most_s` is not waited for inside the step: the case parks.
    """

    attempts: int = 4
    base_s: float = 0.5
    cap_s: float = 20.0
    most_s: float = 120.0

    def pause(self, problem: Problem, *, tried: int, chance: random.Random) -> float | None:
        """How long to wait before the next call after `tried` calls; None when it is no use."""
        if problem.retry is Retry.NEVER or tried >= self.attempts:
            return None
        asked = problem.retry_after_s or 0.0
        if asked > self.most_s:
            return None
        if problem.retry is Retry.NOW:
            return asked
        jitter = chance.uniform(0.0, min(self.cap_s, self.base_s * 2 ** (tried - 1)))
        return asked + jitter


def doubtful(problem: Problem) -> bool:
    """Whether the step may have acted all the same."""
    return problem.kind in _DOUBTFUL


def fault_of(problem: Problem, *, system: str) -> Fault:
    """A technical or vendor failure as something a person can take up; an empty form means "try again"."""
    data = problem.kind in _DATA
    context = {**problem.context, "kind": problem.kind.value, "code": problem.code, "message": problem.detail}
    context |= {error.pointer or "error": error.detail for error in problem.errors}
    if system:
        context["system"] = system
    return Fault(
        code="VENDOR_UNAVAILABLE" if problem.kind in _AWAY else problem.code,
        title=f"{system or 'A system'} refused the data" if data else f"{system or 'A system'} does not answer",
        detail=problem.detail or problem.code,
        hint=problem.hint or ("Correct the data where it is kept, then try again." if data else "Try again."),
        owner_role="operations" if data else "integration",
        cause=Cause.DATA_QUALITY if data else Cause.API_FAILURE,
        context=context,
        due_in_h=24.0 if data else 4.0,
    )
