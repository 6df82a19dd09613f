"""Shows records as the record service does: links instead of sublists unless expanded, nulls left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from system_apis.netsuite.simulator.refusal import invalid_parameter
from system_apis.netsuite.simulator.schema import Field, Kind, RecordType
from system_apis.netsuite.simulator.state import Account, Record

MAX_PAGE: Final = 1000
RECORDS: Final = "/services/rest/record/v1"


class Shower:
    """Writes records out; `origin` is scheme and host of the request, so that links lead back here."""

    def __init__(self, account: Account, *, origin: str, expand: bool, simple_choices: bool = False) -> None:
        self._account = account
        self._origin = origin
        self._expand = expand
        self._simple = simple_choices

    def record(self, record: Record, *, only: frozenset[str] = frozenset()) -> dict[str, Any]:
        """One record, or the fields of it that were asked for."""
        here = self.address(record)
        shown: dict[str, Any] = {"links": [link("self", here)], "id": record.id}
        if record.external_id is not None:
            shown["externalId"] = record.external_id
        for field in record.kind.fields.values():
            if only and field.name not in only:
                continue
            if field.kind is Kind.SUBLIST:
                lines = record.values.get(field.name, [])
                shown[field.name] = self.sublist(field, lines, f"{here}/{field.name}")
            elif field.name in record.values:
                shown[field.name] = self._value(field, record.values[field.name])
        return shown

    def sublist(self, field: Field, lines: list[dict[str, Any]], here: str) -> dict[str, Any]:
        """A sublist: a link to it, or its lines too."""
        shown: dict[str, Any] = {"links": [link("self", here)]}
        if self._expand:
            items = [self.line(field, line, f"{here}/{line['line']}") for line in lines]
            shown |= {"items": items, "count": len(items), "hasMore": False, "offset": 0}
            shown["totalResults"] = len(items)
        return shown

    def line(self, field: Field, line: Mapping[str, Any], here: str) -> dict[str, Any]:
        """One line of a sublist."""
        parts = {name: self._value(one, line[name]) for name, one in field.fields.items() if name in line}
        return {"links": [link("self", here)], "line": line["line"], **parts}

    def address(self, record: Record) -> str:
        """Where a record is found."""
        return f"{self._origin}{RECORDS}/{record.kind.name}/{record.id}"

    def _value(self, field: Field, value: Any) -> Any:
        if field.kind is Kind.REFERENCE:
            return self._reference(field, value)
        if field.kind is Kind.CHOICE and not self._simple:
            return {"id": value, "refName": field.choices.get(value, value)}
        if field.kind is Kind.SUBRECORD:
            return {name: self._value(one, value[name]) for name, one in field.fields.items() if name in value}
        if field.kind is Kind.MOMENT:
            return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return value

    def _reference(self, field: Field, record_id: str) -> dict[str, Any]:
        for target in field.targets:
            record = self._account.tables.get(target, {}).get(record_id)
            if record is not None:
                return {"links": [link("self", self.address(record))], "id": record.id, "refName": label(record)}
        return {"id": record_id}


def label(record: Record) -> str:
    """What a person calls the record."""
    for name in ("tranId", "entityId", "itemId", "name", "title", "periodName", "symbol"):
        if name in record.values:
            return str(record.values[name])
    return record.id


def link(relation: str, href: str) -> dict[str, str]:
    """One HATEOAS link."""
    return {"rel": relation, "href": href}


def page_of(query: Mapping[str, str]) -> tuple[int, int]:
    """Limit and offset of a request; the offset must be a multiple of the limit."""
    try:
        limit, offset = int(query.get("limit", MAX_PAGE)), int(query.get("offset", 0))
    except ValueError:
        raise invalid_parameter("limit and offset must be numbers.", query="limit") from None
    if not 1 <= limit <= MAX_PAGE:
        raise invalid_parameter(f"limit must be between 1 and {MAX_PAGE}.", query="limit")
    if offset < 0 or offset % limit:
        raise invalid_parameter("offset must be a multiple of limit.", query="offset")
    return limit, offset


def paged(items: Sequence[Any], *, limit: int, offset: int, here: str) -> dict[str, Any]:
    """One page of a collection with its links."""
    page = list(items[offset : offset + limit])
    more = offset + limit < len(items)
    last = max(0, (len(items) - 1) // limit * limit)
    links = [link("self", f"{here}?limit={limit}&offset={offset}")]
    if offset:
        links.append(link("previous", f"{here}?limit={limit}&offset={offset - limit}"))
    if more:
        links.append(link("next", f"{here}?limit={limit}&offset={offset + limit}"))
        links.append(link("last", f"{here}?limit={limit}&offset={last}"))
    numbers = {"count": len(page), "hasMore": more, "offset": offset, "totalResults": len(items)}
    return {"links": links, "items": page, **numbers}


def catalogue_entry(kind: RecordType) -> dict[str, Any]:
    """The JSON Schema of a record type, as the metadata catalogue gives it."""
    properties = {"id": {"type": "string"}, "externalId": {"type": "string"}}
    properties |= {field.name: _described(field) for field in kind.fields.values()}
    required = [field.name for field in kind.fields.values() if field.required]
    return {"type": "object", "properties": properties, "required": required, "x-ns-filterable": _filterable(kind)}


def _filterable(kind: RecordType) -> list[str]:
    return [field.name for field in kind.fields.values() if field.kind not in {Kind.SUBLIST, Kind.SUBRECORD}]


def _described(field: Field) -> dict[str, Any]:
    if field.kind in {Kind.REFERENCE, Kind.CHOICE}:
        shown: dict[str, Any] = {"type": "object", "properties": {"id": {"type": "string"}}}
        if field.choices:
            shown["properties"]["id"]["enum"] = list(field.choices)
    elif field.kind in {Kind.SUBLIST, Kind.SUBRECORD}:
        inner = {name: _described(one) for name, one in field.fields.items()}
        shown = {"type": "object", "properties": inner}
        if field.kind is Kind.SUBLIST:
            shown["properties"] = {"items": {"type": "array", "items": {"type": "object", "properties": inner}}}
    elif field.kind in {Kind.DATE, Kind.MOMENT}:
        shown = {"type": "string", "format": field.kind.value}
    else:
        shown = {"type": field.kind.value}
    shown["x-ns-custom-field"] = field.custom
    if field.read_only:
        shown["readOnly"] = True
    return shown
