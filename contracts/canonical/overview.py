"""Cases seen together: how many stand where, how much money waits, how long they take; and one of them by any id."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.casework import CaseState, Cause
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money

Stakes = Annotated[
    list[Money],
    fact("Contract values, one sum a currency", Record.CRM, classification=Classification.CONFIDENTIAL),
]


class CaseCount(Noun, frozen=True, kw_only=True):
    """How many cases of one process stand in one state; `at_stake` is told of open ones only."""

    process: str
    state: CaseState
    cases: int
    oldest_opened_at: dt.datetime
    at_stake: Stakes = field(default_factory=list)


class WaitCount(Noun, frozen=True, kw_only=True):
    """How many cases wait at this moment, for what and for whom, and since when the longest does."""

    cause: Cause
    owner_role: str
    cases: int
    oldest_started_at: dt.datetime


class QueueStake(Noun, frozen=True, kw_only=True):
    """What the cases in one queue of exceptions are worth; a case that stands in it twice counts once."""

    code: str
    owner_role: str
    at_stake: Stakes


class Took(Noun, frozen=True, kw_only=True):
    """How many completed cases took no longer than `up_to_s`, and longer than the step before; None has no end."""

    up_to_s: Annotated[int | None, fact("Upper end", Record.SLUICE, unit="seconds", example=14400)]
    cases: int


class ServiceClock(Noun, frozen=True, kw_only=True):
    """How long the cases of one process took that were completed since a moment; waits for people are part of it."""

    process: str
    completed: int
    median_s: Annotated[float, fact("From opened to completed", Record.SLUICE, unit="seconds")]
    p95_s: Annotated[float, fact("From opened to completed", Record.SLUICE, unit="seconds")]
    took: list[Took]


class Overview(Noun, frozen=True, kw_only=True):
    """Everything at once, as of one moment."""

    at: dt.datetime
    since: Annotated[dt.datetime, fact("From when completed cases are looked at", Record.SLUICE)]
    cases: list[CaseCount]
    waits: list[WaitCount]
    stakes: list[QueueStake]
    clocks: list[ServiceClock]


class HitKind(StrEnum):
    """What carries the id that was looked for."""

    CASE = "case"
    BUSINESS_KEY = "business_key"
    TRACE = "trace"
    EXCEPTION = "exception"
    APPROVAL = "approval"
    EFFECT = "effect"
    EXTERNAL_ID = "external_id"
    FACT = "fact"
    TITLE = "title"


class Hit(Noun, frozen=True, kw_only=True):
    """One case that was found; `ref` is what carries the id that was looked for, where that is not the case itself."""

    kind: HitKind
    case_id: str
    process: str
    title: Annotated[str, fact("Name a person would use", Record.CRM)]
    state: CaseState
    changed_at: dt.datetime
    ref: str = ""


class Hits(Noun, frozen=True, kw_only=True):
    """What was found, exact ids before beginnings and names; fifty at most."""

    items: list[Hit]
