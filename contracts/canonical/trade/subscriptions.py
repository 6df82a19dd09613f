"""Subscriptions: charges by month, parts of a month by days, a new price or quantity as a new segment (BIL-7)."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from contracts.canonical.deal import BillingTiming
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.rounding import cut


class Anchor(StrEnum):
    """Whether billed months are those of the calendar or begin on the day on which the subscription began."""

    CALENDAR = "calendar"
    ANNIVERSARY = "anniversary"


class PriceStep(Noun, frozen=True, kw_only=True):
    """Price and quantity from a day on, until the next step; onboarding in phases is several quantities."""

    starts_on: Annotated[dt.date, fact("First day it holds", Record.CRM)]
    monthly_price: Annotated[
        Decimal, fact("Price of one a month", Record.CRM, classification=Classification.CONFIDENTIAL)
    ]
    quantity: Annotated[Decimal, fact("How many", Record.CRM)] = Decimal(1)


class Charge(Noun, frozen=True, kw_only=True):
    """What one month, or a part of it at one price, comes to: `days` of the `of_days` of that month."""

    starts_on: dt.date
    ends_before: dt.date
    days: int
    of_days: int
    bill_on: Annotated[dt.date, fact("First day in advance, last day in arrears", Record.SLUICE)]
    amount: Decimal


class Segment(Noun, frozen=True, kw_only=True):
    """A range at one price and quantity, its charges, and their sum."""

    step: PriceStep
    starts_on: dt.date
    ends_before: dt.date
    charges: list[Charge]
    amount: Decimal


def prorated(
    amount: Decimal, days: int, of_days: int, currency: Currency, *, mode: Rounding = Rounding.HALF_UP
) -> Decimal:
    """An amount for some of its days, cut once: 15 of 31 days of 3,100 are 1,500.

    Raises:
        ValueError: there are not so many days.

    """
    if not 0 <= days <= of_days or of_days == 0:
        raise ValueError(f"there are no {days} days in {of_days}")
    return cut(amount * days / of_days, currency, mode=mode)


def segments(
    steps: Sequence[PriceStep],
    currency: Currency,
    *,
    starts_on: dt.date,
    ends_before: dt.date,
    anchor: Anchor = Anchor.CALENDAR,
    timing: BillingTiming = BillingTiming.ADVANCE,
    mode: Rounding = Rounding.HALF_UP,
) -> list[Segment]:
    """A subscription cut at every change of price or quantity, each piece charged by month.

    Raises:
        ValueError: the range is empty, two steps begin on one day, or no step holds on the first day.

    """
    ordered = sorted(steps, key=lambda step: step.starts_on)
    if ends_before <= starts_on:
        raise ValueError("a subscription ends after it begins")
    if len({step.starts_on for step in ordered}) != len(ordered):
        raise ValueError("two steps begin on one day")
    if not ordered or ordered[0].starts_on > starts_on:
        raise ValueError(f"no price holds on {starts_on}")
    found = []
    for number, step in enumerate(ordered):
        following = ordered[number + 1].starts_on if number + 1 < len(ordered) else ends_before
        begin, end = max(step.starts_on, starts_on), min(following, ends_before)
        if begin >= end:
            continue
        pieces = _pieces(begin, end, origin=starts_on if anchor is Anchor.ANNIVERSARY else starts_on.replace(day=1))
        price = step.monthly_price * step.quantity
        charges = [
            Charge(
                starts_on=first,
                ends_before=after,
                days=(after - first).days,
                of_days=of_days,
                bill_on=first if timing is BillingTiming.ADVANCE else after - dt.timedelta(days=1),
                amount=prorated(price, (after - first).days, of_days, currency, mode=mode),
            )
            for first, after, of_days in pieces
        ]
        total = sum((charge.amount for charge in charges), Decimal(0))
        found.append(Segment(step=step, starts_on=begin, ends_before=end, charges=charges, amount=total))
    return found


def _pieces(begin: dt.date, end: dt.date, *, origin: dt.date) -> Iterator[tuple[dt.date, dt.date, int]]:
    """The parts of billed months between two days, each with the length of its whole month."""
    number = 0
    while (month := _month(origin, number)) < end:
        after = _month(origin, number + 1)
        if after > begin:
            yield max(month, begin), min(after, end), (after - month).days
        number += 1


def _month(origin: dt.date, number: int) -> dt.date:
    """So many months after a day; the 31st becomes the last day where a month is shorter."""
    years, month = divmod(origin.month - 1 + number, 12)
    year = origin.year + years
    return dt.date(year, month + 1, min(origin.day, monthrange(year, month + 1)[1]))
