"""What the seeded firm holds of each thing, drawn from its number; nothing is kept, so a million fit in little memory.

Contracts and customers are those of `load.firm`. Of each contract there are some documents and many entries of time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from contracts.canonical.money import quantum, rounded
from load.firm import Firm
from load.firm.chance import chance
from load.firm.engagements import Engagement

DOCUMENTS: Final = 6
FIRST_DAY: Final = dt.date(2026, 1, 5)
TAX: Final = Decimal("0.19")
_SHARED: Final = DOCUMENTS + 4
"""Of each contract beside its hours: its customer, itself, documents, and two sums that sales was told."""


@dataclass(frozen=True)
class Bill:
    """One document of a contract."""

    document_id: str
    contract: int
    net: Decimal
    tax: Decimal
    posted_on: dt.date

    @property
    def gross(self) -> Decimal:
        """Net and tax."""
        return self.net + self.tax


@dataclass(frozen=True)
class Entry:
    """Hours of one entry."""

    entry_id: str
    contract: int
    hours: Decimal
    worked_on: dt.date


@dataclass(frozen=True)
class SeededBooks:
    """A firm with so many contracts, and so many entries for each."""

    seed: int
    contracts: int
    entries: int

    @classmethod
    def of_size(cls, objects: int, *, seed: int = 1) -> SeededBooks:
        """About so many things in all: nine in ten are hours, as in a firm."""
        contracts = max(1, min(1_000, objects // 100))
        return cls(seed=seed, contracts=contracts, entries=max(1, objects // contracts - _SHARED))

    @property
    def objects(self) -> int:
        """How many things there are to compare."""
        customers = len({self.engagement(each).customer.customer_id for each in range(self.contracts)})
        return customers + self.contracts * (self.entries + _SHARED - 1)

    @cached_property
    def engagements(self) -> list[Engagement]:
        """The contracts, in order of number."""
        return list(Firm(self.seed).engagements[: self.contracts])

    def engagement(self, contract: int) -> Engagement:
        """One contract."""
        return self.engagements[contract]

    def value(self, contract: int) -> Decimal:
        """What a contract was sold for."""
        drawn = chance(self.seed, "value", contract)
        unit = quantum(self.engagement(contract).currency)
        return Decimal(drawn.randint(500_000, 90_000_000)) * unit

    def deal(self, contract: int) -> str:
        """The deal behind a contract."""
        return f"opp-{contract:06}"

    def bills(self, contract: int) -> list[Bill]:
        """The documents of a contract, one a month."""
        drawn = chance(self.seed, "bills", contract)
        currency = self.engagement(contract).currency
        found = []
        for number in range(DOCUMENTS):
            net = Decimal(drawn.randint(10_000, 9_000_000)) * quantum(currency)
            posted_on = FIRST_DAY + dt.timedelta(days=30 * number)
            document_id = f"inv-{contract:06}-{number}"
            found.append(Bill(document_id, contract, net, rounded(net * TAX, currency), posted_on))
        return found

    def entry(self, number: int) -> Entry:
        """One entry of time, by its number."""
        contract, day = number % self.contracts, number // self.contracts
        quarters = (number * 2_654_435_761 + self.seed) % 31 + 2  # any odd factor spreads the hours
        worked_on = FIRST_DAY + dt.timedelta(days=day % 170)
        return Entry(f"te-{number:09}", contract, Decimal(quarters) / 4, worked_on)

    def all_entries(self) -> Iterator[Entry]:
        """Every entry of time."""
        return (self.entry(number) for number in range(self.contracts * self.entries))
