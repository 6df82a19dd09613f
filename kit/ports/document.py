"""Publish contracts as OpenAPI 3.1, from the contracts alone: no implementation is needed to know what is promised."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec

from contracts.port import Download
from contracts.problem import MEDIA_TYPE, ProblemDetails
from kit.ports.shape import Parameter, Shape, shapes

_REF: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"
_UNDRAWN: Final = (type(None), Download)
_TEXT: Final = {"type": "string"}
_FILE_HEADERS: Final = {
    "Accept-Ranges": {"description": "bytes: a part is asked for with Range and If-Range", "schema": _TEXT},
    "ETag": {"description": "Of this file; another file has another one", "schema": _TEXT},
    "Link": {"description": "rel=next leads to the file after this one, where there is one", "schema": _TEXT},
}
_DEPTH: Final = 6


def document(*, title: str, about: str, version: str, mounts: Iterable[tuple[type, str]]) -> dict[str, Any]:
    """One OpenAPI document for contracts mounted under prefixes; a prefix may hold path parameters."""
    placed = [(contract, prefix, shape) for contract, prefix in mounts for shape in shapes(contract)]
    kinds = [kind for _, _, shape in placed for kind in _kinds(shape)]
    found, components = msgspec.json.schema_components([*kinds, ProblemDetails], ref_template=_REF)
    schemas = iter(found)
    paths: dict[str, dict[str, Any]] = {}
    for contract, prefix, shape in placed:
        endpoint = shape.operation.endpoint
        operation = _operation(contract, prefix, shape, schemas, components)
        paths.setdefault(prefix + endpoint.path, {})[endpoint.method.lower()] = operation
    scopes = sorted({shape.operation.endpoint.scope for _, _, shape in placed})
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {"title": title, "description": about, "version": version, "license": {"name": "Apache-2.0"}},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {
                "Problem": {"description": "What went wrong, as RFC 9457 problem details", "content": _problem()}
            },
            "securitySchemes": {"oauth2": _security(scopes)},
        },
    }


def _kinds(shape: Shape) -> Iterator[Any]:
    yield from (parameter.type for parameter in shape.parameters)
    if shape.body is not None:
        yield shape.body
    if shape.returns not in _UNDRAWN:
        yield shape.returns


def _operation(
    contract: type, prefix: str, shape: Shape, schemas: Iterator[Any], components: Mapping[str, Any]
) -> dict[str, Any]:
    endpoint = shape.operation.endpoint
    summary, _, rest = (inspect.getdoc(shape.operation.function) or shape.name).partition("\n")
    parameters = [*_prefix_parameters(prefix), *(_parameter(p, next(schemas)) for p in shape.parameters)]
    operation: dict[str, Any] = {
        "operationId": f"{_snake(contract.__name__)}_{shape.name}",
        "tags": [_snake(contract.__name__)],
        "summary": summary.rstrip("."),
        "security": [{"oauth2": [endpoint.scope]}],
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if parameters:
        operation["parameters"] = parameters
    if shape.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(next(schemas), components)}
    good: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
    if shape.returns is Download:
        good |= {"content": {endpoint.media: {"schema": {"type": "string"}}}, "headers": _FILE_HEADERS}
    elif shape.returns is not type(None):
        good["content"] = _content(next(schemas), components)
    codes = sorted({*endpoint.problems, *([404] if "{" in prefix else [])})  # a mount that is named may not be there
    problems = {str(code): {"$ref": "#/components/responses/Problem"} for code in codes}
    whole = {str(endpoint.status): good}
    if shape.returns is Download:
        whole |= {"206": {**good, "description": "Partial Content"}, "304": {"description": "Not Modified"}}
    operation["responses"] = {**whole, **problems}
    return operation


def _parameter(parameter: Parameter, schema: dict[str, Any]) -> dict[str, Any]:
    if not parameter.required and parameter.default is not None:
        schema = {**schema, "default": msgspec.to_builtins(parameter.default)}
    stated = {"name": parameter.wire, "in": parameter.place, "required": parameter.required, "schema": schema}
    return {**stated, "required": True} if parameter.place == "path" else stated


def _prefix_parameters(prefix: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in prefix.split("/") if part.startswith("{")]
    schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _content(schema: Any, components: Mapping[str, Any]) -> dict[str, Any]:
    return {_JSON: {"schema": schema, "example": example_of(schema, components)}}


def _problem() -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="ProblemDetails")}}}


def _security(scopes: Iterable[str]) -> dict[str, Any]:
    granted = {scope: scope.replace(":", ": ").replace("_", " ") for scope in scopes}
    flow = {"tokenUrl": "/oauth/token", "scopes": granted}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def example_of(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int = 0) -> Any:
    """An example put together from the examples of the fields."""
    if "$ref" in schema:
        return example_of(components[str(schema["$ref"]).rsplit("/", 1)[1]], components, depth + 1)
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components, depth)
    if schema.get("type") == "object":
        named = schema.get("properties", {})
        return {name: example_of(part, components, depth) for name, part in named.items()} if depth < _DEPTH else {}
    if schema.get("type") == "array":
        return [example_of(schema.get("items", {}), components, depth)] if depth < _DEPTH else []
    plain = {"integer": 1, "number": 1.0, "boolean": True, "null": None}
    dated = {"date": "2027-03-01", "date-time": "2026-11-20T09:00:00Z", "decimal": "1250.00"}
    return dated.get(str(schema.get("format")), plain.get(str(schema.get("type")), "text"))
