"""What a resource is: attributes with their rights, children, and the rules that run when a row changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from system_apis.oracle_fusion.simulator.refusal import invalid
from system_apis.oracle_fusion.simulator.state import Pod, Row

Rule = Callable[[Pod, Row], None]
Change = Callable[[Pod, Row, dict[str, Any]], None]
WHO: Final = "CreationDate:moment- CreatedBy:text- LastUpdateDate:moment- LastUpdatedBy:text-"


class Kind(StrEnum):
    """Types on the wire."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "int"
    DATE = "date"
    MOMENT = "moment"
    FLAG = "flag"


@dataclass(frozen=True)
class Attribute:
    """One attribute: who may say it, and when."""

    kind: Kind
    required: bool = False
    read_only: bool = False
    fixed: bool = False


def _nothing(_pod: Pod, _row: Row) -> None:
    """No rule."""


def _unchanged(_pod: Pod, _row: Row, _change: dict[str, Any]) -> None:
    """No rule."""


@dataclass(frozen=True)
class Resource:
    """One resource. `key` names the attribute in its addresses; without one they are opaque."""

    name: str
    key: str
    attributes: dict[str, Attribute]
    children: dict[str, Resource] = field(default_factory=dict)
    methods: frozenset[str] = frozenset({"GET", "POST", "PATCH", "DELETE"})
    unique: tuple[tuple[str, ...], ...] = ()
    upsert: tuple[str, ...] = ()
    created: Rule = _nothing
    changing: Change = _unchanged
    changed: Rule = _nothing
    removing: Rule = _nothing


def attributes(text: str) -> dict[str, Attribute]:
    """Reads `Name:kind` with marks: `!` wanted on create, `-` only read, `^` never changed afterwards."""
    told = {}
    for part in f"{text} {WHO}".split():
        name, _, kind = part.partition(":")
        marks = set(kind) & set("!-^")
        plain = Kind("".join(letter for letter in kind if letter not in marks))
        told[name] = Attribute(plain, required="!" in marks, read_only="-" in marks, fixed="^" in marks)
    return told


def value_of(name: str, attribute: Attribute, said: Any) -> Any:
    """A value as it is kept.

    Raises:
        Refusal: it is not of the attribute's type.

    """
    if said is None:
        return None
    try:
        match attribute.kind:
            case Kind.NUMBER:
                return Decimal(str(said))
            case Kind.INTEGER:
                return int(str(said))
            case Kind.DATE:
                return dt.date.fromisoformat(said)
            case Kind.FLAG if isinstance(said, bool):
                return said
            case Kind.TEXT if isinstance(said, str):
                return said
    except (ArithmeticError, TypeError, ValueError):
        pass
    raise invalid("JBO-27018", f"The type of the value for attribute {name} is not valid.", path=f"/{name}")
