"""Invoices and credit notes: drafted once under our id, posted one after the other, followed by what changed last."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from contracts.canonical.posting import BookedDocument, PostingDocument
from contracts.problem import Kind, Problem
from system_apis.tryton import booking, mapping, wire
from system_apis.tryton.chart import Chart
from system_apis.tryton.client import Tryton
from system_apis.tryton.customers import Customers
from system_apis.tryton.keyed import INVOICE, Keyed
from system_apis.tryton.projects import Projects
from system_apis.tryton.refusals import FUTURE_DATE, WRONG_STATE
from system_apis.tryton.wire import Number

_POSTED = frozenset({"posted", "paid"})


class Documents:
    """Drafts, posts and discards documents."""

    def __init__(self, client: Tryton, *, chart: Chart, customers: Customers, projects: Projects, keyed: Keyed) -> None:
        self._client = client
        self._chart = chart
        self._customers = customers
        self._projects = projects
        self._keyed = keyed
        self._posting: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put(self, document: PostingDocument) -> BookedDocument:
        """Draft a document once, all lines or none; one that stands is returned as it is."""
        invoice = await self._keyed.ensure(INVOICE, document.document_id, lambda: self._values(document))
        await self._tie_tax(invoice, document)
        return await self.booked(document.document_id)

    async def booked(self, document_id: str) -> BookedDocument:
        """A document as Tryton's books have it."""
        return booking.booked(await self._standing(document_id))

    async def post(self, document_id: str) -> BookedDocument:
        """Post a draft for its own date. One at a time for each company: its numbers have no gaps, and are locked."""
        invoice = await self._standing(document_id)
        if invoice.state not in _POSTED:
            async with self._posting[invoice.company]:
                await self.press(invoice)
        return await self.booked(document_id)

    async def press(self, invoice: wire.Invoice) -> None:
        """Post; the one warning that is ours to answer is that the date lies ahead, for the date was chosen."""
        try:
            await self._post(invoice, heed_warnings=True)
        except Problem as problem:
            if problem.code != FUTURE_DATE:
                raise
            await self._post(invoice, heed_warnings=False)

    async def discard(self, document_id: str) -> None:
        """Delete a draft; one that is gone already is fine, one that has a number is refused."""
        invoice = await self._keyed.find(INVOICE, document_id)
        if invoice is None:
            return
        if invoice.state not in {"draft", "validated"}:
            detail = f"document {document_id} is {invoice.state} and can only be credited"
            raise Problem(Kind.CONFLICT, "document_posted", detail)
        await self._client.remove(wire.Invoice, invoice.id, company=invoice.company)

    async def _post(self, invoice: wire.Invoice, *, heed_warnings: bool) -> None:
        try:
            await self._client.act(
                wire.InvoiceState, invoice.id, "post", company=invoice.company, heed_warnings=heed_warnings
            )
        except Problem as problem:
            if problem.code != WRONG_STATE:
                raise
            now = await self._client.find(wire.InvoiceState, ["id", "=", invoice.id])
            if not now or now[0].state not in _POSTED:
                raise

    async def _standing(self, document_id: str) -> wire.Invoice:
        found = await self._keyed.find(INVOICE, document_id)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "tryton.not_found", f"Tryton has no document under '{document_id}'")
        return found

    async def _values(self, document: PostingDocument) -> Mapping[str, Any]:
        company = await self._chart.company(document.legal_entity_id, pointer="/legal_entity_id")
        if await self._projects.find(document.project_id) is None:
            detail = f"Tryton has no project '{document.project_id}'"
            raise mapping.refused("project_unknown", "/project_id", detail)
        if document.corrects is not None and await self._keyed.find(INVOICE, document.corrects) is None:
            detail = f"Tryton has no invoice under '{document.corrects}'"
            raise mapping.refused("invoice_unknown", "/corrects", detail)
        currency, account = await self._chart.currency(document.currency), await self._chart.revenue(company)
        lines = []
        for index, line in enumerate(document.lines):
            tax = await self._chart.tax(line.tax_code, company=company, pointer=f"/lines/{index}/tax_code")
            place = {"sequence": index, "company": company, "currency": currency, "account": account, "tax": tax}
            lines.append(booking.invoice_line(line, code=document.currency, **place))
        return booking.invoice_values(
            document,
            company=company,
            party=await self._customers.party(document.customer_id, pointer="/customer_id"),
            currency=currency,
            journal=await self._chart.journal(),
            receivable=await self._chart.receivable(company),
            lines=lines,
        )

    async def _tie_tax(self, invoice: wire.Invoice, document: PostingDocument) -> None:
        """Let a tax that Tryton cut to even be what the document says: one unit at most for each tax on it.

        Tryton keeps the amount of a tax that was corrected on a draft, as long as its base is the same.
        """
        apart = document.tax - invoice.tax_amount.decimal
        if invoice.state != "draft" or not apart or not invoice.taxes:
            return
        if abs(apart) > booking.cut_apart(document.currency) * len(invoice.taxes):
            return
        largest = max(invoice.taxes, key=lambda each: abs(each.amount.decimal))
        amount = {"amount": Number(largest.amount.decimal + apart)}
        await self._client.update(wire.InvoiceTax, largest.id, amount, company=invoice.company)
