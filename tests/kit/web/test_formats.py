"""What people read: money, moments and lengths of time."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.money import Money
from kit.web import formats

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("1250000.5", "EUR", "1,250,000.50 EUR"),
        ("1250.4", "JPY", "1,250 JPY"),
        ("-3", "KWD", "-3.000 KWD"),
    ],
)
def test_an_amount_ends_at_the_minor_unit_of_its_currency(amount: str, currency: str, told: str) -> None:
    """Two digits for euros, none for yen, three for dinars; the currency always stands beside it."""
    shown = formats.money(Money(amount=Decimal(amount), currency=currency))

    assert told == shown.replace("\N{NO-BREAK SPACE}", " ")


def test_amounts_of_two_currencies_are_told_side_by_side() -> None:
    """They are never added."""
    shown = formats.sums({"USD": Decimal(5), "EUR": Decimal(7)})

    assert "7.00 EUR + 5.00 USD" == shown.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (7_200, "2 h"),
        (7_205, "2 h"),
        (100_000, "1 d 3 h"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(seconds: float, told: str) -> None:
    """What is smaller does not matter beside what is larger."""
    assert told == formats.length(seconds).replace("\N{NO-BREAK SPACE}", " ")


def test_a_moment_is_told_by_its_distance() -> None:
    """Past and future are told apart, and nothing is nothing."""
    told = [formats.until(NOON + dt.timedelta(hours=hours), NOON) for hours in (-2, 0, 3)]

    assert ["2 h ago", "now", "in 3 h"] == [each.replace("\N{NO-BREAK SPACE}", " ") for each in told]
    assert formats.NOTHING == formats.until(None, NOON)
