"""What hours sell for: for each customer and currency two price lists, the second from July on, with overrides."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from contracts.canonical.pricing import PriceList, RateOverride, RateRow, RateScope
from load.firm.chance import chance
from load.firm.engagements import Engagement
from load.firm.people import Person, in_steps
from load.firm.places import PLACES, ROLES, UNITS

Card: TypeAlias = tuple[PriceList, ...]
Cards: TypeAlias = Mapping[tuple[str, str], Card]

SOLD_ROLES: Final = 5
_SPELLS: Final = (
    (dt.date(2025, 1, 1), dt.date(2026, 7, 1)),
    (dt.date(2026, 7, 1), dt.date(2027, 7, 1)),
)
_DEARER: Final = 3  # per cent, from one range to the next


def cards(seed: int, sold: Sequence[Engagement], everybody: Sequence[Person]) -> dict[tuple[str, str], Card]:
    """The price lists by customer and currency."""
    contracts: dict[tuple[str, str], list[Engagement]] = {}
    for engagement in sold:
        contracts.setdefault(engagement.card, []).append(engagement)
    return {key: _card(seed, key, mine, everybody) for key, mine in contracts.items()}


def sold_roles(card: Card) -> list[str]:
    """The roles for which the lists have a rate of their own, in the order of the lists."""
    return list(dict.fromkeys(row.role for row in card[0].rows if row.role is not None))


def _card(seed: int, key: tuple[str, str], mine: Sequence[Engagement], everybody: Sequence[Person]) -> Card:
    drawn = chance(seed, "card", *key)
    roles = drawn.sample(list(ROLES), SOLD_ROLES)
    stars = drawn.sample([each for each in everybody if each.place is mine[0].seller], 2)
    lists = []
    for number, (starts_on, ends_before) in enumerate(_SPELLS, start=1):
        list_id = f"{key[0]}-{key[1]}-{number}"
        rows = list(_rows(drawn, list_id, mine[0], roles, stars, spell=(starts_on, ends_before)))
        lists.append(
            PriceList(
                list_id=list_id,
                name=f"{mine[0].customer.name} {starts_on.year}",
                currency=key[1],
                starts_on=starts_on,
                ends_before=ends_before,
                rows=rows,
                overrides=list(_overrides(drawn, rows, mine, end=ends_before)),
            )
        )
    return tuple(lists)


def _rows(
    drawn: random.Random,
    list_id: str,
    engagement: Engagement,
    roles: Sequence[str],
    stars: Sequence[Person],
    *,
    spell: tuple[dt.date, dt.date],
) -> Iterator[RateRow]:
    place, country = engagement.seller, engagement.customer.address.country
    series: list[tuple[str | None, dict[str, str]]] = [(role, {}) for role in roles]
    series += [(role, {"region": str(country)}) for role in drawn.sample(roles, 2)]
    series.append((drawn.choice(roles), {"company_id": place.entity_id, "unit_id": drawn.choice(UNITS)}))
    series += [(None, {"person_id": each.person_id}) for each in stars]
    number = 0
    for role, dimensions in series:
        rate = _rate(drawn, ROLES[role] if role else 150, engagement.currency)
        for starts_on, ends_before in _ranges(drawn, spell):
            number += 1
            row_id = f"{list_id}-{number}"
            yield RateRow(
                row_id=row_id, rate=rate, starts_on=starts_on, ends_before=ends_before, role=role, **dimensions
            )
            rate = _stepped(rate * (100 + _DEARER) / 100, engagement.currency)


def _ranges(drawn: random.Random, spell: tuple[dt.date, dt.date]) -> list[tuple[dt.date, dt.date]]:
    """One range, or two that meet on a day within the year of entries."""
    if drawn.random() < 0.5:
        return [spell]
    turn = max(spell[0], dt.date(2026, 1, 5)) + dt.timedelta(days=drawn.randint(10, 150))
    return [(spell[0], turn), (turn, spell[1])]


def _overrides(
    drawn: random.Random, rows: Sequence[RateRow], mine: Sequence[Engagement], *, end: dt.date
) -> Iterator[RateOverride]:
    """One for everybody, one for the customer and one for a contract, each of a row and from a day within its dates."""
    scopes = [
        (RateScope.UNSCOPED, None),
        (RateScope.CUSTOMER, mine[0].customer.customer_id),
        (RateScope.CONTRACT, drawn.choice(mine).contract_id),
    ]
    for number, (scope, scope_id) in enumerate(scopes, start=1):
        row = drawn.choice(rows)
        days = ((row.ends_before or end) - row.starts_on).days
        yield RateOverride(
            override_id=f"{row.row_id}-o{number}",
            row_id=row.row_id,
            rate=_stepped(row.rate * drawn.randint(85, 99) / 100, mine[0].currency),
            starts_on=row.starts_on + dt.timedelta(days=drawn.randrange(days)),
            scope=scope,
            scope_id=scope_id,
        )


def _rate(drawn: random.Random, hundredths: int, currency: str) -> Decimal:
    middling = next(each.sells_for for each in PLACES if each.currency == currency)
    return _stepped(middling * hundredths * drawn.randint(85, 115) / 10_000, currency)


def _stepped(rate: Decimal, currency: str) -> Decimal:
    return in_steps(rate, next(each.step for each in PLACES if each.currency == currency))
