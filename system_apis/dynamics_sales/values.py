"""Values as the business writes them: countries, dates, money with the digits of its currency, plain decimals."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Final

from contracts.canonical.money import Money, rounded

_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def country(value: str | None) -> str | None:
    """The code, when it is one."""
    return value if value and _COUNTRY.fullmatch(value) else None


def date(value: str | None) -> dt.date | None:
    """The day, when there is one."""
    return dt.date.fromisoformat(value) if value else None


def money(amount: Decimal, currency: str) -> Money:
    """With the digits of its currency; an amount finer than that is handed on as it is, for the process to refuse."""
    cut = rounded(amount, currency)
    return Money(amount=cut if cut == amount else amount, currency=currency)


def plain(number: Decimal) -> Decimal:
    """Without an exponent or a needless trailing zero: the vendor writes 320 as 320.0000, and may write 3.2E2."""
    whole = number == number.to_integral_value()
    return number.quantize(Decimal(1)) if whole else number.normalize()
