"""Answer a SOQL query over the rows, a page at a time, with cursors that end after two days."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from kit.sandbox.state import Sandbox

from .compare import comparable, compare, comparing, meant
from .errors import Refusal
from .formats import rendered
from .schema import Entity, Field
from .soql import Condition, Junction, Order, Path, Query, parse, pointed
from .state import Row, Store

_LIFE: Final = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Cursor:
    records: list[dict[str, Any]]
    page: int
    ends: dt.datetime


class Reading:
    """Queries over one store, with the cursors they left open."""

    def __init__(self, sandbox: Sandbox, store: Store) -> None:
        self._sandbox = sandbox
        self._store = store
        self._cursors: dict[str, _Cursor] = {}

    def clear(self) -> None:
        """Forget every cursor."""
        self._cursors.clear()

    def first(self, text: str, *, version: str, page: int, deleted: bool = False) -> dict[str, Any]:
        """The first page of a query; raises the vendor's query errors."""
        query = parse(text)
        source = self._store.schema.entity(query.source)
        if source is None:
            message = (
                f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, "
                "be sure to append the '__c' after the entity name. Please reference your WSDL or the describe "
                "call for the appropriate names."
            )
            raise Refusal(400, "INVALID_TYPE", pointed(text, query.at, message))
        rows = list(self._selected(query, source, deleted=deleted))
        if query.counting:
            return {"totalSize": len(rows), "done": True, "records": []}
        records = [self._shown(query, source, row, version=version) for row in rows]
        key = f"0r8{self._sandbox.random.getrandbits(60):015x}" if len(records) > page else ""
        if key:
            self._cursors[key] = _Cursor(records, page, self._sandbox.now() + _LIFE)
        return _page(key, records, start=0, page=page, version=version)

    def more(self, locator: str, *, version: str) -> dict[str, Any]:
        """A later page; raises INVALID_QUERY_LOCATOR."""
        key, _, start = locator.rpartition("-")
        cursor = self._cursors.get(key)
        if cursor is None or not start.isdigit() or cursor.ends <= self._sandbox.now():
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return _page(key, cursor.records, start=int(start), page=cursor.page, version=version)

    def _selected(self, query: Query, source: Entity, *, deleted: bool) -> Iterable[Row]:
        for path in query.fields:
            self._field(query, source, path)
        if query.where is not None:
            self._check(query, source, query.where)
        rows = [
            row
            for row in self._store.rows(source.name, deleted=deleted)
            if query.where is None or self._holds(query, source, row, query.where)
        ]
        for order in reversed(query.orders):
            self._sort(query, source, rows, order)
        stop = None if query.limit is None else query.offset + query.limit
        return rows[query.offset : stop]

    def _check(self, query: Query, source: Entity, condition: Condition) -> None:
        if isinstance(condition, Junction):
            for part in condition.parts:
                self._check(query, source, part)
            return
        comparable(query, self._field(query, source, condition.path), condition)

    def _sort(self, query: Query, source: Entity, rows: list[Row], order: Order) -> None:
        field = self._field(query, source, order.path)
        empty = [row for row in rows if self._value(source, row, order.path) is None]
        full = [row for row in rows if self._value(source, row, order.path) is not None]

        def key(row: Row) -> Any:
            value = self._value(source, row, order.path)
            return value.lower() if isinstance(value, str) and field.type not in {"id", "reference"} else value

        full.sort(key=key, reverse=order.descending)
        rows[:] = full + empty if order.nulls_last else empty + full

    def _field(self, query: Query, source: Entity, path: Path) -> Field:
        here = source
        for name in path.names[:-1]:
            lookup = here.follow(name)
            parent = self._store.schema.entity(lookup.reference) if lookup else None
            if parent is None:
                raise _no_relation(query, path, name, here)
            here = parent
        field = here.field(path.names[-1])
        if field is None:
            raise _no_column(query, path, here)
        return field

    def _value(self, source: Entity, row: Row, path: Path) -> Any:
        here, current = source, row
        for name in path.names[:-1]:
            lookup = here.follow(name)
            parent = self._store.schema.entity(lookup.reference) if lookup else None
            if lookup is None or parent is None:
                return None
            found = self._store.find(parent.name, current[lookup.name])
            if found is None:
                return None
            here, current = parent, found
        field = here.field(path.names[-1])
        return current[field.name] if field else None

    def _holds(self, query: Query, source: Entity, row: Row, condition: Condition) -> bool:
        if isinstance(condition, Junction):
            holds = (self._holds(query, source, row, part) for part in condition.parts)
            if condition.word == "NOT":
                return not next(holds)
            return all(holds) if condition.word == "AND" else any(holds)
        field = self._field(query, source, condition.path)
        value = comparing(field, self._value(source, row, condition.path))
        wanted = [meant(field, literal, today=self._sandbox.now().date()) for literal in condition.values]
        return compare(value, condition.sign, wanted)

    def _shown(self, query: Query, source: Entity, row: Row, *, version: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"attributes": attributes(source, row, version=version)}
        for path in query.fields:
            self._put(shown, source, row, path.names, version=version)
        return shown

    def _put(self, shown: Row, source: Entity, row: Row, names: tuple[str, ...], *, version: str) -> None:
        if len(names) == 1:
            field = source.field(names[0])
            if field:
                shown[field.name] = rendered(row[field.name])
            return
        lookup = source.follow(names[0])
        parent = self._store.schema.entity(lookup.reference) if lookup else None
        if lookup is None or parent is None:
            return
        found = self._store.find(parent.name, row[lookup.name])
        if found is None:
            shown[lookup.relationship] = None
            return
        inner = shown.setdefault(lookup.relationship, {"attributes": attributes(parent, found, version=version)})
        self._put(inner, parent, found, names[1:], version=version)


def attributes(kind: Entity, row: Row, *, version: str) -> dict[str, str]:
    """The type and address that every record carries."""
    return {"type": kind.name, "url": f"/services/data/{version}/sobjects/{kind.name}/{row['Id']}"}


def _page(key: str, records: list[dict[str, Any]], *, start: int, page: int, version: str) -> dict[str, Any]:
    stop = start + page
    answer: dict[str, Any] = {"totalSize": len(records), "done": stop >= len(records)}
    if not answer["done"]:
        answer["nextRecordsUrl"] = f"/services/data/{version}/query/{key}-{stop}"
    answer["records"] = records[start:stop]
    return answer


def _no_column(query: Query, path: Path, here: Entity) -> Refusal:
    message = (
        f"No such column '{path.names[-1]}' on entity '{here.name}'. If you are attempting to use a custom "
        "field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the "
        "describe call for the appropriate names."
    )
    return Refusal(400, "INVALID_FIELD", pointed(query.text, path.at, message))


def _no_relation(query: Query, path: Path, name: str, here: Entity) -> Refusal:
    message = (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
        f"relationship, be sure to append the '__r' after the custom relationship name. Entity '{here.name}'."
    )
    return Refusal(400, "INVALID_FIELD", pointed(query.text, path.at, message))
