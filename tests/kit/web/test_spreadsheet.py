"""A table to take away holds no formula, whatever somebody typed."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from kit.web import csv_of


@pytest.mark.parametrize(
    "typed",
    [
        '=HYPERLINK("http://evil.example","open")',
        "+1+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "\N{FULLWIDTH EQUALS SIGN}1+1",
    ],
)
def test_a_cell_that_would_run_is_plain_text(typed: str) -> None:
    """Whatever a spreadsheet would take for a formula gets an apostrophe in front and is otherwise as typed."""
    read = list(csv.reader(io.StringIO(csv_of(["a"], [[typed]]).decode("utf-8-sig"), newline="")))

    assert [["a"], [f"'{typed}"]] == read


def test_numbers_moments_and_quotes_survive() -> None:
    """A negative amount stays a number; a comma, a quote and a new line stay in their cell; nothing is empty."""
    at = dt.datetime(2026, 11, 20, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    raw = csv_of(["amount", "at", "text", "none"], [[Decimal("-12.50"), at, 'a "b", c\nd', None]])

    assert [
        ["amount", "at", "text", "none"],
        ["-12.50", "2026-11-20T11:00:00Z", 'a "b", c\nd', ""],
    ] == list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert raw.startswith("\ufeff".encode())
