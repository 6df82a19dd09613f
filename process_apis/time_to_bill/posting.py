"""Our documents as an ERP is to book them, and whether its own books agree. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from contracts.canonical.actuals import Actual
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.posting import BookedDocument, DocumentKind, PostingDocument, PostingLine
from kit.durable import Fault
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.drafting import Draft

_TEXT: Final = 255


def posting_of(draft: Draft, agreement: BillingAgreement) -> PostingDocument:
    """The document as the ERP is to book it; one whose total is negative is a credit note."""
    document = draft.document
    return PostingDocument(
        document_id=draft.invoice.invoice_id,
        kind=DocumentKind.CREDIT_NOTE if document.gross < 0 else DocumentKind.INVOICE,
        customer_id=draft.invoice.customer_id,
        legal_entity_id=draft.invoice.legal_entity_id,
        project_id=draft.project_id,
        currency=document.currency,
        issued_on=draft.issued_on,
        due_on=draft.due_on,
        lines=_lines(draft, names={line.line_id: line.name for line in agreement.lines}),
        net=document.net,
        tax=document.tax,
        gross=document.gross,
        corrects=draft.invoice.corrects if document.gross < 0 else None,
        purchase_order=agreement.purchase_order,
    )


def mismatch(draft: Draft, booked: BookedDocument) -> Fault | None:
    """The problem of an ERP whose books say another net, tax or gross than ours; None when they tie."""
    ours = draft.document
    held = (booked.net, booked.tax, booked.gross, booked.currency)
    if held == (ours.net, ours.tax, ours.gross, ours.currency):
        return None
    detail = (
        f"The ERP holds {booked.net} net, {booked.tax} tax and {booked.gross} gross in {booked.currency}; "
        f"ours has {ours.net}, {ours.tax} and {ours.gross} in {ours.currency}."
    )
    context = {
        "invoice_id": draft.invoice.invoice_id,
        "erp_document": booked.external_id,
        "gross_ours": f"{ours.gross} {ours.currency}",
        "gross_held": f"{booked.gross} {booked.currency}",
    }
    return fault("INVOICE_TOTAL_MISMATCH", detail, context=context)


def _lines(draft: Draft, *, names: Mapping[str, str]) -> list[PostingLine]:
    """A computed line has the id of the line of actuals that it bills, or of the one that it credits."""
    actuals = {line.reversal_of: line for line in draft.lines if line.reversal_of is not None}
    actuals |= {line.actual_id: line for line in draft.lines}
    found = []
    for number, computed in enumerate(draft.document.lines, start=1):
        actual = actuals[computed.line.line_id]
        found.append(
            PostingLine(
                line_id=f"{draft.invoice.invoice_id}-{number}",
                description=_description(actual, names, computed.line.quantity),
                quantity=computed.line.quantity,
                unit_price=computed.line.rate,
                net=computed.net,
                tax_code=actual.tax.tax_code if actual.tax is not None else "",
            )
        )
    return found


def _description(actual: Actual, names: Mapping[str, str], quantity: Decimal) -> str:
    name = names.get(actual.contract_line_id, actual.contract_line_id)
    who = ", ".join(word for word in (actual.role, actual.person_id) if word)
    verb = "credit, " if quantity < 0 else ""
    return f"{verb}{name}, {actual.work_date}, {who}"[:_TEXT]
