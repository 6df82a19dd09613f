"""Governance as a road meets it: how a problem is handled and which way an approval takes; the data is not ours.

What governance answers is written into the row of the exception or approval: a matrix that changes tomorrow changes
nothing that was asked today.
"""

from __future__ import annotations

from typing import Final, Protocol

from msgspec import Struct, field

from contracts.canonical.casework import ApprovalState
from contracts.canonical.governance import (
    ApprovalStep,
    Quorum,
    Resume,
    Rung,
    Severity,
    StepStanding,
    Verdict,
)
from kit.durable.approval import ApprovalRequest
from kit.durable.fault import Fault

_TWO_DAYS_H: Final = 48.0


class Handling(Struct, frozen=True, kw_only=True):
    """How an exception is handled: the fault as the catalogue words it, and what happens when nobody acts."""

    fault: Fault
    severity: Severity = Severity.MEDIUM
    resume: Resume = Resume.SAME_STEP
    four_eyes: bool = False
    escalation: list[Rung] = field(default_factory=list)


class Stage(Struct, frozen=True, kw_only=True):
    """One step of a route: whose approval it needs, in how many hours, and who is called when it is late."""

    roles: list[str]
    quorum: Quorum = Quorum.ANY_OF
    sla_h: float
    escalation: list[Rung] = field(default_factory=list)


class Route(Struct, frozen=True, kw_only=True):
    """The way of one approval, in order; it expires `expires_h` hours after it was asked. `rule` names its origin."""

    stages: list[Stage]
    expires_h: float
    rule: str = ""


class Governance(Protocol):
    """Decides how a firm handles problems and who approves what; pure, so that asking twice harms nothing."""

    def handling(self, fault: Fault) -> Handling:
        """How a problem is handled."""
        ...

    def route(self, request: ApprovalRequest) -> Route:
        """Which way an approval takes."""
        ...


class Ungoverned:
    """Without a catalogue and a matrix a fault stands as it was raised, and the role asked for decides alone."""

    def handling(self, fault: Fault) -> Handling:
        """The fault as it is."""
        return Handling(fault=fault)

    def route(self, request: ApprovalRequest) -> Route:
        """One step of one role."""
        return alone(request)


UNGOVERNED: Final = Ungoverned()


def alone(request: ApprovalRequest) -> Route:
    """The route of a request that no rule fits: the role it names, in the time it names."""
    hours = _TWO_DAYS_H if request.due_in_h is None else request.due_in_h
    return Route(stages=[Stage(roles=[request.role], sla_h=hours)], expires_h=hours)


def outstanding(stage: Stage, *, step: int, verdicts: list[Verdict]) -> list[str]:
    """The roles of a stage that have yet to approve for it to be complete; empty when it is."""
    given = {verdict.role for verdict in verdicts if verdict.step == step and verdict.approve}
    if stage.quorum is Quorum.ANY_OF:
        return [] if given else list(stage.roles)
    return [role for role in stage.roles if role not in given]


def steps_of_route(
    stages: list[Stage], *, step: int, state: ApprovalState, verdicts: list[Verdict]
) -> list[ApprovalStep]:
    """A route as people read it, with where each step stands."""
    return [
        ApprovalStep(
            position=position,
            roles=stage.roles,
            quorum=stage.quorum,
            sla_h=stage.sla_h,
            state=_standing(position, step=step, state=state, verdicts=verdicts),
        )
        for position, stage in enumerate(stages, start=1)
    ]


def _standing(position: int, *, step: int, state: ApprovalState, verdicts: list[Verdict]) -> StepStanding:
    if any(verdict.step == position and not verdict.approve for verdict in verdicts):
        return StepStanding.REJECTED
    if position < step or (position == step and state is ApprovalState.APPROVED):
        return StepStanding.APPROVED
    return StepStanding.OPEN if position == step and state is ApprovalState.OPEN else StepStanding.WAITING
