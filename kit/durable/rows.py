"""Rows of the store as the nouns people read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from contracts.canonical.casework import (
    Approval,
    ApprovalState,
    CaseState,
    CaseStep,
    CaseSummary,
    Cause,
    ExceptionItem,
    ExceptionState,
    FixField,
    StepState,
    TimelineEntry,
    Wait,
)
from contracts.canonical.governance import Resume, Rung, Severity
from contracts.canonical.money import Money
from kit.durable.governing import steps_of_route
from kit.durable.seen import expires_at, stages_of, verdicts_of


def summary(row: Any) -> CaseSummary:
    """A case in a list."""
    return CaseSummary(
        case_id=row.case_id,
        process=row.process,
        business_key=row.business_key,
        title=row.title,
        state=CaseState(row.state),
        step=row.step,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        closed_at=row.closed_at,
        at_stake=_money(row),
        legal_entity_id=row.legal_entity_id,
    )


def case_step(row: Any) -> CaseStep:
    """A step of a case."""
    return CaseStep(
        position=row.position,
        name=row.name,
        state=StepState(row.state),
        key=row.key,
        system=row.system,
        external_id=row.external_id,
        attempts=row.attempts,
        started_at=row.started_at,
        ended_at=row.ended_at,
        elapsed_ms=row.elapsed_ms,
        detail=row.detail,
    )


def wait(row: Any) -> Wait:
    """A stretch of waiting."""
    return Wait(
        cause=Cause(row.cause),
        owner_role=row.owner_role,
        started_at=row.started_at,
        ended_at=row.ended_at,
        detail=row.detail,
    )


def timeline_entry(row: Any) -> TimelineEntry:
    """A line of the audit trail."""
    return TimelineEntry(at=row.at, actor=row.actor, what=row.what, detail=row.detail)


def exception_item(row: Any) -> ExceptionItem:
    """An exception, joined with what is at stake in its case."""
    return ExceptionItem(
        exception_id=row.exception_id,
        case_id=row.case_id,
        code=row.code,
        state=ExceptionState(row.state),
        step=row.step,
        owner_role=row.owner_role,
        title=row.title,
        detail=row.detail,
        hint=row.hint,
        cause=Cause(row.cause),
        context=msgspec.json.decode(row.context, type=dict[str, str]),
        form=msgspec.json.decode(row.form, type=list[FixField]),
        raised_at=row.raised_at,
        due_at=row.due_at,
        fixed_at=row.fixed_at,
        fixed_by=row.fixed_by,
        at_stake=_money(row),
        severity=Severity(row.severity),
        resume=Resume(row.resume),
        four_eyes=row.four_eyes,
        proposed=msgspec.json.decode(row.proposed or "{}", type=dict[str, str]),
        proposed_by=row.proposed_by,
        confirmed_by=row.confirmed_by,
        assigned_to=row.assigned_to,
        escalated_to=[rung.role for rung in rungs_of(row)[: row.escalated]],
        escalates_at=row.escalates_at,
    )


def rungs_of(row: Any) -> list[Rung]:
    """Who is called, in order, when nobody acts on an exception."""
    return msgspec.json.decode(row.escalation, type=list[Rung])


def approval(row: Any, *, audience: Sequence[Any] = ()) -> Approval:
    """An approval with those whom escalation brought in."""
    state, verdicts = ApprovalState(row.state), verdicts_of(row)
    return Approval(
        approval_id=row.approval_id,
        case_id=row.case_id,
        subject=row.subject,
        reason=row.reason,
        role=row.role,
        state=state,
        evidence=msgspec.json.decode(row.evidence, type=dict[str, str]),
        requested_at=row.requested_at,
        due_at=row.due_at,
        etag=row.etag,
        at_stake=_money(row),
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        comment=row.comment,
        object=row.object,
        attribute=row.attribute,
        legal_entity_id=row.legal_entity_id,
        flags=msgspec.json.decode(row.flags, type=list[str]),
        rule=row.rule,
        step=row.step,
        steps=steps_of_route(stages_of(row), step=row.step, state=state, verdicts=verdicts),
        verdicts=verdicts,
        submitted_by=row.submitted_by,
        assigned_to=row.assigned_to,
        question=row.question,
        escalated_to=[each.role for each in audience if each.escalated and each.step == row.step],
        escalates_at=row.escalates_at,
        expires_at=expires_at(row),
        broken_glass=row.broken_glass,
    )


def _money(row: Any) -> Money | None:
    if row.at_stake_amount is None:
        return None
    return Money(amount=Decimal(row.at_stake_amount), currency=row.at_stake_currency)
