"""Who is assigned to what, and the hours that are entered, week by week; nothing is kept but what was sold."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from contracts.canonical.actuals import ApprovedTime, Source
from contracts.canonical.deal import BillingMethod
from load.firm.chance import chance
from load.firm.engagements import ContractLine, Engagement
from load.firm.people import PEOPLE, Person
from load.firm.places import FIRST_MONDAY, UNSOLD_ROLE

ENTRIES_A_WEEK: Final = 27_000
WEEKS: Final = 52
WEEKS_A_SPELL: Final = 13
ASSIGNED: Final = 3
_HOURS: Final = tuple(Decimal(quarters) / 4 for quarters in range(20))
_TOO_MANY: Final = Decimal(25)
_SEVERAL: Final = ENTRIES_A_WEEK // PEOPLE  # entries of everybody; the rest of the week's number falls to some, in turn
_MORE: Final = ENTRIES_A_WEEK % PEOPLE
_LESS_BILLED: Final = 0.05
_BY_HOUR: Final = BillingMethod.TIME_AND_MATERIALS


class Fault(StrEnum):
    """Why an entry cannot be billed: its role is on no rate card, its project was closed, a day has 24 hours."""

    RATE_GAP = "rate_gap"
    CLOSED_PROJECT = "closed_project"
    TOO_MANY_HOURS = "too_many_hours"


# How many of ten thousand entries have a fault.
FAULTS: Final = {Fault.RATE_GAP: 30, Fault.CLOSED_PROJECT: 10, Fault.TOO_MANY_HOURS: 10}
_FAULTY: Final = sum(FAULTS.values()) / 10_000


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A person in a role on a line, from `starts_on` up to, and without, `ends_before`."""

    person: Person
    engagement: Engagement
    line: ContractLine
    starts_on: dt.date
    ends_before: dt.date


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Hours as approved, what they belong to, and the fault that was planted in them, if any."""

    time: ApprovedTime
    engagement: Engagement
    line: ContractLine
    person: Person
    fault: Fault | None = None


Work: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[Engagement, ContractLine]]]


def monday(week: int) -> dt.date:
    """The first day of a week; the first is week 0."""
    return FIRST_MONDAY + dt.timedelta(weeks=week)


def assignments(seed: int, week: int, everybody: Sequence[Person], work: Work) -> Iterator[tuple[Assignment, ...]]:
    """Of everybody in turn, what they are assigned to for the thirteen weeks of which this is one.

    `work` holds, by region and role, what somebody of that role may work on; an engagement that does not last for
    all these weeks is left to others.
    """
    spell = week // WEEKS_A_SPELL
    starts_on, ends_before = monday(spell * WEEKS_A_SPELL), monday((spell + 1) * WEEKS_A_SPELL)
    live = {
        key: [each for each in lines if each[0].starts_on <= starts_on and ends_before <= each[0].ends_on]
        for key, lines in work.items()
    }
    for person in everybody:
        drawn = chance(seed, "assigned", spell, person.number)
        yield tuple(
            Assignment(person=person, engagement=engagement, line=line, starts_on=starts_on, ends_before=ends_before)
            for engagement, line in drawn.choices(live[person.place.region, person.role], k=ASSIGNED)
        )


def entries(
    seed: int, week: int, assigned: Sequence[Sequence[Assignment]], closed: Sequence[tuple[Engagement, ContractLine]]
) -> Iterator[Entry]:
    """The entries of a week, in order of person and day. `closed` is work that is over, for entries at fault."""
    for mine in assigned:
        person = mine[0].person
        drawn = chance(seed, "week", week, person.number)
        many = _SEVERAL + ((person.number + week) * _MORE % PEOPLE < _MORE)
        for number in range(many):
            fault = _fault(drawn)
            assignment = drawn.choice(mine)
            worked_on = monday(week) + dt.timedelta(days=number * 5 // many)
            if fault is Fault.RATE_GAP and assignment.line.method is not _BY_HOUR:
                fault = None  # what is not billed by the hour needs no rate
            place = drawn.choice(closed) if fault is Fault.CLOSED_PROJECT else (assignment.engagement, assignment.line)
            source_id = f"te-{week:02}-{person.number:04}-{number:02}"
            yield _entry(drawn, source_id, person, place, worked_on=worked_on, fault=fault)


def _fault(drawn: random.Random) -> Fault | None:
    if drawn.random() >= _FAULTY:
        return None
    return drawn.choices(list(FAULTS), weights=list(FAULTS.values()))[0]


def _entry(
    drawn: random.Random,
    source_id: str,
    person: Person,
    place: tuple[Engagement, ContractLine],
    *,
    worked_on: dt.date,
    fault: Fault | None,
) -> Entry:
    engagement, line = place
    quarters = drawn.randrange(2, len(_HOURS))
    hours = _TOO_MANY if fault is Fault.TOO_MANY_HOURS else _HOURS[quarters]
    less = drawn.random() < _LESS_BILLED
    time = ApprovedTime(
        source=Source(system="psa", source_id=source_id),
        project_id=engagement.project_id,
        contract_line_id=line.line_id,
        customer_id=engagement.customer.customer_id,
        legal_entity_id=engagement.seller.entity_id,
        method=line.method,
        person_id=person.person_id,
        role=UNSOLD_ROLE if fault is Fault.RATE_GAP else person.role,
        worked_on=worked_on,
        hours=hours,
        billable_hours=_HOURS[drawn.randrange(quarters)] if less and fault is None else hours,
        cost_rate=person.cost_rate,
    )
    return Entry(time=time, engagement=engagement, line=line, person=person, fault=fault)
