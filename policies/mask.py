"""Refuses to show what is classified above the caller's scopes: such fields are left out of the answer.

Which fields those are stands in the published schema (`x-classification`), which scope shows them in routes.toml;
no field is named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, TypeAlias

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.door.lifecycle import Hide
from kit.door.operation import Operation
from kit.door.policy import Request, Verdict
from kit.door.returned import Edit, Returned, Unread

Strip: TypeAlias = Callable[[Any], int]
"""Takes hidden members out of a value, in place; gives how many."""

_LEVELS: Final[Mapping[str, int]] = {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}
_HERE: Final = "#/components/schemas/"
_LEAST: Final = 1


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is told."""

    tell: bool = True
    """Whether `Sluice-Masked` says that something was left out."""


class Mask:
    """One stripper for each operation, version and level, compiled once. In shadow mode it only notes."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "caller", "version")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        config: Config,
        *,
        operations: Iterable[Operation],
        hidden: Mapping[str, tuple[Hide, ...]],
        shadow: bool = False,
    ) -> None:
        self._tell = config.tell
        self._shadow = shadow
        self._hidden = {name: rules for name, rules in hidden.items() if rules}
        self._strips: dict[tuple[str, str, int], Strip] = {}
        for operation in operations:
            for rule in self._hidden.get(operation.name, ()):
                strip = stripper(operation.answer or {}, above=_LEVELS[rule.classification])
                if strip is not None:
                    self._strips[operation.version, operation.name, _LEVELS[rule.classification]] = strip

    @property
    def rests(self) -> bool:
        """Whether nothing is hidden."""
        return not self._hidden

    def __call__(self, request: Request, /) -> Verdict:
        """See to it that the answer is stripped, where the caller lacks a scope."""
        rules = self._hidden.get(request.matched.name)
        if rules is None:
            return None
        level = _level(request.known, rules)
        strip = self._strips.get((request.matched.version, request.matched.name, level))
        if strip is not None:
            request.edits = (*request.edits, self._edit(request, strip))
        return None

    def _edit(self, request: Request, strip: Strip) -> Edit:
        def run(returned: Returned) -> Problem | None:
            try:
                document = returned.document
            except Unread:
                if self._shadow:
                    return None
                return Problem(Kind.UNEXPECTED, "mask.unreadable", "the answer cannot be looked into", status=502)
            if self._shadow:
                if strip(_copy(document)):
                    request.shadowed.append("mask.hidden")
                return None
            taken = strip(document)
            if taken:
                returned.document = document
                if self._tell:
                    request.answer.append((b"sluice-masked", b"%d" % taken))
            return None

        return Edit("mask", run, must=not self._shadow)


def _level(caller: Caller, rules: tuple[Hide, ...]) -> int:
    """The lowest level that is hidden from the caller; above all levels when none is."""
    hidden = [_LEVELS[rule.classification] for rule in rules if not caller.may(rule.scope)]
    return min(hidden, default=len(_LEVELS))


def stripper(schema: Mapping[str, Any], *, above: int) -> Strip | None:
    """What takes every member of this level or a higher one out of a value; None where the schema has none."""
    schemas = schema.get("components", {}).get("schemas", {})
    return _Compiler(schemas, above).of(schema)


class _Compiler:
    def __init__(self, schemas: Mapping[str, Any], above: int) -> None:
        self._schemas = schemas
        self._above = above
        self._known: dict[str, Strip | None] = {}
        self._open: set[str] = set()

    def of(self, schema: Mapping[str, Any]) -> Strip | None:
        if "$ref" in schema:
            return self._named(str(schema["$ref"]).removeprefix(_HERE))
        strips = [self.of(each) for word in ("anyOf", "oneOf", "allOf") for each in schema.get(word, ())]
        if isinstance(schema.get("items"), Mapping):
            strips.append(_each(self.of(schema["items"])))
        if isinstance(schema.get("additionalProperties"), Mapping):
            strips.append(_values(self.of(schema["additionalProperties"])))
        strips.append(self._members(schema.get("properties", {})))
        found = [strip for strip in strips if strip is not None]
        if not found:
            return None
        return found[0] if len(found) == 1 else lambda value: sum(strip(value) for strip in found)

    def _named(self, name: str) -> Strip | None:
        if name in self._open:  # a schema that contains itself: what it becomes is known only afterwards
            return lambda value: known(value) if (known := self._known.get(name)) is not None else 0
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self.of(self._schemas[name])
            self._open.discard(name)
        return self._known[name]

    def _members(self, properties: Mapping[str, Any]) -> Strip | None:
        hidden = [name for name, part in properties.items() if self._is_hidden(part)]
        inner = {name: way for name, part in properties.items() if name not in hidden and (way := self.of(part))}
        if not hidden and not inner:
            return None

        def strip(value: Any) -> int:
            if not isinstance(value, dict):
                return 0
            taken = sum(value.pop(name, None) is not None for name in hidden)
            return taken + sum(within(value[name]) for name, within in inner.items() if name in value)

        return strip

    def _is_hidden(self, part: Mapping[str, Any]) -> bool:
        return _LEVELS.get(str(part.get("x-classification", "internal")), _LEAST) >= self._above


def _each(strip: Strip | None) -> Strip | None:
    if strip is None:
        return None
    return lambda value: sum(strip(each) for each in value) if isinstance(value, list) else 0


def _values(strip: Strip | None) -> Strip | None:
    if strip is None:
        return None
    return lambda value: sum(strip(each) for each in value.values()) if isinstance(value, dict) else 0


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(each) for name, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
