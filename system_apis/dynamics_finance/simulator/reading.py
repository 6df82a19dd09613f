"""Reads: one company unless the caller crosses them, filters with kinds, pages of so many rows, tags of versions."""

from __future__ import annotations

import base64
import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote, urlencode

from system_apis.dynamics_finance.simulator.catalogue import SETS
from system_apis.dynamics_finance.simulator.filters import Comparison, Condition, Junction, parse
from system_apis.dynamics_finance.simulator.refusal import bad_query, no_resource
from system_apis.dynamics_finance.simulator.schema import EntitySet, Field
from system_apis.dynamics_finance.simulator.state import Environment, Key, Row

_ADDRESS: Final = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)
_PAIR: Final = re.compile(r"\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^,']+)\s*(?:,|$)")
_OPTIONS: Final = frozenset({"$filter", "$select", "$orderby", "$top", "$skip", "$count", "cross-company"})
_SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_WORDS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": str.__contains__,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_LITERALS: Final = {"text": "string", "decimal": "number", "day": "datetime", "moment": "datetime", "enum": "enum"}


def resolve(address: str) -> tuple[EntitySet, Key | None]:
    """A set, and the key of a row where the address names one."""
    found = _ADDRESS.fullmatch(unquote(address))
    kind = SETS.get(found.group(1)) if found else None
    if found is None or kind is None:
        raise no_resource(address)
    inside = found.group(2)
    if inside is None:
        return kind, None
    pairs = {name: _plain(literal) for name, literal in _PAIR.findall(inside)}
    if set(pairs) != set(kind.key):
        raise bad_query("The number of keys specified in the URI does not match number of key properties.")
    return kind, tuple(stored(kind.fields[name], pairs[name]) for name in kind.key)


def stored(field: Field, value: str) -> Any:
    """A key's value as rows hold it: companies are told apart without regard to case."""
    if field.name == "dataAreaId":
        return value.lower()
    return Decimal(value) if field.kind == "decimal" else value


def one(environment: Environment, kind: EntitySet, key: Key, *, company: str | None) -> Row:
    """A row that the caller may see; `company` is the only one shown, None is all."""
    row = environment.find(kind.name, *key)
    if row is None or (kind.by_company and company is not None and key[0] != company):
        raise no_resource(kind.name)
    return row


def many(environment: Environment, kind: EntitySet, query: Mapping[str, str], *, company: str | None, root: str) -> Any:
    """A page of rows, and where the next one is."""
    strange = set(query) - _OPTIONS
    if strange:
        raise bad_query(f"The query parameter '{min(strange)}' is not supported.")
    rows = [row for row in environment.rows(kind.name) if not kind.by_company or company in {None, row["dataAreaId"]}]
    if "$filter" in query:
        condition = parse(query["$filter"])
        check(kind, condition)
        rows = [row for row in rows if holds(kind, row, condition)]
    rows = _ordered(kind, rows, query.get("$orderby", ""))
    skip, page = int(query.get("$skip", 0)), environment.settings.page
    top = int(query["$top"]) if "$top" in query else len(rows)
    shown = rows[skip : skip + min(page, top)]
    body: dict[str, Any] = {"@odata.context": f"{root}/data/$metadata#{kind.name}"}
    if query.get("$count") == "true":
        body["@odata.count"] = len(rows)
    body["value"] = [told(kind, row, query.get("$select", "")) for row in shown]
    left = min(len(rows) - skip, top) - len(shown)
    if left > 0:
        more = {**query, "$skip": str(skip + len(shown)), **({"$top": str(left)} if "$top" in query else {})}
        body["@odata.nextLink"] = f"{root}/data/{kind.name}?{urlencode(more)}"
    return body


def told(kind: EntitySet, row: Row, select: str = "") -> dict[str, Any]:
    """A row as the environment tells it."""
    names = [name.strip() for name in select.split(",")] if select else list(kind.fields)
    for name in names:
        if name not in kind.fields:
            raise bad_query(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.DataEntities'.")
    return {"@odata.etag": etag(row), **{name: row[name] for name in names}}


def etag(row: Row) -> str:
    """The tag of a row's version."""
    return f'W/"{base64.b64encode(f"{row.version},{row.key}".encode()).decode()[:40]}"'


def check(kind: EntitySet, condition: Condition) -> None:
    """Raise where a filter names what is not there, or compares unlike kinds."""
    if isinstance(condition, Junction):
        for part in condition.parts:
            check(kind, part)
        return
    field = kind.fields.get(".".join(condition.path))
    if field is None:
        raise bad_query(f"Could not find a property named '{'/'.join(condition.path)}' on type '{kind.entity}'.")
    for literal in condition.literals:
        wrong_enum = literal.kind == "enum" and (
            field.enum != literal.value[0] or literal.value[1] not in field.members
        )
        if literal.kind != _LITERALS[field.kind] or wrong_enum:
            raise bad_query("A binary operator with incompatible types was detected for operator kind 'Equal'.")


def holds(kind: EntitySet, row: Row, condition: Condition) -> bool:
    """Whether the row meets it."""
    if isinstance(condition, Junction):
        found = (holds(kind, row, part) for part in condition.parts)
        if condition.word == "not":
            return not next(found)
        return all(found) if condition.word == "and" else any(found)
    return _met(kind.fields[condition.path[0]], row[condition.path[0]], condition)


def _met(field: Field, value: Any, condition: Comparison) -> bool:
    wanted = condition.literals[0].value
    if field.kind == "enum":
        wanted = wanted[1]
    elif field.kind in {"day", "moment"}:
        value = dt.datetime.fromisoformat(value)
    elif field.kind == "text":
        value, wanted = value.lower(), wanted.lower()
    if condition.sign in _WORDS:
        return _WORDS[condition.sign](value, wanted)
    return bool(_SIGNS[condition.sign](value, wanted))


def _ordered(kind: EntitySet, rows: list[Row], orderby: str) -> list[Row]:
    for part in reversed([part.split() for part in orderby.split(",") if part.strip()]):
        name = part[0]
        if name not in kind.fields:
            raise bad_query(f"Could not find a property named '{name}' on type '{kind.entity}'.")
        rows = sorted(rows, key=lambda row: row[name], reverse=part[1:] == ["desc"])
    return rows


def _plain(literal: str) -> str:
    return literal[1:-1].replace("''", "'") if literal.startswith("'") else literal.strip()
