"""Breaks planted in the firm, each of one class at one system, on contracts of their own so that none hides another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from contracts.canonical.reconciliation import BreakClass, ObjectKind
from load.reconciliation.books import SeededBooks


class Where(Enum):
    """What is planted: kind, class, and what was done to which system."""

    PROJECT_MISSING = (ObjectKind.CONTRACT, BreakClass.MISSING)
    SCHEDULE_MISSING = (ObjectKind.CONTRACT, BreakClass.MISSING, "erp")
    DEAL_MISSING = (ObjectKind.CONTRACT, BreakClass.MISSING, "crm")
    PROJECT_UNLINKED = (ObjectKind.CONTRACT, BreakClass.UNLINKED)
    PROJECT_TWICE = (ObjectKind.CONTRACT, BreakClass.DUPLICATE)
    PROJECT_ORPHAN = (ObjectKind.CONTRACT, BreakClass.ORPHAN)
    DEAL_REOPENED = (ObjectKind.CONTRACT, BreakClass.STALE)
    PROJECT_ARCHIVED = (ObjectKind.CONTRACT, BreakClass.STALE, "psa")
    BUDGET_CURRENCY = (ObjectKind.CONTRACT, BreakClass.CURRENCY)
    BUDGET_AMOUNT = (ObjectKind.CONTRACT, BreakClass.AMOUNT)
    DEAL_AMOUNT = (ObjectKind.CONTRACT, BreakClass.AMOUNT, "crm")
    SCHEDULE_CENT = (ObjectKind.CONTRACT, BreakClass.ROUNDING)
    DEAL_ON_ITS_WAY = (ObjectKind.CONTRACT, BreakClass.TIMING)
    CUSTOMER_MISSING = (ObjectKind.CUSTOMER, BreakClass.MISSING)
    DOCUMENT_DELETED = (ObjectKind.DOCUMENT, BreakClass.MISSING)
    DOCUMENT_VOIDED = (ObjectKind.DOCUMENT, BreakClass.STALE)
    DOCUMENT_TWICE = (ObjectKind.DOCUMENT, BreakClass.DUPLICATE)
    DOCUMENT_ORPHAN = (ObjectKind.DOCUMENT, BreakClass.ORPHAN)
    DOCUMENT_UNKNOWN_KEY = (ObjectKind.DOCUMENT, BreakClass.ORPHAN, "key")
    DOCUMENT_UNLINKED = (ObjectKind.DOCUMENT, BreakClass.UNLINKED)
    DOCUMENT_AMOUNT = (ObjectKind.DOCUMENT, BreakClass.AMOUNT)
    DOCUMENT_TAX = (ObjectKind.DOCUMENT, BreakClass.TAX)
    DOCUMENT_CENT = (ObjectKind.DOCUMENT, BreakClass.ROUNDING)
    DOCUMENT_CURRENCY = (ObjectKind.DOCUMENT, BreakClass.CURRENCY)
    HOURS_UNBOOKED = (ObjectKind.HOURS, BreakClass.MISSING)
    HOURS_UNKNOWN = (ObjectKind.HOURS, BreakClass.MISSING, "psa")
    HOURS_CHANGED = (ObjectKind.HOURS, BreakClass.QUANTITY)
    HOURS_WITHDRAWN = (ObjectKind.HOURS, BreakClass.STALE)
    BILLING_TOLD_WRONG = (ObjectKind.BILLING, BreakClass.AMOUNT)
    PAYMENT_TOLD_WRONG = (ObjectKind.PAYMENT, BreakClass.AMOUNT)

    @property
    def kind(self) -> ObjectKind:
        """What kind of thing breaks."""
        kind: ObjectKind = self.value[0]
        return kind

    @property
    def break_class(self) -> BreakClass:
        """How."""
        broken: BreakClass = self.value[1]
        return broken


@dataclass(frozen=True)
class Planted:
    """Which contract, or which entry of time, has which break."""

    books: SeededBooks
    contracts: Mapping[int, Where] = field(default_factory=dict)
    entries: Mapping[int, Where] = field(default_factory=dict)

    def of(self, contract: int) -> Where | None:
        """What was planted in a contract."""
        return self.contracts.get(contract)

    def expected(self) -> set[tuple[str, str, str]]:
        """Kind, key and class of every break that is to be found, and of no other."""
        found = {(where.kind.value, self._key(number, where), where.break_class.value) for number, where in self}
        return found | {
            ("customer", self.books.engagement(number).customer.customer_id, "missing")
            for number, where in self.contracts.items()
            if where is Where.CUSTOMER_MISSING
        }

    def __iter__(self) -> Iterator[tuple[int, Where]]:
        """Every break with its number."""
        yield from self.entries.items()
        yield from ((number, each) for number, each in self.contracts.items() if each is not Where.CUSTOMER_MISSING)

    def _key(self, number: int, where: Where) -> str:
        if where.kind is ObjectKind.HOURS:
            return self.books.entry(number).entry_id
        return KEYS.get(where, KEYS_OF_KIND[where.kind])(self.books, number)


Key = Callable[[SeededBooks, int], str]
KEYS_OF_KIND: Final[Mapping[ObjectKind, Key]] = {
    ObjectKind.CONTRACT: lambda books, number: books.engagement(number).project_id,
    ObjectKind.DOCUMENT: lambda books, number: books.bills(number)[0].document_id,
    ObjectKind.BILLING: lambda books, number: books.deal(number),
    ObjectKind.PAYMENT: lambda books, number: books.deal(number),
}
KEYS: Final[Mapping[Where, Key]] = {
    Where.PROJECT_ORPHAN: lambda _, number: f"ws-orphan-{number}",
    Where.DEAL_ON_ITS_WAY: lambda _, number: f"deal:opp-new-{number}",
    Where.DOCUMENT_ORPHAN: lambda _, number: f"erp-orphan-{number}",
    Where.DOCUMENT_UNKNOWN_KEY: lambda _, number: f"inv-unknown-{number}",
}


def planted(books: SeededBooks, each: int = 1, *, among: Collection[Where] = tuple(Where)) -> Planted:
    """So many breaks of each of these sorts, on contracts drawn by the seed of the firm.

    Raises:
        ValueError: the firm has too few contracts for them.

    """
    sorts = [where for where in among if where.kind is not ObjectKind.HOURS]
    contracts: dict[int, Where] = {}
    free = _spread(books)
    for where in [where for where in sorts for _ in range(each)]:
        number = next(free, None)
        if number is None:
            raise ValueError(f"{books.contracts} contracts are too few for {each} breaks of every sort")
        contracts[number] = where
    hours = [where for where in among if where.kind is ObjectKind.HOURS]
    whole = books.contracts * books.entries
    step = max(1, whole // (len(hours) * each + 1))
    entries = {(step * place) % whole: hours[place % len(hours)] for place in range(1, len(hours) * each + 1)}
    return Planted(books, contracts, entries)


def _spread(books: SeededBooks) -> Iterator[int]:
    """Contracts in an order of the seed, each of a customer of its own where there are enough."""
    offset = books.seed * 7 % books.contracts
    return iter([(offset + each) % books.contracts for each in range(books.contracts)])
