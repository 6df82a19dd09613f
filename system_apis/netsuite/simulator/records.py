"""The record service without its HTTP: a request in, an answer out, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from system_apis.netsuite.simulator import writing
from system_apis.netsuite.simulator.filters import compiled
from system_apis.netsuite.simulator.reading import (
    RECORDS,
    Shower,
    catalogue_entry,
    link,
    page_of,
    paged,
)
from system_apis.netsuite.simulator.refusal import Refusal, nonexistent
from system_apis.netsuite.simulator.schema import Kind, RecordType
from system_apis.netsuite.simulator.state import EID, Account, Record

COLLECTION: Final = "application/vnd.oracle.resource+json; type=collection"
SINGULAR: Final = "application/vnd.oracle.resource+json; type=singular"


@dataclass(frozen=True)
class Ask:
    """One request to the record service; `path` is what follows `/record/v1/`."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    origin: str = ""

    @property
    def strict(self) -> bool:
        """Whether unknown names are to be refused."""
        return self.headers.get("x-netsuite-propertynamevalidation", "").lower() == "error"

    @property
    def replaced(self) -> frozenset[str]:
        """The sublists whose lines the body replaces."""
        return frozenset(filter(None, self.query.get("replace", "").split(",")))


@dataclass(frozen=True)
class Answer:
    """What the service says when it does not refuse."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = SINGULAR


def answer(account: Account, ask: Ask) -> Answer:
    """Serve one request."""
    if not ask.path:
        raise nonexistent("/")
    if ask.path[0] == "metadata-catalog":
        return _catalogue(account, ask)
    kind = account.type_of(ask.path[0])
    if len(ask.path) == 1:
        return _collection(account, kind, ask)
    if len(ask.path) == 2:
        return _single(account, kind, ask)
    record = account.get(kind.name, ask.path[1])
    if ask.path[2].startswith("!transform"):
        return _transform(account, record, ask)
    return _sub_resource(account, record, ask)


def _collection(account: Account, kind: RecordType, ask: Ask) -> Answer:
    _allow(kind, ask.method, "GET", "POST")
    if ask.method == "POST":
        record = writing.create(account, kind, _object(ask.body), strict=ask.strict)
        return _located(account, record, ask)
    limit, offset = page_of(ask.query)
    test = compiled(kind, ask.query["q"]) if ask.query.get("q") else None
    shower = Shower(account, origin=ask.origin, expand=False)
    found = [record for record in account.all(kind.name) if test is None or test(record)]
    items = [{"links": [link("self", shower.address(one))], "id": one.id} for one in found]
    page = paged(items, limit=limit, offset=offset, here=f"{ask.origin}{RECORDS}/{kind.name}")
    return Answer(200, page, media_type=COLLECTION)


def _single(account: Account, kind: RecordType, ask: Ask) -> Answer:
    _allow(kind, ask.method, "GET", "PATCH", "PUT", "DELETE")
    key = ask.path[1]
    if ask.method == "PUT":
        return _upsert(account, kind, key, ask)
    record = account.get(kind.name, key)
    if ask.method == "DELETE":
        writing.delete(account, record)
        return Answer(204)
    if ask.method == "PATCH":
        writing.change(account, record, _object(ask.body), strict=ask.strict, replace=ask.replaced)
        return _located(account, record, ask)
    only = frozenset(filter(None, ask.query.get("fields", "").split(",")))
    unknown = only - set(kind.fields)
    if unknown:
        raise Refusal(400, "INVALID_PARAMETER", f"Unknown field {min(unknown)}.", query="fields")
    return Answer(200, _shower(account, ask).record(record, only=only))


def _upsert(account: Account, kind: RecordType, key: str, ask: Ask) -> Answer:
    if not key.startswith(EID):
        detail = "Upsert is possible by external ID only: use eid:<externalId> in the URL."
        raise Refusal(400, "INVALID_REQUEST", detail, url=key)
    external = key.removeprefix(EID)
    record, body = account.find(kind.name, key), _object(ask.body)
    if record is None:
        record = writing.create(account, kind, body, strict=ask.strict, external_id=external)
    else:
        replaced = ask.replaced
        writing.change(account, record, body, strict=ask.strict, replace=replaced, external_id=external)
    return _located(account, record, ask)


def _sub_resource(account: Account, record: Record, ask: Ask) -> Answer:
    if ask.method != "GET":
        raise _not_allowed(ask.method)
    shower = _shower(account, ask, expand=True)
    name = ask.path[2]
    known = record.kind.fields.get(name)
    if known is None:
        raise nonexistent("/".join(ask.path))
    lines = record.values.get(name, [])
    here = f"{shower.address(record)}/{name}"
    if known.kind is Kind.REFERENCE and name in record.values:
        return answer(account, Ask("GET", (known.targets[0], record.values[name]), origin=ask.origin))
    if known.kind is not Kind.SUBLIST:
        raise nonexistent("/".join(ask.path))
    if len(ask.path) == 3:
        limit, offset = page_of(ask.query)
        expand = ask.query.get("expandSubResources") == "true"
        items = [
            shower.line(known, line, f"{here}/{line['line']}")
            if expand
            else {"links": [link("self", f"{here}/{line['line']}")]}
            for line in lines
        ]
        return Answer(200, paged(items, limit=limit, offset=offset, here=here), media_type=COLLECTION)
    for line in lines:
        if str(line["line"]) == ask.path[3]:
            return Answer(200, shower.line(known, line, f"{here}/{line['line']}"))
    raise nonexistent("/".join(ask.path))


def _transform(account: Account, record: Record, ask: Ask) -> Answer:
    """Bill an order, or credit an invoice."""
    if ask.method != "POST":
        raise _not_allowed(ask.method)
    ways = {("salesOrder", "invoice"): _invoiced, ("invoice", "creditMemo"): _credited}
    way = ways.get((record.kind.name, "/".join(ask.path[3:])))
    if way is None:
        detail = f"Transformation of {record.kind.name} into {'/'.join(ask.path[3:])} is not supported."
        raise Refusal(400, "INVALID_REQUEST", detail)
    return _located(account, way(account, record, ask), ask)


def _invoiced(account: Account, order: Record, ask: Ask) -> Record:
    """An invoice over every line that is open and not billed yet."""
    due = [line for line in order.values["item"] if not line["isClosed"] and line["quantityBilled"] == 0]
    if not due:
        raise Refusal(400, "USER_ERROR", "Error while accessing resource: There is nothing to invoice.")
    invoice = _copied(account, order, due, "invoice", ask)
    for line in due:
        line["quantityBilled"] = line["quantity"]
    order.values["status"] = "G"
    order.values["lastModifiedDate"] = account.world.now()
    return invoice


def _credited(account: Account, invoice: Record, ask: Ask) -> Record:
    """A credit memo over the whole invoice, applied to it: what is credited or paid is owed no more."""
    if invoice.values["status"] != "A":
        raise Refusal(400, "USER_ERROR", "Error while accessing resource: The invoice has no open balance to credit.")
    applied = {"apply": {"items": [{"doc": invoice.id}]}}
    return _copied(account, invoice, invoice.values["item"], "creditMemo", ask, **applied)


def _copied(account: Account, source: Record, lines: list[dict[str, Any]], into: str, ask: Ask, **more: Any) -> Record:
    kept = ("entity", "job", "subsidiary", "currency")
    copied = {name: source.values[name] for name in kept if name in source.values}
    parts = ("item", "quantity", "rate", "amount", "taxCode", "description")
    items = [{name: line[name] for name in parts if name in line} for line in lines]
    body = {**copied, "createdFrom": source.id, "item": {"items": items}, **more, **_object(ask.body or {})}
    return writing.create(account, account.types[into], body, strict=ask.strict)


def _catalogue(account: Account, ask: Ask) -> Answer:
    if ask.method != "GET":
        raise _not_allowed(ask.method)
    here = f"{ask.origin}{RECORDS}/metadata-catalog"
    if len(ask.path) == 2:
        schema = catalogue_entry(account.type_of(ask.path[1]))
        return Answer(200, schema, media_type="application/schema+json")
    wanted = ask.query.get("select", "").split(",") if ask.query.get("select") else list(account.types)
    kinds = [account.type_of(name) for name in wanted]
    if "swagger" in ask.headers.get("accept", ""):
        schemas = {kind.name: catalogue_entry(kind) for kind in kinds}
        info = {"title": "NetSuite REST Record API", "version": "1"}
        document = {"openapi": "3.0.1", "info": info, "paths": {}, "components": {"schemas": schemas}}
        return Answer(200, document, media_type="application/swagger+json")
    items = [{"name": kind.name, "links": [link("canonical", f"{here}/{kind.name}")]} for kind in kinds]
    return Answer(200, {"links": [link("self", here)], "items": items}, media_type=COLLECTION)


def _shower(account: Account, ask: Ask, *, expand: bool | None = None) -> Shower:
    wide = ask.query.get("expandSubResources") == "true" if expand is None else expand
    simple = ask.query.get("simpleEnumFormat") == "true"
    return Shower(account, origin=ask.origin, expand=wide, simple_choices=simple)


def _located(account: Account, record: Record, ask: Ask) -> Answer:
    return Answer(204, headers={"Location": _shower(account, ask).address(record)})


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refusal(400, "INVALID_CONTENT", "Invalid content in the request body.")
    return body


def _allow(kind: RecordType, method: str, *here: str) -> None:
    if method not in here or method not in kind.methods:
        raise _not_allowed(method)


def _not_allowed(method: str) -> Refusal:
    return Refusal(405, "METHOD_NOT_ALLOWED", f"Method {method} is not allowed here.")
