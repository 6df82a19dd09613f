"""What a service shows: entity sets, their properties and links, and what may be written of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_SPEC: Final = re.compile(r"(\w+) (text|flag|amount|day|moment|guid|count)(\d*)(?: (ro|once))?")


class Kind(StrEnum):
    """The kinds of value that the tenant knows; each dialect writes them its own way."""

    TEXT = "text"
    FLAG = "flag"
    AMOUNT = "amount"
    DAY = "day"
    MOMENT = "moment"
    GUID = "guid"
    COUNT = "count"


@dataclass(frozen=True)
class Property:
    """One property. `create` and `update` are what `sap:creatable` and `sap:updatable` say."""

    name: str
    kind: Kind
    length: int
    create: bool = True
    update: bool = True

    @property
    def empty(self) -> Any:
        """What it holds before anybody says something."""
        return {Kind.TEXT: "", Kind.FLAG: False, Kind.AMOUNT: None, Kind.COUNT: 0}.get(self.kind)


@dataclass(frozen=True)
class Link:
    """A navigation property: which rows of another set belong to a row, by pairs of columns (here, there)."""

    name: str
    target: str
    match: tuple[tuple[str, str], ...]
    many: bool = True


@dataclass(frozen=True)
class EntitySet:
    """A set of a service over a table; several services may show one table."""

    name: str
    table: str
    keys: tuple[str, ...]
    properties: Mapping[str, Property]
    links: Mapping[str, Link] = field(default_factory=dict)
    creatable: bool = True
    updatable: bool = True
    deletable: bool = False

    @property
    def type_name(self) -> str:
        """The name of the entity type."""
        return f"{self.name}Type"


@dataclass(frozen=True)
class Function:
    """A function import of version 2, or an action of version 4: what it takes, and of which set it gives a row."""

    returns: str
    parameters: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """One OData service: where it is, which version, its sets, its functions by name."""

    name: str
    path: str
    version: int
    sets: Mapping[str, EntitySet]
    functions: Mapping[str, Function] = field(default_factory=dict)


def properties(spec: str) -> dict[str, Property]:
    """Read lines `Name kind<length> [ro|once]`, separated by commas."""
    found = {}
    for entry in spec.split(","):
        read = _SPEC.fullmatch(" ".join(entry.split()))
        if read is None:
            message = f"a catalogue has the entry {entry!r}"
            raise ValueError(message)
        name, kind, length, mark = read.groups()
        found[name] = Property(name, Kind(kind), int(length or 0), create=mark != "ro", update=mark is None)
    return found


def links(*several: Link) -> dict[str, Link]:
    """Links by name."""
    return {link.name: link for link in several}
