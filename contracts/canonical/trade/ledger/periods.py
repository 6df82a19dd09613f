"""On which day a line counts in the books, and which record of a source is taken (rules TIM-4, TIM-8, CTL-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

from contracts.canonical.actuals import Actual, ApprovedTime, Source
from contracts.canonical.field import Noun, Record, fact
from contracts.canonical.trade.ledger.lines import Refused

_MONTHS: Final = 12


class AccountingPolicy(StrEnum):
    """Which day of an entry counts in the books; a policy of the legal entity."""

    WORK_DATE = "work_date"
    TIMESHEET = "timesheet"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    FIXED = "fixed"
    PERIOD = "period"


class EntryDays(Noun, frozen=True, kw_only=True):
    """The days of an entry from which a policy chooses."""

    worked_on: dt.date
    timesheet_ends_on: Annotated[dt.date | None, fact("Last day of its timesheet", Record.PSA)] = None
    submitted_on: Annotated[dt.date | None, fact("Day it was submitted", Record.PSA)] = None
    approved_on: Annotated[dt.date | None, fact("Day it was approved", Record.PSA)] = None
    fixed_on: Annotated[dt.date | None, fact("Day that the entity fixed for all", Record.ERP)] = None


class Arrival(StrEnum):
    """What a record from elsewhere is to what is known of it."""

    NEW = "new"
    SAME = "same"
    NEWER = "newer"
    STALE = "stale"


def accounting_day(policy: AccountingPolicy, days: EntryDays, *, closed: Collection[str]) -> dt.date:
    """The day on which an entry is booked; in a closed month it moves to the first day of the next open one.

    `closed` names months as 2026-06. A policy of periods books on the last day of the month of the work.

    Raises:
        Refused: DAY_MISSING, when the entry lacks the day that the policy asks for.

    """
    chosen = {
        AccountingPolicy.WORK_DATE: days.worked_on,
        AccountingPolicy.TIMESHEET: days.timesheet_ends_on,
        AccountingPolicy.SUBMITTED: days.submitted_on,
        AccountingPolicy.APPROVED: days.approved_on,
        AccountingPolicy.FIXED: days.fixed_on,
        AccountingPolicy.PERIOD: _following(days.worked_on) - dt.timedelta(days=1),
    }[policy]
    if chosen is None:
        raise Refused("DAY_MISSING", f"the entry has no day for the policy {policy.value}")
    while f"{chosen:%Y-%m}" in closed:
        chosen = _following(chosen)
    return chosen


def must_be_open(lines: Iterable[Actual], *, closed: Collection[str]) -> None:
    """Refuse lines that would be booked in a closed month.

    Raises:
        Refused: PERIOD_CLOSED.

    """
    for line in lines:
        if f"{line.accounting_date:%Y-%m}" in closed:
            raise Refused("PERIOD_CLOSED", f"{line.actual_id} would be booked in {line.accounting_date:%Y-%m}")


def arrived(known: Sequence[Actual], source: Source) -> Arrival:
    """What a record is to the lines known: records may come twice, late, and out of order (rule TIM-8)."""
    versions = [
        line.source.version
        for line in known
        if (line.source.system, line.source.source_id) == (source.system, source.source_id)
    ]
    if not versions:
        return Arrival.NEW
    latest = max(versions)
    if source.version == latest:
        return Arrival.SAME
    return Arrival.NEWER if source.version > latest else Arrival.STALE


def alike(entries: Sequence[ApprovedTime]) -> list[tuple[str, str]]:
    """Pairs of entries under different ids that may be one: same person, day, project, task, hours and note.

    A warning, never a refusal: two equal mornings can both have been worked.
    """
    first: dict[tuple[object, ...], ApprovedTime] = {}
    found = []
    for entry in entries:
        note = sha256(" ".join(entry.note.casefold().split()).encode()).hexdigest()
        key = (entry.person_id, entry.worked_on, entry.project_id, entry.task_id, entry.hours, note)
        other = first.setdefault(key, entry)
        if (other.source.system, other.source.source_id) != (entry.source.system, entry.source.source_id):
            found.append((other.source.source_id, entry.source.source_id))
    return found


def _following(day: dt.date) -> dt.date:
    """The first day of the month after that of a day."""
    years, month = divmod(day.month, _MONTHS)
    return dt.date(day.year + years, month + 1, 1)
