"""The work of a billing run: entries by week, what holds an entry back, which document an entry goes on, and totals."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias

from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import Billable, DocumentKey, MoneyDocument
from contracts.canonical.money import exponent
from load.firm import ENTRIES_A_WEEK, Entry, Firm

Totals: TypeAlias = dict[str, tuple[int, int, int]]

_DAY: Final = Decimal(24)


def batches(firm: Firm, lines: int) -> Iterator[tuple[int, list[Entry]]]:
    """The first so many entries of the firm, a week at a time."""
    for week in range(-(-lines // ENTRIES_A_WEEK)):
        left = lines - week * ENTRIES_A_WEEK
        yield week, list(islice(firm.entries(first=week, weeks=1), left))


def held_back(entry: Entry) -> str:
    """Why an entry is not even priced; empty when it is."""
    if entry.time.worked_on > entry.engagement.ends_on:
        return "closed project"
    return "more than 24 hours" if entry.time.hours > _DAY else ""


def passed(entries: Iterable[Entry], refused: Counter[str]) -> list[Entry]:
    """The entries that nothing holds back; the others are counted."""
    found = []
    for entry in entries:
        if why := held_back(entry):
            refused[why] += 1
        else:
            found.append(entry)
    return found


def by_hour(entry: Entry) -> bool:
    return entry.line.method is BillingMethod.TIME_AND_MATERIALS


def billable(entry: Entry, item_id: str) -> Billable:
    """What decides on which document of its week an entry goes (rule BIL-11)."""
    return Billable(
        item_id=item_id,
        bill_to_id=entry.time.customer_id,
        legal_entity_id=entry.time.legal_entity_id,
        currency=entry.engagement.currency,
        category=entry.line.tax.category,
        purchase_order=entry.engagement.purchase_order,
    )


def document_name(key: DocumentKey, week: int) -> str:
    """A document by what makes it one, in words that others can form as well."""
    parts = (key.bill_to_id, key.legal_entity_id, key.currency, key.treatment, key.purchase_order or "-", str(week))
    return "|".join(parts)


def in_minor_units(document: MoneyDocument) -> tuple[int, int, int]:
    """Net, tax and gross of a document as whole numbers."""
    digits = exponent(document.currency)
    net, tax, gross = (int(each.scaleb(digits)) for each in (document.net, document.tax, document.gross))
    return net, tax, gross


def write_totals(path: Path, totals: Totals) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((name, *amounts) for name, amounts in sorted(totals.items()))


def read_totals(path: Path) -> Totals:
    with path.open(encoding="utf-8", newline="") as file:
        return {name: (int(net), int(tax), int(gross)) for name, net, tax, gross in csv.reader(file)}
