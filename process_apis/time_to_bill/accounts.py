"""The books of one tenant, opened for a transaction; what falls due in them, and what posting means for caps."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from contracts.canonical.actuals import Actual, ActualKind, CapTerm, Chargeability, Side
from contracts.canonical.agreements import AgreementVersion, BillingAgreement
from contracts.canonical.trade.ledger.caps import applying, weight
from kit.clock import Clock
from kit.store import Store
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.due import Due, due


@dataclass(frozen=True)
class Accounts:
    """Opens books; the store is there once the durable engine is."""

    store: Callable[[], Store]
    clock: Clock
    tenant: str

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Books]:
        """Books in a transaction that commits at the end, or leaves nothing."""
        async with self.store().write() as connection:
            yield Books(connection=connection, tenant=self.tenant, now=self.clock.now())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Books]:
        """Books to look into."""
        async with self.store().read() as connection:
            yield Books(connection=connection, tenant=self.tenant, now=self.clock.now())


async def looked(books: Books, found: AgreementVersion, *, held: Collection[str], through: dt.date) -> Due:
    """What falls due of an agreement up to a day; nothing is written.

    Raises:
        Refused: as `due`.

    """
    lines = await books.lines(found.agreement.project_id)
    closed = await books.closed(found.agreement.legal_entity_id)
    return due(found, lines, held=held, through=through, closed=closed, today=books.now.date())


async def charged(books: Books, project_id: str, *, held: Collection[str], through: dt.date) -> Due:
    """What falls due of a project up to a day, booked; what is booked already is not booked again.

    Raises:
        Problem: not_found, of the agreement.
        Refused: as `due`.

    """
    found = await looked(books, await books.version(project_id, locked=True), held=held, through=through)
    await books.ledger.append(found.appended)
    return found


async def move_caps(books: Books, agreement: BillingAgreement, document_id: str, appended: Iterable[Actual]) -> None:
    """What a posting means for the caps: unbilled lines that went leave the backlog, billed ones count as invoiced.

    A credit counts against what was invoiced, and what it returns to the backlog is committed again (rule BIL-3).
    """
    moved: dict[str, tuple[Decimal, Decimal]] = {}
    for line in appended:
        if not counts(line):
            continue
        for term in reaching(agreement, line):
            size = weight(term, abs(line.quantity), line.unit_rate, line.amount.currency, mode=line.rounding)
            change = size if line.quantity >= 0 else -size
            committed, invoiced = moved.get(term.cap_id, (Decimal(0), Decimal(0)))
            if line.side is Side.BILLED_SALES:
                moved[term.cap_id] = committed, invoiced + change
            else:
                moved[term.cap_id] = committed + change, invoiced
    for cap_id, (committed, invoiced) in sorted(moved.items()):
        await books.caps.shift(cap_id, f"{document_id}/moved", committed=committed, invoiced=invoiced)


def counts(line: Actual) -> bool:
    """Whether a line counts against caps: what was worked or spent and is charged; what falls due by dates does not."""
    by_actuals = line.kind in {ActualKind.HOURS, ActualKind.EXPENSE}
    return by_actuals and line.side is not Side.COST and line.chargeability is Chargeability.CHARGEABLE


def reaching(agreement: BillingAgreement, line: Actual) -> list[CapTerm]:
    """The caps of an agreement that a line counts against."""
    return applying(
        agreement.caps,
        contract_id=agreement.contract_id,
        line_id=line.contract_line_id,
        customer_id=line.customer_id,
        worked_on=line.work_date,
        purchase_order=agreement.purchase_order or None,
        category=line.category,
    )
