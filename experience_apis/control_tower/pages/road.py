"""The road of one case: where it stands, and to whom each minute of it is owed. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.canonical.casework import CaseFile, CaseStep, Cause, StepState, Wait
from experience_apis.control_tower.pages.looks import CAUSE_LOOKS
from kit.web.formats import length, words

OURS = "our own work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the time a case has taken so far."""

    name: str
    seconds: float
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """What the page of a case shows besides its facts."""

    elapsed_s: float
    shares: Sequence[Share]
    waiting: Sequence[Wait]
    here: int
    """Position of the step the case stands at; 0 when it stands at none of them."""
    standing: Sequence[CaseStep]
    """Steps that took effect and were not taken back."""

    @property
    def pieces(self) -> list[tuple[str, float, str]]:
        """Pieces of a bar."""
        return [(f"{each.name}: {length(each.seconds)}", each.seconds, each.look) for each in self.shares]


def road(file: CaseFile, *, now: dt.datetime) -> Road:
    """Look at a case as of a moment. Time in a wait is owed to its cause; two waits at once are not counted twice."""
    summary = file.summary
    ended = summary.closed_at or now
    elapsed_s = max(0.0, (ended - summary.opened_at).total_seconds())
    by_cause = _by_cause(file.waits, ended=ended)
    calls_s = sum(each.elapsed_ms for each in file.steps if each.system) / 1_000
    waited_s = sum(by_cause.values())
    by_cause[Cause.VENDOR_PROCESSING] += max(0.0, min(calls_s, elapsed_s - waited_s))
    shares = [
        Share(name=words(cause.value), seconds=by_cause[cause], look=CAUSE_LOOKS[cause])
        for cause in Cause
        if by_cause[cause] > 0
    ]
    rest = elapsed_s - sum(each.seconds for each in shares)
    shares += [Share(name=OURS, seconds=rest, look="good")] if rest > 0 else []
    at = [each.position for each in file.steps if each.name == summary.step]
    return Road(
        elapsed_s=elapsed_s,
        shares=shares,
        waiting=[each for each in file.waits if each.ended_at is None] if summary.closed_at is None else [],
        here=at[-1] if at and summary.closed_at is None else 0,
        standing=[each for each in file.steps if each.state is StepState.DONE and each.external_id],
    )


def _by_cause(waits: Iterable[Wait], *, ended: dt.datetime) -> dict[Cause, float]:
    found: dict[Cause, float] = defaultdict(float)
    covered: dt.datetime | None = None
    for wait in sorted(waits, key=lambda each: each.started_at):
        until = min(wait.ended_at or ended, ended)
        since = wait.started_at if covered is None else max(wait.started_at, covered)
        if until > since:
            found[wait.cause] += (until - since).total_seconds()
            covered = until
    return found
