"""Addresses: which service, set, key, link or function a decoded path names."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from system_apis.sap_s4hana.simulator.filters import literal
from system_apis.sap_s4hana.simulator.refusal import absent, malformed
from system_apis.sap_s4hana.simulator.schema import EntitySet, Kind, Service

_SEGMENT: Final = re.compile(r"/?((?:[^/(']|'(?:[^']|'')*'|\((?:[^()']|'(?:[^']|'')*')*\))+)")
_KEYED: Final = re.compile(r"([\w.$]+)\((.*)\)", re.DOTALL)
_PART: Final = re.compile(r"(?:(\w+)=)?((?:guid|datetime)?'(?:[^']|'')*'|[\w-]+)(?:,|$)")
_PLAIN_GUID: Final = 36


@dataclass(frozen=True)
class Place:
    """A segment of an address: a name, and a key if it has one."""

    name: str
    key: Mapping[str, Any] | None = None


def segments(tail: str) -> list[Place]:
    """The segments of what follows the service's root; quotes and brackets may hold slashes."""
    places, rest = [], tail
    while rest.strip("/"):
        found = _SEGMENT.match(rest)
        if found is None:
            raise malformed("The address cannot be read")
        places.append(_place(found.group(1)))
        rest = rest[found.end() :]
    return places


def key_of(entity: EntitySet, given: Mapping[str, Any]) -> tuple[Any, ...]:
    """The key of a row, in the order of the set; one part needs no name."""
    if set(given) == {""} and len(entity.keys) == 1:
        given = {entity.keys[0]: given[""]}
    if set(given) != set(entity.keys):
        raise malformed(f"Invalid key predicate for type '{entity.type_name}'")
    return tuple(_typed(entity, name, given[name]) for name in entity.keys)


def set_of(service: Service, name: str) -> EntitySet:
    """The set of that name."""
    if name not in service.sets:
        raise absent(name)
    return service.sets[name]


def _typed(entity: EntitySet, name: str, value: Any) -> Any:
    if entity.properties[name].kind is not Kind.GUID:
        return str(value)
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        raise malformed(f"Invalid key predicate for type '{entity.type_name}'") from None


def _place(text: str) -> Place:
    keyed = _KEYED.fullmatch(text)
    if keyed is None:
        return Place(text)
    name, inside = keyed.groups()
    parts = {found.group(1) or "": _value(found.group(2)) for found in _PART.finditer(inside)}
    if not parts:
        raise malformed(f"Invalid key predicate '{inside}'")
    return Place(name, parts)


def _value(token: str) -> Any:
    if token.startswith("'"):
        return literal("text", token)
    if "'" in token:
        return literal("typed", token)
    return token
