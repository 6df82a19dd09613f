"""One line of a deal as phases and as planned amounts, by its billing method (rules BIL-1 to BIL-7). Pure."""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.billing import BillingTrigger, RevenueRule
from contracts.canonical.deal import (
    BillingFrequency,
    BillingMethod,
    BillingTiming,
    DealLine,
    DealMilestone,
    Opportunity,
)
from contracts.canonical.money import Money, rounded, split
from contracts.canonical.project import Phase

_NAME: Final = 255
_MONTHS: Final = {BillingFrequency.MONTHLY: 1, BillingFrequency.QUARTERLY: 3, BillingFrequency.YEARLY: 12}
_REVENUE: Final = {
    BillingMethod.TIME_AND_MATERIALS: RevenueRule.RIGHT_TO_INVOICE,
    BillingMethod.FIXED_FEE: RevenueRule.PERCENT_OF_COST,
    BillingMethod.MILESTONE: RevenueRule.MILESTONE_OUTPUT,
    BillingMethod.RETAINER: RevenueRule.STRAIGHT_LINE,
    BillingMethod.SUBSCRIPTION: RevenueRule.STRAIGHT_LINE,
}


class Slice(Struct, frozen=True, kw_only=True):
    """One planned amount of a line, before it is numbered."""

    name: str
    method: BillingMethod
    trigger: BillingTrigger
    due_on: dt.date
    amount: Money
    phase_id: str
    revenue_rule: RevenueRule


def phases_of(deal: Opportunity, line: DealLine, *, first: int) -> list[Phase]:
    """The stage of a line and its payment points, numbered from `first` through the deal.

    Raises:
        ValueError: the line was not validated.

    """
    if line.method is None or line.country is None or line.starts_on is None or line.ends_on is None:
        message = f"line {line.line_id} of {deal.opportunity_id} is planned before it was validated"
        raise ValueError(message)
    stage = Phase(
        phase_id=f"phs-{deal.opportunity_id}-{first}",
        name=line.name[:_NAME],
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        country=line.country,
        method=line.method,
        budget=_stated(line.amount),
    )
    points = [
        replace(
            stage,
            phase_id=f"phs-{deal.opportunity_id}-{number}",
            name=f"{line.name}: {milestone.name}"[:_NAME],
            starts_on=milestone.due_on or line.ends_on,
            ends_on=milestone.due_on or line.ends_on,
            budget=share,
            milestone=True,
            parent_id=stage.phase_id,
        )
        for number, (milestone, share) in enumerate(_points(line), start=first + 1)
    ]
    return [stage, *points]


def slices_of(line: DealLine, *, phases: list[Phase]) -> list[Slice]:
    """What will be billed for a line, and when; the amounts sum to the line."""
    stage, points = phases[0], phases[1:]
    match stage.method:
        case BillingMethod.MILESTONE:
            return [_slice(point, trigger=BillingTrigger.MILESTONE, due_on=point.ends_on) for point in points]
        case BillingMethod.SUBSCRIPTION | BillingMethod.RETAINER:
            return _periods(line, stage)
        case BillingMethod.FIXED_FEE:
            return [_slice(stage, trigger=BillingTrigger.DATE, due_on=stage.ends_on)]
        case BillingMethod.TIME_AND_MATERIALS:
            return [_slice(stage, trigger=BillingTrigger.ACTUALS, due_on=stage.ends_on)]


def _slice(phase: Phase, *, trigger: BillingTrigger, due_on: dt.date) -> Slice:
    """The whole phase at once: a fee on that day, actuals at the latest then."""
    return Slice(
        name=phase.name,
        method=phase.method,
        trigger=trigger,
        due_on=due_on,
        amount=phase.budget,
        phase_id=phase.phase_id,
        revenue_rule=_REVENUE[phase.method],
    )


def _points(line: DealLine) -> list[tuple[DealMilestone, Money]]:
    """The payment points of a milestone line with their shares, which sum to the line."""
    if line.method is not BillingMethod.MILESTONE:
        return []
    shares = split(_stated(line.amount), [milestone.percent or Decimal(0) for milestone in line.milestones])
    return list(zip(line.milestones, map(_stated, shares), strict=True))


def _periods(line: DealLine, stage: Phase) -> list[Slice]:
    """A period at a time from the first day; a last one that is cut short weighs its days (rule BIL-7).

    A retainer is billed like a subscription: it is not there to be used before it is invoiced (rule BIL-6).
    """
    months = _MONTHS[line.frequency or BillingFrequency.MONTHLY]
    starts = _starts(stage.starts_on, stage.ends_on, months=months)
    ends = [start - dt.timedelta(days=1) for start in starts[1:]] + [stage.ends_on]
    full = (_months_later(stage.starts_on, len(starts) * months) - starts[-1]).days
    last = (stage.ends_on - starts[-1]).days + 1
    shares = split(_stated(line.amount), [Decimal(full)] * (len(starts) - 1) + [Decimal(last)])
    late = line.timing is BillingTiming.ARREARS
    return [
        replace(
            _slice(stage, trigger=BillingTrigger.DATE, due_on=end if late else start),
            name=f"{line.name}, {start} to {end}",
            amount=_stated(share),
        )
        for start, end, share in zip(starts, ends, shares, strict=True)
    ]


def _starts(first: dt.date, last: dt.date, *, months: int) -> list[dt.date]:
    starts = [first]
    while (following := _months_later(first, len(starts) * months)) <= last:
        starts.append(following)
    return starts


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the month's last when it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _stated(money: Money) -> Money:
    """With exactly the digits its currency has."""
    return Money(amount=rounded(money.amount, money.currency), currency=money.currency)
