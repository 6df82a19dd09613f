"""The figures of the first page, computed from what casework counts. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.canonical.casework import CaseState
from contracts.canonical.exceptions import ExceptionCount, ExceptionCounts
from contracts.canonical.money import Money, total
from contracts.canonical.overview import CaseCount, Overview, ServiceClock
from experience_apis.control_tower.pages.looks import CASE_LOOKS
from kit.web.formats import heading, length

OPEN = (CaseState.RUNNING, CaseState.WAITING_APPROVAL, CaseState.EXCEPTION, CaseState.UNWINDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue of exceptions: what is wrong, who solves it, how much hangs on it."""

    count: ExceptionCount
    at_stake: Mapping[str, Decimal]

    @property
    def ages(self) -> list[tuple[str, float, str]]:
        """Pieces of a bar, the youngest first."""
        each = self.count
        return [
            (f"{each.under_4_h} under 4 h", each.under_4_h, "good"),
            (f"{each.under_24_h} under a day", each.under_24_h, "accent"),
            (f"{each.under_72_h} under three days", each.under_72_h, "warn"),
            (f"{each.older} older", each.older, "bad"),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The cases of one process by state."""

    name: str
    by_state: Mapping[CaseState, int]
    at_stake: Mapping[str, Decimal]
    oldest_open: dt.datetime | None

    @property
    def open(self) -> int:
        """How many are on their way."""
        return sum(self.by_state.get(state, 0) for state in OPEN)

    @property
    def pieces(self) -> list[tuple[str, float, str]]:
        """Pieces of a bar, in the order of states."""
        return [
            (f"{self.by_state[state]} {state.value.replace('_', ' ')}", self.by_state[state], CASE_LOOKS[state])
            for state in CaseState
            if self.by_state.get(state)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One service level. `burn` is 1 when just as many miss the target as the objective allows, above that too many."""

    clock: ServiceClock
    target_s: float | None
    within: int
    burn: float | None

    @property
    def kept(self) -> float:
        """The share that kept its target, from 0 to 1."""
        return self.within / self.clock.completed if self.clock.completed else 1.0

    @property
    def look(self) -> str:
        """How it is going."""
        if self.burn is None:
            return ""
        return "good" if self.burn <= 1 else "warn" if self.burn <= 2 else "bad"

    @property
    def columns(self) -> list[tuple[str, float]]:
        """How long cases took, from quick to slow."""
        return [
            ("longer" if each.up_to_s is None else f"up to {length(each.up_to_s)}", each.cases)
            for each in self.clock.took
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything the first page shows."""

    queues: Sequence[Queue]
    processes: Sequence[Process]
    clocks: Sequence[Clock]
    open_cases: int
    waiting: int
    stopped: int
    at_stake: Mapping[str, Decimal]


def figures(seen: Overview, counts: ExceptionCounts, *, targets_s: Mapping[str, float], objective: float) -> Figures:
    """Put them together."""
    stakes = {(each.code, each.owner_role): total(each.at_stake) for each in seen.stakes}
    queues = [
        Queue(count=each, at_stake=stakes.get((each.code, each.owner_role), {}))
        for each in sorted(counts.items, key=lambda each: (-each.overdue, -each.open, each.code))
    ]
    return Figures(
        queues=queues,
        processes=[_process(name, seen.cases) for name in sorted({each.process for each in seen.cases})],
        clocks=[_clock(each, targets_s=targets_s, objective=objective) for each in seen.clocks],
        open_cases=_in(seen.cases, OPEN),
        waiting=_in(seen.cases, (CaseState.WAITING_APPROVAL,)),
        stopped=_in(seen.cases, (CaseState.EXCEPTION,)),
        at_stake=_worth(seen.cases),
    )


def _process(name: str, cases: Iterable[CaseCount]) -> Process:
    own = [each for each in cases if each.process == name]
    return Process(
        name=name,
        by_state={each.state: each.cases for each in own},
        at_stake=_worth(own),
        oldest_open=min((each.oldest_opened_at for each in own if each.state in OPEN), default=None),
    )


def _clock(clock: ServiceClock, *, targets_s: Mapping[str, float], objective: float) -> Clock:
    target_s = targets_s.get(clock.process)
    if target_s is None:
        return Clock(clock=clock, target_s=None, within=clock.completed, burn=None)
    within = sum(each.cases for each in clock.took if each.up_to_s is not None and each.up_to_s <= target_s)
    missed = (clock.completed - within) / clock.completed if clock.completed else 0.0
    return Clock(clock=clock, target_s=target_s, within=within, burn=missed / (1 - objective))


def _in(cases: Iterable[CaseCount], states: Sequence[CaseState]) -> int:
    return sum(each.cases for each in cases if each.state in states)


def _worth(cases: Iterable[CaseCount]) -> dict[str, Decimal]:
    amounts: list[Money] = [amount for each in cases for amount in each.at_stake]
    return total(amounts)


def said(found: Figures, counts: ExceptionCounts) -> str:
    """The page in one sentence, for who listens to it."""
    return heading(
        f"{counts.open} open exceptions, {counts.overdue} overdue; {found.open_cases} cases on their way, "
        f"{found.waiting} wait for an approval"
    )
