"""Revenue over time and after a change: straight line, re-plans, modifications, allocation (REV-5, REV-6, REV-9)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec.structs import replace

from contracts.canonical.field import Noun, Record, fact
from contracts.canonical.money import Currency, Money, split
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.sharing import to_owner


class RevenuePeriod(Noun, frozen=True, kw_only=True):
    """What a schedule recognises in one period; `weight` is its days, or one for each of equal periods."""

    period: Annotated[str, fact("Period", Record.ERP, example="2026-06")]
    amount: Annotated[Decimal, fact("Revenue of the period", Record.SLUICE)]
    weight: Annotated[Decimal, fact("Days, or one", Record.SLUICE)] = Decimal(1)
    posted: Annotated[bool, fact("Whether it can no longer change", Record.ERP)] = False


class Distinct(StrEnum):
    """Whether what is still to be delivered can be told apart from what was delivered."""

    ALL = "all"
    PARTLY = "partly"
    NONE = "none"


class Treatment(StrEnum):
    """What a modification is in the accounts (IFRS 15.20-21)."""

    SEPARATE_CONTRACT = "separate_contract"
    PROSPECTIVE = "prospective"
    CATCH_UP = "catch_up"
    MIXED = "mixed"


def straight_line(
    total: Decimal,
    periods: Sequence[tuple[str, Decimal]],
    currency: Currency,
    *,
    mode: Rounding = Rounding.HALF_UP,
) -> list[RevenuePeriod]:
    """An amount over periods by their weights, each cut; the last takes what is left, so that the sum holds (MON-5).

    Raises:
        ValueError: there is no period, or no weight is positive.

    """
    weights = [weight for _, weight in periods]
    whole = Money(amount=total, currency=currency)
    parts = to_owner(whole, weights, owner=len(weights) - 1, mode=mode)
    return [
        RevenuePeriod(period=period, amount=part.amount, weight=weight)
        for (period, weight), part in zip(periods, parts, strict=True)
    ]


def replanned(
    schedule: Sequence[RevenuePeriod], total: Decimal, currency: Currency, *, mode: Rounding = Rounding.HALF_UP
) -> list[RevenuePeriod]:
    """A schedule that comes to another total: posted periods stay, open ones share what they leave (rule REV-9).

    Raises:
        ValueError: no period is open.

    """
    still = [each for each in schedule if not each.posted]
    if not still:
        raise ValueError("every period is posted; nothing can be planned anew")
    rest = total - sum((each.amount for each in schedule if each.posted), Decimal(0))
    fresh = iter(straight_line(rest, [(each.period, each.weight) for each in still], currency, mode=mode))
    return [each if each.posted else replace(each, amount=next(fresh).amount) for each in schedule]


def treatment_of(*, added_distinct: bool, price: Decimal, standalone: Decimal, remaining: Distinct) -> Treatment:
    """What a modification is: `price` is what it adds, `standalone` what that would cost by itself (rule REV-6).

    A change that adds distinct goods or services at their own price is a contract of its own. Otherwise what
    remains decides: distinct from what was delivered, it is planned ahead; not distinct, it is caught up.
    """
    if added_distinct and price == standalone:
        return Treatment.SEPARATE_CONTRACT
    return {
        Distinct.ALL: Treatment.PROSPECTIVE,
        Distinct.NONE: Treatment.CATCH_UP,
        Distinct.PARTLY: Treatment.MIXED,
    }[remaining]


def prospective(
    unrecognised: Decimal,
    added: Decimal,
    periods: Sequence[tuple[str, Decimal]],
    currency: Currency,
    *,
    mode: Rounding = Rounding.HALF_UP,
) -> list[RevenuePeriod]:
    """What was not yet recognised and what the modification adds, together over what remains (rule REV-6 b)."""
    return straight_line(unrecognised + added, periods, currency, mode=mode)


def allocated(price: Money, standalone: Sequence[Decimal]) -> list[Money]:
    """A transaction price over obligations by their standalone prices, by largest remainder (rule REV-5).

    Raises:
        ValueError: no standalone price is positive, or one is negative.

    """
    return split(price, standalone)
