"""Writes: a body held against its set, then against the rules of the business, then saved or refused whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from system_apis.dynamics_finance.simulator import books, rules
from system_apis.dynamics_finance.simulator.reading import etag, one, stored
from system_apis.dynamics_finance.simulator.refusal import Refusal, bad_query, infolog, version_moved
from system_apis.dynamics_finance.simulator.schema import EntitySet, Field
from system_apis.dynamics_finance.simulator.state import Environment, Key, Row

_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
Check = Callable[[Environment, EntitySet, dict[str, Any], Row | None], None]
_CHECKS: Final[dict[str, Check]] = {**rules.CHECKS, **books.CHECKS}
_AFTER: Final[dict[str, Callable[[Environment, Row], None]]] = {**books.AFTER}


def create(environment: Environment, kind: EntitySet, body: bytes, *, company: str) -> Row:
    """Save a new row; without a company in the body it is of the user's own."""
    values = {name: field.empty for name, field in kind.fields.items()}
    given = _accepted(kind, body)
    if kind.by_company:
        values["dataAreaId"] = company
    values |= given
    for field in kind.fields.values():
        if field.needed and values[field.name] in {"", field.empty} and field.kind != "decimal":
            raise infolog(kind.entity, f"Field '{field.name}' must be filled in.")
    rules.check_company(environment, kind, values)
    _CHECKS.get(kind.name, _unchecked)(environment, kind, values, None)
    key = tuple(values[name] for name in kind.key)
    if environment.find(kind.name, *key) is not None:
        said = ", ".join(str(part) for part in key[1:])
        raise infolog(kind.entity, f"Cannot create a record in {kind.label}. {said}. The record already exists.")
    row = environment.add(kind.name, key, values)
    _AFTER.get(kind.name, _nothing)(environment, row)
    return row


def change(environment: Environment, kind: EntitySet, key: Key, body: bytes, *, company: str | None, match: str) -> Row:
    """Change a row that stands: there is no upsert here."""
    row = one(environment, kind, key, company=company)
    _check_tag(row, match)
    given = _accepted(kind, body)
    if any(name in given and given[name] != row[name] for name in kind.key):
        raise infolog(kind.entity, "The primary key of a record cannot be changed.")
    values = {**row.values, **given}
    _CHECKS.get(kind.name, _unchecked)(environment, kind, values, row)
    environment.change(row, **given)
    _AFTER.get(kind.name, _nothing)(environment, row)
    return row


def remove(environment: Environment, kind: EntitySet, key: Key, *, company: str | None, match: str) -> None:
    """Delete a row, with what hangs on it."""
    row = one(environment, kind, key, company=company)
    _check_tag(row, match)
    if not kind.writable:
        raise Refusal(405, "", message="The requested resource does not support http method 'DELETE'.")
    rules.check_removal(environment, kind, row)
    books.cascade(environment, kind, row)
    environment.remove(row)


def _accepted(kind: EntitySet, body: bytes) -> dict[str, Any]:
    if not kind.writable:
        raise Refusal(405, "", message=f"The data entity {kind.entity} is read only.")
    try:
        decoded = _DECODER.decode(body)
    except msgspec.DecodeError as fault:
        raise bad_query(f"The request body is not valid: {fault}") from None
    if not isinstance(decoded, dict):
        raise bad_query("The request body is not an object.")
    return {name: _coerced(kind, name, value) for name, value in decoded.items() if not name.startswith("@")}


def _coerced(kind: EntitySet, name: str, value: Any) -> Any:
    field = kind.fields.get(name)
    if field is None:
        raise bad_query(
            f"The property '{name}' does not exist on type 'Microsoft.Dynamics.DataEntities.{kind.entity}'."
        )
    if field.locked:
        raise infolog(kind.entity, f"Field '{name}' does not allow edits.")
    if field.kind == "decimal":
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise bad_query(f"Cannot convert a value to target type 'Edm.Decimal' for property '{name}'.")
        return Decimal(value)
    if not isinstance(value, str):
        raise bad_query(f"Cannot convert a value to target type 'Edm.String' for property '{name}'.")
    return _written(kind, field, value)


def _written(kind: EntitySet, field: Field, value: str) -> str:
    if field.kind == "enum" and value not in field.members:
        raise bad_query(f"Requested value '{value}' was not found in enumeration '{field.enum}'.")
    if field.kind == "day":
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            raise bad_query(f"Cannot convert '{value}' to type 'Edm.DateTimeOffset'.") from None
        return f"{moment.date().isoformat()}T12:00:00Z"
    if field.most and len(value) > field.most:
        raise infolog(kind.entity, f"Field '{field.name}' takes {field.most} characters at most.")
    return str(stored(field, value)) if field.name == "dataAreaId" else value


def _check_tag(row: Row, match: str) -> None:
    if match not in {"", "*", etag(row)}:
        raise version_moved()


def _unchecked(_environment: Environment, _kind: EntitySet, _values: dict[str, Any], _row: Row | None) -> None:
    return None


def _nothing(_environment: Environment, _row: Row) -> None:
    return None
