"""Objects of an org and their declared fields; what is not declared is refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as describe tells it. `reference` names the object a lookup points at."""

    name: str
    type: str = "string"
    length: int = 0
    scale: int = 0
    required: bool = False
    locked: bool = False  # neither createable nor updateable
    fixed: bool = False  # createable, not updateable
    external: bool = False
    unique: bool = False  # as the vendor has it, without regard to case
    reference: str = ""
    values: tuple[str, ...] = ()
    restricted: bool = False

    @property
    def relationship(self) -> str:
        """The name by which SOQL follows a lookup: Account for AccountId, Line__r for Line__c."""
        if not self.reference:
            return ""
        return self.name[:-3] + "__r" if self.name.endswith("__c") else self.name.removesuffix("Id")


@dataclass(frozen=True, slots=True)
class Entity:
    """An object: its name, the three letters its ids begin with, and its fields by name."""

    name: str
    prefix: str
    fields: dict[str, Field]

    def field(self, name: str) -> Field | None:
        """Find a field; names are compared without regard to case, as the vendor does."""
        return self.fields.get(name) or self._folded().get(name.lower())

    def follow(self, relationship: str) -> Field | None:
        """Find the lookup that a dotted name goes through."""
        wanted = relationship.lower()
        return next((f for f in self.fields.values() if f.reference and f.relationship.lower() == wanted), None)

    def _folded(self) -> dict[str, Field]:
        return {name.lower(): field for name, field in self.fields.items()}


class Schema:
    """The objects of one org, found by name or by the letters their ids begin with."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.entities = {entity.name: entity for entity in entities}
        self._folded = {name.lower(): entity for name, entity in self.entities.items()}

    def entity(self, name: str) -> Entity | None:
        """Find an object; names are compared without regard to case."""
        return self.entities.get(name) or self._folded.get(name.lower())

    def of_id(self, row_id: str) -> Entity | None:
        """The object whose ids begin like this one."""
        return next((kind for kind in self.entities.values() if kind.prefix == row_id[:3]), None)


def key(name: str, length: int = 255) -> Field:
    """A text by which a row is found and of which there are no two."""
    return Field(name=name, length=length, external=True, unique=True)


def flag(name: str) -> Field:
    """A box to tick."""
    return Field(name=name, type="boolean")


def text(name: str, length: int = 255, *, required: bool = False, external: bool = False) -> Field:
    """A text of so many letters."""
    return Field(name=name, length=length, required=required, external=external)


def money(name: str) -> Field:
    """An amount in the currency of its record."""
    return Field(name=name, type="currency", scale=2)


def date(name: str, *, required: bool = False) -> Field:
    """A day."""
    return Field(name=name, type="date", required=required)


def to(name: str, reference: str, *, required: bool = False, fixed: bool = False, locked: bool = False) -> Field:
    """A lookup of another object."""
    return Field(name=name, type="reference", reference=reference, required=required, fixed=fixed, locked=locked)


def choice(name: str, *values: str, required: bool = False, restricted: bool = True) -> Field:
    """One of these values; restricted refuses others."""
    return Field(name=name, type="picklist", length=255, values=values, required=required, restricted=restricted)


def given(name: str, kind: str, *, scale: int = 0) -> Field:
    """A field that the org fills in itself."""
    return Field(name=name, type=kind, scale=scale, locked=True)


_SYSTEM: Final = (
    given("Id", "id"),
    given("IsDeleted", "boolean"),
    given("CreatedDate", "datetime"),
    given("LastModifiedDate", "datetime"),
    given("SystemModstamp", "datetime"),
)


def entity(name: str, prefix: str, *fields: Field) -> Entity:
    """An object with the fields that every object has."""
    return Entity(name, prefix, {field.name: field for field in (*_SYSTEM, *fields)})


def percent(name: str) -> Field:
    """A percentage."""
    return Field(name=name, type="percent", scale=2)


def double(name: str, scale: int = 2) -> Field:
    """A number."""
    return Field(name=name, type="double", scale=scale)
