"""`$filter` of both dialects: comparisons, `and`, `or`, `not`, brackets, `substringof`, `startswith`, `contains`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from system_apis.sap_s4hana.simulator.refusal import malformed
from system_apis.sap_s4hana.simulator.schema import EntitySet, Kind

Test = Callable[[Mapping[str, Any]], bool]
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<typed>(?:datetimeoffset|datetime|guid|time)'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<number>-?\d+(?:\.\d+)?)[mMdDlL]?|(?P<name>\w+)|(?P<mark>[(),]))"
)
_COMPARED: Final = {"eq": eq, "ne": ne, "gt": gt, "ge": ge, "lt": lt, "le": le}
_CALLED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "substringof": lambda part, whole: part in whole,
    "contains": lambda whole, part: part in whole,
    "startswith": lambda whole, start: whole.startswith(start),
    "endswith": lambda whole, end: whole.endswith(end),
}


def test_of(text: str, entity: EntitySet) -> Test:
    """The test that a filter asks for.

    Raises:
        Refusal: it cannot be read, or names no property.

    """
    reader = _Reader(_tokens(text), entity)
    test = reader.either()
    if reader.left:
        raise malformed(f"Invalid filter near '{reader.left[0][1]}'")
    return test


def literal(kind: str, token: str) -> Any:
    """The value of a literal; dates of either dialect become what is stored."""
    if kind == "text":
        return token[1:-1].replace("''", "'")
    if kind == "number":
        return Decimal(token)
    if kind == "guid":
        return token.lower()
    if kind == "typed":
        name, _, value = token.partition("'")
        value = value[:-1]
        return value.lower() if name == "guid" else _instant(value)
    return _instant(token)


def _instant(value: str) -> dt.datetime:
    try:
        told = dt.datetime.fromisoformat(value)
    except ValueError:
        raise malformed(f"Invalid date '{value}'") from None
    return told if told.tzinfo else told.replace(tzinfo=dt.UTC)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise malformed(f"Invalid token in filter at position {place}")
        kind = str(token.lastgroup)
        found.append((kind, token.group(kind)))
        place = token.end()
    return found


class _Reader:
    """Reads tokens by descent: `or` binds least, then `and`, then `not`."""

    def __init__(self, tokens: list[tuple[str, str]], entity: EntitySet) -> None:
        self.left = tokens
        self._entity = entity

    def either(self) -> Test:
        tests = [self._both()]
        while self._taken("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._taken("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._taken("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._taken("("):
            test = self.either()
            self._expect(")")
            return test
        kind, token = self._next()
        if kind == "name" and token in _CALLED:
            return self._call(token)
        here = self._operand(kind, token)
        verb = self._next()[1]
        if verb not in _COMPARED:
            raise malformed(f"'{verb}' is no comparison")
        there = self._operand(*self._next())
        compare = _COMPARED[verb]
        return lambda row: _compared(compare, here(row), there(row))

    def _call(self, name: str) -> Test:
        self._expect("(")
        first = self._operand(*self._next())
        self._expect(",")
        second = self._operand(*self._next())
        self._expect(")")
        if self._taken("eq"):
            self._next()  # `eq true`, as v2 writes it
        return lambda row: _CALLED[name](first(row), second(row))

    def _operand(self, kind: str, token: str) -> Callable[[Mapping[str, Any]], Any]:
        if kind != "name":
            value = literal(kind, token)
            return lambda _row: value
        if token in {"true", "false", "null"}:
            constant = {"true": True, "false": False, "null": None}[token]
            return lambda _row: constant
        if token not in self._entity.properties:
            raise malformed(f"Property '{token}' not found in type '{self._entity.type_name}'")
        if self._entity.properties[token].kind is Kind.DAY:
            return lambda row: _midnight(row[token])
        return lambda row: row[token]

    def _next(self) -> tuple[str, str]:
        if not self.left:
            raise malformed("The filter ends too early")
        return self.left.pop(0)

    def _taken(self, word: str) -> bool:
        if self.left and self.left[0][0] in {"name", "mark"} and self.left[0][1] == word:
            self.left.pop(0)
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._taken(mark):
            raise malformed(f"'{mark}' expected in filter")


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def _compared(compare: Callable[[Any, Any], bool], here: Any, there: Any) -> bool:
    if here is None or there is None:
        return compare in {eq, ne} and compare(here, there)
    try:
        return bool(compare(here, there))
    except TypeError:
        raise malformed("Invalid types in a comparison") from None
