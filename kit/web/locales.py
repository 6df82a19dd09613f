"""Amounts, numbers and days as a reader's browser asks for them (Accept-Language); what people type is read back alike.

The text of pages is English; only figures follow the reader. Separators and the order of a day are those of the Unicode
CLDR. Without a preference that is known here, figures stand as `kit.web.formats` writes them: `1,250.00`, `2026-11-20`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from contracts.canonical.money import Money, rounded
from kit.web.formats import NOTHING

_FIXED: Final = "\N{NO-BREAK SPACE}"
_NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
_QUOTE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"
_MOST_TAGS: Final = 20
_QUALITY: Final = re.compile(r"\s*([A-Za-z0-9*-]{1,35})\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """How one language and country writes figures."""

    tag: str
    point: str = "."
    group: str = ","
    date: str = "%Y-%m-%d"

    def number(self, value: Decimal | int) -> str:
        """A number with all of its places but empty ones at the end."""
        plain = format(_unsigned_zero(Decimal(value)), "f")
        whole, _, places = plain.partition(".")
        return self._spelt(whole, places.rstrip("0"))

    def amount(self, value: Decimal, currency: str) -> str:
        """An amount to the minor unit of its currency, without the currency."""
        whole, _, places = format(_unsigned_zero(rounded(value, currency)), "f").partition(".")
        return self._spelt(whole, places)

    def money(self, money: Money | None) -> str:
        """An amount with its currency; a dash where there is none."""
        return NOTHING if money is None else f"{self.amount(money.amount, money.currency)}{_FIXED}{money.currency}"

    def sums(self, amounts: Mapping[str, Decimal]) -> str:
        """Totals by currency, the largest first; amounts of two currencies are never added."""
        ordered = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
        return " + ".join(self.money(Money(amount=each, currency=code)) for code, each in ordered) or NOTHING

    def day(self, day: dt.date | None) -> str:
        """A day; a dash where there is none."""
        return NOTHING if day is None else day.strftime(self.date)

    def moment(self, at: dt.datetime | None) -> str:
        """A moment to the minute, in UTC; a dash where there is none."""
        if at is None:
            return NOTHING
        told = at.astimezone(dt.UTC)
        return f"{self.day(told)} {told:%H:%M} UTC"

    def read(self, text: str) -> Decimal | None:
        """The number that somebody typed in this way of writing; None for anything else, which is never guessed at.

        Groups are taken only in threes, so that a point for a comma is not read as a thousandfold.
        """
        typed = text.strip()
        if self.group in (_FIXED, _NARROW, _QUOTE):
            typed = re.sub(rf"(?<=\d)[ {_FIXED}{_NARROW}'{_QUOTE}](?=\d{{3}}(?!\d))", self.group, typed)
        group, point = re.escape(self.group), re.escape(self.point)
        if not re.fullmatch(rf"-?([0-9]{{1,18}}|[0-9]{{1,3}}({group}[0-9]{{3}}){{1,5}})({point}[0-9]{{1,9}})?", typed):
            return None
        return Decimal(typed.replace(self.group, "").replace(self.point, "."))

    def _spelt(self, whole: str, places: str) -> str:
        digits = f"{int(whole):,}".replace(",", self.group)
        sign = "-" if whole.startswith("-") and not digits.startswith("-") else ""
        return sign + digits + (self.point + places if places else "")


def _unsigned_zero(value: Decimal) -> Decimal:
    return value or abs(value)


_POINTS: Final = {"point": ",", "group": "."}
_SPACED: Final = {"point": ",", "group": _FIXED}
PLAIN: Final = Local(tag="en")
KNOWN: Final[Mapping[str, Local]] = MappingProxyType(
    {
        "en": PLAIN,
        "en-us": Local(tag="en-US", date="%m/%d/%Y"),
        "en-gb": Local(tag="en-GB", date="%d/%m/%Y"),
        "de": Local(tag="de", date="%d.%m.%Y", **_POINTS),
        "de-at": Local(tag="de-AT", date="%d.%m.%Y", **_SPACED),
        "de-ch": Local(tag="de-CH", date="%d.%m.%Y", group=_QUOTE),
        "fr": Local(tag="fr", date="%d/%m/%Y", point=",", group=_NARROW),
        "it": Local(tag="it", date="%d/%m/%Y", **_POINTS),
        "es": Local(tag="es", date="%d/%m/%Y", **_POINTS),
        "nl": Local(tag="nl", date="%d-%m-%Y", **_POINTS),
        "da": Local(tag="da", date="%d.%m.%Y", **_POINTS),
        "nb": Local(tag="nb", date="%d.%m.%Y", **_SPACED),
        "fi": Local(tag="fi", date="%d.%m.%Y", **_SPACED),
        "sv": Local(tag="sv", **_SPACED),
        "pl": Local(tag="pl", date="%d.%m.%Y", **_SPACED),
        "ja": Local(tag="ja", date="%Y/%m/%d"),
    }
)


def local_of(accepted: str) -> Local:
    """The way of writing that an Accept-Language header prefers; `PLAIN` where it names none that is known."""
    wanted: list[tuple[float, int, str]] = []
    for place, each in enumerate(accepted.split(",")[:_MOST_TAGS]):
        found = _QUALITY.fullmatch(each)
        if found is not None:
            wanted.append((-float(found[2] or 1), place, found[1].lower()))
    for quality, _, tag in sorted(wanted):
        known = KNOWN.get(tag) or KNOWN.get(tag.partition("-")[0])
        if quality and known is not None:
            return known
    return PLAIN
