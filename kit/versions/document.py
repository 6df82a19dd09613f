"""The OpenAPI document of each dated version, drawn from the newest contract and the changes since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from kit.ports.document import example_of
from kit.versions.history import Change, ChangeRefused, History

HEADER: Final = "Sluice-Version"
_METHODS: Final = ("get", "put", "post", "delete", "patch")
_JSON: Final = "application/json"
_MASKED: Final = ("confidential", "restricted")


def versioned(newest: Mapping[str, Any], history: History, version: str) -> dict[str, Any]:
    """The document of a version, out of the newest contract's.

    Raises:
        ChangeRefused: a change names a schema that is not there, or leaves the document as it was.

    """
    document = _maskable(deepcopy(dict(newest)))
    for change in history.since(version):
        document = before(document, change)
    return _finished(document, history, version)


def before(document: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """The document as it was before a change.

    Raises:
        ChangeRefused: the change names a schema that is not there, or changes nothing.

    """
    schemas = dict(document["components"]["schemas"])
    for shape in sorted(change.shapes):
        if shape not in schemas:
            raise ChangeRefused(f"{change.name}: there is no schema {shape}")
        older = change.before(shape, deepcopy(schemas[shape]))
        if older == schemas[shape]:
            raise ChangeRefused(f"{change.name}: {shape} was the same before")
        schemas[shape] = older
    return {**document, "components": {**document["components"], "schemas": schemas}}


def operations_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of everything a document offers."""
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def answer_schema(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of an operation's good answer; None when it has no JSON body."""
    for status, answer in operation.get("responses", {}).items():
        if status.startswith("2"):
            found: Mapping[str, Any] | None = answer.get("content", {}).get(_JSON, {}).get("schema")
            return found
    return None


def _maskable(document: dict[str, Any]) -> dict[str, Any]:
    """What is confidential is left out of answers to those without the scope, so nobody may count on it."""
    for schema in document["components"]["schemas"].values():
        hidden = [
            name
            for name, part in schema.get("properties", {}).items()
            if part.get("x-classification") in _MASKED and name in schema.get("required", ())
        ]
        if hidden:
            schema["required"] = [name for name in schema["required"] if name not in hidden]
    return document


def _finished(document: dict[str, Any], history: History, version: str) -> dict[str, Any]:
    schemas = _reached(document)
    components = {**document["components"], "schemas": schemas}
    document = {**document, "info": {**document["info"], "version": version}, "components": components}
    for _, _, operation in operations_of(document):
        contents = [*operation.get("responses", {}).values(), operation.get("requestBody", {})]
        for content in (each.get("content", {}).get(_JSON) for each in contents):
            if content is not None and "example" in content:
                content["example"] = example_of(content["schema"], schemas)
        operation["parameters"] = [*operation.get("parameters", []), _header(history)]
    return document


def _header(history: History) -> dict[str, Any]:
    return {
        "name": HEADER,
        "in": "header",
        "required": False,
        "description": "Version of the API; the one agreed for the caller unless given",
        "schema": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": [history.newest]},
    }


def _reached(document: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that something still refers to."""
    schemas = document["components"]["schemas"]
    wanted = _references({"paths": document["paths"], "responses": document["components"].get("responses", {})})
    kept: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept.add(name)
            wanted |= _references(schemas[name])
    return {name: schema for name, schema in schemas.items() if name in kept}


def _references(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        own = {str(node["$ref"]).rpartition("/")[2]} if "/schemas/" in str(node.get("$ref", "")) else set()
        return own.union(*(_references(each) for each in node.values()))
    return set().union(*(_references(each) for each in node)) if isinstance(node, list) else set()
