"""Turns a request body into a record, or changes one: everything is checked before anything is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from system_apis.netsuite.simulator.refusal import Refusal, invalid_value, missing
from system_apis.netsuite.simulator.rules import before_delete, before_save
from system_apis.netsuite.simulator.schema import Field, Kind, RecordType
from system_apis.netsuite.simulator.settlement import settle
from system_apis.netsuite.simulator.state import EID, Account, Record, check_external_id

_DECORATION: Final = frozenset({"id", "links", "refName", "externalId"})


def create(
    account: Account, kind: RecordType, body: Mapping[str, Any], *, strict: bool, external_id: str | None = None
) -> Record:
    """Add a record; `external_id` is the key of the URL, when there was one."""
    key = _agreed_key(body, external_id)
    if key is not None and account.named(kind, key) is not None:
        detail = f"Error while accessing resource: This record already exists: externalId {key}."
        raise Refusal(400, "DUP_RCRD", detail, path="externalId")
    values: dict[str, Any] = {}
    Reader(account, strict=strict).fill(values, kind.fields, body, replace=frozenset())
    _check(kind, values)
    before_save(account, kind, values, None)
    _check_unique(account, kind, values, None)
    record = account.add(kind, key, values)
    settle(account, record)
    return record


def change(
    account: Account,
    record: Record,
    body: Mapping[str, Any],
    *,
    strict: bool,
    replace: frozenset[str] = frozenset(),
    external_id: str | None = None,
) -> Record:
    """Change a record; lines are added to a sublist unless it is named in `replace`."""
    key = _agreed_key(body, external_id)
    values = record.copied()
    Reader(account, strict=strict).fill(values, record.kind.fields, body, replace=replace)
    _check(record.kind, values)
    before_save(account, record.kind, values, record)
    _check_unique(account, record.kind, values, record)
    if key is not None and key != record.external_id:
        _rename(account, record, key)
    values["lastModifiedDate"] = account.world.now()
    record.values = values
    settle(account, record)
    return record


def delete(account: Account, record: Record) -> None:
    """Remove a record nothing leans on."""
    before_delete(account, record)
    account.remove(record)
    settle(account, record)


class Reader:
    """Reads values by the schema; unknown names are dropped in silence unless `strict`."""

    def __init__(self, account: Account, *, strict: bool) -> None:
        self._account = account
        self._strict = strict

    def fill(
        self,
        values: dict[str, Any],
        fields: Mapping[str, Field],
        body: Mapping[str, Any],
        *,
        replace: frozenset[str],
        path: str = "",
    ) -> None:
        for name, value in body.items():
            field = fields.get(name)
            here = f"{path}{name}"
            if field is None or field.read_only:
                self._unknown(name, here)
            elif value is None:
                values.pop(name, None)
            elif field.kind is Kind.SUBLIST:
                kept = [] if name in replace else values.get(name, [])
                values[name] = self._lines(kept, field, value, path=here)
            else:
                values[name] = self._value(field, value, path=here)

    def _unknown(self, name: str, path: str) -> None:
        if self._strict and name not in _DECORATION:
            detail = f"Error while accessing resource: Unknown field name: {name}."
            raise Refusal(400, "INVALID_CONTENT", detail, path=path)

    def _lines(self, kept: list[dict[str, Any]], field: Field, value: Any, *, path: str) -> list[dict[str, Any]]:
        items = value.get("items") if isinstance(value, dict) else None
        if not isinstance(items, list):
            raise invalid_value(value, field=field.name, path=path)
        lines = [dict(line) for line in kept]
        for index, item in enumerate(items):
            where = f"{path}.items[{index}]"
            if not isinstance(item, dict):
                raise invalid_value(item, field=field.name, path=where)
            line = next((known for known in lines if known["line"] == item.get("line")), None)
            if line is None:
                line = {"line": max((known["line"] for known in lines), default=0) + 1}
                lines.append(line)
            plain = {name: part for name, part in item.items() if name != "line"}
            self.fill(line, field.fields, plain, replace=frozenset(), path=f"{where}.")
            for one in field.fields.values():
                if one.required and one.name not in line:
                    raise missing(one.name, path=f"{where}.{one.name}")
        return lines

    def _value(self, field: Field, value: Any, *, path: str) -> Any:
        if field.kind is Kind.REFERENCE:
            return self._reference(field, value, path=path)
        if field.kind is Kind.SUBRECORD:
            if not isinstance(value, dict):
                raise invalid_value(value, field=field.name, path=path)
            inner: dict[str, Any] = {}
            self.fill(inner, field.fields, value, replace=frozenset(), path=f"{path}.")
            return inner
        try:
            return _plain(field, value)
        except (ValueError, TypeError, InvalidOperation):
            raise invalid_value(value, field=field.name, path=path) from None

    def _reference(self, field: Field, value: Any, *, path: str) -> str:
        key = value.get("id") if isinstance(value, dict) else value
        if isinstance(value, dict) and key is None and isinstance(value.get("externalId"), str):
            key = EID + value["externalId"]
        if not isinstance(key, (str, int)) or isinstance(key, bool):
            raise invalid_value(value, field=field.name, path=path)
        for target in field.targets:
            record = self._account.find(target, str(key))
            if record is not None and record.values.get("isInactive") is not True:
                return record.id
        raise invalid_value(key, field=field.name, path=path)


def _plain(field: Field, value: Any) -> Any:
    if field.kind is Kind.TEXT and isinstance(value, str):
        return value
    if field.kind is Kind.BOOLEAN and isinstance(value, bool):
        return value
    if field.kind is Kind.AMOUNT and isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if field.kind is Kind.NUMBER and not isinstance(value, bool):
        return int(value)
    if field.kind is Kind.DATE:
        return dt.date.fromisoformat(value)
    if field.kind is Kind.CHOICE:
        key = value.get("id") if isinstance(value, dict) else value
        if isinstance(key, str) and (key in field.choices or not field.choices):
            return key
    raise ValueError(field.name)


def _agreed_key(body: Mapping[str, Any], external_id: str | None) -> str | None:
    said = body.get("externalId")
    if said is not None and not isinstance(said, str):
        raise invalid_value(said, field="externalId", path="externalId")
    if said is not None and external_id is not None and said != external_id:
        detail = f"External ID '{said}' of the body is not that of the URL, '{external_id}'."
        raise Refusal(400, "INVALID_CONTENT", detail, path="externalId")
    key = external_id if said is None else said
    if key is not None:
        check_external_id(key)
    return key


def _check(kind: RecordType, values: Mapping[str, Any]) -> None:
    for field in kind.fields.values():
        if field.required and field.name not in values:
            raise missing(field.name, path=field.name)


def _check_unique(account: Account, kind: RecordType, values: Mapping[str, Any], record: Record | None) -> None:
    kinds = [one.name for one in account.types.values() if one.space == kind.space]
    for field in kind.fields.values():
        if not field.unique or field.name not in values:
            continue
        for other in account.all(*kinds):
            if other is not record and other.values.get(field.name) == values[field.name]:
                code = "UNIQUE_CUST_ID_REQD" if kind.space == "entity" else "DUP_RCRD"
                detail = f"Error while accessing resource: A record with this {field.name} already exists."
                raise Refusal(400, code, detail, path=field.name)


def _rename(account: Account, record: Record, key: str) -> None:
    if account.named(record.kind, key) is not None:
        raise Refusal(400, "DUP_RCRD", f"This record already exists: externalId {key}.", path="externalId")
    if record.external_id is not None:
        del account.names[record.kind.space, record.external_id]
    account.names[record.kind.space, key] = record
    record.external_id = key
