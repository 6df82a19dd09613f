"""Facts about cases: exceptions raised, escalated and closed, approvals asked for, moved on and decided."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from contracts.canonical.field import Noun


class ExceptionRaised(Noun, frozen=True, kw_only=True):
    """A case met a business problem and waits for a person."""

    TYPE: ClassVar[str] = "sluice.exception.raised.v1"
    exception_id: str
    case_id: str
    code: str
    owner_role: str
    due_at: dt.datetime


class ExceptionEscalated(Noun, frozen=True, kw_only=True):
    """Nobody solved an exception in time, so the next role was called; `level` counts from 1."""

    TYPE: ClassVar[str] = "sluice.exception.escalated.v1"
    exception_id: str
    case_id: str
    code: str
    role: str
    level: int


class ExceptionFixed(Noun, frozen=True, kw_only=True):
    """Somebody answered an exception; `confirmed_by` is the second pair of eyes, where one was needed."""

    TYPE: ClassVar[str] = "sluice.exception.fixed.v1"
    exception_id: str
    case_id: str
    code: str
    fixed_by: str
    confirmed_by: str = ""


class ExceptionWithdrawn(Noun, frozen=True, kw_only=True):
    """An exception was closed without an answer; the step is tried again as things stand now."""

    TYPE: ClassVar[str] = "sluice.exception.withdrawn.v1"
    exception_id: str
    case_id: str
    code: str
    withdrawn_by: str


class ApprovalRequested(Noun, frozen=True, kw_only=True):
    """A case waits for a decision."""

    TYPE: ClassVar[str] = "sluice.approval.requested.v1"
    approval_id: str
    case_id: str
    role: str
    due_at: dt.datetime


class ApprovalStepOpened(Noun, frozen=True, kw_only=True):
    """A step was approved and the next one opened; `step` counts from 1."""

    TYPE: ClassVar[str] = "sluice.approval.step_opened.v1"
    approval_id: str
    case_id: str
    step: int
    roles: list[str]
    due_at: dt.datetime


class ApprovalEscalated(Noun, frozen=True, kw_only=True):
    """Nobody decided in time, so another role was called in; `level` counts from 1 within the step."""

    TYPE: ClassVar[str] = "sluice.approval.escalated.v1"
    approval_id: str
    case_id: str
    step: int
    role: str
    level: int


class ApprovalDecided(Noun, frozen=True, kw_only=True):
    """An approval was decided for good."""

    TYPE: ClassVar[str] = "sluice.approval.decided.v1"
    approval_id: str
    case_id: str
    approved: bool
    decided_by: str


class ApprovalWithdrawn(Noun, frozen=True, kw_only=True):
    """The case was cancelled, so that nothing is left to decide."""

    TYPE: ClassVar[str] = "sluice.approval.withdrawn.v1"
    approval_id: str
    case_id: str
    reason: str


class BreakGlassOpened(Noun, frozen=True, kw_only=True):
    """Somebody asked to force an approval; nothing happens until a second person confirms."""

    TYPE: ClassVar[str] = "sluice.break_glass.opened.v1"
    approval_id: str
    case_id: str
    opened_by: str


class BreakGlassUsed(Noun, frozen=True, kw_only=True):
    """Two people forced an approval outside the matrix."""

    TYPE: ClassVar[str] = "sluice.break_glass.used.v1"
    approval_id: str
    case_id: str
    opened_by: str
    confirmed_by: str


class DelegationMade(Noun, frozen=True, kw_only=True):
    """Somebody let another decide in their roles for a time."""

    TYPE: ClassVar[str] = "sluice.delegation.made.v1"
    delegation_id: str
    delegator: str
    delegate: str
    roles: list[str]
    starts_at: dt.datetime
    ends_at: dt.datetime


class DelegationRevoked(Noun, frozen=True, kw_only=True):
    """A delegation was ended before its time."""

    TYPE: ClassVar[str] = "sluice.delegation.revoked.v1"
    delegation_id: str
    delegator: str
    delegate: str
