from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.audit.canonical import canonical, commitment

pytestmark = pytest.mark.req(290)

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    _TEXTS | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz_", min_size=1), inner, max_size=4),
    max_leaves=8,
)


def test_strings_are_spelt_as_the_standard_does() -> None:
    """The string of RFC 8785 section 3.2.2.2, whose control characters are spelt in the one way allowed."""
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"

    assert '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"' == canonical(text).decode()
    assert b'"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f"' == canonical("\b\t\n\f\r\x00\x1f\x7f")


@settings(max_examples=40)
@given(value=_VALUES)
def test_another_implementation_gives_the_same_bytes(value: object) -> None:
    """The standard library, told to sort and to escape nothing it need not, agrees on all that we write."""
    theirs = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert theirs.encode() == canonical(value)


def test_a_commitment_is_bound_to_name_salt_and_text() -> None:
    """None of the three may change, and none may borrow from its neighbour."""
    found = {
        commitment("actor", "olivia", salt="00"),
        commitment("actor", "olivia", salt="01"),
        commitment("actor", "oliver", salt="00"),
        commitment("acto", "rolivia", salt="00"),
        commitment("detail", "olivia", salt="00"),
    }

    assert 5 == len(found)
