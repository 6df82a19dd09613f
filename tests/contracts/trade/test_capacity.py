"""Availability by hand-made cases, and by laws that hold for whatever days, hours and absences there are."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical.trade.capacity import availability
from contracts.canonical.workforce import (
    Absence,
    AbsenceUnit,
    Availability,
    Capacity,
    Employment,
    EmploymentStatus,
    Worker,
    WorkerKind,
)

pytestmark = pytest.mark.req(85, 315)

MONDAY = dt.date(2027, 1, 11)
DAY = dt.timedelta(days=1)


def worker(capacity: Capacity | None, **more: Any) -> Worker:
    """Somebody employed on these hours."""
    employment = Employment(kind=WorkerKind.EMPLOYEE, status=EmploymentStatus.ACTIVE, **more)
    return Worker(worker_id="1", external_id="a", as_of=MONDAY, name="Ada", employment=employment, capacity=capacity)


def absence(day: int, quantity: str, unit: AbsenceUnit = AbsenceUnit.HOURS, **more: Any) -> Absence:
    """Time away on a day of the week, counted from Monday."""
    on = MONDAY + day * DAY
    facts = {"absence_id": "t", "worker_id": "1", "starts_on": on, "ends_on": on, **more}
    return Absence(quantity=Decimal(quantity), unit=unit, **facts)


def hours(told: list[Availability]) -> list[tuple[float, ...]]:
    """The figures of the weeks."""
    figures = [(w.contracted_hours, w.absent_hours, w.requested_hours, w.available_hours) for w in told]
    return [tuple(map(float, each)) for each in figures]


FULL = Capacity(weekly_hours=Decimal(40))


@pytest.mark.parametrize(
    ("person", "away", "expected"),
    [
        (worker(FULL), [], (40, 0, 0, 40)),
        (worker(FULL), [absence(0, "8"), absence(1, "4")], (40, 12, 0, 28)),
        (worker(FULL), [absence(5, "8")], (40, 0, 0, 40)),
        (worker(FULL), [absence(0, "8"), absence(0, "8")], (40, 8, 0, 32)),
        (worker(FULL), [absence(0, "8"), absence(0, "-8")], (40, 0, 0, 40)),
        (worker(FULL), [absence(0, "-8")], (40, 0, 0, 40)),
        (worker(FULL), [absence(0, "1", AbsenceUnit.DAYS, ends_on=MONDAY + 30 * DAY)], (40, 40, 0, 0)),
        (worker(FULL), [absence(0, "8", approved=False)], (40, 0, 8, 40)),
        (worker(FULL), [absence(0, "8", approved=False), absence(0, "4")], (40, 4, 4, 36)),
        (worker(FULL), [absence(0, "8", worker_id="2")], (40, 0, 0, 40)),
        (worker(Capacity(weekly_hours=Decimal(20), working_days=[1, 2])), [absence(2, "8")], (20, 0, 0, 20)),
        (worker(Capacity(weekly_hours=Decimal(40), working_days=[])), [absence(0, "8")], (0, 0, 0, 0)),
        (worker(FULL, hired_on=MONDAY + 3 * DAY), [], (16, 0, 0, 16)),
        (worker(FULL, ends_on=MONDAY), [absence(1, "8")], (8, 0, 0, 8)),
        (worker(None), [absence(0, "8")], (0, 0, 0, 0)),
    ],
)
def test_a_week_is_contracted_hours_less_time_away(
    person: Worker, away: list[Absence], expected: tuple[int, int, int, int]
) -> None:
    """Weekends, doubled and corrected absences, part-time weeks, first and last days, and unknown hours."""
    told = availability(person, away, starts_on=MONDAY, ends_on=MONDAY + 6 * DAY)

    assert [expected] == hours(told)
    assert [person.capacity is not None] == [week.complete for week in told]


def test_weeks_begin_on_monday_and_where_one_asks() -> None:
    """From a Thursday to a Tuesday are two weeks; nothing is asked for a stretch that is none."""
    told = availability(worker(FULL), [], starts_on=MONDAY + 3 * DAY, ends_on=MONDAY + 8 * DAY)

    assert [(MONDAY + 3 * DAY, "16.00"), (MONDAY + 7 * DAY, "16.00")] == [
        (week.week_starts_on, str(week.contracted_hours)) for week in told
    ]
    assert [] == availability(worker(FULL), [], starts_on=MONDAY, ends_on=MONDAY - DAY)
    assert 1 == len(availability(worker(FULL), [], starts_on=dt.date.max, ends_on=dt.date.max))


ABSENCES = st.lists(
    st.builds(
        absence,
        st.integers(0, 20),
        st.decimals(-24, 24, places=2).map(str),
        st.sampled_from(AbsenceUnit),
        approved=st.booleans(),
    ),
    max_size=6,
)


@given(
    weekly=st.decimals(0, 168, places=2),
    days=st.lists(st.integers(1, 7), unique=True),
    away=ABSENCES,
    length=st.integers(0, 30),
)
def test_nobody_is_away_longer_than_contracted(
    weekly: Decimal, days: list[int], away: list[Absence], length: int
) -> None:
    """Whatever is booked, hours are never negative, and what is contracted splits into absent and available."""
    person = worker(Capacity(weekly_hours=weekly, working_days=days))
    told = availability(person, away, starts_on=MONDAY, ends_on=MONDAY + length * DAY)

    assert length + 1 == sum(min((MONDAY + length * DAY - week.week_starts_on).days + 1, 7) for week in told)
    for week in told:
        assert week.contracted_hours == week.absent_hours + week.available_hours
        assert 0 <= week.absent_hours <= week.contracted_hours
        assert 0 <= week.requested_hours <= week.available_hours + Decimal("0.01")
