"""Closes the schemas of what is sent to us: a member that no schema names is refused.

A schema that is one of several in an `allOf` stays open by itself (its siblings name the rest);
the whole is closed instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_LISTS: Final = ("anyOf", "oneOf", "prefixItems")
_MAPS: Final = ("properties", "patternProperties", "$defs", "dependentSchemas")
_ONES: Final = ("items", "contains", "then", "else", "additionalProperties", "unevaluatedProperties")
_COMPOSED: Final = ("allOf", "anyOf", "oneOf", "$ref", "if")
_DECIDED: Final = ("additionalProperties", "unevaluatedProperties")
_HERE: Final = "#/components/schemas/"
_OPEN: Final = "#/components/open/"


class Closing:
    """The schemas of one document, each in two forms: closed, and open for use within an `allOf`."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        schemas: Mapping[str, Any] = document.get("components", {}).get("schemas", {})
        self._as_written = {"schemas": schemas}
        self._closed = {
            "schemas": {name: _form(schema, is_open=False) for name, schema in schemas.items()},
            "open": {name: _form(schema, is_open=True) for name, schema in schemas.items()},
        }

    def standing(self, schema: Mapping[str, Any], *, closed: bool) -> dict[str, Any]:
        """This schema on its own, with all it refers to."""
        own = _form(schema, is_open=False) if closed else dict(schema)
        if not _refers(schema):
            return {"$schema": DIALECT, **own}
        return {"$schema": DIALECT, **own, "components": self._closed if closed else self._as_written}


def _refers(node: Any) -> bool:
    if isinstance(node, Mapping):
        return "$ref" in node or any(_refers(each) for each in node.values())
    return isinstance(node, list) and any(_refers(each) for each in node)


def _form(schema: Any, *, is_open: bool) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    out = dict(schema)
    for word in _LISTS:
        if word in out:
            out[word] = [_form(each, is_open=is_open or "properties" in schema) for each in out[word]]
    if "allOf" in out:
        out["allOf"] = [_form(each, is_open=True) for each in out["allOf"]]
    for word in _MAPS:
        if word in out:
            out[word] = {name: _form(each, is_open=False) for name, each in out[word].items()}
    for word in _ONES:
        if word in out:
            out[word] = _form(out[word], is_open=False)
    reference = str(out.get("$ref", ""))
    if reference.startswith(_HERE) and (is_open or "properties" in schema):
        out["$ref"] = _OPEN + reference.removeprefix(_HERE)
    return out if is_open else _shut(out)


def _shut(schema: dict[str, Any]) -> dict[str, Any]:
    if any(word in schema for word in _DECIDED):
        return schema
    if "allOf" in schema:
        return {**schema, "unevaluatedProperties": False}
    if "properties" not in schema:
        return schema
    composed = any(word in schema for word in _COMPOSED)
    return {**schema, ("unevaluatedProperties" if composed else "additionalProperties"): False}
