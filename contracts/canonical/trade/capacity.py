"""Availability: contracted hours less time away, week by week (rule KPI-1); planned work is not part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from contracts.canonical.workforce import Absence, AbsenceUnit, Availability, Capacity, Employment, Worker

_HUNDREDTH: Final = Decimal("0.01")
_DAY: Final = dt.timedelta(days=1)
_ZERO: Final = Decimal(0)


def availability(
    worker: Worker, absences: Sequence[Absence], *, starts_on: dt.date, ends_on: dt.date
) -> list[Availability]:
    """The weeks of a worker from one day to another, both included.

    Of one day no more is away than is contracted, however many absences lie on it, and never less than nothing.
    Hours are rounded for each week, to hundredths.
    """
    own = [absence for absence in absences if absence.worker_id == worker.worker_id]
    capacity = worker.capacity or Capacity(weekly_hours=_ZERO)
    told = []
    for week in _weeks(starts_on, ends_on):
        contracted = absent = requested = _ZERO
        for day in week:
            hours = _contracted(capacity, worker.employment, day)
            away = _away(own, day, hours, approved=True)
            contracted, absent = contracted + hours, absent + away
            requested += min(_away(own, day, hours, approved=False), hours - away)
        told.append(
            Availability(
                worker_id=worker.worker_id,
                week_starts_on=week[0],
                contracted_hours=_rounded(contracted),
                absent_hours=_rounded(absent),
                requested_hours=_rounded(requested),
                available_hours=_rounded(contracted) - _rounded(absent),
                complete=worker.capacity is not None,
            )
        )
    return told


def _weeks(starts_on: dt.date, ends_on: dt.date) -> Iterator[list[dt.date]]:
    day, week = starts_on, list[dt.date]()
    while day <= ends_on:
        if week and day.isoweekday() == 1:
            yield week
            week = []
        week.append(day)
        if day == dt.date.max:
            break
        day += _DAY
    if week:
        yield week


def _contracted(capacity: Capacity, employment: Employment, day: dt.date) -> Decimal:
    employed = (employment.hired_on or day) <= day <= (employment.ends_on or day)
    if not employed or day.isoweekday() not in capacity.working_days:
        return _ZERO
    return capacity.weekly_hours / len(set(capacity.working_days))


def _away(absences: Sequence[Absence], day: dt.date, hours: Decimal, *, approved: bool) -> Decimal:
    lying = (each for each in absences if each.approved is approved and each.starts_on <= day <= each.ends_on)
    away = sum((each.quantity * (hours if each.unit is AbsenceUnit.DAYS else 1) for each in lying), _ZERO)
    return min(max(away, _ZERO), hours)


def _rounded(hours: Decimal) -> Decimal:
    return hours.quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
