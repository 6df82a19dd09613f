"""`$filter`: read into a tree of comparisons; what cannot be read is refused as the vendor refuses it."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from system_apis.dynamics_finance.simulator.refusal import bad_query

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')"
    r"|(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.]*(?:/[A-Za-z_]\w*)*)|(?P<sign>[(),]))"
)
SIGNS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
WORDS: Final = frozenset({"contains", "startswith", "endswith"})
_PREFIX: Final = "Microsoft.Dynamics.DataEntities."


@dataclass(frozen=True, slots=True)
class Literal:
    """A value with the kind it was written as."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property, a sign or a word, and what it is held against."""

    path: tuple[str, ...]
    sign: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """`and`, `or` or `not` over conditions."""

    word: str
    parts: "tuple[Condition, ...]"


Condition = Comparison | Junction


def parse(text: str) -> Condition:
    """The tree of a filter; raises the vendor's 400."""
    reader = _Reader(text)
    found = reader.either()
    if not reader.done:
        raise reader.lost()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None or found.lastgroup is None:
                raise bad_query(
                    f"Syntax error: character '{text[place]}' is not valid at position {place} in '{text}'."
                )
            self._tokens.append((found.lastgroup, found.group(found.lastgroup)))
            place = found.end()

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def lost(self) -> Exception:
        return bad_query(f"Syntax error at position {len(self._text)} in '{self._text}'.")

    def either(self) -> Condition:
        parts = [self._both()]
        while self._met("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Junction("or", tuple(parts))

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._met("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Junction("and", tuple(parts))

    def _one(self) -> Condition:
        if self._met("not"):
            return Junction("not", (self._one(),))
        if self._met("("):
            inner = self.either()
            self._need(")")
            return inner
        kind, word = self._next()
        if kind != "name":
            raise self.lost()
        if word in WORDS:
            return self._call(word)
        _, sign = self._next()
        if sign not in SIGNS:
            raise self.lost()
        return Comparison(tuple(word.split("/")), sign, (self._literal(),))

    def _call(self, word: str) -> Comparison:
        self._need("(")
        _, name = self._next()
        self._need(",")
        literal = self._literal()
        self._need(")")
        return Comparison(tuple(name.split("/")), word, (literal,))

    def _literal(self) -> Literal:
        kind, text = self._next()
        if kind == "name" and text in {"null", "true", "false"}:
            return Literal("null" if text == "null" else "boolean", {"null": None}.get(text, text == "true"))
        if kind == "name" and text.startswith(_PREFIX):
            _, member = self._next()
            return Literal("enum", (text.removeprefix(_PREFIX), member[1:-1]))
        makers: dict[str, Callable[[], Any]] = {
            "string": lambda: text[1:-1].replace("''", "'"),
            "number": lambda: Decimal(text),
            "date": lambda: dt.date.fromisoformat(text),
            "datetime": lambda: dt.datetime.fromisoformat(text),
        }
        if kind not in makers:
            raise self.lost()
        try:
            return Literal(kind, makers[kind]())
        except ValueError:
            raise bad_query(f"Unrecognized '{text}' literal in '{self._text}'.") from None

    def _met(self, word: str) -> bool:
        if not self.done and self._tokens[self._at][1] == word:
            self._at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._met(word):
            raise self.lost()

    def _next(self) -> tuple[str, str]:
        if self.done:
            raise self.lost()
        self._at += 1
        return self._tokens[self._at - 1]
