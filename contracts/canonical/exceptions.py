"""Exceptions seen together: the catalogue of them, how many stand where and since when, many fixed at once."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.casework import Cause, FixField
from contracts.canonical.field import Noun, Record, fact
from contracts.canonical.governance import Resume, Rung, Severity


class CatalogueEntry(Noun, frozen=True, kw_only=True):
    """One kind of problem: who acts, by when, what is told and asked, what happens when nobody acts."""

    code: Annotated[str, fact("Code", Record.SLUICE, example="TAX_CODE_MISSING")]
    title: str
    text: Annotated[str, fact("What a person is told, as a sample", Record.SLUICE)]
    hint: Annotated[str, fact("What to do next", Record.SLUICE)]
    owner_role: Annotated[str, fact("Who has to act", Record.SLUICE, example="tax")]
    cause: Cause
    severity: Severity
    due_in_h: Annotated[float, fact("Time to act", Record.SLUICE, unit="hours", example=4.0)]
    resume: Resume = Resume.SAME_STEP
    four_eyes: bool = False
    context: Annotated[list[str], fact("Keys a person needs to act", Record.SLUICE)] = field(default_factory=list)
    form: Annotated[list[FixField], fact("What may be asked", Record.SLUICE)] = field(default_factory=list)
    escalation: list[Rung] = field(default_factory=list)


class Catalogue(Noun, frozen=True, kw_only=True):
    """Every kind of problem a case may meet."""

    items: list[CatalogueEntry]


class ExceptionCount(Noun, frozen=True, kw_only=True):
    """How many open exceptions of one kind wait for one role, and for how long; the buckets sum to `open`."""

    code: str
    cause: Cause
    owner_role: str
    severity: Severity
    open: int
    overdue: int
    escalated: int
    unassigned: int
    under_4_h: int
    under_24_h: int
    under_72_h: int
    older: int
    oldest_raised_at: dt.datetime
    oldest_age_s: Annotated[float, fact("Age of the oldest", Record.SLUICE, unit="seconds")]


class ExceptionCounts(Noun, frozen=True, kw_only=True):
    """Open exceptions by code, cause and role, as of one moment; the largest number first."""

    at: dt.datetime
    open: int
    overdue: int
    items: list[ExceptionCount]


class FixOutcome(StrEnum):
    """What became of one exception of many."""

    FIXED = "fixed"
    PROPOSED = "proposed"
    WOULD_FIX = "would_fix"
    WOULD_PROPOSE = "would_propose"
    REFUSED = "refused"


class FixResult(Noun, frozen=True, kw_only=True):
    """One exception of many; `code` and `detail` say why it was refused."""

    exception_id: str
    outcome: FixOutcome
    code: str = ""
    detail: str = ""


class FixResults(Noun, frozen=True, kw_only=True):
    """What became of each, in the order asked for; one that is refused does not keep the others."""

    dry_run: bool
    items: list[FixResult]
