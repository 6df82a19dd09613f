import base64
import datetime as dt
import random
from collections.abc import Iterable

import pytest

from contracts.problem import Problem
from system_apis.netsuite import feed
from system_apis.netsuite.feed import Cursor, Met

NOON = dt.datetime(2027, 1, 31, 12)  # noqa: DTZ001 - the account's own time, as the feed keeps it


def at(second: int, number: int, state: str = "s") -> Met:
    return Met(stamp=NOON + dt.timedelta(seconds=second), id=number, state=state)


def read(cursor: Cursor | None, rows: Iterable[Met], *, limit: int) -> tuple[list[Met], Cursor | None]:
    """What the room does with one page: above the floor, in order, without what was met."""
    known = cursor.met if cursor else []
    floor = (cursor.floor, cursor.floor_id) if cursor else (dt.datetime.min, 0)  # noqa: DTZ901 - before every row
    found = sorted((one for one in rows if (one.stamp, one.id) > floor), key=lambda one: (one.stamp, one.id))
    fresh = [one for one in found[: limit + len(known)] if one not in known][:limit]
    return fresh, feed.decoded(feed.encoded(feed.advanced(cursor, fresh)))


def drained(cursor: Cursor | None, rows: Iterable[Met], *, limit: int) -> tuple[list[Met], Cursor | None]:
    everything: list[Met] = []
    while True:
        fresh, cursor = read(cursor, rows, limit=limit)
        everything += fresh
        if not fresh:
            return everything, cursor


@pytest.mark.parametrize("limit", [1, 7, 200])
@pytest.mark.parametrize("crowd", [3, 39, 41, 150])
def test_a_crowd_in_one_second_is_read_once_each(limit: int, crowd: int) -> None:
    """However many share a second, pages go on, end, and repeat nothing."""
    rows = [at(0, number) for number in range(1, crowd + 1)] + [at(90, 999)]
    seen, _ = drained(None, rows, limit=limit)
    assert rows == seen


def test_what_becomes_readable_late_is_not_missed() -> None:
    """A change with a stamp before the newest, and one more in a second already read, are told by the next page."""
    rows = [at(0, 5), at(40, 7), at(60, 9)]
    _, cursor = drained(None, rows, limit=10)
    late, again = at(45, 3), at(60, 9, "paid")
    seen, cursor = drained(cursor, [*rows[:2], late, again], limit=10)
    assert [late, again] == seen
    assert [] == read(cursor, [*rows[:2], late, again], limit=10)[0]


def test_no_order_of_changes_loses_the_last_state() -> None:
    """Three hundred changes by chance, read as they come by pages of chance: every document is told as it ended."""
    chance = random.Random(11)
    held: dict[int, Met] = {}
    told: dict[int, Met] = {}
    cursor: Cursor | None = None
    second = 0
    for turn in range(300):
        second += chance.choice([0, 0, 1, 20])
        number = chance.randrange(1, 60)
        held[number] = at(second, number, f"s{turn}")
        if chance.random() < 0.3:
            fresh, cursor = read(cursor, held.values(), limit=chance.choice([1, 2, 50]))
            told |= {one.id: one for one in fresh}
    fresh, _ = drained(cursor, held.values(), limit=50)
    assert held == told | {one.id: one for one in fresh}


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-4], lambda text: "A" + text[1:], lambda _: "!", lambda _: "AAAA"]
)
def test_a_cursor_that_was_touched_is_refused(spoil: object) -> None:
    """Cut, changed, or never ours."""
    text = feed.encoded(feed.advanced(None, [at(0, 1)]))
    assert callable(spoil)
    with pytest.raises(Problem) as caught:
        feed.decoded(spoil(text))
    assert "cursor_invalid" == caught.value.code


def test_a_cursor_stays_short_enough_for_an_address() -> None:
    """Also after a crowd within the seconds that are read again."""
    cursor = feed.encoded(feed.advanced(None, [at(0, 10_000_000 + number, "eight888") for number in range(500)]))
    assert len(cursor) < 4000
    assert base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def test_a_stamp_that_is_none_is_told() -> None:
    """An account that writes moments in another form is not guessed at."""
    with pytest.raises(Problem) as caught:
        feed.met({"id": "1", "modified": "31/01/2027 noon"})
    assert "vendor_answer_unreadable" == caught.value.code
