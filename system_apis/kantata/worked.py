"""Time entries of ours from the vendor's, pure: minutes to hours, a role's name to role and country.

An entry is billable as a whole or not at all. Who worked eight hours of which six are to be billed makes two entries.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Struct

from contracts.canonical.timesheets import TimeEntry
from contracts.problem import Kind, Problem
from system_apis.kantata import wire
from system_apis.kantata.mapping import MINUTES
from system_apis.kantata.tracks import Key, milliseconds

_ROLE: Final = re.compile(r"(?P<role>.+) \((?P<country>[A-Z]{2})\)")
_HOURS: Final = Decimal("0.000001")  # so fine that the minutes can be had back
_MOST_NOTE: Final = 4000


class Place(Struct, frozen=True, kw_only=True):
    """Where an entry stands among things of ours, and in which role."""

    project_id: str = ""
    phase_id: str | None = None
    role: str = ""
    submission: wire.TimesheetSubmission | None = None


def moment_of(text: str) -> int:
    """A stamp of the vendor's in milliseconds."""
    return milliseconds(dt.datetime.fromisoformat(text))


def key_of(row: wire.TimeEntry) -> Key:
    """By what a state of an entry is met once."""
    return moment_of(row.updated_at), int(row.id)


def withdrawal_key(event: wire.SubscribedEvent) -> Key:
    """By what a withdrawal is met once, however often the vendor tells of it."""
    return moment_of(event.subject_changed_at), int(event.subject_id)


def withdraws(event: wire.SubscribedEvent) -> bool:
    """Whether an entry was approved before the event and is not after it."""
    was = bool((event.previous_payload or {}).get("approved"))
    stands = event.event_type != "time_entry:deleted" and bool((event.current_payload or {}).get("approved"))
    return was and not stands


def last_known(event: wire.SubscribedEvent) -> wire.TimeEntry:
    """An entry that is gone, as the event remembers it.

    Raises:
        Problem: the event does not remember enough of it.

    """
    payload: dict[str, Any] = {**(event.previous_payload or {}), "id": event.subject_id}
    try:
        row = msgspec.convert(payload, wire.TimeEntry, strict=False)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "kantata.event_unreadable", f"event {event.id}: {fault}") from None
    return msgspec.structs.replace(row, approved=False, updated_at=event.subject_changed_at)


def hours(minutes: int) -> Decimal:
    """Minutes as hours, exact where hours can say them, else to a millionth."""
    whole = (Decimal(minutes) / MINUTES).quantize(_HOURS).normalize()
    return whole if whole != whole.to_integral_value() else whole.quantize(Decimal(1))


def role_and_country(name: str) -> tuple[str, str | None]:
    """What the name of a role says: the role, and the country it is priced for, where it names one."""
    found = _ROLE.fullmatch(name)
    return (found["role"], found["country"]) if found else (name, None)


def entry(row: wire.TimeEntry, place: Place, *, version: int) -> TimeEntry:
    """An entry in the words of the business."""
    role, country = role_and_country(place.role)
    worked = hours(row.time_in_minutes)
    approval = place.submission if row.approved else None
    decided = approval.current_resolution_created_at_date if approval else None
    return TimeEntry(
        entry_id=row.id,
        version=version,
        approved=row.approved,
        project_id=place.project_id,
        phase_id=place.phase_id,
        person_id=row.user_id or "",
        worked_on=dt.date.fromisoformat(row.date_performed),
        hours=worked,
        billable_hours=worked if row.billable else Decimal(0),
        role=role,
        region=country,
        approved_on=dt.date.fromisoformat(decided[:10]) if decided else None,
        approved_by=(approval.current_resolution_creator_id or "") if approval else "",
        note=(row.notes or "")[:_MOST_NOTE],
    )


def phase_above(story_id: str | None, stories: Mapping[str, wire.Story], phases: Mapping[str, str]) -> str | None:
    """The key of the nearest phase of ours at or above a story; `phases` are our keys by story."""
    climbed = set[str]()
    while story_id and story_id not in climbed:
        if story_id in phases:
            return phases[story_id]
        climbed.add(story_id)
        parent = stories[story_id].parent_id if story_id in stories else None
        story_id = parent if isinstance(parent, str) else None
    return None
