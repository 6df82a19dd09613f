"""Reads an OpenAPI 3.1 document into operations; refuses a document that leaves a question open.

Refused: another version, an operation without an id or without a scope, a parameter style nobody can coerce,
a reference that leads out of the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kit.door.closing import Closing
from kit.door.operation import Body, Operation, Parameter

METHODS: Final = ("get", "put", "post", "delete", "patch")
_IGNORED_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})  # OpenAPI says: not parameters


class ContractRefused(Exception):
    """A document cannot be enforced; the message says where and why."""


def read(
    document: Mapping[str, Any], *, product: str, prefix: str, mount: str = "", upstream: str
) -> Iterator[Operation]:
    """Every operation of a document, as it appears outside.

    Args:
        document: OpenAPI 3.1; its paths are those of the tier, less `mount`.
        product: name that operations are known by.
        prefix: what outsiders put in front, "/experience"; the tier does not see it.
        mount: what the tier puts in front of the document's paths, "/{connection}/crm".
        upstream: tier that answers.

    Raises:
        ContractRefused: the document cannot be enforced.

    """
    version = str(document.get("openapi", ""))
    if not version.startswith("3.1"):
        raise ContractRefused(f"OpenAPI 3.1 is understood, this says {version or 'nothing'}")
    reader = _Reader(document)
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                where = f"{method.upper()} {path}"
                spec = reader.operation(item[method], shared=item.get("parameters", []), where=where)
                name = f"{product}.{spec.pop('id')}"
                yield Operation(
                    name=name,
                    product=product,
                    method=method.upper(),
                    path=prefix + mount + path,
                    upstream=upstream,
                    strip=len(prefix),
                    **_with_mount(spec, mount),
                )


def _with_mount(spec: dict[str, Any], mount: str) -> dict[str, Any]:
    known = {parameter.name for parameter in spec["parameters"] if parameter.place == "path"}
    names = [part[1:-1] for part in mount.split("/") if part.startswith("{")]
    extra = tuple(
        Parameter(
            name=name,
            place="path",
            required=True,
            schema={"type": "string", "minLength": 1},
            types=frozenset({"string"}),
            repeated=False,
        )
        for name in names
        if name not in known
    )
    return {**spec, "parameters": extra + spec["parameters"]}


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._closing = Closing(document)

    def operation(self, spec: Mapping[str, Any], *, shared: list[Any], where: str) -> dict[str, Any]:
        if not spec.get("operationId"):
            raise ContractRefused(f"{where} has no operationId")
        parameters = [self._parameter(each, where=where) for each in (*shared, *spec.get("parameters", []))]
        return {
            "id": spec["operationId"],
            "scopes": self._scopes(spec, where=where),
            "parameters": tuple(parameter for parameter in parameters if parameter is not None),
            "body": self._body(spec, where=where),
            "answer": self._answer(spec),
            "group": str((spec.get("tags") or [""])[0]),
        }

    def _scopes(self, spec: Mapping[str, Any], *, where: str) -> tuple[frozenset[str], ...]:
        security = spec.get("security", self._document.get("security"))
        if not security:
            raise ContractRefused(f"{where} names no scope, and nothing is open by silence")
        alternatives = tuple(frozenset(scope for scopes in each.values() for scope in scopes) for each in security)
        if not all(alternatives):
            raise ContractRefused(f"{where} has an alternative without a scope, which would let anyone in")
        return alternatives

    def _parameter(self, raw: Mapping[str, Any], *, where: str) -> Parameter | None:
        spec = self._resolved(raw, where=where)
        name, place = spec["name"], spec["in"]
        if place == "header" and name.lower() in _IGNORED_HEADERS:
            return None
        if place not in {"path", "query", "header"} or "schema" not in spec:
            raise ContractRefused(f"{where}: parameter {name!r} in {place!r} cannot be checked")
        types = self._types(spec["schema"], where=where)
        repeated = "array" in types
        if repeated:
            types = self._types(self._items(spec["schema"], where=where), where=where)
        if types & {"object", "array"} or spec.get("style", "form") not in {"form", "simple"}:
            raise ContractRefused(f"{where}: parameter {name!r} is an object or has a style that nobody coerces")
        return Parameter(
            name=name,
            place=place,
            required=bool(spec.get("required", place == "path")),
            schema=self._closing.standing(spec["schema"], closed=False),
            types=types,
            repeated=repeated,
        )

    def _items(self, schema: Mapping[str, Any], *, where: str) -> Mapping[str, Any]:
        schema = self._resolved(schema, where=where)
        for each in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
            resolved = self._resolved(each, where=where)
            if isinstance(resolved.get("items"), Mapping):
                items: Mapping[str, Any] = resolved["items"]
                return items
        return {"type": "string"}

    def _body(self, spec: Mapping[str, Any], *, where: str) -> Body | None:
        if "requestBody" not in spec:
            return None
        body = self._resolved(spec["requestBody"], where=where)
        media = {
            kind.lower(): self._closing.standing(content.get("schema", {}), closed=True) if is_json(kind) else None
            for kind, content in body.get("content", {}).items()
        }
        if not media:
            raise ContractRefused(f"{where} takes a body of no media type")
        return Body(required=bool(body.get("required", False)), media=media)

    def _answer(self, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        for status, answer in spec.get("responses", {}).items():
            schema = answer.get("content", {}).get("application/json", {}).get("schema")
            if status.startswith("2") and schema is not None:
                return self._closing.standing(schema, closed=False)
        return None

    def _types(self, schema: Mapping[str, Any], *, where: str, depth: int = 0) -> frozenset[str]:
        schema = self._resolved(schema, where=where)
        if depth > 20:
            raise ContractRefused(f"{where}: a parameter's schema goes in circles")
        if "type" in schema:
            kinds = schema["type"]
            return frozenset([kinds] if isinstance(kinds, str) else kinds)
        found: set[str] = set()
        for word in ("anyOf", "oneOf", "allOf"):
            for each in schema.get(word, ()):
                found |= self._types(each, where=where, depth=depth + 1)
        return frozenset(found or {"string"})

    def _resolved(self, node: Mapping[str, Any], *, where: str) -> Mapping[str, Any]:
        for _ in range(20):
            if "$ref" not in node:
                return node
            node = self._at(str(node["$ref"]), where=where)
        raise ContractRefused(f"{where}: references go in circles")

    def _at(self, reference: str, *, where: str) -> Mapping[str, Any]:
        if not reference.startswith("#/"):
            raise ContractRefused(f"{where}: {reference} leads out of the document")
        node: Any = self._document
        for part in reference[2:].split("/"):
            try:
                node = node[part.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError):
                raise ContractRefused(f"{where}: {reference} leads nowhere") from None
        if not isinstance(node, Mapping):
            raise ContractRefused(f"{where}: {reference} is not an object")
        return node


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON by itself or by its suffix."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")
