"""One row at a time: create, read, change, delete, by id or by external id, and what describe tells."""

from typing import Any

from .errors import Refusal, absent
from .formats import rendered
from .query import attributes
from .router import Answer, Call, Org, Route
from .schema import Entity, Field
from .state import Row


def need(org: Org, name: str) -> Entity:
    """The object of that name; raises the vendor's 404."""
    found = org.store.schema.entity(name)
    if found is None:
        raise absent()
    return found


def need_key(kind: Entity, name: str) -> Field:
    """The external id field of that name; raises the vendor's 404."""
    field = kind.field(name)
    if field is None or not field.external:
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise Refusal(404, "NOT_FOUND", message)
    return field


def keyed(org: Org, kind: Entity, key: Field, value: str) -> list[Row]:
    """The rows whose external id is `value`, without regard to case."""
    wanted = value.lower()
    return [row for row in org.store.rows(kind.name) if str(row[key.name] or "").lower() == wanted]


def upserted(org: Org, kind: Entity, key: Field, value: str, body: dict[str, Any]) -> tuple[Row, bool]:
    """Create or change the row with an external id; the row and whether it is new."""
    found = keyed(org, kind, key, value)
    if len(found) > 1:
        raise Refusal(300, "MULTIPLE_CHOICES", "the external id is not unique")
    if found:
        org.store.update(kind, found[0], body)
        return found[0], False
    return org.store.create(kind, {**body, key.name: value}), True


def shown(kind: Entity, row: Row, *, version: str, fields: str = "") -> dict[str, Any]:
    """A record as read: all its fields or those asked for."""
    names = [name.strip() for name in fields.split(",") if name.strip()] or list(kind.fields)
    record: dict[str, Any] = {"attributes": attributes(kind, row, version=version)}
    for name in names:
        field = kind.field(name)
        if field is None:
            message = f"\n{name}\n^\nERROR at Row:1:Column:1\nNo such column '{name}' on entity '{kind.name}'."
            raise Refusal(400, "INVALID_FIELD", message)
        record[field.name] = rendered(row[field.name])
    return record


def saved(row: Row, **more: Any) -> dict[str, Any]:
    """The result of a row that was saved."""
    return {"id": row["Id"], "success": True, "errors": [], **more}


def _create(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = need(org, parts[0])
    row = org.store.create(kind, call.json())
    return Answer(201, saved(row), {"Location": attributes(kind, row, version=call.version)["url"]})


def _read(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = need(org, parts[0])
    row = org.store.need(kind, parts[1])
    return Answer(200, shown(kind, row, version=call.version, fields=call.query.get("fields", "")))


def _update(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = need(org, parts[0])
    body = call.json()
    if "Id" in body:
        raise Refusal(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.", fields=("Id",))
    org.store.update(kind, org.store.need(kind, parts[1]), body)
    return Answer(204)


def _delete(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    kind = need(org, parts[0])
    org.store.delete(kind, org.store.need(kind, parts[1]))
    return Answer(204)


def _read_keyed(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = need(org, parts[0])
    found = _reachable(org, kind, parts)
    if not found:
        raise absent()
    if len(found) > 1:
        return _choices(kind, found, call)
    return Answer(200, shown(kind, found[0], version=call.version, fields=call.query.get("fields", "")))


def _upsert(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = need(org, parts[0])
    found = _reachable(org, kind, parts)
    key, body = need_key(kind, parts[1]), call.json()
    for name in body:
        if name.lower() in {"id", key.name.lower()}:
            message = f"The {name} field should not be specified in the sobject data."
            raise Refusal(400, "INVALID_FIELD", message, fields=(name,))
    if len(found) > 1:
        return _choices(kind, found, call)
    if not found and call.query.get("updateOnly", "").lower() == "true":
        raise absent()
    row, created = upserted(org, kind, key, parts[2], body)
    headers = {"Location": attributes(kind, row, version=call.version)["url"]} if created else {}
    return Answer(201 if created else 200, saved(row, created=created), headers)


def _delete_keyed(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = need(org, parts[0])
    found = _reachable(org, kind, parts)
    if not found:
        raise absent()
    if len(found) > 1:
        return _choices(kind, found, call)
    org.store.delete(kind, found[0])
    return Answer(204)


def _reachable(org: Org, kind: Entity, parts: tuple[str, ...]) -> list[Row]:
    """Rows by external id; the vendor never finds a value that ends in `.inc`."""
    key = need_key(kind, parts[1])
    if parts[2].endswith(".inc"):
        raise absent()
    return keyed(org, kind, key, parts[2])


def _choices(kind: Entity, found: list[Row], call: Call) -> Answer:
    return Answer(300, [attributes(kind, row, version=call.version)["url"] for row in found])


def _list(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    names = [
        {"name": kind.name, "keyPrefix": kind.prefix, "custom": kind.name.endswith("__c")}
        | {"urls": {"sobject": f"/services/data/{call.version}/sobjects/{kind.name}"}}
        for kind in org.store.schema.entities.values()
    ]
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": names})


def _describe(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    kind = need(org, parts[0])
    fields = [_described(field) for field in kind.fields.values()]
    flags = {"custom": kind.name.endswith("__c"), "createable": True, "updateable": True, "queryable": True}
    return Answer(200, {"name": kind.name, "label": kind.name, "keyPrefix": kind.prefix, **flags, "fields": fields})


def _described(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.name.removesuffix("__c").replace("_", " "),
        "type": field.type,
        "length": field.length,
        "scale": field.scale,
        "custom": field.name.endswith("__c"),
        "externalId": field.external,
        "idLookup": field.external or field.name == "Id",
        "createable": not field.locked,
        "updateable": not (field.locked or field.fixed),
        "nillable": not field.required,
        "referenceTo": [field.reference] if field.reference else [],
        "relationshipName": field.relationship or None,
        "restrictedPicklist": field.restricted,
        "picklistValues": [{"value": value, "label": value, "active": True} for value in field.values],
    }


ROUTES = (
    Route("GET", "/sobjects", _list),
    Route("POST", "/sobjects/{}", _create),
    Route("GET", "/sobjects/{}/describe", _describe),
    Route("GET", "/sobjects/{}/{}", _read),
    Route("PATCH", "/sobjects/{}/{}", _update),
    Route("DELETE", "/sobjects/{}/{}", _delete),
    Route("GET", "/sobjects/{}/{}/{}", _read_keyed),
    Route("PATCH", "/sobjects/{}/{}/{}", _upsert),
    Route("DELETE", "/sobjects/{}/{}/{}", _delete_keyed),
)
