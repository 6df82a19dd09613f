"""The words a record type is described in: fields, sublists, references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "string"
    NUMBER = "integer"
    AMOUNT = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "date-time"
    REFERENCE = "reference"
    CHOICE = "choice"
    SUBRECORD = "subrecord"
    SUBLIST = "sublist"


@dataclass(frozen=True)
class Field:
    """One field; `targets` names the record types a reference may lead to, `fields` what is nested."""

    name: str
    kind: Kind
    targets: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    required: bool = False
    unique: bool = False
    read_only: bool = False

    @property
    def custom(self) -> bool:
        """Whether the account added it."""
        return self.name.startswith("cust")


@dataclass(frozen=True)
class RecordType:
    """One kind of record. External ids are unique within `space`; SuiteQL calls it `table`."""

    name: str
    table: str
    space: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    methods: frozenset[str] = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
    code: str = ""


def text(*names: str) -> list[Field]:
    """Fields of text."""
    return [Field(name, Kind.TEXT) for name in names]


def flags(*names: str) -> list[Field]:
    """Fields of true and false."""
    return [Field(name, Kind.BOOLEAN) for name in names]


def amounts(*names: str) -> list[Field]:
    """Decimal fields."""
    return [Field(name, Kind.AMOUNT) for name in names]


def dates(*names: str) -> list[Field]:
    """Fields of a day."""
    return [Field(name, Kind.DATE) for name in names]


def reference(name: str, *targets: str, required: bool = False) -> Field:
    """A reference to a record of one of the target types."""
    return Field(name, Kind.REFERENCE, targets=targets, required=required)


def choice(name: str, **choices: str) -> Field:
    """A value of a fixed list; a leading underscore of a key is dropped (keys may be digits)."""
    return Field(name, Kind.CHOICE, choices={key.removeprefix("_"): value for key, value in choices.items()})


def nested(name: str, *fields: Field, kind: Kind = Kind.SUBLIST) -> Field:
    """A sublist, or a subrecord."""
    return Field(name, kind, fields={one.name: one for one in fields})


def required(one: Field) -> Field:
    return replace(one, required=True)


def unique(one: Field) -> Field:
    return replace(one, unique=True)


def computed(*many: Field) -> list[Field]:
    """Fields the account fills in by itself."""
    return [replace(one, read_only=True) for one in many]


def record_type(name: str, *fields: Field, table: str = "", space: str = "", **more: Any) -> RecordType:
    """A record type; every one has its dates of creation and change."""
    stamps = computed(Field("createdDate", Kind.MOMENT), Field("lastModifiedDate", Kind.MOMENT))
    known = {one.name: one for one in (*fields, *stamps)}
    return RecordType(name, table or name.lower(), space or name, known, **more)
