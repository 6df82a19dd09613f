"""Our arithmetic alone, with no ledger and no store: the price of each entry and the totals of each document.

`python -m load.billing.arithmetic LINES TOTALS` tells what it took as JSON; drawing the entries is not counted.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts.canonical.documents import DocumentKey, DocumentLine
from contracts.canonical.trade.documents import computed, document_key
from contracts.canonical.trade.rating import price_of
from load.billing.stages import Stages, peak_mb
from load.billing.work import Totals, batches, billable, by_hour, document_name, in_minor_units, passed, write_totals
from load.firm import Entry, Firm


def summed(lines: int, totals: Path) -> dict[str, Any]:
    """Price so many entries and add them up by document."""
    firm, stages, found, refused = Firm(), Stages(), Totals(), Counter[str]()
    for week, entries in batches(firm, lines):
        sold = [each for each in passed(entries, refused) if by_hour(each) and each.time.billable_hours]
        with stages.stage("sum"):
            documents = _documents(firm, sold, refused)
            for key, mine in documents.items():
                found[document_name(key, week)] = in_minor_units(computed(mine, key.currency))
        stages.count("sum", sum(len(each) for each in documents.values()))
    write_totals(totals, found)
    told = stages.told()["sum"]
    return {
        "read_s": 0.0,
        "s": told["s"],
        "cpu_s": told["cpu_s"],
        "peak_mb": peak_mb(),
        "lines": told["many"],
        "unpriced": refused["no rate"],
    }


def _documents(firm: Firm, sold: Sequence[Entry], refused: Counter[str]) -> dict[DocumentKey, list[DocumentLine]]:
    documents: dict[DocumentKey, list[DocumentLine]] = {}
    for entry in sold:
        price = price_of(firm.query(entry), firm.lists(entry))
        if price.rate is None:
            refused["no rate"] += 1
            continue
        source_id, tax = entry.time.source.source_id, entry.line.tax
        line = DocumentLine(
            line_id=source_id,
            quantity=price.hours,
            rate=price.rate,
            category=tax.category,
            tax_percent=tax.percent,
        )
        documents.setdefault(document_key(billable(entry, source_id)), []).append(line)
    return documents


if __name__ == "__main__":
    print(json.dumps(summed(int(sys.argv[1]), Path(sys.argv[2]))))
