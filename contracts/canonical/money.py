"""Money: a decimal amount and a currency, cut to minor units only where an amount is stated (MON-1, -2, -5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Final

from msgspec import Meta

from contracts.canonical.field import Noun

Currency = Annotated[str, Meta(description="ISO 4217 code", pattern="^[A-Z]{3}$", examples=["EUR"])]

_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(("JPY", "KRW", "CLP", "VND", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG", "RWF", "VUV"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_TWO: Final = 2


class Money(Noun, frozen=True, kw_only=True):
    """An amount in one currency. `amount` is a decimal in major units (12.50), sent as a string."""

    amount: Annotated[Decimal, Meta(description="Decimal in major units", examples=["1250.00"])]
    currency: Currency


def exponent(currency: str) -> int:
    """How many digits the minor unit of a currency has (ISO 4217)."""
    return _EXPONENTS.get(currency, _TWO)


def quantum(currency: str) -> Decimal:
    """The smallest amount a currency can state: 0.01 EUR, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-exponent(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Cut to minor units, halves away from zero, so that a credit is exactly minus its invoice (MON-2)."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


def total(amounts: Iterable[Money]) -> dict[str, Decimal]:
    """The sum of amounts for each currency; amounts of different currencies are never added."""
    sums: dict[str, Decimal] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    return sums


def split(whole: Money, weights: Sequence[Decimal]) -> list[Money]:
    """Share an amount by weights so that the parts sum to the whole, by largest remainder (MON-5).

    Raises:
        ValueError: there is no weight, a weight is negative, or all are zero.

    """
    if not weights or any(weight < 0 for weight in weights) or not any(weights):
        message = "a split needs at least one positive weight and no negative one"
        raise ValueError(message)
    unit = quantum(whole.currency)
    units = int(whole.amount / unit)
    if units * unit != whole.amount:
        message = f"{whole.amount} {whole.currency} is finer than the currency's minor unit"
        raise ValueError(message)
    sign, units = (-1 if units < 0 else 1), abs(units)
    everything = sum(weights, Decimal(0))
    exact = [Decimal(units) * weight / everything for weight in weights]
    shares = [int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for index in by_remainder[: units - sum(shares)]:
        shares[index] += 1
    return [Money(amount=sign * share * unit, currency=whole.currency) for share in shares]
