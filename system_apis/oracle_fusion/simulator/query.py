"""`q` of both kinds: expressions from framework version 2 on, query by example before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from system_apis.oracle_fusion.simulator.refusal import Refusal, invalid

Test = Callable[[Mapping[str, Any]], bool]
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>\w+)|(?P<mark><=|>=|!=|<>|[=<>(),]))"
)
_COMPARED: Final = {"=": eq, "!=": ne, "<>": ne, ">": gt, ">=": ge, "<": lt, "<=": le}


def test_of(text: str, known: Mapping[str, Any], *, version: int) -> Test:
    """The test that `q` asks for.

    Raises:
        Refusal: it cannot be read, or names no attribute.

    """
    if version < 2:
        return _by_example(text, known)
    reader = _Reader(_tokens(text), known)
    test = reader.either()
    if reader.left:
        raise _unreadable(reader.left[0][1])
    return test


def _by_example(text: str, known: Mapping[str, Any]) -> Test:
    """`Name=value;Other=value`: what version 1 understands, and nothing more."""
    wanted = {}
    for part in filter(None, text.split(";")):
        name, mark, value = part.partition("=")
        if not mark or name.strip() not in known or " and " in value.lower():
            raise _unreadable(part)
        wanted[name.strip()] = value.strip().strip("'\"")
    return lambda row: all(str(row.get(name)) == value for name, value in wanted.items())


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise _unreadable(text[place : place + 20])
        kind = str(token.lastgroup)
        found.append((kind, token.group(kind)))
        place = token.end()
    return found


class _Reader:
    """Reads tokens by descent: `or` binds least."""

    def __init__(self, tokens: list[tuple[str, str]], known: Mapping[str, Any]) -> None:
        self.left = tokens
        self._known = known

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
        if self._taken("("):
            test = self.either()
            self._expect(")")
            return test
        name = self._next()[1]
        if name not in self._known:
            raise invalid("JBO-25058", f"Definition {name} of type Attribute is not found.")
        if self._taken("in"):
            return self._one_of(name)
        if self._taken("is"):
            wanted = not self._taken("not")
            self._expect("null")
            return lambda row: (row.get(name) is None) is wanted
        verb = self._next()[1]
        if verb not in _COMPARED:
            raise _unreadable(verb)
        value, compare = self._literal(), _COMPARED[verb]
        return lambda row: _compared(compare, row.get(name), value)

    def _one_of(self, name: str) -> Test:
        self._expect("(")
        values = [self._literal()]
        while self._taken(","):
            values.append(self._literal())
        self._expect(")")
        return lambda row: any(_compared(eq, row.get(name), value) for value in values)

    def _literal(self) -> str:
        kind, token = self._next()
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number" or token in {"true", "false"}:
            return token
        raise _unreadable(token)

    def _next(self) -> tuple[str, str]:
        if not self.left:
            raise _unreadable("its end")
        return self.left.pop(0)

    def _taken(self, word: str) -> bool:
        if self.left and self.left[0][0] in {"name", "mark"} and self.left[0][1].lower() == word:
            self.left.pop(0)
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._taken(mark):
            raise _unreadable(mark)


def _compared(compare: Callable[[Any, Any], bool], here: Any, said: str) -> bool:
    if here is None:
        return False
    try:
        if isinstance(here, bool):
            return compare(here, said == "true")
        if isinstance(here, int | Decimal):
            return compare(Decimal(here), Decimal(said))
        if isinstance(here, dt.datetime):
            return compare(here, dt.datetime.fromisoformat(said))
        if isinstance(here, dt.date):
            return compare(here, dt.date.fromisoformat(said))
    except (ArithmeticError, TypeError, ValueError):
        raise invalid("JBO-25058", f"The value {said} cannot be compared.") from None
    return compare(here, said)


def _unreadable(near: str) -> Refusal:
    return invalid("JBO-26013", f"URL request parameter q has invalid syntax near {near}.")
