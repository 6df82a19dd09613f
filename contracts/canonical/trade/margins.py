"""What work leaves over its cost, and what a changed price does to work that was priced before (RAT-7, RAT-8)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from contracts.canonical.field import Noun, Record, fact
from contracts.canonical.pricing import Price
from contracts.canonical.trade.rounding import line_net


class RepriceWay(StrEnum):
    """How a changed price reaches work that was priced before."""

    NOTHING = "nothing"
    REVERSE_AND_REPLACE = "reverse_and_replace"
    CREDIT_AND_REBILL = "credit_and_rebill"
    HOLD = "hold"


class Repricing(Noun, frozen=True, kw_only=True):
    """What becomes of priced work: `reversal` is minus what stood, `replacement` what stands now."""

    way: RepriceWay
    reversal: Annotated[Decimal, fact("Minus the amount that stood", Record.SLUICE)] = Decimal(0)
    replacement: Annotated[Decimal, fact("The amount that stands now", Record.SLUICE)] = Decimal(0)


def margin_of(price: Price, *, worked_hours: Decimal, cost_rate: Decimal) -> Decimal:
    """What is billed less the cost of every hour worked, hours that nobody pays for included (rule RAT-7).

    `cost_rate` is the ERP's of the day of the work, in the currency of the price. Work without a price bills nothing.
    """
    return (price.amount or Decimal(0)) - line_net(worked_hours, cost_rate, price.currency)


def repricing(before: Price, after: Price, *, billed: bool) -> Repricing:
    """How a price resolved again replaces the one that stood (rule RAT-8).

    Unbilled work is reversed and replaced; billed work changes by credit and rebill only. When there is no price any
    more, what stood is held for a person. A price that is the same changes nothing.

    Raises:
        ValueError: the work had no price, or the two are in different currencies.

    """
    if before.amount is None:
        raise ValueError("work without a price has nothing to reverse")
    if before.currency != after.currency:
        raise ValueError(f"a price in {before.currency} is not replaced by one in {after.currency}")
    if after.amount is None:
        return Repricing(way=RepriceWay.HOLD)
    if (before.amount, before.rate, before.hours) == (after.amount, after.rate, after.hours):
        return Repricing(way=RepriceWay.NOTHING)
    way = RepriceWay.CREDIT_AND_REBILL if billed else RepriceWay.REVERSE_AND_REPLACE
    return Repricing(way=way, reversal=-before.amount, replacement=after.amount)
