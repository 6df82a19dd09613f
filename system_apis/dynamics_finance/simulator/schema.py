"""What an entity set is: its key, its fields with their kinds, and the label of its table in messages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

NO_DAY: Final = "1900-01-01T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `enum` is the name of its enumeration; `locked` is what callers may not write."""

    name: str
    kind: str = "text"
    most: int = 0
    needed: bool = False
    locked: bool = False
    enum: str = ""
    members: tuple[str, ...] = ()

    @property
    def empty(self) -> Any:
        """What a field holds of which nothing was said: nothing here is ever null."""
        if self.kind == "enum":
            return self.members[0]
        return {"decimal": Decimal(0), "day": NO_DAY, "moment": NO_DAY}.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class EntitySet:
    """One public set."""

    name: str
    entity: str
    label: str
    key: tuple[str, ...]
    fields: dict[str, Field]
    writable: bool = True

    @property
    def by_company(self) -> bool:
        """Whether its rows belong to companies."""
        return self.key[0] == "dataAreaId"


def entity_set(
    name: str, entity: str, label: str, key: tuple[str, ...], *fields: Field, writable: bool = True
) -> EntitySet:
    """A set with its key fields first."""
    keys = (Field(each, most=20, needed=True) for each in key)
    named = {each.name: each for each in (*keys, *fields)}
    return EntitySet(name, entity, label, key, named, writable)


def text(name: str, most: int = 0, *, needed: bool = False, locked: bool = False) -> Field:
    """Text of at most so many characters; 0 is no limit."""
    return Field(name, most=most, needed=needed, locked=locked)


def amount(name: str, *, locked: bool = False) -> Field:
    """A figure."""
    return Field(name, "decimal", locked=locked)


def day(name: str, *, needed: bool = False) -> Field:
    """A day, at noon."""
    return Field(name, "day", needed=needed)


def choice(name: str, enum: str, *members: str, locked: bool = False) -> Field:
    """A member of an enumeration; the first one holds when nothing is said."""
    return Field(name, "enum", enum=enum, members=members, locked=locked)
