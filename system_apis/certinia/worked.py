"""Days out of weekly timecards, pure: what is approved, what was once, and in which version.

An entry is a weekday of a timecard; its id is that of the timecard with the number of the day, Monday being 1. What
was approved once and is not any more is read from the history that the org keeps of a timecard's fields.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from contracts.canonical.money import Money
from contracts.canonical.timesheets import TimeEntry
from system_apis.certinia.wire import Change, Place, Timecard

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
APPROVED: Final = "Approved"
_STATUS: Final = "pse__Status__c"
_HOURS: Final = {f"pse__{day}_Hours__c": number for number, day in enumerate(DAYS)}
_OF_OURS: Final = frozenset({"pse__Billed__c", "pse__Invoiced__c", "pse__Invoice_Number__c"})
_ENTRY: Final = re.compile(r"([A-Za-z0-9]{18})-([1-7])")
_MOST_IN_A_SECOND: Final = 999
_MOST_NOTE: Final = 4000


def entry_id(timecard_id: str, number: int) -> str:
    """The id of a day of a timecard; Monday is day 0."""
    return f"{timecard_id}-{number + 1}"


def day_of(text: str) -> tuple[str, int] | None:
    """The timecard and the day that an entry is; None when it cannot be one of ours."""
    found = _ENTRY.fullmatch(text)
    return (found[1], int(found[2]) - 1) if found else None


def version(card: Timecard, changes: Sequence[Change], *, username: str) -> int:
    """Grows with every change but our own mark: the moment in milliseconds, and how many changes that second saw.

    Stamps have whole seconds; a change beside our mark is found in the history.
    """
    told = [change for change in changes if change.name not in _OF_OURS]
    moment = card.stamp
    if card.seen is not None and marked_last(card, username=username):
        moment = max([card.seen, *(change.at for change in told)])
    moment = moment.replace(microsecond=0)
    same = sum(1 for change in told if change.at.replace(microsecond=0) == moment)
    return int(moment.timestamp()) * 1000 + min(same, _MOST_IN_A_SECOND)


def state(card: Timecard, number: int) -> int:
    """A number for a timecard as it was read: its history is read a moment later, and may know more already."""
    places = [place.key if place else None for place in (card.phase, card.milestone)]
    seen = (number, card.status, card.deleted, card.billable, *(str(hours) for hours in card.hours), *places)
    return zlib.crc32(repr(seen).encode())


def marked_last(card: Timecard, *, username: str) -> bool:
    """Whether it was we who changed the timecard last."""
    return card.changed_by is not None and (card.changed_by.username or "").lower() == username.lower()


def entries(card: Timecard, changes: Sequence[Change], *, username: str) -> list[TimeEntry]:
    """The days that stand approved, and those that stood approved once."""
    changes = [change for change in changes if change.at <= card.stamp]  # what came after it was read is told later
    stands = card.status == APPROVED and not card.deleted
    once = approved_once(card, changes)
    number = version(card, changes, username=username)
    told = []
    for weekday in range(len(DAYS)):
        approved = stands and card.hours[weekday] > 0
        if approved or weekday in once:
            told.append(_entry(card, changes, weekday=weekday, approved=approved, number=number))
    return told


def approved_once(card: Timecard, changes: Sequence[Change]) -> set[int]:
    """The days that had hours at a time when the timecard was approved, this moment included."""
    status, hours = card.status, list(card.hours)
    days = _worked(status, hours)
    for change in sorted(changes, key=lambda each: (each.at, each.id), reverse=True):
        if change.name == _STATUS:
            status = None if change.old is None else str(change.old)
        elif change.name in _HOURS:
            hours[_HOURS[change.name]] = _number(change.old)
        days |= _worked(status, hours)
    return days


def _worked(status: str | None, hours: Sequence[Decimal]) -> set[int]:
    return {number for number, each in enumerate(hours) if each > 0} if status == APPROVED else set()


def _number(value: Any) -> Decimal:
    return Decimal(0) if value in {None, ""} else Decimal(str(value))


def _entry(card: Timecard, changes: Sequence[Change], *, weekday: int, approved: bool, number: int) -> TimeEntry:
    hours = _plain(card.hours[weekday])
    project_id = (card.project.key if card.project else None) or ""
    place = card.phase if card.phase and card.phase.key else card.milestone
    region = (place.country if place else None) or _home(card)
    decided = max((each.at for each in changes if each.name == _STATUS and each.new == APPROVED), default=None)
    return TimeEntry(
        entry_id=entry_id(card.id, weekday),
        version=number,
        approved=approved,
        project_id=project_id,
        phase_id=_phase(place, project_id),
        person_id=card.resource_id,
        worked_on=card.starts_on + dt.timedelta(days=(weekday - card.starts_on.weekday()) % 7),
        hours=hours,
        billable_hours=hours if card.billable else Decimal(0),
        role=_role(card),
        approved_on=decided.date() if approved and decided else None,
        approved_by=(card.approver.username or "") if approved and card.approver else "",
        note=card.notes[weekday][:_MOST_NOTE],
        region=region,
        cost_rate=_cost(card),
    )


def _role(card: Timecard) -> str:
    """The role of the assignment, else that of the person."""
    return (card.assignment.role if card.assignment else None) or (card.resource.role if card.resource else None) or ""


def _home(card: Timecard) -> str | None:
    return card.resource.region.key if card.resource and card.resource.region else None


def _phase(place: Place | None, project_id: str) -> str | None:
    prefix, _, phase_id = ((place.key if place else None) or "").partition("/")
    return phase_id if phase_id and prefix == project_id else None


def _cost(card: Timecard) -> Money | None:
    if card.cost_rate is None or not card.cost_currency:
        return None
    return Money(amount=card.cost_rate, currency=card.cost_currency)


def _plain(hours: Decimal) -> Decimal:
    """Without the noughts that the wire adds."""
    whole = hours.normalize()
    return whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole
