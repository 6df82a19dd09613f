"""Finds the posted documents over the work of an engagement in the ledger, by whom they bill."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.canonical.money import Money
from contracts.process.engagements import ProjectInvoice, ProjectInvoicePage
from kit.durable.paging import after, cursor_at
from kit.store import Store
from kit.store.actuals import ACTUAL, INVOICE, INVOICE_LINE


class StoredInvoices:
    """Posted documents only: a draft is nobody's yet."""

    def __init__(self, store: Callable[[], Store], *, tenant: str) -> None:
        self._store = store
        self._tenant = tenant

    async def page(
        self, project_id: str | None, *, customers: Collection[str] | None, cursor: str, limit: int
    ) -> ProjectInvoicePage:
        """Documents that bill these customers (None: all) for work of a project (None: of any), newest first.

        Raises:
            Problem: invalid, when the cursor is none of ours.

        """
        table = INVOICE.c
        query = sa.select(table.invoice, table.invoice_id, table.written_at).where(
            table.tenant == self._tenant,
            table.state == InvoiceState.POSTED.value,
            table.invoice_id.in_(self._over(project_id, customers)),
        )
        query = query.order_by(table.written_at.desc(), table.invoice_id.desc())
        query = after(query, cursor, moment=table.written_at, key=table.invoice_id, descending=True)
        async with self._store().read() as connection:
            found = list(await connection.execute(query.limit(limit + 1)))
        rows, more = found[:limit], len(found) > limit
        last = cursor_at(rows[-1].written_at, rows[-1].invoice_id) if more else None
        return ProjectInvoicePage(items=[_noun(row) for row in rows], next_cursor=last)

    def _over(self, project_id: str | None, customers: Collection[str] | None) -> sa.Select[Any]:
        """The documents on which work of a project stands that these customers pay for."""
        on = (INVOICE_LINE.c.tenant == ACTUAL.c.tenant) & (INVOICE_LINE.c.actual_id == ACTUAL.c.actual_id)
        work = ACTUAL.c.tenant == self._tenant
        if project_id is not None:
            work &= ACTUAL.c.project_id == project_id
        if customers is not None:
            work &= ACTUAL.c.customer_id.in_(sorted(customers))
        return sa.select(INVOICE_LINE.c.invoice_id).join(ACTUAL, on).where(work)


def _noun(row: Any) -> ProjectInvoice:
    invoice = msgspec.json.decode(row.invoice, type=Invoice)
    document = invoice.document
    zero = Decimal(0)
    net, tax, gross = (zero, zero, zero) if document is None else (document.net, document.tax, document.gross)
    return ProjectInvoice(
        invoice_id=invoice.invoice_id,
        number=f"{invoice.series}-{invoice.number}",
        kind=invoice.kind,
        customer_id=invoice.customer_id,
        posted_on=invoice.posted_on,
        net=Money(amount=net, currency=invoice.currency),
        tax=Money(amount=tax, currency=invoice.currency),
        gross=Money(amount=gross, currency=invoice.currency),
        corrects=invoice.corrects,
    )
