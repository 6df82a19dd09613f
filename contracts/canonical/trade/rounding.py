"""Cut amounts: by mode, from a quantity and a rate, and out of a gross amount (rules MON-2, MON-3, MON-8)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from typing import Final

from contracts.canonical.money import Currency, quantum
from contracts.canonical.pricing import Rounding

_MODES: Final = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.HALF_EVEN: ROUND_HALF_EVEN}
PRECISION: Final = 60


class CutSide(StrEnum):
    """Which part of a gross amount is rounded; the other is what remains (rule MON-8)."""

    NET = "net"
    TAX = "tax"


def cut(amount: Decimal, currency: Currency, *, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """An amount in minor units of its currency; minus an amount gives minus its cut, in either mode (rule MON-2)."""
    return to_step(amount, quantum(currency), mode=mode)


def to_step(value: Decimal, step: Decimal, *, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """A value cut to whole steps, as 0.25 hours or 0.01 euros.

    Raises:
        ValueError: the step is not positive.

    """
    if step <= 0:
        raise ValueError(f"a step of {step} cuts nothing")
    with localcontext(Context(prec=PRECISION)):
        steps = (value / step).quantize(Decimal(1), rounding=_MODES[mode])
        return steps * step


def line_net(
    quantity: Decimal,
    rate: Decimal,
    currency: Currency,
    *,
    allowance: Decimal = Decimal(0),
    mode: Rounding = Rounding.HALF_UP,
) -> Decimal:
    """Quantity at rate less allowance, cut once (rule MON-3)."""
    with localcontext(Context(prec=PRECISION)):
        return cut(quantity * rate - allowance, currency, mode=mode)


def tax_of(base: Decimal, percent: Decimal, currency: Currency, *, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """The tax on a base, cut once for the whole group (rule MON-4)."""
    with localcontext(Context(prec=PRECISION)):
        return cut(base * percent / 100, currency, mode=mode)


def out_of_gross(
    gross: Decimal, percent: Decimal, currency: Currency, *, side: CutSide, mode: Rounding = Rounding.HALF_UP
) -> tuple[Decimal, Decimal]:
    """Net and tax of an amount that includes its tax; they always sum to it (rule MON-8).

    Raises:
        ValueError: the percentage is not above -100.

    """
    if percent <= -100:
        raise ValueError(f"no amount includes {percent} per cent of tax")
    with localcontext(Context(prec=PRECISION)):
        if side is CutSide.NET:
            net = cut(gross * 100 / (100 + percent), currency, mode=mode)
            return net, gross - net
        tax = cut(gross * percent / (100 + percent), currency, mode=mode)
        return gross - tax, tax
