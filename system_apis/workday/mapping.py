"""Rows of the tenant's reports to canonical workers, absences and cost rates; pure.

What a worker's row lacks, or holds unreadably, becomes a gap of that worker: one bad row must not hide the others.
An absence or a rate that cannot be read is refused: hours and money are not guessed, nor left out in silence.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from contracts.canonical.money import Money
from contracts.canonical.workforce import (
    Absence,
    AbsenceKind,
    AbsenceUnit,
    Capacity,
    CostRate,
    Employment,
    EmploymentStatus,
    Skill,
    Worker,
    WorkerKind,
)
from contracts.problem import Kind, Problem
from system_apis.workday.cells import Cells, UnreadableError
from system_apis.workday.config import Config
from system_apis.workday.wire import Row

T = TypeVar("T")

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_HOURS_A_WEEK: Final = 168
_DAY: Final = dt.timedelta(days=1)


class Reader:
    """Reads rows by one connection's settings."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def wid(self, row: Row) -> str:
        """Whose row it is, by the vendor's id.

        Raises:
            Problem: unexpected, when the row does not say.

        """
        return _needed(Cells(row), self._config.worker_columns.wid)

    def worker(self, row: Row, *, on: dt.date) -> Worker:
        """A row of the report of workers, as it holds on a day.

        Raises:
            Problem: unexpected, when the row does not say whose it is.

        """
        cells, columns, gaps = Cells(row), self._config.worker_columns, list[str]()
        worker_id, wid = _needed(cells, columns.worker_id), _needed(cells, columns.wid)
        name = _told("name", lambda: cells.text(columns.name), gaps)
        email = _told("email", lambda: cells.text(columns.email), gaps)
        employment = self._employment(cells, gaps, on=on)
        return Worker(
            worker_id=worker_id,
            external_id=wid,
            as_of=on,
            name=name or "",
            email=email,
            employment=employment,
            capacity=self._capacity(cells, gaps),
            skills=self._skills(cells),
            gaps=gaps,
        )

    def absence(self, row: Row) -> Absence | None:
        """A row of the report of absences; None for one that was cancelled or denied.

        Raises:
            Problem: unexpected, when the row is incomplete or unreadable.

        """
        cells, columns = Cells(row), self._config.absence_columns
        status = cells.text(columns.status)
        if status in self._config.dropped_states:
            return None
        starts_on = _read(cells, columns.starts_on, Cells.day)
        kind = cells.text(columns.kind)
        unit = (cells.text(columns.unit) or "").lower()
        if unit not in {"hours", "days"}:
            raise _mismatch(f"{columns.unit} is neither hours nor days")
        return Absence(
            absence_id=_needed(cells, columns.absence_id),
            worker_id=_needed(cells, columns.worker_id),
            starts_on=starts_on,
            ends_on=max(starts_on, _optional(cells, columns.ends_on, Cells.day) or starts_on),
            quantity=_read(cells, columns.quantity, Cells.number),
            unit=AbsenceUnit(unit),
            kind=self._config.absence_kinds.get(kind, AbsenceKind.OTHER) if kind else None,
            approved=status in self._config.approved_states,
        )

    def rates(self, row: Row) -> list[CostRate]:
        """A row of the report of cost rates: one worker's, each valid until the day before the next.

        Raises:
            Problem: unexpected, when a rate is incomplete or unreadable.

        """
        cells, columns = Cells(row), self._config.rate_columns
        worker_id = _needed(cells, columns.worker_id)
        dated: dict[dt.date, Money] = {}
        for rate in cells.group(columns.rates):
            currency = _needed(rate, columns.currency)
            if _CURRENCY.fullmatch(currency) is None:
                raise _mismatch(f"{columns.currency} is no currency")
            amount = Money(amount=_read(rate, columns.amount, Cells.number), currency=currency)
            day = _read(rate, columns.effective_from, Cells.day)
            if dated.setdefault(day, amount) != amount:
                raise _mismatch(f"{columns.rates} has two rates from one day")
        days = sorted(dated)
        ends = [day - _DAY for day in days[1:]]
        return [
            CostRate(worker_id=worker_id, hourly_rate=dated[day], effective_from=day, effective_to=end)
            for day, end in zip(days, [*ends, None], strict=False)
        ]

    def _employment(self, cells: Cells, gaps: list[str], *, on: dt.date) -> Employment:
        columns, config = self._config.worker_columns, self._config

        def text(field: str, column: str) -> str | None:
            return _told(f"employment.{field}", lambda: cells.text(column), gaps)

        hired_on = _told("employment.hired_on", lambda: cells.day(columns.hired_on), gaps)
        ends_on = _told("employment.ends_on", lambda: cells.day(columns.ends_on), gaps, may_lack=True)
        company = text("legal_entity_id", columns.legal_entity)
        return Employment(
            kind=WorkerKind.CONTRACTOR if cells.text(columns.kind) in config.contractor_types else WorkerKind.EMPLOYEE,
            status=_status(hired_on, ends_on, on=on, on_leave=cells.flag(columns.on_leave)),
            hired_on=hired_on,
            ends_on=ends_on,
            legal_entity_id=config.legal_entities.get(company, company) if company else None,
            cost_centre=text("cost_centre", columns.cost_centre),
            practice=text("practice", columns.practice),
            location=text("location", columns.location),
            country=_told("employment.country", lambda: _country(cells, columns.country), gaps),
            manager_id=text("manager_id", columns.manager_id),
            grade=text("grade", columns.grade),
            role=text("role", columns.role),
        )

    def _capacity(self, cells: Cells, gaps: list[str]) -> Capacity | None:
        columns = self._config.worker_columns
        hours = _told("capacity.weekly_hours", lambda: _weekly(cells, columns.weekly_hours), gaps)
        share = _told(
            "capacity.full_time_share", lambda: cells.number(columns.full_time_share), gaps, may_lack=hours is None
        )
        if hours is None:
            return None
        return Capacity(weekly_hours=hours, working_days=list(self._config.working_days), full_time_share=share)

    def _skills(self, cells: Cells) -> list[Skill]:
        columns = self._config.worker_columns
        named = [(row.text(columns.skill), row.text(columns.level)) for row in cells.group(columns.skills)]
        return [Skill(name=name, level=level or "") for name, level in named if name]


