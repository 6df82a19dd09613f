"""Finds the values of named schemas within a document; refuses a schema in which it cannot tell where they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from kit.versions.history import ChangeRefused, Convert

Walk: TypeAlias = Callable[[Any, Convert], Any]
"""Gives the value with every value of a named schema converted, the inner ones first."""

_HERE = "#/components/schemas/"


def walk(schema: Mapping[str, Any], schemas: Mapping[str, Any], *, shapes: Collection[str]) -> Walk | None:
    """The way to every value of these shapes below a schema; None where there is none.

    Raises:
        ChangeRefused: the way goes in circles or forks.

    """
    return _Reader(schemas, frozenset(shapes)).way(schema, ())


class _Reader:
    def __init__(self, schemas: Mapping[str, Any], shapes: frozenset[str]) -> None:
        self._schemas = schemas
        self._shapes = shapes

    def way(self, schema: Mapping[str, Any], passed: tuple[str, ...]) -> Walk | None:
        if "$ref" in schema:
            return self._referred(str(schema["$ref"]).removeprefix(_HERE), passed)
        if "anyOf" in schema or "oneOf" in schema:
            return self._either([*schema.get("anyOf", ()), *schema.get("oneOf", ())], passed)
        if "items" in schema and isinstance(schema["items"], Mapping):
            return _each(self.way(schema["items"], passed))
        return _members({name: self.way(part, passed) for name, part in schema.get("properties", {}).items()})

    def _referred(self, name: str, passed: tuple[str, ...]) -> Walk | None:
        if name in passed:
            raise ChangeRefused(f"schema {name} contains itself, and no change can be led through it")
        inner = self.way(self._schemas[name], (*passed, name))
        if name not in self._shapes:
            return inner

        def convert(value: Any, conversion: Convert) -> Any:
            return conversion(name, value if inner is None else inner(value, conversion))

        return convert

    def _either(self, branches: list[Mapping[str, Any]], passed: tuple[str, ...]) -> Walk | None:
        filled = [branch for branch in branches if branch.get("type") != "null"]
        ways = [way for way in (self.way(branch, passed) for branch in filled) if way is not None]
        if not ways:
            return None
        if len(filled) > 1:
            raise ChangeRefused("a changed schema is one of several alternatives, and nobody can tell which is meant")
        (only,) = ways

        def convert(value: Any, conversion: Convert) -> Any:
            return None if value is None else only(value, conversion)

        return convert


def _each(way: Walk | None) -> Walk | None:
    if way is None:
        return None
    found = way

    def convert(value: Any, conversion: Convert) -> Any:
        return [found(each, conversion) for each in value] if isinstance(value, list) else value

    return convert


def _members(ways: Mapping[str, Walk | None]) -> Walk | None:
    led = {name: way for name, way in ways.items() if way is not None}
    if not led:
        return None

    def convert(value: Any, conversion: Convert) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: led[name](each, conversion) if name in led else each for name, each in value.items()}

    return convert
