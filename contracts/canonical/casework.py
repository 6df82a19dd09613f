"""Casework: cases on their way, their steps, the exceptions they meet and the approvals they wait for."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.governance import ApprovalStep, Resume, Severity, Verdict
from contracts.canonical.money import Money


class CaseState(StrEnum):
    """Where a case stands."""

    RUNNING = "running"
    WAITING_APPROVAL = "waiting_approval"
    EXCEPTION = "exception"
    COMPLETED = "completed"
    UNWINDING = "unwinding"
    UNWOUND = "unwound"
    FAILED = "failed"


class StepState(StrEnum):
    """Where a step of a case stands."""

    INTENDED = "intended"
    DONE = "done"
    UNDONE = "undone"
    FAILED = "failed"


class Cause(StrEnum):
    """To whom a minute of a case is attributed."""

    DATA_QUALITY = "data_quality"
    WAITING_APPROVAL = "waiting_approval"
    API_FAILURE = "api_failure"
    VENDOR_PROCESSING = "vendor_processing"
    OUR_QUEUEING = "our_queueing"


class CaseSummary(Noun, frozen=True, kw_only=True):
    """One case in a list."""

    case_id: Annotated[str, fact("Id of the case", Record.SLUICE, example="q2p-006A000001")]
    process: Annotated[str, fact("Process the case runs through", Record.SLUICE, example="quote_to_project")]
    business_key: Annotated[str, fact("What the case is about", Record.SLUICE, example="006A000001")]
    title: Annotated[str, fact("Name a person would use", Record.CRM)]
    state: CaseState
    step: Annotated[str, fact("Step the case stands at", Record.SLUICE)]
    opened_at: dt.datetime
    changed_at: dt.datetime
    closed_at: dt.datetime | None = None
    at_stake: Annotated[
        Money | None, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)
    ] = None
    legal_entity_id: Annotated[str | None, fact("Selling entity", Record.ERP)] = None


class CaseStep(Noun, frozen=True, kw_only=True):
    """One step of a case; `elapsed_ms` is the time of the last attempt."""

    position: int
    name: str
    state: StepState
    key: Annotated[str, fact("Effect key", Record.SLUICE)]
    system: Annotated[str, fact("Role and connection the step speaks to", Record.SLUICE, example="erp")] = ""
    external_id: Annotated[str, fact("What the vendor calls the result", Record.SLUICE)] = ""
    attempts: int = 1
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    elapsed_ms: Annotated[int, fact("Last attempt", Record.SLUICE, unit="milliseconds")] = 0
    detail: str = ""


class Wait(Noun, frozen=True, kw_only=True):
    """A stretch of time a case spent waiting, and for whom."""

    cause: Cause
    owner_role: str
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    detail: str = ""


class CaseFile(Noun, frozen=True, kw_only=True):
    """Everything about one case. `trace_id` joins it to the traces of every tier it passed."""

    summary: CaseSummary
    trace_id: str
    steps: list[CaseStep]
    waits: list[Wait]
    facts: Annotated[dict[str, str], fact("Ids and totals the case has gathered", Record.SLUICE)]


class TimelineEntry(Noun, frozen=True, kw_only=True):
    """One thing that happened to a case, in the order it happened."""

    at: dt.datetime
    actor: str
    what: str
    detail: str = ""


class Timeline(Noun, frozen=True, kw_only=True):
    """The audit trail of a case, oldest first."""

    case_id: str
    entries: list[TimelineEntry]


class ExceptionState(StrEnum):
    """Whether somebody still has to act."""

    OPEN = "open"
    FIXED = "fixed"
    WITHDRAWN = "withdrawn"


class FixField(Noun, frozen=True, kw_only=True):
    """One field of the form that fixes an exception."""

    name: Annotated[str, fact("Name of the value", Record.SLUICE, example="tax_code")]
    label: Annotated[str, fact("Question to the person", Record.SLUICE, example="Tax code of the customer")]
    pattern: Annotated[str, fact("What a valid answer looks like", Record.SLUICE)] = ""
    choices: list[str] = field(default_factory=list)


class ExceptionItem(Noun, frozen=True, kw_only=True):
    """A business problem with its context; the case resumes at `step` once it is fixed or withdrawn.

    With `four_eyes` an answer is proposed by one person and confirmed by another. `escalated_to` names the roles
    that were called because it was overdue; they may fix it too. Who is assigned keeps others from answering.
    """

    exception_id: str
    case_id: str
    code: Annotated[str, fact("Code of the catalogue", Record.SLUICE, example="TAX_CODE_MISSING")]
    state: ExceptionState
    step: str
    owner_role: Annotated[str, fact("Who has to act", Record.SLUICE, example="tax")]
    title: str
    detail: str
    hint: Annotated[str, fact("What to do next", Record.SLUICE)]
    cause: Cause
    context: dict[str, str]
    form: list[FixField]
    raised_at: dt.datetime
    due_at: dt.datetime
    fixed_at: dt.datetime | None = None
    fixed_by: str | None = None
    at_stake: Money | None = None
    severity: Severity = Severity.MEDIUM
    resume: Resume = Resume.SAME_STEP
    four_eyes: bool = False
    proposed: Annotated[dict[str, str], fact("Answer that waits for a second person", Record.SLUICE)] = field(
        default_factory=dict
    )
    proposed_by: str | None = None
    confirmed_by: str | None = None
    assigned_to: str | None = None
    escalated_to: list[str] = field(default_factory=list)
    escalates_at: dt.datetime | None = None


class ApprovalState(StrEnum):
    """Where an approval stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Approval(Noun, frozen=True, kw_only=True):
    """A decision a case waits for. `etag` is the hash of what was seen: a decision on anything else is refused.

    `role` is the first role of the open step, `due_at` is when that step is due; the whole expires at `expires_at`.
    While a `question` stands, nobody can approve. `escalated_to` names roles that may stand in.
    """

    approval_id: str
    case_id: str
    subject: Annotated[str, fact("What is decided", Record.SLUICE, example="Cross-border tax treatment")]
    reason: Annotated[str, fact("Why it needs a decision", Record.SLUICE)]
    role: Annotated[str, fact("Role that may decide", Record.SLUICE, example="tax")]
    state: ApprovalState
    evidence: Annotated[dict[str, str], fact("What the decision is bound to", Record.SLUICE)]
    requested_at: dt.datetime
    due_at: dt.datetime
    etag: Annotated[str, fact("Hash of the evidence and the state", Record.SLUICE)]
    at_stake: Money | None = None
    decided_at: dt.datetime | None = None
    decided_by: str | None = None
    comment: str = ""
    object: Annotated[str, fact("Kind of thing that is decided on", Record.SLUICE, example="deal")] = ""
    attribute: Annotated[str, fact("What about it", Record.SLUICE, example="cross_border_tax")] = ""
    legal_entity_id: str | None = None
    flags: Annotated[list[str], fact("Risks the matrix heeds", Record.SLUICE)] = field(default_factory=list)
    rule: Annotated[str, fact("Rule of the matrix that ordered the steps", Record.SLUICE)] = ""
    step: Annotated[int, fact("The open step, from 1", Record.SLUICE)] = 1
    steps: list[ApprovalStep] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    submitted_by: str = ""
    assigned_to: str | None = None
    question: Annotated[str, fact("What has to be answered first", Record.SLUICE)] = ""
    escalated_to: list[str] = field(default_factory=list)
    escalates_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    broken_glass: Annotated[bool, fact("Forced by two people outside the matrix", Record.SLUICE)] = False
    yours: Annotated[bool, fact("Whether the caller holds, or was lent, a role of the open step", Record.SLUICE)] = (
        False
    )


Limit = Annotated[int, Meta(ge=1, le=200, description="Rows a page, 1 to 200")]


class CasePage(Noun, frozen=True, kw_only=True):
    """A page of cases, newest change first; `next_cursor` is absent on the last page."""

    items: list[CaseSummary]
    next_cursor: str | None = None


class ExceptionPage(Noun, frozen=True, kw_only=True):
    """A page of exceptions, the most urgent first."""

    items: list[ExceptionItem]
    next_cursor: str | None = None


class ApprovalPage(Noun, frozen=True, kw_only=True):
    """A page of approvals, the most urgent first."""

    items: list[Approval]
    next_cursor: str | None = None
