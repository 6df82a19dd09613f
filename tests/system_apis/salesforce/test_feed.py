"""The cursor of the change feed: leaves nothing out within a second, and refuses what was not handed out."""

import base64
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.problem import Kind, Problem
from system_apis.salesforce.feed import Cursor, Seen, advanced, decoded, encoded

pytestmark = pytest.mark.req(32, 120)

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(seconds=1)


def seen(number: int, *, won: bool = False, stamp: dt.datetime = NOON) -> Seen:
    """A record as it was met."""
    return Seen(id=f"006{number:015}", won=won, stamp=stamp)


def test_a_cursor_comes_back_as_it_went() -> None:
    """Encoding and decoding are each other's opposite; the empty text is no cursor."""
    cursor = Cursor(since=NOON, after=seen(1).id, entries=[seen(2).entry])

    assert cursor == decoded(encoded(cursor))
    assert decoded(encoded(None)) is None


@given(place=st.integers(min_value=0), letter=st.sampled_from("Az09-_=% "))
def test_a_cursor_that_was_touched_is_refused(place: int, letter: str) -> None:
    """Any letter changed, and any text of somebody else's, is invalid and never a query."""
    text = encoded(Cursor(since=NOON, entries=[seen(1).entry]))
    place %= len(text)
    touched = text[:place] + letter + text[place + 1 :]
    if base64.urlsafe_b64decode(text + "==") == _bytes(touched):
        return

    with pytest.raises(Problem) as refused:
        decoded(touched)
    assert Kind.INVALID is refused.value.kind


@pytest.mark.parametrize("text", ["x", "AAAA", "ä", "%%%", encoded(Cursor(since=NOON, after="1' OR Id != '"))])
def test_a_foreign_text_is_refused(text: str) -> None:
    """Even one with a right checksum, when it holds what cannot be an id."""
    with pytest.raises(Problem) as refused:
        decoded(text)
    assert "cursor_invalid" == refused.value.code


def test_a_record_met_before_is_known_only_in_the_same_state() -> None:
    """Within a second a deal may be won after it was read."""
    cursor = advanced(None, [seen(1), seen(2)])

    assert cursor is not None
    assert [True, False, False, False] == [
        cursor.met(record) for record in (seen(1), seen(1, won=True), seen(3), seen(1, stamp=LATER))
    ]


def test_a_second_is_remembered_until_the_next_one_is_read() -> None:
    """Records of the same second add up; a later second forgets them."""
    first = advanced(None, [seen(1)])
    second = advanced(first, [seen(2)])
    third = advanced(second, [seen(3, stamp=LATER)])

    assert second == Cursor(since=NOON, entries=[seen(1).entry, seen(2).entry])
    assert third == Cursor(since=LATER, entries=[seen(3, stamp=LATER).entry])
    assert third == advanced(third, [])


def test_a_crowded_second_goes_on_by_id() -> None:
    """A bulk load does not make the cursor grow without end."""
    crowd = [seen(number) for number in range(60)]
    cursor = advanced(None, crowd)

    assert Cursor(since=NOON, after=crowd[-1].id) == cursor
    assert Cursor(since=NOON, after=seen(61).id) == advanced(cursor, [seen(61)])


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
