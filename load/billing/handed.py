"""What the others are handed: the entries, contract lines, rates and overrides of a run, as tables in CSV.

`python -m load.billing.handed LINES FOLDER`. Amounts and hours are decimals in text; every range is half-open.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from contracts.canonical.money import exponent
from contracts.canonical.pricing import PriceList, RateOverride
from contracts.canonical.trade.documents import document_key
from contracts.canonical.trade.lists import ends
from load.billing.work import batches, billable, passed
from load.firm import Entry, Firm

_ENTRY = ("entry_id", "week", "line_id", "person_id", "company_id", "unit_id", "role", "worked_on", "hours")
_LINE = (
    "line_id", "method", "card", "contract_id", "customer_id", "entity", "currency", "digits", "region",
    "category", "percent", "treatment", "purchase_order",
)  # fmt: skip  # one list of names
_ROW = ("row_id", "card", "person_id", "company_id", "unit_id", "region", "role", "rate", "starts_on", "ends_before")
_OVERRIDE = ("row_id", "scope", "scope_id", "rate", "starts_on", "ends_before")


def hand(lines: int, folder: Path) -> None:
    """Write the four tables into a folder."""
    firm, seen = Firm(), dict[str, Entry]()
    _write(folder / "entries.csv", _ENTRY, _entries(firm, lines, seen))
    _write(folder / "lines.csv", _LINE, (_line(entry) for entry in seen.values()))
    lists = [(f"{key[0]}-{key[1]}", prices) for key, card in firm.cards.items() for prices in card]
    _write(folder / "rows.csv", _ROW, (row for card, prices in lists for row in _rows(card, prices)))
    _write(folder / "overrides.csv", _OVERRIDE, (row for _, prices in lists for row in _overrides(prices)))


def _write(path: Path, names: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)


def _entries(firm: Firm, lines: int, seen: dict[str, Entry]) -> Iterator[tuple[object, ...]]:
    for week, found in batches(firm, lines):
        for entry in passed(found, Counter()):
            time, person = entry.time, entry.person
            seen.setdefault(entry.line.line_id, entry)
            yield (
                time.source.source_id,
                week,
                time.contract_line_id,
                time.person_id,
                person.place.entity_id,
                person.unit,
                time.role,
                time.worked_on,
                time.billable_hours,
            )


def _line(entry: Entry) -> tuple[object, ...]:
    engagement, line = entry.engagement, entry.line
    return (
        line.line_id,
        line.method.value,
        "-".join(engagement.card),
        engagement.contract_id,
        engagement.customer.customer_id,
        engagement.seller.entity_id,
        engagement.currency,
        exponent(engagement.currency),
        engagement.customer.address.country,
        line.tax.category.value,
        line.tax.percent,
        document_key(billable(entry, "")).treatment,
        engagement.purchase_order or "-",
    )


def _rows(card: str, prices: PriceList) -> Iterator[tuple[object, ...]]:
    for row in prices.rows:
        dimensions = (row.person_id, row.company_id, row.unit_id, row.region, row.role)
        yield (row.row_id, card, *(each or "" for each in dimensions), row.rate, row.starts_on, ends(row, prices))


def _overrides(prices: PriceList) -> Iterator[tuple[object, ...]]:
    """Each with the day on which it ends: that of the next of its row and scope, or of the row."""
    last = {row.row_id: ends(row, prices) for row in prices.rows}
    for override in prices.overrides:
        later = [each.starts_on for each in prices.overrides if _of_one(each, override)]
        until = min([day for day in later if day > override.starts_on] + [last[override.row_id]])
        yield (
            override.row_id,
            override.scope.value,
            override.scope_id or "",
            override.rate,
            override.starts_on,
            until,
        )


def _of_one(one: RateOverride, other: RateOverride) -> bool:
    return (one.row_id, one.scope, one.scope_id) == (other.row_id, other.scope, other.scope_id)


if __name__ == "__main__":
    hand(int(sys.argv[1]), Path(sys.argv[2]))
