"""`$select` and `$expand`: which columns a row shows, what is followed, and the annotations beside them."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from .catalogue import TABLES
from .refusal import bad_query, no_property
from .schema import Column, Table
from .state import Row, Store
from .values import formatted, rendered

_FORMATTED: Final = "OData.Community.Display.V1.FormattedValue"
_LOGICAL: Final = "Microsoft.Dynamics.CRM.lookuplogicalname"
_NAVIGATION: Final = "Microsoft.Dynamics.CRM.associatednavigationproperty"
_EXPANSION: Final = re.compile(r"([A-Za-z_]\w*)(?:\((.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is shown of a table's row; `None` columns show all of them."""

    table: Table
    columns: tuple[Column, ...] | None = None
    followed: "dict[str, Shape]" = field(default_factory=dict)


def shape(table: Table, select: str, expand: str) -> Shape:
    """Read both options; raises the vendor's 400 for names that are not there."""
    names = [name.strip() for name in select.split(",") if name.strip()]
    columns = tuple(_selected(table, name) for name in names) if names and names != ["*"] else None
    return Shape(table, columns, dict(_followed(table, part) for part in _parts(expand, ",")))


def shown(store: Store, given: Shape, row: Row, *, annotations: str = "") -> dict[str, Any]:
    """A row as it is read: its etag, its key, the columns asked for, and what was followed."""
    table = given.table
    record: dict[str, Any] = {"@odata.etag": f'W/"{row["versionnumber"]}"'}
    columns = list(table.columns.values()) if given.columns is None else list(given.columns)
    if any(column.type == "money" for column in columns):
        columns.append(table.columns["transactioncurrencyid"])
    for name in dict.fromkeys(column.name for column in (*columns, table.columns[table.key])):
        _put(store, table.columns[name], row, record, annotations=annotations)
    for navigation, inner in given.followed.items():
        record[navigation] = _followed_row(store, table, navigation, inner, row, annotations=annotations)
    return record


def _selected(table: Table, name: str) -> Column:
    column = table.column(name) or table.columns.get(name)
    if column is None:
        raise no_property(name, table.name)
    return column


def _followed(table: Table, part: str) -> tuple[str, Shape]:
    found = _EXPANSION.fullmatch(part.strip())
    lookup = table.follow(found.group(1)) if found else None
    if found is None or lookup is None:
        raise no_property(part.partition("(")[0], table.name)
    options = dict(option.strip().partition("=")[::2] for option in _parts(found.group(2) or "", ";"))
    if unknown := set(options) - {"$select", "$expand"}:
        raise bad_query(f"The query option '{unknown.pop()}' cannot be applied to a single-valued navigation property.")
    return found.group(1), shape(TABLES[lookup[1]], options.get("$select", ""), options.get("$expand", ""))


def _parts(text: str, separator: str) -> list[str]:
    """Split at a separator that stands in no parentheses."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == separator and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    if depth != 0:
        raise bad_query(f"Found an unbalanced bracket expression in '{text}'.")
    return [part for part in (*parts, text[start:]) if part.strip()]


def _put(store: Store, column: Column, row: Row, record: Row, *, annotations: str) -> None:
    value = row[column.name]
    every, formatting = "*" in annotations, "*" in annotations or "FormattedValue" in annotations
    if column.targets:
        target, navigation = _target(store, column, value)
        if formatting and target and value:
            record[f"{column.shown}@{_FORMATTED}"] = _name(store, target, value)
        if (every or _LOGICAL in annotations) and target and value:
            record[f"{column.shown}@{_LOGICAL}"] = target
        if every and target and value:
            record[f"{column.shown}@{_NAVIGATION}"] = navigation
    elif formatting:
        symbol = _symbol(store, row) if column.type == "money" else ""
        words = formatted(column, value, symbol=symbol)
        if words is not None:
            record[f"{column.name}@{_FORMATTED}"] = words
    record[column.shown] = rendered(value)


def _target(store: Store, column: Column, value: Any) -> tuple[str, str]:
    """The table of the row that a lookup points at, and the navigation property that leads there."""
    for navigation, target in column.targets.items():
        if store.find(target, value) is not None:
            return target, navigation
    return "", ""


def _name(store: Store, target: str, value: Any) -> str | None:
    found = store.find(target, value)
    name: str | None = found[TABLES[target].title] if found else None
    return name


def _symbol(store: Store, row: Row) -> str:
    currency = store.find("transactioncurrency", row.get("transactioncurrencyid"))
    return str(currency["currencysymbol"] or "") if currency else ""


def _followed_row(
    store: Store, table: Table, navigation: str, inner: Shape, row: Row, *, annotations: str
) -> dict[str, Any] | None:
    lookup, target = table.follow(navigation) or (None, "")
    found = store.find(target, row[lookup.name]) if lookup else None
    return None if found is None else shown(store, inner, found, annotations=annotations)
