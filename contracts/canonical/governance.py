"""Governance: how urgent a problem is, who decides in which order, for whom somebody stands in, what was said."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from contracts.canonical.field import Classification, Noun, Record, fact


class Severity(StrEnum):
    """What an open exception costs while it stands."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Resume(StrEnum):
    """Where a case goes on once its exception is closed: at the step that met it, or nowhere because it has ended."""

    SAME_STEP = "same_step"
    NOWHERE = "nowhere"


class Quorum(StrEnum):
    """Whose approval completes a step: that of any of its roles, or that of each of them, by different people."""

    ANY_OF = "any_of"
    ALL_OF = "all_of"


class StepStanding(StrEnum):
    """Where a step of an approval stands; a step opens when the one before it was approved."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class Rung(Noun, frozen=True, kw_only=True):
    """One rung of an escalation: whom to call, and how many hours after the thing was due."""

    role: Annotated[str, fact("Role that is called", Record.SLUICE, example="finance")]
    after_h: Annotated[float, fact("Time after it was due", Record.SLUICE, unit="hours", example=0.0)]


class Verdict(Noun, frozen=True, kw_only=True):
    """What one person said in one step. Nobody speaks twice about one approval."""

    step: int
    role: Annotated[str, fact("Role the verdict counts for", Record.SLUICE, example="tax")]
    by: str
    approve: bool
    at: dt.datetime
    on_behalf_of: Annotated[str, fact("Who delegated the role", Record.SLUICE)] = ""
    stands_in: Annotated[str, fact("Escalated role that was held instead", Record.SLUICE)] = ""
    comment: Annotated[str, fact("Why", Record.SLUICE, classification=Classification.CONFIDENTIAL)] = ""
    effective_at: Annotated[
        dt.datetime | None, fact("Nothing follows from it before, and it can be taken back", Record.SLUICE)
    ] = None


class ApprovalStep(Noun, frozen=True, kw_only=True):
    """One step of an approval, as the matrix ordered it."""

    position: int
    roles: list[str]
    quorum: Quorum
    state: StepStanding
    sla_h: Annotated[float, fact("Time to decide", Record.SLUICE, unit="hours", example=24.0)]


class RemarkKind(StrEnum):
    """What a remark wants. A question or a request for changes holds an approval back until it is answered."""

    COMMENT = "comment"
    QUESTION = "question"
    CHANGE_REQUEST = "change_request"
    ANSWER = "answer"


class Remark(Noun, frozen=True, kw_only=True):
    """Something said about an exception or an approval."""

    remark_id: str
    kind: RemarkKind
    by: str
    at: dt.datetime
    text: Annotated[str, fact("What was said", Record.SLUICE, classification=Classification.CONFIDENTIAL)]


class Remarks(Noun, frozen=True, kw_only=True):
    """Everything said about one thing, oldest first."""

    items: list[Remark]


class Delegation(Noun, frozen=True, kw_only=True):
    """For some time somebody may decide in roles of somebody else. What was delegated cannot be delegated on."""

    delegation_id: str
    delegator: str
    delegate: str
    roles: list[str]
    starts_at: dt.datetime
    ends_at: Annotated[dt.datetime, fact("First moment at which it no longer holds", Record.SLUICE)]
    reason: str
    made_at: dt.datetime
    revoked_at: dt.datetime | None = None


class Delegations(Noun, frozen=True, kw_only=True):
    """Delegations from and to one person, newest first."""

    items: list[Delegation]


class BreakGlass(Noun, frozen=True, kw_only=True):
    """An approval that two people forced outside the matrix; it stays on record for good."""

    approval_id: str
    case_id: str
    subject: str
    opened_by: str
    opened_at: dt.datetime
    reason: Annotated[str, fact("Why it could not wait", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    confirmed_by: str | None = None
    confirmed_at: dt.datetime | None = None


class BreakGlasses(Noun, frozen=True, kw_only=True):
    """Every use of the emergency way, newest first; those that nobody confirmed stand among them."""

    items: list[BreakGlass]
    next_cursor: str | None = None
