"""Splits whose parts always sum to the whole: by largest remainder, or with one owner of the difference (MON-5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, localcontext

from contracts.canonical.money import Money, split
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.rounding import PRECISION, cut


def equally(whole: Money, parts: int) -> list[Money]:
    """An amount in so many equal parts by largest remainder; the first parts carry what does not divide.

    Raises:
        ValueError: there is no part, or the amount is finer than the currency's minor unit.

    """
    return split(whole, [Decimal(1)] * parts)


def to_owner(whole: Money, weights: Sequence[Decimal], *, owner: int, mode: Rounding = Rounding.HALF_UP) -> list[Money]:
    """An amount by weights, each part cut; the part of `owner` is what the others leave, so that the sum holds.

    Raises:
        ValueError: there is no positive weight, one is negative, no part is the owner's, or the amount is
            finer than the currency's minor unit.

    """
    if not weights or any(weight < 0 for weight in weights) or not any(weights):
        raise ValueError("a split needs at least one positive weight and no negative one")
    if not 0 <= owner < len(weights):
        raise ValueError(f"there is no part {owner} to own the rounding")
    if cut(whole.amount, whole.currency) != whole.amount:
        raise ValueError(f"{whole.amount} {whole.currency} is finer than the currency's minor unit")
    with localcontext(Context(prec=PRECISION)):
        everything = sum(weights, Decimal(0))
        parts = [cut(whole.amount * weight / everything, whole.currency, mode=mode) for weight in weights]
        parts[owner] = whole.amount - (sum(parts, Decimal(0)) - parts[owner])
    return [Money(amount=part, currency=whole.currency) for part in parts]
