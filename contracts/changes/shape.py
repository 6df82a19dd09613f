"""Words for describing a changed shape; every function gives a new value and leaves the given one alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
Schema: TypeAlias = dict[str, Any]


def instead(whole: Mapping[str, Json], name: str, parts: Mapping[str, Json]) -> dict[str, Json]:
    """The object with other members in the place of one."""
    out: dict[str, Json] = {}
    for key, value in whole.items():
        out.update(parts if key == name else {key: value})
    return out


def gathered(whole: Mapping[str, Json], names: tuple[str, ...], name: str, value: Json) -> dict[str, Json]:
    """The object with one member in the place of several, where the first of them stood."""
    out: dict[str, Json] = {}
    for key, each in whole.items():
        if key not in names:
            out[key] = each
        elif name not in out:
            out[name] = value
    return out


def schema_instead(schema: Schema, name: str, parts: Mapping[str, Schema]) -> Schema:
    """The schema of an object with other members in the place of one; they are needed if it was."""
    needed: list[str] = []
    for each in schema.get("required", []):
        needed.extend(parts if each == name else [each])
    return {**schema, "properties": instead(schema["properties"], name, parts), "required": needed}


def values_instead(schema: Schema, names: Mapping[str, str]) -> Schema:
    """The schema of an enumeration with other values; what has no other name stays."""
    return {**schema, "enum": sorted(names.get(each, each) for each in schema["enum"])}
