"""Facts about cases: exceptions raised, approvals asked for and decided."""

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


class ApprovalRequested(Noun, frozen=True, kw_only=True):
    """A case waits for a decision."""

    TYPE: ClassVar[str] = "sluice.approval.requested.v1"
    approval_id: str
    case_id: str
    role: str
    due_at: dt.datetime


class ApprovalDecided(Noun, frozen=True, kw_only=True):
    """Somebody decided."""

    TYPE: ClassVar[str] = "sluice.approval.decided.v1"
    approval_id: str
    case_id: str
    approved: bool
    decided_by: str
