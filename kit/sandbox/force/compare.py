"""How SOQL compares: text without regard to case, ids with it, and a value of the wrong kind not at all."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Final

from .errors import Refusal
from .formats import NUMBERS, known_id
from .schema import Field
from .soql import Comparison, Literal, Query, malformed, pointed

_KINDS: Final = {
    **dict.fromkeys(NUMBERS, frozenset({"number"})),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date", "relative"}),
    "datetime": frozenset({"datetime", "relative"}),
}
_QUOTED: Final = frozenset({"string"})


def meant(field: Field, literal: Literal, *, today: dt.date) -> Any:
    """The value that a literal stands for, ready to be compared with a field's."""
    if literal.kind == "null":
        return None
    if literal.kind == "string":
        if field.type in {"id", "reference"}:
            return known_id(literal.text) or literal.text
        return literal.text.lower()
    if literal.kind == "number":
        return Decimal(literal.text)
    if literal.kind == "boolean":
        return literal.text == "TRUE"
    if literal.kind == "date":
        return dt.date.fromisoformat(literal.text)
    if literal.kind == "datetime":
        return dt.datetime.fromisoformat(literal.text)
    return _relative(field, literal, today=today)


def _relative(field: Field, literal: Literal, *, today: dt.date) -> dt.date:
    word, _, number = literal.text.partition(":")
    steps = {"YESTERDAY": -1, "TOMORROW": 1, "LAST_N_DAYS": -int(number or 0), "NEXT_N_DAYS": int(number or 0)}
    day = today + dt.timedelta(days=steps.get(word, 0))
    if field.type == "date":
        return day
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def comparing(field: Field, value: Any) -> Any:
    """A row's value, ready to be compared."""
    folded = isinstance(value, str) and field.type not in {"id", "reference"}
    return value.lower() if folded else value


def compare(value: Any, sign: str, wanted: list[Any]) -> bool:
    """Whether the comparison holds; null is neither less nor greater than anything."""
    if sign in {"=", "IN"}:
        return value in wanted
    if sign in {"!=", "NOT IN"}:
        return value not in wanted
    limit = wanted[0]
    if value is None or limit is None:
        return False
    if sign == "LIKE":
        return _like(str(value), str(limit))
    results: dict[str, bool] = {
        "<": value < limit,
        ">": value > limit,
        "<=": value <= limit,
        ">=": value >= limit,
    }
    return results[sign]


def _like(value: str, pattern: str) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def comparable(query: Query, field: Field, condition: Comparison) -> None:
    """Raise INVALID_FIELD where a literal is of another kind than its field."""
    allowed = _KINDS.get(field.type, _QUOTED)
    for literal in condition.values:
        if literal.kind in {"date", "datetime"}:
            _check_calendar(query, condition, literal)
        if literal.kind == "null" or literal.kind in allowed:
            continue
        hint = "should be enclosed in quotes" if allowed is _QUOTED else "should not be enclosed in quotes"
        message = f"value of filter criterion for field '{field.name}' must be of type {field.type} and {hint}"
        raise Refusal(400, "INVALID_FIELD", pointed(query.text, condition.path.at, message))


def _check_calendar(query: Query, condition: Comparison, literal: Literal) -> None:
    try:
        dt.datetime.fromisoformat(literal.text)
    except ValueError:
        raise malformed(query.text, condition.path.at, f"Invalid date: {literal.text}") from None
