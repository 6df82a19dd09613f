"""Schedules in five words (minute, hour, day, month, week day) on a local clock; each local time comes once.

In spring a time that does not exist is taken at the moment the clocks moved; in autumn an hour that comes twice is
taken the first time. Work is keyed by the local time, so it runs once whatever the clocks do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LAST: Final = "l"
_FARTHEST_DAYS: Final = 366 * 5


@dataclass(frozen=True)
class Cron:
    """When something is due. `L` as the day means the last of the month.

    Raises:
        ValueError: the words make no schedule, or the zone is unknown.

    """

    words: str
    zone: str

    def __post_init__(self) -> None:
        """Refuse what makes no schedule."""
        self._fields()
        ZoneInfo(self.zone)

    def after(self, at: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """The times due after a moment, in order: the local time without a zone, which is the key, and the moment."""
        zone = ZoneInfo(self.zone)
        start = at.astimezone(zone).replace(tzinfo=None)
        minutes, hours, days, months, week = self._fields()
        for ahead in range(-1, _FARTHEST_DAYS):  # yesterday too: clocks that were set back name times again
            day = start.date() + dt.timedelta(days=ahead)
            if not _matches(day, days=days, months=months, week=week):
                continue
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    local = dt.datetime.combine(day, dt.time(hour, minute))
                    moment = _moment(local, zone)
                    if moment > at:
                        yield local, moment

    def _fields(self) -> tuple[set[int], set[int], set[int], set[int], set[int]]:
        words = self.words.lower().split()
        if len(words) != 5:
            message = f"a schedule has five words, not {self.words!r}"
            raise ValueError(message)
        minutes, hours, days, months, week = words
        found_days = {-1} if days == _LAST else _numbers(days, 1, 31)
        every_day, every_week = days == "*", week == "*"
        found_week = {each % 7 for each in _numbers(week, 0, 7, names=_DAYS)}
        if not every_week and every_day:
            found_days = set()
        elif every_week and not every_day:
            found_week = set()
        return (
            _numbers(minutes, 0, 59),
            _numbers(hours, 0, 23),
            found_days,
            _numbers(months, 1, 12, names=("", *_MONTHS)),
            found_week,
        )


def _matches(day: dt.date, *, days: set[int], months: set[int], week: set[int]) -> bool:
    """As cron has it: where both day and week day are told, either will do."""
    if day.month not in months:
        return False
    last = (day + dt.timedelta(days=1)).month != day.month
    return day.day in days or (last and -1 in days) or (day.weekday() + 1) % 7 in week


def _moment(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    moment = local.replace(tzinfo=zone).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    # The clocks skipped it: the moment they did is where the offset before ends.
    before = (local - dt.timedelta(hours=3)).replace(tzinfo=zone).utcoffset()
    after = (local + dt.timedelta(hours=3)).replace(tzinfo=zone).utcoffset()
    low, high = local - dt.timedelta(hours=3), local + dt.timedelta(hours=3)
    assert before is not None and after is not None  # noqa: S101, PT018 - a zone always has an offset
    start, end = (low - before).replace(tzinfo=dt.UTC), (high - after).replace(tzinfo=dt.UTC)
    while end - start > dt.timedelta(seconds=1):
        middle = start + (end - start) / 2
        start, end = (middle, end) if middle.astimezone(zone).utcoffset() == before else (start, middle)
    return end.replace(microsecond=0)


def _numbers(word: str, low: int, high: int, *, names: tuple[str, ...] = ()) -> set[int]:
    found: set[int] = set()
    for part in word.split(","):
        span, _, step = part.partition("/")
        every = _number(step, names=()) if step else 1
        if span == "*":
            first, last = low, high
        else:
            begin, _, end = span.partition("-")
            first = _number(begin, names=names)
            last = _number(end, names=names) if end else (high if step else first)
        if every < 1 or not low <= first <= last <= high:
            message = f"{part!r} lies outside {low} to {high}"
            raise ValueError(message)
        found |= set(range(first, last + 1, every))
    return found


def _number(word: str, *, names: tuple[str, ...]) -> int:
    if word in names:
        return names.index(word)
    if not word.isdigit():
        message = f"{word!r} is no number here"
        raise ValueError(message)
    return int(word)
