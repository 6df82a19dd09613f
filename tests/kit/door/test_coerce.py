"""JSON is read as strictly on the quick way as on the slow one, and says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.door.coerce import Unreadable, coerced, json_document

_TEXTS = st.text(alphabet=st.sampled_from(list('ab:",\\ {}[]é\n')), max_size=6)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(value=_VALUES, escaped=st.booleans(), spaced=st.booleans())
def test_what_is_json_is_read_as_everybody_reads_it(value: Any, *, escaped: bool, spaced: bool) -> None:
    """Whatever stands in the texts: colons, quotes and escapes are no members."""
    text = json.dumps(value, ensure_ascii=escaped, indent=1 if spaced else None).encode()
    found = json_document(text)
    assert (json.loads(text), repr(json.loads(text))) == (found, repr(found))


@settings(max_examples=200, deadline=None)
@given(name=_TEXTS, values=st.lists(_VALUES, min_size=2, max_size=2), escaped=st.booleans())
def test_a_member_named_twice_is_refused_wherever_it_stands(name: str, values: list[Any], *, escaped: bool) -> None:
    """Also when a text that goes or stays holds as many colons as were lost."""
    first, second = (json.dumps(each, ensure_ascii=escaped) for each in values)
    key = json.dumps(name, ensure_ascii=escaped)
    with pytest.raises(Unreadable, match="named twice"):
        json_document(f'[{{"x": {{{key}: {first}, {key} :{second}}}}}]'.encode())


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": ":", "a": 1}',
        b'{"a": 1, "\\u0061": "\\u003a"}',
        b'{"a": 1, "a": "\\u003a"}',
        b'{"a\\u003a": 1, "a:": 1}',
        b'{"a": {"b": 1}, "a": "::"}',
        b'{"a": NaN}',
        b'{"a": 1,}',
        b"",
        b'"\xff"',
        b'\xef\xbb\xbf{"a": 1}',
        b"[" * 50_000 + b"]" * 50_000,
        b"1" * 10_000,
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: bytes) -> None:
    """Members named twice under any spelling, constants, what is no UTF-8, what nobody can hold."""
    with pytest.raises(Unreadable):
        json_document(text)


@pytest.mark.parametrize(("raw", "expected"), [("7", 7), ("-3701784156533610774528", -3701784156533610774528)])
def test_an_integer_is_one_however_long(raw: str, expected: int) -> None:
    """A document without bounds allows numbers beyond 64 bits; what nobody could mean stays a text."""
    assert expected == coerced(raw, types={"integer"})
    assert "1" * 10_000 == coerced("1" * 10_000, types={"integer"})
