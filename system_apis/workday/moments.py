"""The tenant's own time: its answers tell it, so that a clock of ours that is off neither loses nor repeats changes."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from kit.clock import Clock

_AGREES: Final = dt.timedelta(seconds=2)
"""An answer's date has whole seconds and is a moment old; what lies within is no difference."""


class VendorTime:
    """Our clock, put right by the date of the last answer that had one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._skew = dt.timedelta()

    def heed(self, response: httpx.Response) -> None:
        """Take note of when an answer was made; one that does not tell changes nothing."""
        dates = response.headers.get_list("date")
        try:
            told = parsedate_to_datetime(dates[-1]) if dates else None
        except ValueError:
            return
        if told is not None and told.tzinfo is not None:
            off = told - self._clock.now()
            self._skew = dt.timedelta() if -_AGREES < off <= dt.timedelta() else off

    def now(self) -> dt.datetime:
        """The tenant's present moment, aware, in UTC."""
        return self._clock.now() + self._skew

    def today(self) -> dt.date:
        """The day of that moment."""
        return self.now().date()


def ahead(day: dt.date, *, days: int) -> dt.date:
    """So many days after a day, as far as there are days."""
    return day + min(dt.timedelta(days=days), dt.date.max - day)
