"""Whether a row meets a filter: text without regard to case, and never a value of another kind than its column."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from .catalogue import TABLES
from .filters import WORDS, Comparison, Condition, Junction, Literal
from .refusal import bad_query, no_property
from .schema import Column, Table
from .state import Row, Store
from .values import NUMBERS

_TEXT: Final = frozenset({"string", "memo"})
_EDM: Final = {
    "lookup": "Edm.Guid",
    "id": "Edm.Guid",
    "money": "Edm.Decimal",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
    "boolean": "Edm.Boolean",
}
_LITERAL: Final = {"string": "Edm.String", "guid": "Edm.Guid", "number": "Edm.Int32", "boolean": "Edm.Boolean"}
_KINDS: Final = {
    **dict.fromkeys(NUMBERS, "number"),
    **dict.fromkeys(_TEXT, "string"),
    "lookup": "guid",
    "id": "guid",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}


def check(table: Table, condition: Condition) -> None:
    """Raise where a filter names what is not there, or compares unlike kinds."""
    if isinstance(condition, Junction):
        for part in condition.parts:
            check(table, part)
        return
    _, column = _resolved(table, condition.path)
    if condition.sign in {"In", "Between"}:
        return  # their values are always quoted
    for literal in condition.literals:
        if literal.kind != "null" and literal.kind != _KINDS[column.type]:
            raise bad_query(
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{_EDM.get(column.type, 'Edm.String')}' and '{_LITERAL.get(literal.kind, 'Edm.Date')}' "
                f"for operator kind '{'Equal' if condition.sign == 'eq' else condition.sign}'."
            )


def holds(store: Store, table: Table, row: Row, condition: Condition) -> bool:
    """Whether the row meets it."""
    if isinstance(condition, Junction):
        found = (holds(store, table, row, part) for part in condition.parts)
        if condition.word == "not":
            return not next(found)
        return all(found) if condition.word == "and" else any(found)
    column, value = _value(store, table, row, condition)
    wanted = [_meant(column, literal) for literal in condition.literals]
    return _compared(_folded(value), condition.sign, wanted)


def _resolved(table: Table, path: tuple[str, ...]) -> tuple[Table, Column]:
    here = table
    for navigation in path[:-1]:
        found = here.follow(navigation)
        if found is None:
            raise no_property(navigation, here.name)
        here = TABLES[found[1]]
    column = here.column(path[-1])
    if column is None:
        raise no_property(path[-1], here.name)
    return here, column


def _value(store: Store, table: Table, row: Row, condition: Comparison) -> tuple[Column, Any]:
    here, current = table, row
    for navigation in condition.path[:-1]:
        lookup, target = here.follow(navigation) or (None, "")
        found = store.find(target, current[lookup.name]) if lookup else None
        here = TABLES[target]
        if found is None:
            return _resolved(table, condition.path)[1], None
        current = found
    column = _resolved(table, condition.path)[1]
    return column, current[column.name]


def _meant(column: Column, literal: Literal) -> Any:
    if literal.kind == "string" and column.type in NUMBERS:
        return Decimal(literal.value)  # as In and Between write it
    if literal.kind == "string" and column.type == "date":
        return dt.date.fromisoformat(literal.value)
    return _folded(literal.value)


def _compared(value: Any, sign: str, wanted: list[Any]) -> bool:
    """Null is neither less nor greater than anything."""
    if sign in {"eq", "In"}:
        return value in wanted
    if sign == "ne":
        return value not in wanted
    if value is None or None in wanted:
        return False
    if sign in WORDS:
        found = {"contains": wanted[0] in value, "startswith": value.startswith(wanted[0])}
        return bool(found.get(sign, value.endswith(wanted[0])))
    if sign == "Between":
        return bool(wanted[0] <= value <= wanted[-1])
    limit = wanted[0]
    results = {"gt": value > limit, "ge": value >= limit, "lt": value < limit, "le": value <= limit}
    return bool(results[sign])


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
