"""One billing run on a real store, week by week: priced, appended, drafted, posted with numbers, and tied.

`python -m load.billing.run LINES URL TOTALS` tells what it took as JSON; exit 1, and no figures, when it does not tie.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from contracts.canonical.actuals import Actual, Chargeability, Side
from contracts.canonical.invoices import Invoice
from contracts.canonical.pricing import RATE_MISSING, Price
from contracts.canonical.trade.documents import on_documents
from contracts.canonical.trade.ledger.approval import approved
from contracts.canonical.trade.ledger.billing import drafted
from contracts.canonical.trade.rating import price_of
from kit.store import Store, migrate
from kit.store.ledger import Ledger
from load.billing.stages import NotTied, Stages, peak_mb
from load.billing.tie import tie
from load.billing.work import Totals, batches, billable, by_hour, document_name, in_minor_units, passed, write_totals
from load.firm import Entry, Firm

TENANT: Final = "northwind"
SERIES: Final = "2026"
NOW: Final = dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)
BATCH: Final = 1_000  # lines of one transaction, as a night's approvals come
INVOICES: Final = 50  # drafted, and posted, in one transaction


@dataclass
class Run:
    """What one run keeps as it goes: no line, but a total for each document."""

    store: Store
    firm: Firm
    stages: Stages = field(default_factory=Stages)
    refused: Counter[str] = field(default_factory=Counter)
    totals: Totals = field(default_factory=dict)
    hours: Decimal = Decimal(0)

    async def week(self, week: int, entries: Sequence[Entry]) -> None:
        """Bill the entries of one week."""
        priced = self._priced(passed(entries, self.refused))
        with self.stages.stage("lines"):
            lines = [self._lines(entry, price) for entry, price in priced]
        everything = [line for each in lines for line in each]
        self.stages.count("lines", len(everything))
        await self._append(everything)
        sold = [(entry, line) for (entry, _), each in zip(priced, lines, strict=True) for line in each if _ready(line)]
        self.hours += sum((line.quantity for _, line in sold), Decimal(0))
        names = await self._draft(week, sold)
        await self._post(week, names)

    def _priced(self, entries: Sequence[Entry]) -> list[tuple[Entry, Price | None]]:
        with self.stages.stage("price"):
            asked = [
                (entry, price_of(self.firm.query(entry), self.firm.lists(entry)) if by_hour(entry) else None)
                for entry in entries
            ]
        self.stages.count("price", sum(1 for _, price in asked if price is not None))
        priced = [(entry, price) for entry, price in asked if price is None or price.code != RATE_MISSING]
        self.refused["no rate"] += len(asked) - len(priced)
        return priced

    @staticmethod
    def _lines(entry: Entry, price: Price | None) -> list[Actual]:
        tax = entry.line.tax
        return approved(entry.time, price=price, tax=tax, accounting_date=entry.time.worked_on)

    async def _append(self, lines: Sequence[Actual]) -> None:
        with self.stages.stage("append"):
            for first in range(0, len(lines), BATCH):
                async with self.store.write() as connection:
                    await Ledger(connection, TENANT, NOW).append(lines[first : first + BATCH])
        self.stages.count("append", len(lines))

    async def _draft(self, week: int, sold: Sequence[tuple[Entry, Actual]]) -> dict[str, str]:
        names: dict[str, str] = {}
        with self.stages.stage("draft"):
            by_id = {line.actual_id: line for _, line in sold}
            items = on_documents(billable(entry, line.actual_id) for entry, line in sold)
            drafts = []
            for number, document in enumerate(items, start=1):
                invoice_id = f"inv-{week:02}-{number:04}"
                names[invoice_id] = document_name(document.key, week)
                drafts.append(drafted(invoice_id, [by_id[each] for each in document.item_ids], held=()))
            for first in range(0, len(drafts), INVOICES):
                async with self.store.write() as connection:
                    await Ledger(connection, TENANT, NOW).draft(*drafts[first : first + INVOICES])
        self.stages.count("draft", len(sold))
        return names

    async def _post(self, week: int, names: dict[str, str]) -> None:
        posted_on = dt.date(2026, 1, 11) + dt.timedelta(weeks=week)
        billed = 0
        with self.stages.stage("post"):
            asked = list(names)
            for first in range(0, len(asked), INVOICES):
                async with self.store.write() as connection:
                    ledger = Ledger(connection, TENANT, NOW)
                    some = asked[first : first + INVOICES]
                    done = await ledger.post_all(some, series=SERIES, posted_on=posted_on, closed=())
                billed += sum(self._told(invoice, names) for invoice in done)
        self.stages.count("post", billed)

    def _told(self, invoice: Invoice, names: dict[str, str]) -> int:
        if invoice.document is None:
            raise NotTied(f"{invoice.invoice_id} was posted without amounts")
        self.totals[names[invoice.invoice_id]] = in_minor_units(invoice.document)
        return len(invoice.lines)


def _ready(line: Actual) -> bool:
    """New lines are on no draft, so that what could be billed is what is charged (see `billing.ready`)."""
    return line.side is Side.UNBILLED_SALES and line.chargeability is Chargeability.CHARGEABLE


async def billed(lines: int, url: str, totals: Path) -> dict[str, Any]:
    """Bill so many entries on an empty store and write the totals of each document.

    Raises:
        NotTied: the books do not agree.

    """
    await asyncio.to_thread(migrate, url)
    store = Store.at(url)
    run = Run(store, Firm())
    for week, entries in batches(run.firm, lines):
        await run.week(week, entries)
    with run.stages.stage("tie"):
        read = await tie(store, TENANT, run.totals.values(), hours=run.hours)
    run.stages.count("tie", read)
    await store.close()
    await asyncio.to_thread(write_totals, totals, run.totals)
    stages = run.stages.told()
    return {
        "entries": lines,
        "s": round(sum(each["s"] for each in stages.values()), 2),
        "cpu_s": round(sum(each["cpu_s"] for each in stages.values()), 2),
        "peak_mb": peak_mb(),
        "documents": len(run.totals),
        "billed_lines": stages["post"]["many"],
        "refused": dict(run.refused),
        "stages": stages,
    }


if __name__ == "__main__":
    try:
        print(json.dumps(asyncio.run(billed(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))))
    except NotTied as fault:
        sys.exit(f"not tied: {fault}")
