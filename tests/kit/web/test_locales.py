"""Figures as a reader's browser asks for them, and what is typed read back without guessing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.money import Money
from kit.web.formats import NOTHING
from kit.web.locales import KNOWN, PLAIN, local_of

DAY = dt.date(2026, 11, 4)


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("de-CH", "de-CH"),
        ("en-GB,en-US;q=0.9", "en-GB"),
        ("xx,fr;q=0.4,nl;q=0.7", "nl"),
        ("tlh, *", "en"),
        ("de;q=0, it;q=0.1", "it"),
        ("", "en"),
        (";;;q=nonsense,,", "en"),
    ],
)
def test_the_reader_is_met_in_the_first_way_of_writing_that_is_known(accepted: str, tag: str) -> None:
    """By quality, then by place; a country falls back on its language, the unknown on the plain one."""
    assert tag == local_of(accepted).tag


@pytest.mark.parametrize(
    ("tag", "amount", "day"),
    [
        ("en", "-1,234,567.50 EUR", "2026-11-04"),
        ("en-us", "-1,234,567.50 EUR", "11/04/2026"),
        ("de", "-1.234.567,50 EUR", "04.11.2026"),
        ("de-ch", "-1\N{RIGHT SINGLE QUOTATION MARK}234\N{RIGHT SINGLE QUOTATION MARK}567.50 EUR", "04.11.2026"),
        ("fr", "-1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567,50 EUR", "04/11/2026"),
    ],
)
def test_amounts_and_days_are_written_as_the_place_does(tag: str, amount: str, day: str) -> None:
    """Separators and the order of a day follow the place; the currency always stands behind the amount."""
    local = KNOWN[tag]
    money = Money(amount=Decimal("-1234567.5"), currency="EUR")

    assert amount == local.money(money).replace("\N{NO-BREAK SPACE}", " ")
    assert day == local.day(DAY)
    assert f"{day} 09:05 UTC" == local.moment(dt.datetime(2026, 11, 4, 9, 5, tzinfo=dt.UTC))


def test_minor_units_are_those_of_the_currency_and_nothing_is_a_dash() -> None:
    """Yen have none, dinars three; quantities lose their empty places; sums stay apart by currency."""
    german = KNOWN["de"]

    assert ("1.235", "1,234") == (german.amount(Decimal("1234.5"), "JPY"), german.amount(Decimal("1.234"), "KWD"))
    assert ("16", "0,25", "-0,5") == tuple(german.number(Decimal(each)) for each in ("16.00", "0.250", "-0.50"))
    assert {NOTHING} == {german.money(None), german.day(None), german.moment(None), german.sums({})}
    assert ("0,00", "0") == (german.amount(Decimal("-0.001"), "EUR"), german.number(Decimal("-0.0")))
    both = german.sums({"USD": Decimal(5), "EUR": Decimal(7)}).replace("\N{NO-BREAK SPACE}", " ")
    assert "7,00 EUR + 5,00 USD" == both


@pytest.mark.parametrize("tag", KNOWN)
@pytest.mark.parametrize("text", ["0.50", "-12500.00", "999", "1234567.89"])
def test_what_is_written_is_read_back(tag: str, text: str) -> None:
    """Every place reads its own writing, with groups and without."""
    local = KNOWN[tag]

    assert Decimal(text) == local.read(local.amount(Decimal(text), "EUR"))
    assert Decimal(text) == local.read(text.replace(".", local.point))


@pytest.mark.parametrize("typed", ["1000.00", "1.00", "12.34.567", "1,2,3", "1e5", "NaN", "", "EUR 5", "--5", "5,"])
def test_what_could_mean_two_things_is_not_guessed_at(typed: str) -> None:
    """A point for a comma would be a thousandfold: a German gets it back."""
    assert KNOWN["de"].read(typed) is None


def test_blanks_and_apostrophes_of_a_keyboard_are_taken_for_the_groups_of_print() -> None:
    """Nobody types a narrow no-break space."""
    assert Decimal("20000.5") == KNOWN["fr"].read("20 000,5")
    assert Decimal("20000.5") == KNOWN["de-ch"].read("20'000.5")
    assert Decimal("20000.5") == PLAIN.read("20,000.5")
    assert KNOWN["fr"].read("2 0000") is None
