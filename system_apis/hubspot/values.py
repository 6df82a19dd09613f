"""What the text of a property means: an amount, a day, a moment, a length of time; the vendor knows only texts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from contracts.canonical.money import Money, rounded
from contracts.problem import Kind, Problem

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLIS: Final = re.compile(r"-?\d{6,}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TERM: Final = re.compile(r"P(\d{1,3})([MY])")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_YEAR: Final = 12


def number(text: str | None) -> Decimal | None:
    """A figure without an exponent or a needless trailing zero; nothing for no text.

    Raises:
        Problem: unexpected, for a text that is no figure.

    """
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise _mismatch("figure") from None
    if not found.is_finite():
        raise _mismatch("figure")
    whole = found == found.to_integral_value()
    return found.quantize(Decimal(1)) if whole else found.normalize()


def moment(text: str | None) -> dt.datetime | None:
    """A moment in UTC: the vendor writes some in milliseconds and some in ISO 8601.

    Raises:
        Problem: unexpected, for a text that is neither.

    """
    if not text:
        return None
    if _MILLIS.fullmatch(text):
        return _EPOCH + dt.timedelta(milliseconds=int(text))
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise _mismatch("moment") from None
    return found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC)


def millis(at: dt.datetime) -> int:
    """A moment in milliseconds, as filters take it."""
    return (at - _EPOCH) // dt.timedelta(milliseconds=1)


def at_millis(number_of: int) -> dt.datetime:
    """The moment that so many milliseconds are."""
    return _EPOCH + dt.timedelta(milliseconds=number_of)


def day(text: str | None, *, zone: ZoneInfo | None = None) -> dt.date | None:
    """A day: of a date as it stands, of a moment where the account is (in UTC unless said).

    Raises:
        Problem: unexpected, for a text that is neither.

    """
    if text and _DAY.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise _mismatch("day") from None
    at = moment(text)
    return at.astimezone(zone or dt.UTC).date() if at else None


def country(text: str | None) -> str | None:
    """A country code; nothing for what is none."""
    return text if text and _COUNTRY.fullmatch(text) else None


def money(amount: Decimal, currency: str) -> Money:
    """With the digits of its currency; an amount finer than that is handed on as it is, for the process to refuse."""
    cut = rounded(amount, currency)
    return Money(amount=cut if cut == amount else amount, currency=currency)


def months(text: str | None) -> int | None:
    """How many months a term such as P12M has; nothing for one that is not counted in months or years."""
    found = _TERM.fullmatch(text or "")
    if found is None:
        return None
    return int(found.group(1)) * (_YEAR if found.group(2) == "Y" else 1)


def last_day(first: dt.date, *, of_months: int) -> dt.date:
    """The last day of so many months that begin on a day."""
    counted = first.year * _YEAR + first.month - 1 + of_months
    year, month = divmod(counted, _YEAR)
    beyond = dt.date(year, month + 1, 1)
    following = dt.date(year + (month + 1) // _YEAR, (month + 1) % _YEAR + 1, 1)
    length = (following - beyond).days
    return beyond.replace(day=min(first.day, length)) - dt.timedelta(days=1)


def _mismatch(noun: str) -> Problem:
    return Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"a property that should be a {noun} is none")
