"""Draws the terms of a deal's lines that are billed by dates, so that they sum to what was sold. Pure.

A line whose days sales did not say has no term yet: finance completes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from contracts.canonical.deal import BillingFrequency, BillingMethod, BillingTiming, DealLine
from contracts.canonical.money import Currency, Money, rounded, split
from contracts.canonical.terms import FixedFeeTerm, Installment, RetainerTerm, RetainerUse, SubscriptionTerm
from contracts.canonical.trade.rounding import cut
from contracts.canonical.trade.subscriptions import Anchor, PriceStep, prorated
from process_apis.time_to_bill.periods import Period, periods

_NAME: Final = 200
_EXACT: Final = Decimal("1e-9")


def fee_of(line: DealLine) -> FixedFeeTerm | None:
    """A fixed fee by its payment points where all have a share and a day; else whole, on the last day of the line."""
    if line.method is not BillingMethod.FIXED_FEE:
        return None
    whole = _stated(line)
    points = [(each.name, each.due_on, each.percent) for each in line.milestones]
    days = [day for _, day, _ in points if day is not None]
    shares = [percent for _, _, percent in points if percent is not None and percent >= 0]
    if not points or len(days) != len(points) or len(shares) != len(points) or not any(shares):
        if line.ends_on is None:
            return None
        points, days, shares = [(line.name, line.ends_on, Decimal(100))], [line.ends_on], [Decimal(100)]
    parts = zip(points, days, split(whole, shares), strict=True)
    return FixedFeeTerm(
        line_id=f"agl-{line.line_id}",
        fee=whole.amount,
        installments=[
            Installment(installment_id=f"ins-{number}", name=name[:_NAME], due_on=day, amount=share.amount)
            for number, ((name, _, _), day, share) in enumerate(parts, start=1)
            if share.amount
        ],
    )


def retainer_of(line: DealLine, *, priced: bool) -> RetainerTerm | None:
    """A retainer whose periods are equal by days; the first takes what does not divide.

    Work draws on it where the deal has rates to draw at; without them it pays for people to stand ready.
    """
    frequency, whole = line.frequency or BillingFrequency.MONTHLY, _stated(line)
    billed = _periods(line, frequency)
    if line.method is not BillingMethod.RETAINER or not billed:
        return None
    share = _share(whole, billed)
    rest = sum((prorated(share, each.days, each.of_days, whole.currency) for each in billed[1:]), Decimal(0))
    first = whole.amount - rest
    if min(share, first) <= 0:
        return None
    return RetainerTerm(
        line_id=f"agl-{line.line_id}",
        amount=share,
        first_amount=None if first == share else first,
        starts_on=billed[0].starts_on,
        ends_before=billed[-1].ends_before,
        frequency=frequency,
        use=RetainerUse.DRAWN_DOWN if priced else RetainerUse.STAND_READY,
    )


def subscription_of(line: DealLine) -> SubscriptionTerm | None:
    """A subscription whose months are equal; the first ones take the cents that do not divide."""
    months = _periods(line, BillingFrequency.MONTHLY)
    if line.method is not BillingMethod.SUBSCRIPTION or not months:
        return None
    return SubscriptionTerm(
        line_id=f"agl-{line.line_id}",
        steps=list(_steps(_stated(line), months)),
        starts_on=months[0].starts_on,
        ends_before=months[-1].ends_before,
        frequency=line.frequency or BillingFrequency.MONTHLY,
        timing=line.timing or BillingTiming.ADVANCE,
        anchor=Anchor.ANNIVERSARY,
    )


def _steps(whole: Money, months: list[Period]) -> Iterator[PriceStep]:
    """One price for all months, but for the first ones, a cent dearer, and a last one that is cut short."""
    amounts = [each.amount for each in split(whole, [_weight(each) for each in months])]
    before: Decimal | None = None
    for month, amount in zip(months, amounts, strict=True):
        price = amount if month.days == month.of_days else _monthly(amount, month, whole.currency)
        if price != before:
            yield PriceStep(starts_on=month.starts_on, monthly_price=price)
        before = price


def _monthly(amount: Decimal, month: Period, currency: Currency) -> Decimal:
    """The price of a whole month of which some days come to an amount."""
    price = (amount * month.of_days / month.days).quantize(_EXACT)
    return price if prorated(price, month.days, month.of_days, currency) == amount else amount


def _share(whole: Money, billed: list[Period]) -> Decimal:
    weights = sum((_weight(each) for each in billed), Decimal(0))
    return cut(whole.amount / weights, whole.currency)


def _weight(period: Period) -> Decimal:
    return Decimal(period.days) / period.of_days


def _periods(line: DealLine, frequency: BillingFrequency) -> list[Period]:
    """The periods of a line; none, where its days are missing or the wrong way round."""
    if line.starts_on is None or line.ends_on is None:
        return []
    before = line.ends_on + dt.timedelta(days=1)
    found = periods(frequency, Anchor.ANNIVERSARY, starts_on=line.starts_on, ends_before=before, through=line.ends_on)
    return list(found)


def _stated(line: DealLine) -> Money:
    return Money(amount=rounded(line.amount.amount, line.amount.currency), currency=line.amount.currency)
