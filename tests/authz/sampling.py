"""The smallest value that a schema takes, so that a request is refused for its caller and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_FORMATS: Final = {
    "date": "2026-11-20",
    "date-time": "2026-11-20T09:00:00Z",
    "time": "09:00:00",
    "uuid": "018f0000-0000-7000-8000-000000000000",
    "byte": "AAAA",
    "uri": "https://partner.example/hook",
    "decimal": "1.00",
}
_PLAIN: Final = ("abc", "1.00", "2026-11", "DE", "EUR", "sluice.invoice.posted.v1", "https://partner.example/hook")
"""Tried in turn against a pattern."""


class Sampler:
    """Draws from the schemas of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def of(self, schema: Mapping[str, Any]) -> Any:
        """A value of a schema, with what is required of it and nothing else."""
        schema = self.resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("examples"):
            return schema["examples"][0]
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return self.of(next(each for each in schema[word] if each.get("type") != "null"))
        return self._typed(schema)

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema without references at its top."""
        while "$ref" in schema:
            found: Any = self._document
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                found = found[part]
            schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema

    def _typed(self, schema: Mapping[str, Any]) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = next(each for each in kind if each != "null")
        if kind == "object":
            properties = schema.get("properties", {})
            return {name: self.of(properties[name]) for name in schema.get("required", ())}
        if kind == "array":
            return [self.of(schema["items"]) for _ in range(schema.get("minItems", 0))]
        if kind in {"integer", "number"}:
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        return False if kind == "boolean" else _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    pattern, least, most = schema.get("pattern"), schema.get("minLength", 0), schema.get("maxLength", 1_000)
    tried = [_FORMATS[schema["format"]]] if schema.get("format") in _FORMATS else [*_PLAIN, "x" * max(least, 1)]
    for each in tried:
        if least <= len(each) <= most and (pattern is None or re.search(pattern, each)):
            return each
    raise LookupError(f"no sample fits {dict(schema)}: name one in tests/authz/sampling.py")
