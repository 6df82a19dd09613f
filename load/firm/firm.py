"""The firm as a whole: what stands is drawn at once, what is entered week by week as it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from contracts.canonical.party import Customer
from contracts.canonical.pricing import PriceList, PriceQuery
from load.firm.cards import Card, cards, sold_roles
from load.firm.engagements import ContractLine, Engagement, customers, engagements
from load.firm.people import Person, people
from load.firm.places import FIRST_MONDAY, PLACES, REGIONS, ROLES, Place
from load.firm.weeks import WEEKS, Assignment, Entry, assignments, entries


@dataclass(frozen=True)
class Firm:
    """The firm that one seed makes."""

    seed: int = 1

    @property
    def places(self) -> tuple[Place, ...]:
        return PLACES

    @cached_property
    def people(self) -> tuple[Person, ...]:
        return people(self.seed)

    @cached_property
    def customers(self) -> tuple[Customer, ...]:
        return customers(self.seed)

    @cached_property
    def engagements(self) -> tuple[Engagement, ...]:
        return engagements(self.seed, self.customers)

    @cached_property
    def cards(self) -> dict[tuple[str, str], Card]:
        return cards(self.seed, self.engagements, self.people)

    def assigned(self, week: int) -> list[tuple[Assignment, ...]]:
        """What everybody is assigned to in a week, by person."""
        return list(assignments(self.seed, week, self.people, self._work))

    def entries(self, *, first: int = 0, weeks: int = WEEKS) -> Iterator[Entry]:
        """The entries of some weeks, one at a time; at most a year from the first Monday on.

        Raises:
            ValueError: these weeks lie outside the year.

        """
        if first < 0 or first + weeks > WEEKS:
            raise ValueError(f"entries are made for {WEEKS} weeks, not for {weeks} from week {first} on")
        for week in range(first, first + weeks):
            yield from entries(self.seed, week, self.assigned(week), self._closed)

    def lists(self, entry: Entry) -> Sequence[PriceList]:
        """The price lists agreed for the contract of an entry."""
        return self.cards[entry.engagement.card]

    def query(self, entry: Entry) -> PriceQuery:
        """What the price of an entry is asked by."""
        engagement, time = entry.engagement, entry.time
        return PriceQuery(
            currency=engagement.currency,
            worked_on=time.worked_on,
            hours=time.billable_hours,
            person_id=time.person_id,
            role=time.role,
            company_id=entry.person.place.entity_id,
            unit_id=entry.person.unit,
            region=engagement.customer.address.country,
            contract_id=engagement.contract_id,
            customer_id=time.customer_id,
        )

    @cached_property
    def _work(self) -> dict[tuple[str, str], list[tuple[Engagement, ContractLine]]]:
        found: dict[tuple[str, str], list[tuple[Engagement, ContractLine]]] = {
            (region, role): [] for region in REGIONS for role in ROLES
        }
        for engagement in self.engagements:
            for role in sold_roles(self.cards[engagement.card]):
                found[engagement.seller.region, role] += [(engagement, line) for line in engagement.lines]
        return found

    @cached_property
    def _closed(self) -> list[tuple[Engagement, ContractLine]]:
        return [
            (engagement, line)
            for engagement in self.engagements
            if engagement.ends_on < FIRST_MONDAY
            for line in engagement.lines
        ]
