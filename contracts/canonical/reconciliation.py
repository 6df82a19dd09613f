"""Reconciliation: the same thing as CRM, PSA, ERP and our own ledger hold it, side by side, and where they break."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.casework import CaseState
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money


class ObjectKind(StrEnum):
    """What is compared.

    A contract is deal value, project budget and billing schedule; a document is an invoice or credit note on our
    ledger and in the ERP; hours are one entry of time; billing and payment are what the CRM was told of a deal's
    bills, invoiced and open, beside the ERP's books.
    """

    CUSTOMER = "customer"
    CONTRACT = "contract"
    DOCUMENT = "document"
    HOURS = "hours"
    BILLING = "billing"
    PAYMENT = "payment"


class BreakClass(StrEnum):
    """Why the columns of one thing do not agree. A break has one class; the first that fits, in this order."""

    DUPLICATE = "duplicate"
    ORPHAN = "orphan"
    UNLINKED = "unlinked"
    MISSING = "missing"
    STALE = "stale"
    CURRENCY = "currency"
    QUANTITY = "quantity"
    TAX = "tax"
    ROUNDING = "rounding"
    AMOUNT = "amount"
    TIMING = "timing"


class BreakState(StrEnum):
    """Where a break stands. One in flight is expected to close by itself, and is nobody's work until it is late.

    One that `follows` comes from another break of the same deal to the cent, and goes when that one goes.
    """

    OPEN = "open"
    IN_FLIGHT = "in_flight"
    FOLLOWS = "follows"
    EXPLAINED = "explained"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """How somebody closes a break: it was put right at its source, or it is right as it stands."""

    CORRECTED = "corrected"
    EXPLAINED = "explained"


class Age(StrEnum):
    """How long a break has stood, in days since it was first seen."""

    DAY = "under_1_day"
    WEEK = "under_7_days"
    MONTH = "under_30_days"
    OLDER = "30_days_or_more"


class Column(Noun, frozen=True, kw_only=True):
    """What one system holds of a thing. Several records of one system that make up one thing are added up."""

    system: Annotated[Record, fact("Which kind of system; `sluice` is our own ledger", Record.SLUICE)]
    external_ids: Annotated[list[str], fact("What the system calls it", Record.SLUICE)]
    state: Annotated[str, fact("Open, draft, or closed", Record.SLUICE, example="open")]
    amount: Annotated[
        Money | None, fact("What it comes to there", Record.SLUICE, classification=Classification.CONFIDENTIAL)
    ] = None
    tax: Annotated[Decimal | None, fact("Tax in it", Record.SLUICE, classification=Classification.CONFIDENTIAL)] = None
    hours: Annotated[Decimal | None, fact("Hours there", Record.SLUICE, unit="hours")] = None


class ThreeColumns(Noun, frozen=True, kw_only=True):
    """One thing as every system holds it. A system that does not hold it has no column."""

    kind: ObjectKind
    key: Annotated[str, fact("Our id of the thing", Record.SLUICE, example="prj-006A000001")]
    title: Annotated[str, fact("Name a person would use", Record.CRM)]
    legal_entity_id: Annotated[str, fact("Selling entity, where it is known", Record.ERP)]
    columns: list[Column]


class Break(Noun, frozen=True, kw_only=True):
    """Where the columns of one thing do not agree. `difference` is the odd column less the one that leads."""

    break_id: Annotated[str, fact("Our id; the same thing breaking in the same way keeps it", Record.SLUICE)]
    break_class: BreakClass
    state: BreakState
    row: ThreeColumns
    systems: Annotated[list[Record], fact("Where it is wrong, as far as can be told", Record.SLUICE)]
    explanation: Annotated[
        str, fact("What differs, in words, with ids", Record.SLUICE, classification=Classification.CONFIDENTIAL)
    ]
    owner_role: Annotated[str, fact("Who has to act", Record.SLUICE, example="finance")]
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    age: Age
    run_id: Annotated[str, fact("The run that saw it last", Record.SLUICE)]
    difference: Annotated[
        Money | None, fact("How far apart", Record.SLUICE, classification=Classification.CONFIDENTIAL)
    ] = None
    hours_difference: Annotated[Decimal | None, fact("How far apart", Record.SLUICE, unit="hours")] = None
    case_id: Annotated[str, fact("Case of the work item; empty where it is nobody's work", Record.SLUICE)] = ""
    occurrence: Annotated[int, fact("How often it came, from 1", Record.SLUICE)] = 1
    resolution: Resolution | None = None
    reason: Annotated[str, fact("Why it was closed", Record.SLUICE, classification=Classification.CONFIDENTIAL)] = ""
    closed_by: str = ""
    closed_at: dt.datetime | None = None


class ClassCount(Noun, frozen=True, kw_only=True):
    """How many breaks of one class of one kind stand in one state, what they come to, and how old they are.

    Differences are added without their signs, one sum a currency.
    """

    kind: ObjectKind
    break_class: BreakClass
    state: BreakState
    count: int
    differences: Annotated[
        list[Money], fact("Sum of the differences", Record.SLUICE, classification=Classification.CONFIDENTIAL)
    ] = field(default_factory=list)
    ages: Annotated[dict[Age, int], fact("Breaks by age", Record.SLUICE)] = field(default_factory=dict)


class KindCount(Noun, frozen=True, kw_only=True):
    """What a run compared of one kind."""

    kind: ObjectKind
    compared: int
    agreed: int


class NotCompared(Noun, frozen=True, kw_only=True):
    """What a run could not look at, and why: a system lacks the operation."""

    kind: ObjectKind
    system: Record
    reason: str


class ReconciliationRun(Noun, frozen=True, kw_only=True):
    """One run. `legal_entity_ids` and `kinds` are its scope; empty is everything. It counts what it saw at its end."""

    run_id: Annotated[str, fact("Our id of the run", Record.SLUICE, example="nightly-2026-11-28T0200")]
    case_id: str
    state: CaseState
    as_of: Annotated[dt.date, fact("Last day that counts", Record.SLUICE)]
    legal_entity_ids: list[str]
    kinds: list[ObjectKind]
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    read: Annotated[int, fact("Records read from systems", Record.SLUICE)] = 0
    counts: list[KindCount] = field(default_factory=list)
    breaks: list[ClassCount] = field(default_factory=list)
    not_compared: list[NotCompared] = field(default_factory=list)


class RunPage(Noun, frozen=True, kw_only=True):
    """A page of runs, the newest first; `next_cursor` is absent on the last page."""

    items: list[ReconciliationRun]
    next_cursor: str | None = None


class BreakPage(Noun, frozen=True, kw_only=True):
    """A page of breaks, the longest standing first; `next_cursor` is absent on the last page."""

    items: list[Break]
    next_cursor: str | None = None


class BreakCounts(Noun, frozen=True, kw_only=True):
    """Breaks by kind, class and state, with money and age."""

    items: list[ClassCount]


class RowPage(Noun, frozen=True, kw_only=True):
    """A page of things that a run compared, in order of their ids; `next_cursor` is absent on the last page."""

    items: list[ThreeColumns]
    next_cursor: str | None = None
