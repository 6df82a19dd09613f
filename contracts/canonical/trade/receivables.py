"""Receivables: days outstanding, statutory interest, and a limit that counts what was accepted (KPI-7, COL-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Context, Decimal, localcontext
from typing import Annotated, Final

from contracts.canonical.field import Noun, Record, fact
from contracts.canonical.money import Currency
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.rounding import PRECISION, cut

YEAR_DAYS: Final = 365
STATUTORY_MARGIN: Final = Decimal(8)
COMPENSATION_EUR: Final = Decimal(40)


class DaysOutstanding(Noun, frozen=True, kw_only=True):
    """How long sales wait for cash: in all, at best, and what is late of it. `delinquent` is their difference."""

    outstanding: Annotated[Decimal, fact("Days sales outstanding", Record.SLUICE, unit="days")]
    best_possible: Annotated[Decimal, fact("If nothing were late", Record.SLUICE, unit="days")]
    delinquent: Annotated[Decimal, fact("Average days delinquent", Record.SLUICE, unit="days")]


class LateCharge(Noun, frozen=True, kw_only=True):
    """What a debtor owes for paying late, by Directive 2011/7/EU."""

    days: Annotated[int, fact("Days late", Record.SLUICE, unit="days")]
    percent: Annotated[Decimal, fact("Reference rate and margin", Record.SLUICE, unit="percent a year")]
    interest: Annotated[Decimal, fact("Simple interest", Record.SLUICE)]
    compensation: Annotated[Decimal, fact("Fixed sum", Record.SLUICE)]


class LimitDecision(Noun, frozen=True, kw_only=True):
    """Whether an order fits under a limit, and what the limit leaves after the decision."""

    amount: Decimal
    accepted: bool
    left: Decimal


def days_outstanding(*, receivables: Decimal, current: Decimal, credit_sales: Decimal, days: int) -> DaysOutstanding:
    """Receivables over the credit sales of a period, in days; `current` is what of them is not yet due (KPI-7).

    Raises:
        ValueError: there were no sales or no days, so that there is nothing to divide by.

    """
    if credit_sales <= 0 or days <= 0:
        raise ValueError(f"days outstanding need sales in days; there were {credit_sales} in {days}")
    with localcontext(Context(prec=PRECISION)):
        outstanding, best = receivables * days / credit_sales, current * days / credit_sales
    return DaysOutstanding(outstanding=outstanding, best_possible=best, delinquent=outstanding - best)


def late_charge(
    amount: Decimal,
    currency: Currency,
    *,
    due_on: dt.date,
    paid_on: dt.date,
    reference_percent: Decimal,
    margin_percent: Decimal = STATUTORY_MARGIN,
    compensation: Decimal = COMPENSATION_EUR,
    mode: Rounding = Rounding.HALF_UP,
) -> LateCharge:
    """Simple interest from the day after the due date, of 365 days a year, and a fixed sum; both zero in time (COL-3).

    `compensation` is in the currency of the amount; its default is the sum in euros.
    """
    days = max(0, (paid_on - due_on).days)
    percent = reference_percent + margin_percent
    with localcontext(Context(prec=PRECISION)):
        interest = cut(amount * percent * days / (100 * YEAR_DAYS), currency, mode=mode)
    return LateCharge(days=days, percent=percent, interest=interest, compensation=compensation if days else Decimal(0))


def within_limit(limit: Decimal, orders: Iterable[Decimal], *, accepted: Decimal = Decimal(0)) -> list[LimitDecision]:
    """Orders in turn against one limit for all of them; one that does not fit is refused and uses nothing up.

    `accepted` is what earlier orders used.

    Raises:
        ValueError: an order is negative; what is returned is a credit, not an order.

    """
    found = []
    for amount in orders:
        if amount < 0:
            raise ValueError(f"an order of {amount} is none")
        fits = accepted + amount <= limit
        accepted += amount if fits else Decimal(0)
        found.append(LimitDecision(amount=amount, accepted=fits, left=limit - accepted))
    return found
