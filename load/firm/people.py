"""Who works for the firm: each person has an entity, a unit, a role and a cost rate."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from contracts.canonical.money import Money, rounded
from load.firm.chance import chance
from load.firm.places import PLACES, ROLES, UNITS, Place

PEOPLE: Final = 2_500
_PYRAMID: Final = (16, 18, 14, 14, 10, 9, 7, 5, 5, 2)  # of each hundred people, by role
_COSTS: Final = (40, 55)  # an hour costs between these hundredths of what it sells for


@dataclass(frozen=True, kw_only=True)
class Person:
    """One of the firm. The cost rate is in the currency of the entity."""

    person_id: str
    number: int
    place: Place
    unit: str
    role: str
    cost_rate: Money


def people(seed: int) -> tuple[Person, ...]:
    """Everybody, in order of number; entities have exactly their shares."""
    found: list[Person] = []
    for place in PLACES:
        for _ in range(PEOPLE * place.share // 100):
            found.append(_person(seed, len(found) + 1, place))
    return tuple(found)


def _person(seed: int, number: int, place: Place) -> Person:
    drawn = chance(seed, "person", number)
    [role] = drawn.choices(list(ROLES), weights=_PYRAMID)
    cost = place.sells_for * ROLES[role] * drawn.randint(*_COSTS) / 10_000
    return Person(
        person_id=f"per-{number:04}",
        number=number,
        place=place,
        unit=drawn.choice(UNITS),
        role=role,
        cost_rate=Money(amount=rounded(cost, place.currency), currency=place.currency),
    )


def in_steps(amount: Decimal, step: Decimal) -> Decimal:
    """An amount in whole steps, rounded down."""
    return amount // step * step