def ending(worker: Worker, later: Worker) -> Worker:
    """A worker with the end of employment that is only known on a later day."""
    employment = msgspec.structs.replace(worker.employment, ends_on=later.employment.ends_on)
    return msgspec.structs.replace(worker, employment=employment)


def _status(hired_on: dt.date | None, ends_on: dt.date | None, *, on: dt.date, on_leave: bool) -> EmploymentStatus:
    if hired_on is not None and hired_on > on:
        return EmploymentStatus.FUTURE
    if ends_on is not None and ends_on < on:
        return EmploymentStatus.ENDED
    return EmploymentStatus.ON_LEAVE if on_leave else EmploymentStatus.ACTIVE


def _told(field: str, read: Callable[[], T | None], gaps: list[str], *, may_lack: bool = False) -> T | None:
    """A cell of a worker, or a gap: unreadable, hidden from us, and empty all come to the same for who plans."""
    try:
        value = read()
    except UnreadableError:
        gaps.append(field)
        return None
    if value is None and not may_lack:
        gaps.append(field)
    return value


def _country(cells: Cells, column: str) -> str | None:
    text = cells.text(column)
    if text is not None and _COUNTRY.fullmatch(text) is None:
        raise UnreadableError(f"{column} is no country code")
    return text


def _weekly(cells: Cells, column: str) -> Decimal | None:
    hours = cells.number(column)
    if hours is not None and not 0 <= hours <= _HOURS_A_WEEK:
        raise UnreadableError(f"{column} is no week")
    return hours


def _optional(cells: Cells, column: str, read: Callable[[Cells, str], T | None]) -> T | None:
    try:
        return read(cells, column)
    except UnreadableError as fault:
        raise _mismatch(str(fault)) from None


def _read(cells: Cells, column: str, read: Callable[[Cells, str], T | None]) -> T:
    value = _optional(cells, column, read)
    if value is None:
        raise _mismatch(f"{column} is missing; the report lacks it, or its security hides it")
    return value


def _needed(cells: Cells, column: str) -> str:
    return _read(cells, column, Cells.text)


def _mismatch(detail: str) -> Problem:
    hint = "compare the report's columns and the user's security groups with the connection's settings"
    return Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", detail, hint=hint)
