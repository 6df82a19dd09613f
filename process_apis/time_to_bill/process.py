"""The road from what is ready to a posted invoice, one line a step; I/O, clock and chance are only in steps."""

from __future__ import annotations

from typing import Final

from contracts.canonical.invoices import Invoice
from contracts.canonical.money import Money
from contracts.canonical.posting import BookedDocument
from contracts.events.billing import InvoicePosted
from contracts.process.time_to_bill import StartInvoice
from kit.durable import Road, publish, record
from process_apis.time_to_bill.decisions import needed
from process_apis.time_to_bill.drafting import Draft
from process_apis.time_to_bill.patient import decided
from process_apis.time_to_bill.steps import Steps

PROCESS: Final = "time_to_bill"


def road(steps: Steps, *, version: int) -> Road:
    """The road of an invoice over these steps."""
    return Road(process=PROCESS, version=version, run=time_to_bill, steps=steps, starts=StartInvoice)


async def time_to_bill(steps: Steps, start: StartInvoice) -> None:
    """Draft, decision, ERP, ledger; then delivery and sales are told."""
    draft = await steps.draft(start)
    if draft is None:
        await record(title=f"{start.invoice_id}: nothing to bill", facts={"project_id": start.project_id})
        return
    await note(draft)
    booked = await steps.book(draft)
    if draft.taxed:
        await steps.ask_tax(draft)
    await decided(steps, draft.invoice.invoice_id, needed(draft, config=steps.config))
    booked = await steps.post(draft)
    invoice = await steps.seal(draft, booked)
    await told(steps, draft, invoice, booked)
    if draft.taxed:
        await steps.record_tax(draft)


async def note(draft: Draft) -> None:
    """What a person needs to recognise the case."""
    await record(
        title=f"{draft.invoice.invoice_id} for {draft.invoice.customer_id}",
        at_stake=draft.gross,
        legal_entity_id=draft.invoice.legal_entity_id,
        facts={
            "invoice_id": draft.invoice.invoice_id,
            "project_id": draft.project_id,
            "lines": str(len(draft.document.lines)),
            "net": str(draft.document.net),
            "tax": str(draft.document.tax),
            "gross": str(draft.document.gross),
            "currency": draft.document.currency,
            "issued_on": draft.issued_on.isoformat(),
        },
    )


async def told(steps: Steps, draft: Draft, invoice: Invoice, booked: BookedDocument) -> None:
    """What stands posted is told to everybody who waits for it."""
    numbers = {"erp_number": booked.number, "number": f"{invoice.series}-{invoice.number}"}
    await record(facts={**numbers, "erp_document": booked.external_id})
    await publish(InvoicePosted.TYPE, invoice.invoice_id, _event(draft, booked))
    await steps.mark_time(draft, booked.number)
    await steps.tell_sales(draft.project_id)


def _event(draft: Draft, booked: BookedDocument) -> InvoicePosted:
    currency = draft.document.currency
    return InvoicePosted(
        invoice_id=draft.invoice.invoice_id,
        number=booked.number,
        project_id=draft.project_id,
        customer_id=draft.invoice.customer_id,
        legal_entity_id=draft.invoice.legal_entity_id,
        net=Money(amount=draft.document.net, currency=currency),
        gross=draft.gross,
        posted_on=draft.issued_on,
        corrects=draft.invoice.corrects or "",
    )
