"""The workforce: people who deliver, where they stand in the firm, when they are away and what an hour of them costs.

A person's state holds on a day: hires, moves and leavings are entered before or after the day they take effect.
Why somebody is away may tell of health, and what an hour costs tells of pay: both are restricted.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, field

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money
from contracts.canonical.party import CountryCode

WEEKDAYS: Final = (1, 2, 3, 4, 5)
"""Monday to Friday, by their ISO numbers."""

WorkerId = Annotated[str, fact("Employee number, the key of a person in every system", Record.HR, example="21001")]


class WorkerKind(StrEnum):
    """On which footing a person works for the firm."""

    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"


class EmploymentStatus(StrEnum):
    """How an employment stands on the day asked for; `future` has not begun, `ended` is over."""

    FUTURE = "future"
    ACTIVE = "active"
    ON_LEAVE = "on_leave"
    ENDED = "ended"


class Standing(StrEnum):
    """What a change leaves: the worker told, nobody (a hire taken back), or somebody whom we may not see."""

    TOLD = "told"
    GONE = "gone"
    HIDDEN = "hidden"


class AbsenceKind(StrEnum):
    """Why somebody is away."""

    VACATION = "vacation"
    SICKNESS = "sickness"
    PARENTAL = "parental"
    UNPAID = "unpaid"
    PUBLIC_HOLIDAY = "public_holiday"
    OTHER = "other"


class AbsenceUnit(StrEnum):
    """What the quantity of an absence counts, for each working day it covers."""

    HOURS = "hours"
    DAYS = "days"


class Skill(Noun, frozen=True, kw_only=True):
    """Something a person can do, as HR keeps it."""

    name: Annotated[str, fact("Name in HR's catalogue", Record.HR, example="Kubernetes")]
    level: Annotated[str, fact("Proficiency in HR's own words; empty when not rated", Record.HR, example="Expert")] = ""


class Capacity(Noun, frozen=True, kw_only=True):
    """What a person is contracted to work. Hours are spread evenly over the working days."""

    weekly_hours: Annotated[Decimal, fact("Contracted hours a week", Record.HR, unit="hours", example="37.5")]
    working_days: Annotated[
        list[Annotated[int, Meta(ge=1, le=7)]], fact("ISO weekdays worked, Monday is 1", Record.HR)
    ] = field(default_factory=lambda: list(WEEKDAYS))
    full_time_share: Annotated[Decimal | None, fact("Share of a full week, 1 is full time", Record.HR)] = None


class Employment(Noun, frozen=True, kw_only=True):
    """Where a person stands in the firm on a day."""

    kind: WorkerKind
    status: EmploymentStatus
    hired_on: Annotated[dt.date | None, fact("First day", Record.HR)] = None
    ends_on: Annotated[dt.date | None, fact("Last day, included, where an end is known", Record.HR)] = None
    legal_entity_id: Annotated[str | None, fact("Employing entity, by our code", Record.HR, example="SG-DE")] = None
    cost_centre: Annotated[str | None, fact("Cost centre charged", Record.HR, example="4711")] = None
    practice: Annotated[str | None, fact("Organisation in which the person is led", Record.HR)] = None
    location: Annotated[str | None, fact("Place of work", Record.HR, example="Hamburg")] = None
    country: CountryCode | None = None
    manager_id: Annotated[str | None, fact("Employee number of the manager", Record.HR)] = None
    grade: Annotated[str | None, fact("Grade or management level", Record.HR, example="Senior")] = None
    role: Annotated[str | None, fact("Job profile", Record.HR, example="Cloud Architect")] = None


class Worker(Noun, frozen=True, kw_only=True):
    """One person. `gaps` names the fields that HR left empty or hid from us; none is filled with a guess."""

    worker_id: WorkerId
    external_id: Annotated[str, fact("The vendor's id", Record.HR)]
    as_of: Annotated[dt.date, fact("Day on which all this holds", Record.HR)]
    name: Annotated[str, fact("Name as the person uses it", Record.HR, classification=Classification.CONFIDENTIAL)]
    email: Annotated[str | None, fact("Work e-mail", Record.HR, classification=Classification.CONFIDENTIAL)] = None
    employment: Employment
    capacity: Annotated[Capacity | None, fact("Contracted hours; absent where HR tells none", Record.HR)] = None
    skills: Annotated[list[Skill], fact("What the person can do", Record.HR)] = field(default_factory=list)
    gaps: Annotated[list[str], fact("Fields that could not be read", Record.SLUICE, example="employment.country")] = (
        field(default_factory=list)
    )


class WorkerChange(Noun, frozen=True, kw_only=True):
    """A worker after a change. `version` grows with every change there, so that what comes late or twice is known."""

    worker_id: WorkerId
    external_id: Annotated[str, fact("The vendor's id", Record.HR)]
    version: Annotated[int, fact("Grows with every change there", Record.HR), Meta(ge=0, le=2**63 - 1)]
    standing: Standing
    worker: Annotated[Worker | None, fact("The worker, where it can be told", Record.HR)] = None


class WorkerChanges(Noun, frozen=True, kw_only=True):
    """A page of the change feed. `cursor` is opaque; hand it back to go on. Workers may repeat, none is left out."""

    changes: list[WorkerChange]
    cursor: str


class Absence(Noun, frozen=True, kw_only=True):
    """Time away, on each working day from `starts_on` to `ends_on`; a negative quantity takes back an earlier one."""

    absence_id: Annotated[str, fact("Id of the absence there", Record.HR)]
    worker_id: WorkerId
    starts_on: Annotated[dt.date, fact("First day", Record.HR)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.HR)]
    quantity: Annotated[Decimal, fact("Time away on each working day, in `unit`", Record.HR, example="4")]
    unit: AbsenceUnit
    kind: Annotated[
        AbsenceKind | None,
        fact("Why; left out for who may not know", Record.HR, classification=Classification.RESTRICTED),
    ] = None
    approved: Annotated[bool, fact("False while it is only asked for", Record.HR)] = True


class Absences(Noun, frozen=True, kw_only=True):
    """A page of absences, by worker and first day. An empty `cursor` says that it was the last one."""

    absences: list[Absence]
    cursor: str


class CostRate(Noun, frozen=True, kw_only=True):
    """What an hour of a person costs the firm from a day on (rule RAT-7).

    The ERP owns the rate that margins count with; HR tells what payroll knows, for the ERP to take over or compare.
    """

    worker_id: WorkerId
    hourly_rate: Annotated[
        Money, fact("Cost of an hour", Record.ERP, unit="currency per hour", classification=Classification.RESTRICTED)
    ]
    effective_from: Annotated[dt.date, fact("First day the rate holds", Record.ERP)]
    effective_to: Annotated[
        dt.date | None, fact("Last day, included; none while no later rate is known", Record.ERP)
    ] = None


class CostRates(Noun, frozen=True, kw_only=True):
    """A page of cost rates, by worker and day. An empty `cursor` says that it was the last one."""

    rates: list[CostRate]
    cursor: str


class Availability(Noun, frozen=True, kw_only=True):
    """What a person can still give in one week: contracted hours less time away, not less work planned (KPI-1).

    `complete` is false where HR tells no contracted hours: then all hours are zero and nothing may be planned on them.
    """

    worker_id: WorkerId
    week_starts_on: Annotated[dt.date, fact("Monday of the week, or the first day asked for", Record.HR)]
    contracted_hours: Annotated[Decimal, fact("Hours of the working days employed", Record.HR, unit="hours")]
    absent_hours: Annotated[Decimal, fact("Approved time away, public holidays too", Record.HR, unit="hours")]
    requested_hours: Annotated[Decimal, fact("Time away that is only asked for", Record.HR, unit="hours")]
    available_hours: Annotated[Decimal, fact("Contracted less absent", Record.HR, unit="hours")]
    complete: bool = True


class Availabilities(Noun, frozen=True, kw_only=True):
    """A page of weeks, all weeks of a worker on one page. An empty `cursor` says that it was the last one."""

    weeks: list[Availability]
    cursor: str


class Assignment(Noun, frozen=True, kw_only=True):
    """A person given to a project for some time, as the PSA decided."""

    assignment_id: Annotated[str, fact("Our id of the assignment", Record.SLUICE, example="asg-1")]
    worker_id: WorkerId
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    role: Annotated[str, fact("Role given on the project", Record.PSA)]
    hours: Annotated[Decimal, fact("Effort planned", Record.PSA, unit="hours")]
    starts_on: Annotated[dt.date, fact("First day", Record.PSA)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.PSA)]
