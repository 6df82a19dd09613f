from __future__ import annotations

import datetime as dt
from itertools import islice

import msgspec
import pytest

from kit.durable.calendar import Calendar, Window
from kit.durable.cron import Cron

BERLIN = b"""{"zone": "Europe/Berlin", "hours": [{"opens": "08:00:00", "closes": "12:00:00"},
    {"opens": "13:00:00", "closes": "17:00:00"}], "holidays": ["2026-12-25"]}"""


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-20T09:30", "2026-11-20T09:30"),  # Friday 10:30 in Berlin: open
        ("2026-11-20T11:10", "2026-11-20T12:00"),  # at lunch
        ("2026-11-20T16:00", "2026-11-23T07:00"),  # closed since 17:00, then a weekend
        ("2026-12-24T16:30", "2026-12-28T07:00"),  # a holiday on a Friday
        ("2026-03-27T17:00", "2026-03-30T06:00"),  # summer time began in between
    ],
)
def test_a_calendar_opens(at: str, opens: str) -> None:
    """In hours a moment stays as it is; outside it is the next opening, over weekends, holidays and changed clocks."""
    calendar = msgspec.json.decode(BERLIN, type=Calendar)
    assert utc(opens) == calendar.next_open(utc(at))
    assert calendar.is_open(utc(opens))


def test_business_days() -> None:
    """Days are counted without weekends and holidays."""
    calendar = msgspec.json.decode(BERLIN, type=Calendar)
    assert dt.date(2026, 12, 28) == calendar.next_business_day(dt.date(2026, 12, 24))
    assert dt.date(2026, 12, 29) == calendar.next_business_day(dt.date(2026, 12, 24), after=2)
    assert dt.date(2026, 12, 28) == calendar.next_business_day(dt.date(2026, 12, 25), after=0)
    assert dt.date(2026, 12, 24) == calendar.next_business_day(dt.date(2026, 12, 24), after=0)


@pytest.mark.req(231)
def test_a_window_with_a_blackout() -> None:
    """A batch window opens on its days at night, and not in a blackout."""
    window = msgspec.convert(
        {
            "calendar": {
                "zone": "Europe/London",
                "days": [0, 1, 2, 3, 4, 5, 6],
                "hours": [{"opens": "20:00:00", "closes": "00:00:00"}],
            },
            "days_of_month": [1, -1],
            "blackouts": [{"starts": "2026-11-30T00:00:00Z", "ends": "2026-12-01T21:30:00Z", "reason": "close"}],
        },
        Window,
    )
    assert utc("2026-12-01T21:30") == window.next_open(utc("2026-11-20T12:00"))
    assert utc("2026-12-31T20:00") == window.next_open(utc("2026-12-02T00:00"))
    with pytest.raises(ValueError, match="time zone"):
        window.next_open(utc("2026-12-02T00:00").replace(tzinfo=None))
    with pytest.raises(ValueError, match="does not open"):
        Window(calendar=Calendar(zone="UTC", days=())).next_open(utc("2026-12-02T00:00"))


@pytest.mark.parametrize(
    ("words", "at", "due"),
    [
        ("30 2 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),  # autumn: once
        ("30 2 * * *", "2026-10-25T00:45", ["2026-10-26T01:30"]),  # the repeated hour is not due again
        ("30 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),  # spring: when clocks moved
        ("0 20 L * *", "2026-02-01T00:00", ["2026-02-28T19:00", "2026-03-31T18:00"]),
        ("*/30 8-9 * * mon-fri", "2026-11-20T07:45", ["2026-11-20T08:00", "2026-11-20T08:30", "2026-11-23T07:00"]),
        ("0 0 1 jan *", "2026-11-20T00:00", ["2026-12-31T23:00"]),
        ("0 12 13 * fri", "2026-11-09T00:00", ["2026-11-13T11:00", "2026-11-20T11:00"]),
    ],
)
@pytest.mark.req(240)
def test_a_schedule_by_the_local_clock(words: str, at: str, due: list[str]) -> None:
    """A schedule follows the clock on the wall, through both changes of clocks, each local time once."""
    found = list(islice(Cron(words, "Europe/Berlin").after(utc(at)), len(due)))
    assert [utc(each) for each in due] == [moment for _, moment in found]
    assert len(found) == len({local for local, _ in found})


@pytest.mark.parametrize("words", ["* * *", "60 * * * *", "x * * * *", "* * 0 * *", "*/0 * * * *"])
def test_nonsense_is_no_schedule(words: str) -> None:
    """What makes no schedule is refused when it is written."""
    with pytest.raises(ValueError, match=r"schedule|outside|number"):
        Cron(words, "UTC")
