"""Money, moments and lengths of time as people read them; pure, in English and UTC, every amount with its currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from contracts.canonical.money import Money, rounded

NOTHING: Final = "\N{EN DASH}"
_THIN: Final = "\N{NO-BREAK SPACE}"
_STEPS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def money(amount: Money | None) -> str:
    """An amount to its minor unit, thousands apart: `1,250.00 EUR`; a dash where there is none."""
    return NOTHING if amount is None else _written(amount.amount, amount.currency)


def sums(amounts: dict[str, Decimal]) -> str:
    """Totals by currency, the largest first; amounts of two currencies are never added."""
    ordered = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return " + ".join(_written(amount, currency) for currency, amount in ordered) or NOTHING


def moment(at: dt.datetime | None) -> str:
    """A moment to the minute in UTC; a dash where there is none."""
    return NOTHING if at is None else at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def second(at: dt.datetime | None) -> str:
    """A moment to the second in UTC, where its day is told beside it or is today; a dash where there is none."""
    return NOTHING if at is None else at.astimezone(dt.UTC).strftime("%H:%M:%S")


def machine(at: dt.datetime) -> str:
    """A moment as `<time datetime>` wants it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def length(seconds: float | dt.timedelta | None) -> str:
    """A length of time by its two largest units: `3 d 4 h`, `12 min 5 s`; below a second in milliseconds."""
    if seconds is None:
        return NOTHING
    total = seconds.total_seconds() if isinstance(seconds, dt.timedelta) else float(seconds)
    sign, total = ("\N{MINUS SIGN}" if total < 0 else ""), abs(total)
    if 0 < total < 1:
        return f"{sign}{round(total * 1_000)}{_THIN}ms"
    rest = round(total)
    parts: list[str] = []
    for size, unit in _STEPS:
        count, rest = divmod(rest, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{_THIN}{unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return sign + " ".join(parts)


def until(at: dt.datetime | None, now: dt.datetime) -> str:
    """How far away a moment is, in words that can stand alone: `in 3 h`, `4 min ago`, `now`."""
    if at is None:
        return NOTHING
    seconds = (at - now).total_seconds()
    if abs(seconds) < 1:
        return "now"
    told = length(abs(seconds))
    return f"in {told}" if seconds > 0 else f"{told} ago"


def words(code: str) -> str:
    """A name as prose: `waiting_approval` becomes `waiting approval`."""
    return code.replace("_", " ").replace("-", " ")


def heading(code: str) -> str:
    """The same with a capital at the front."""
    told = words(code)
    return told[:1].upper() + told[1:]


def share(part: float, whole: float) -> float:
    """A part of a whole as a number from 0 to 100; 0 of nothing."""
    return 0.0 if whole <= 0 else max(0.0, min(100.0, 100.0 * part / whole))


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a, b and c`."""
    *most, last = [*names] or [NOTHING]
    return f"{', '.join(most)} and {last}" if most else last


def _written(amount: Decimal, currency: str) -> str:
    return f"{rounded(amount, currency):,}{_THIN}{currency}"
