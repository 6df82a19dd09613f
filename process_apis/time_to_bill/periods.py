"""Billed periods: months, quarters and years, by the calendar or from the first day of what is billed. Pure."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from contracts.canonical.deal import BillingFrequency
from contracts.canonical.trade.subscriptions import Anchor

MONTHS: Final = {BillingFrequency.MONTHLY: 1, BillingFrequency.QUARTERLY: 3, BillingFrequency.YEARLY: 12}
_YEAR: Final = 12


class Period(Struct, frozen=True, kw_only=True):
    """A billed period. `days` of the `of_days` of a whole one lie within the days of the contract."""

    starts_on: dt.date
    ends_before: dt.date
    of_days: int

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.ends_before - self.starts_on).days

    @property
    def last_day(self) -> dt.date:
        """Its last day, included."""
        return self.ends_before - dt.timedelta(days=1)

    @property
    def said(self) -> str:
        """Its days as a customer reads them."""
        return f"{self.starts_on} to {self.last_day}"


def periods(
    frequency: BillingFrequency,
    anchor: Anchor,
    *,
    starts_on: dt.date,
    ends_before: dt.date | None,
    through: dt.date,
) -> Iterator[Period]:
    """The periods that begin up to a day, cut to the days of the contract."""
    months = MONTHS[frequency]
    origin = starts_on if anchor is Anchor.ANNIVERSARY else _calendar(starts_on, months)
    number = 0
    while (first := months_later(origin, number * months)) <= through and (ends_before is None or first < ends_before):
        after = months_later(origin, (number + 1) * months)
        begin, end = max(first, starts_on), after if ends_before is None else min(after, ends_before)
        yield Period(starts_on=begin, ends_before=end, of_days=(after - first).days)
        number += 1


def months_later(day: dt.date, months: int) -> dt.date:
    """So many months after a day; the 31st becomes the last day where a month is shorter."""
    years, month = divmod(day.month - 1 + months, _YEAR)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _calendar(day: dt.date, months: int) -> dt.date:
    """The first day of the month, quarter or year of a day."""
    return dt.date(day.year, (day.month - 1) // months * months + 1, 1)
