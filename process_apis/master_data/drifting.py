"""Where systems hold different values of one field, the owner's first, and what would settle it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.canonical.field import Record
from contracts.canonical.master import Correction, FieldRule, Holding


@dataclass(frozen=True, slots=True)
class Held:
    """A value at a connection."""

    connection: str
    record: Record
    value: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which connections differ."""

    holdings: list[Holding]
    repair: list[Correction]


def difference(rule: FieldRule, held: Iterable[Held]) -> Difference | None:
    """How a field differs, or None when all hold the same or fewer than two hold any.

    A repair is proposed where every system that owns the field says the same; otherwise people have to.
    """
    ordered = sorted(held, key=lambda each: (each.record is not rule.record, each.connection))
    if not any(each.value != ordered[0].value for each in ordered[1:]):
        return None
    owners = [each.value for each in ordered if each.record is rule.record]
    agreed = bool(owners) and all(value == owners[0] for value in owners)
    repair = [
        Correction(connection=each.connection, value=owners[0])
        for each in ordered
        if agreed and each.value != owners[0]
    ]
    holdings = [
        Holding(connection=each.connection, value=each.value, owner=each.record is rule.record) for each in ordered
    ]
    return Difference(holdings=holdings, repair=repair)


def differences(rules: Mapping[str, FieldRule], held: Mapping[str, Iterable[Held]]) -> dict[str, Difference]:
    """Every difference by field."""
    found = {path: difference(rules[path], values) for path, values in held.items() if path in rules}
    return {path: each for path, each in found.items() if each is not None}
