"""One ADF request: addresses, creation with children, changes under a tag, upsert, and batches of all or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from system_apis.oracle_fusion.simulator import showing
from system_apis.oracle_fusion.simulator.refusal import Refusal, absent, invalid
from system_apis.oracle_fusion.simulator.schema import Resource, value_of
from system_apis.oracle_fusion.simulator.state import Pod, Row

_VERBS: Final = {"get": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE", "upsert": "POST"}


@dataclass(frozen=True)
class Ask:
    """One request, or one part of a batch."""

    method: str
    path: str
    root: str
    version: int
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    if_match: str = ""
    upsert: bool = False


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "resourceitem"


@dataclass(frozen=True)
class _Place:
    resource: Resource
    name: str
    parent: Row | None
    row: Row | None


class Adf:
    """The resources under one root of a pod."""

    def __init__(self, pod: Pod, resources: Mapping[str, Resource]) -> None:
        self._pod = pod
        self._resources = resources

    def serve(self, ask: Ask) -> Answer:
        """Answer one request; what it changes stays or goes as a whole."""
        with self._pod.unit_of_work():
            if not ask.path.strip("/"):
                return self._batch(ask)
            return self._one(ask)

    def _one(self, ask: Ask) -> Answer:
        place = self._place(ask.path)
        if ask.method not in place.resource.methods:
            raise Refusal(405, "", f"Method {ask.method} is not allowed for {place.resource.name}")
        match ask.method, place.row:
            case "GET", None:
                return self._collection(place, ask)
            case "GET", Row() as row:
                return self._shown(row, place.resource, ask, status=200)
            case "POST", None:
                return self._post(place, ask)
            case "PATCH", Row() as row:
                self._check_tag(row, ask)
                self._patch(row, place.resource, ask.body)
                return self._shown(row, place.resource, ask, status=200)
            case "DELETE", Row() as row:
                self._check_tag(row, ask)
                self._delete(row, place.resource)
                return Answer(204)
        raise Refusal(405, "", f"Method {ask.method} is not allowed here")

    def _place(self, path: str) -> _Place:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[0] not in self._resources:
            raise absent(parts[0])
        resource, name, parent = self._resources[parts[0]], parts[0], None
        rest = parts[1:]
        while len(rest) > 1 and rest[1] == "child":
            parent = self._row(name, rest[0], parent)
            if len(rest) < 3 or rest[2] not in resource.children:
                raise absent(path)
            resource, name, rest = resource.children[rest[2]], f"{name}/{rest[2]}", rest[3:]
        if len(rest) > 1:
            raise absent(path)
        return _Place(resource, name, parent, self._row(name, rest[0], parent) if rest else None)

    def _row(self, name: str, key: str, parent: Row | None) -> Row:
        row = self._pod.find(name, key)
        if row is None or row.parent is not parent:
            raise absent(f"{name}/{key}")
        return row

    def _collection(self, place: _Place, ask: Ask) -> Answer:
        leaf = place.name.rpartition("/")[2]
        rows = self._pod.rows(place.name) if place.parent is None else place.parent.below(leaf)
        page = showing.collection(self._pod, rows, place.resource, query=ask.query, root=ask.root, version=ask.version)
        return Answer(200, page, kind="resourcecollection")

    def _shown(self, row: Row, resource: Resource, ask: Ask, *, status: int) -> Answer:
        query = ask.query if ask.method == "GET" else {"expand": "all"}
        told = showing.item(self._pod, row, resource, query=query, root=ask.root, version=ask.version)
        return Answer(status, told, {"etag": f'"{showing.indicator(row)}"'})

    def _check_tag(self, row: Row, ask: Ask) -> None:
        tag = showing.indicator(row)
        if ask.if_match.strip('"') not in {"", "*", tag}:
            text = "JBO-25014: Another user has changed the row."
            raise Refusal(412, "JBO-25014", text, headers={"etag": f'"{tag}"'})

    def _post(self, place: _Place, ask: Ask) -> Answer:
        if ask.upsert:
            if not place.resource.upsert:
                raise invalid("JBO-27513", f"Upsert is not supported for {place.resource.name}.")
            wanted = {name: ask.body.get(name) for name in place.resource.upsert}
            held = self._pod.where(place.name, **wanted)
            if held:
                given = {
                    name: said
                    for name, said in ask.body.items()
                    if name in place.resource.attributes and not place.resource.attributes[name].fixed
                }
                self._patch(held[0], place.resource, given)
                return self._shown(held[0], place.resource, ask, status=200)
        row = self._create(place.name, place.resource, ask.body, parent=place.parent)
        return self._shown(row, place.resource, ask, status=201)

    def _create(self, name: str, resource: Resource, body: dict[str, Any], *, parent: Row | None) -> Row:
        pod = self._pod
        values = self._values(resource, body, creating=True)
        key = _key(pod, resource, parent)
        if resource.key in resource.attributes:
            values[resource.key] = value_of(resource.key, resource.attributes[resource.key], key)
        if pod.find(name, key) is not None:
            raise invalid("JBO-25013", "Too many objects match the primary key.")
        now = pod.world.now()
        who = {"CreationDate": now, "CreatedBy": "SLUICE", "LastUpdateDate": now, "LastUpdatedBy": "SLUICE"}
        row = Row(name, key, {**dict.fromkeys(resource.attributes), **values, **who}, parent)
        pod.add(row)
        for several in resource.unique:
            claimed = (name, id(parent), several, tuple(values.get(one) for one in several))
            if values.get(several[-1]) is not None and not pod.claim(claimed, row):
                said = ", ".join(str(values[one]) for one in several)
                raise invalid("JBO-26048", f"A row with {', '.join(several)} {said} already exists.")
        for child, inner in resource.children.items():
            for one in body.get(child) or []:
                self._create(f"{name}/{child}", inner, one, parent=row)
        resource.created(pod, row)
        return row

    def _values(self, resource: Resource, body: dict[str, Any], *, creating: bool) -> dict[str, Any]:
        values = {}
        for name, said in body.items():
            if name in resource.children and creating:
                continue
            attribute = resource.attributes.get(name)
            if attribute is None:
                raise invalid("JBO-25058", f"Definition {name} of type Attribute is not found.", path=f"/{name}")
            if attribute.read_only or (attribute.fixed and not creating):
                text = f"Attribute {name} in {resource.name} is read-only and cannot be updated."
                raise invalid("JBO-27008", text, path=f"/{name}")
            values[name] = value_of(name, attribute, said)
        for name, attribute in resource.attributes.items():
            if creating and attribute.required and values.get(name) in {None, ""}:
                raise invalid("JBO-27014", f"Attribute {name} in {resource.name} is required.", path=f"/{name}")
        return values

    def _patch(self, row: Row, resource: Resource, body: dict[str, Any]) -> None:
        values = self._values(resource, body, creating=False)
        resource.changing(self._pod, row, values)
        moved = {"LastUpdateDate": self._pod.world.now()}
        self._pod.change(row, **values, **moved)
        resource.changed(self._pod, row)

    def _delete(self, row: Row, resource: Resource) -> None:
        resource.removing(self._pod, row)
        for several in resource.unique:
            self._pod.release((row.resource, id(row.parent), several, tuple(row.values.get(one) for one in several)))
        self._pod.remove(row)

    def _batch(self, ask: Ask) -> Answer:
        """Every part in turn; the first that fails undoes the rest, and it alone is told of."""
        if ask.method != "POST":
            return Answer(200, {"items": [{"name": name} for name in self._resources]})
        told = []
        for part in ask.body.get("parts") or []:
            try:
                told.append(self._part(part, ask))
            except Refusal as refusal:
                raise self._failed(part, refusal) from refusal
        return Answer(200, {"parts": told}, kind="batch")

    def _part(self, part: dict[str, Any], ask: Ask) -> dict[str, Any]:
        operation = str(part.get("operation"))
        if operation not in _VERBS:
            raise invalid("JBO-27513", f"The batch operation {operation} is not valid.")
        where = urlsplit(part.get("path", ""))
        inner = replace(
            ask,
            method=_VERBS[operation],
            path=where.path.removeprefix(urlsplit(ask.root).path),
            query=dict(parse_qsl(where.query)),
            body=part.get("payload") or {},
            if_match=part.get("ifMatch", ""),
            upsert=operation == "upsert",
        )
        answer = self._one(inner)
        echo: dict[str, Any] = {name: part[name] for name in ("id", "path", "operation") if name in part}
        held = {"preconditionSucceeded": True} if "ifMatch" in part else {}
        return {**echo, **held, **({} if answer.body is None else {"payload": answer.body})}

    def _failed(self, part: dict[str, Any], refusal: Refusal) -> Refusal:
        if refusal.status == 412:
            echo = {name: part.get(name) for name in ("id", "path", "operation", "ifMatch")}
            return Refusal(412, refusal.code, refusal.text, parts=[{**echo, "preconditionSucceeded": False}])
        where = f"/parts/{part.get('id', '')}{refusal.path}"
        return Refusal(refusal.status, refusal.code, refusal.text, path=where.rstrip("/"))


def _key(pod: Pod, resource: Resource, parent: Row | None) -> str:
    """A row that only extends its parent has the parent's key; others draw one."""
    if not resource.key:
        return pod.opaque()
    above = None if parent is None else parent.values.get(resource.key)
    return str(pod.identifier() if above is None else above)
