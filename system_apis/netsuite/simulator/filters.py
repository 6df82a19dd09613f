"""The `q` parameter of a collection: conditions on body fields with the operators of their kind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from system_apis.netsuite.simulator.refusal import Refusal, invalid_parameter
from system_apis.netsuite.simulator.schema import Field, Kind, RecordType
from system_apis.netsuite.simulator.state import Record

_TOKEN: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\(|\)|[^\s()\[\]"]+)')
_TEXT: Final[dict[str, Callable[[str, str], bool]]] = {
    "IS": lambda held, asked: held == asked,
    "CONTAIN": lambda held, asked: asked in held,
    "START_WITH": lambda held, asked: held.startswith(asked),
    "END_WITH": lambda held, asked: held.endswith(asked),
}
_NUMBER: Final[dict[str, Callable[[Any, list[Any]], bool]]] = {
    "ANY_OF": lambda held, asked: held in asked,
    "BETWEEN": lambda held, asked: asked[0] <= held <= asked[-1],
    "WITHIN": lambda held, asked: asked[0] <= held <= asked[-1],
    "EQUAL": lambda held, asked: held == asked[0],
    "GREATER": lambda held, asked: held > asked[0],
    "GREATER_OR_EQUAL": lambda held, asked: held >= asked[0],
    "LESS": lambda held, asked: held < asked[0],
    "LESS_OR_EQUAL": lambda held, asked: held <= asked[0],
}
_DATE: Final[dict[str, Callable[[dt.date, dt.date], bool]]] = {
    "ON": lambda held, asked: held == asked,
    "AFTER": lambda held, asked: held > asked,
    "BEFORE": lambda held, asked: held < asked,
    "ON_OR_AFTER": lambda held, asked: held >= asked,
    "ON_OR_BEFORE": lambda held, asked: held <= asked,
}
Test = Callable[[Record], bool]


def compiled(kind: RecordType, query: str) -> Test:
    """The test that a `q` makes of a record."""
    parser = _Parser(kind, _TOKEN.findall(query))
    test = parser.either()
    if parser.tokens:
        raise _bad(f"unexpected '{parser.tokens[0]}'")
    return test


class _Parser:
    def __init__(self, kind: RecordType, tokens: list[str]) -> None:
        self.kind = kind
        self.tokens = tokens

    def either(self) -> Test:
        tests = [self.both()]
        while self._took("OR"):
            tests.append(self.both())
        return lambda record: any(test(record) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self._took("AND"):
            tests.append(self.one())
        return lambda record: all(test(record) for test in tests)

    def one(self) -> Test:
        if self._took("("):
            test = self.either()
            if not self._took(")"):
                raise _bad("missing )")
            return test
        return self._condition()

    def _condition(self) -> Test:
        field = self._field(self._next())
        operator = self._next()
        negated = operator.endswith("_NOT")
        base = operator.removesuffix("_NOT")
        test = self._empty(field) if base == "EMPTY" else self._compare(field, base)
        return (lambda record: not test(record)) if negated else test

    def _field(self, name: str) -> Field:
        if name == "id":
            return Field("id", Kind.NUMBER)
        field = self.kind.fields.get(name)
        if field is None or field.kind in {Kind.SUBLIST, Kind.SUBRECORD}:
            raise _bad(f"field '{name}' is not filterable")
        return field

    def _empty(self, field: Field) -> Test:
        return lambda record: _held(record, field) is None

    def _compare(self, field: Field, operator: str) -> Test:
        if field.kind is Kind.BOOLEAN and operator == "IS":
            wanted = self._next().lower() == "true"
            return lambda record: bool(_held(record, field)) is wanted
        if field.kind in {Kind.TEXT, Kind.CHOICE} and operator in _TEXT:
            asked, compare = _unquoted(self._next()), _TEXT[operator]
            return lambda record: compare(str(_held(record, field) or ""), asked)
        if field.kind in {Kind.NUMBER, Kind.AMOUNT, Kind.REFERENCE} and operator in _NUMBER:
            return self._numeric(field, _NUMBER[operator])
        if field.kind in {Kind.DATE, Kind.MOMENT} and operator in _DATE:
            return self._dated(field, _DATE[operator])
        raise _bad(f"operator '{operator}' does not fit field '{field.name}'")

    def _numeric(self, field: Field, compare: Callable[[Any, list[Any]], bool]) -> Test:
        try:
            asked = [Decimal(part) for part in self._next().strip("[]").replace(",", " ").split()]
        except InvalidOperation:
            raise _bad(f"'{field.name}' is a number") from None

        def test(record: Record) -> bool:
            held = _held(record, field)
            return held is not None and compare(Decimal(held), asked)

        return test

    def _dated(self, field: Field, compare: Callable[[dt.date, dt.date], bool]) -> Test:
        try:
            asked = dt.date.fromisoformat(_unquoted(self._next()))
        except ValueError:
            raise _bad(f"'{field.name}' is a date, written YYYY-MM-DD") from None

        def test(record: Record) -> bool:
            held = _held(record, field)
            day = held.date() if isinstance(held, dt.datetime) else held
            return day is not None and compare(day, asked)

        return test

    def _next(self) -> str:
        if not self.tokens:
            raise _bad("the condition ends too early")
        return self.tokens.pop(0)

    def _took(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False


def _held(record: Record, field: Field) -> Any:
    return record.id if field.name == "id" else record.values.get(field.name)


def _unquoted(token: str) -> str:
    return token[1:-1].replace('\\"', '"') if token.startswith('"') else token


def _bad(reason: str) -> Refusal:
    return invalid_parameter(f"Invalid search query. Detailed unprocessed description follows. {reason}.", query="q")
