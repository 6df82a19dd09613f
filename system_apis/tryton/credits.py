"""Credits invoices that a person made from a sale: each once, in full, under a key that follows from the invoice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.problem import Kind, Problem
from system_apis.tryton import wire
from system_apis.tryton.client import Tryton
from system_apis.tryton.documents import Documents
from system_apis.tryton.keyed import INVOICE, Keyed
from system_apis.tryton.wire import Number


class Credits:
    """Takes invoices back; a draft is deleted, a posted one is credited, a settled one is refused."""

    def __init__(self, client: Tryton, *, keyed: Keyed, documents: Documents) -> None:
        self._client = client
        self._keyed = keyed
        self._documents = documents

    async def credit(self, billed: wire.BilledInvoice) -> wire.Invoice:
        """The credit note of an invoice, posted.

        Raises:
            Problem: `conflict` when something of the invoice was paid already.

        """
        key = f"crd-{billed.id}"
        found = await self._keyed.find(INVOICE, key)
        if found is None:
            found = await self._keyed.ensure(INVOICE, key, lambda: self._values(billed.id, key))
        if found.state != "posted":
            await self._documents.press(found)
            found = await self._keyed.find(INVOICE, key) or found
        return found

    async def _values(self, number: int, key: str) -> Mapping[str, Any]:
        """The invoice the other way round: its lines with their quantities negated."""
        rows = await self._client.find(wire.BookedInvoice, ["id", "=", number])
        invoice = rows[0]
        if invoice.state != "posted" or invoice.amount_to_pay.decimal != invoice.total_amount.decimal:
            detail = f"invoice {invoice.number or number} is {invoice.state} and something of it is settled"
            raise Problem(Kind.CONFLICT, "invoice_settled", detail)
        lines = await self._client.find(wire.InvoiceLine, ["invoice", "=", number], ["type", "=", "line"])
        return {
            "type": "out",
            "reference": key,
            "description": f"Credits {invoice.number} in full",
            "company": invoice.company,
            "party": invoice.party,
            "invoice_address": invoice.invoice_address,
            "account": invoice.account,
            "journal": invoice.journal,
            "currency": invoice.currency,
            "invoice_date": invoice.invoice_date,
            "lines": [["create", [_negated(line, invoice) for line in lines]]],
        }


def _negated(line: wire.InvoiceLine, invoice: wire.BookedInvoice) -> dict[str, Any]:
    return {
        "type": "line",
        "company": invoice.company,
        "currency": invoice.currency,
        "account": line.account,
        "quantity": -(line.quantity or 0.0),
        "unit_price": line.unit_price or Number.of("0"),
        "description": line.description,
        "taxes": [["add", [tax.id for tax in line.taxes]]],
    }
