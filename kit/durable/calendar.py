"""Business calendars and windows as data: when a firm works, when a batch may run, and when nothing may.

All of it is pure: a moment goes in, the next moment that is allowed comes out. Hours are local to a zone.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from msgspec import Struct

_FARTHEST_DAYS = 800


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of a day, local, from `opens` until just before `closes`; midnight as `closes` is the end of the day."""

    opens: dt.time
    closes: dt.time


class Blackout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch in which nothing may run, whatever the hours say; both ends are aware."""

    starts: dt.datetime
    ends: dt.datetime
    reason: str


class Calendar(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a firm works: week days (Monday is 0), holidays, hours."""

    zone: str
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    hours: tuple[Span, ...] = (Span(opens=dt.time(9), closes=dt.time(17)),)
    holidays: frozenset[dt.date] = frozenset()

    def works(self, day: dt.date) -> bool:
        """Whether a day is a business day."""
        return day.weekday() in self.days and day not in self.holidays

    def next_business_day(self, day: dt.date, *, after: int = 1) -> dt.date:
        """The business day so many business days after a day; with 0, the day itself or the next that is one."""
        left = after or 1
        found = day if after else day - dt.timedelta(days=1)
        while left > 0 or not self.works(found):
            found += dt.timedelta(days=1)
            if self.works(found):
                left -= 1
            if (found - day).days > _FARTHEST_DAYS:
                message = f"no business day within {_FARTHEST_DAYS} days of {day}"
                raise ValueError(message)
        return found

    def is_open(self, at: dt.datetime) -> bool:
        """Whether a moment lies in business hours."""
        return self.next_open(at) == at

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """The moment itself when it lies in business hours, otherwise the next opening; UTC.

        Raises:
            ValueError: the moment has no zone, or the calendar does not open within two years.

        """
        return Window(calendar=self).next_open(at)


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a kind of work may run: within a calendar's hours, outside its blackouts.

    With `days_of_month` it opens only on those days; negative ones count from the month's end, -1 is the last.
    """

    calendar: Calendar
    blackouts: tuple[Blackout, ...] = ()
    days_of_month: tuple[int, ...] = ()

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """The moment itself when the window is open, otherwise when it opens next; UTC.

        Raises:
            ValueError: the moment has no zone, or the window does not open within two years.

        """
        if at.tzinfo is None:
            message = "a moment without a time zone has no place in a calendar"
            raise ValueError(message)
        moment = at.astimezone(dt.UTC)
        farthest = moment + dt.timedelta(days=_FARTHEST_DAYS)
        while moment < farthest:
            opened = self._in_hours(moment)
            shut = next((each for each in self.blackouts if each.starts <= opened < each.ends), None)
            if shut is None:
                return opened
            moment = shut.ends.astimezone(dt.UTC)
        message = f"the window does not open within {_FARTHEST_DAYS} days of {at}"
        raise ValueError(message)

    def is_open(self, at: dt.datetime) -> bool:
        """Whether the window is open."""
        return self.next_open(at) == at

    def _in_hours(self, moment: dt.datetime) -> dt.datetime:
        zone = ZoneInfo(self.calendar.zone)
        today = moment.astimezone(zone).date()
        for ahead in range(_FARTHEST_DAYS):
            day = today + dt.timedelta(days=ahead)
            if not self._opens_on(day):
                continue
            for opens, closes in sorted(_spans(day, self.calendar.hours, zone=zone)):
                if moment < closes:
                    return max(moment, opens)
        message = f"the window does not open within {_FARTHEST_DAYS} days of {moment}"
        raise ValueError(message)

    def _opens_on(self, day: dt.date) -> bool:
        if not self.calendar.works(day):
            return False
        if not self.days_of_month:
            return True
        following = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        from_end = (day - following).days
        return day.day in self.days_of_month or from_end in self.days_of_month


def _spans(day: dt.date, hours: tuple[Span, ...], *, zone: ZoneInfo) -> list[tuple[dt.datetime, dt.datetime]]:
    """The hours of a day as moments; clocks that change in between are counted as they are."""
    found = []
    for span in hours:
        opens = dt.datetime.combine(day, span.opens, zone).astimezone(dt.UTC)
        ends = day + dt.timedelta(days=1) if span.closes == dt.time(0) else day
        closes = dt.datetime.combine(ends, span.closes, zone).astimezone(dt.UTC)
        if closes > opens:
            found.append((opens, closes))
    return found
