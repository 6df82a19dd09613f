"""The books of one tenant, opened for a transaction, and what posting means for the caps of an agreement."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from contracts.canonical.actuals import Actual, CapTerm, Chargeability, Side
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.trade.ledger.caps import applying, weight
from kit.clock import Clock
from kit.store import Store
from process_apis.time_to_bill.books import Books


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


async def move_caps(books: Books, agreement: BillingAgreement, document_id: str, appended: Iterable[Actual]) -> None:
    """What a posting means for the caps: unbilled lines that went leave the backlog, billed ones count as invoiced.

    A credit counts against what was invoiced, and what it returns to the backlog is committed again (rule BIL-3).
    """
    moved: dict[str, tuple[Decimal, Decimal]] = {}
    for line in appended:
        if line.side is Side.COST or line.chargeability is not Chargeability.CHARGEABLE:
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


def reaching(agreement: BillingAgreement, line: Actual) -> list[CapTerm]:
    """The caps of an agreement that a line counts against."""
    return applying(
        agreement.caps,
        contract_id=agreement.contract_id,
        line_id=line.contract_line_id,
        customer_id=line.customer_id,
        worked_on=line.work_date,
        purchase_order=agreement.purchase_order or None,
    )
