"""Posted documents as electronic invoices by EN 16931, for the buyer's system to read (rule TAX-4). Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.canonical.actuals import Actual, ActualKind
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.documents import ComputedLine, MoneyDocument
from contracts.canonical.einvoice import InvoicedItem, InvoiceParty, IssuedDocument, Issuer, PrecedingInvoice
from contracts.canonical.invoices import Invoice
from contracts.canonical.party import Address
from contracts.canonical.posting import DocumentKind
from contracts.canonical.trade.einvoicing import e_invoice, exemptions_of, period_of
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import ElectronicInvoice
from kit.einvoice import ubl

_REVERSAL: Final = "/reversal"
_UNKNOWN: Final = InvoiceParty(name="", address=Address(country=None))


def electronic(invoice: Invoice, issued: IssuedDocument) -> ElectronicInvoice:
    """The text of a posted document.

    Raises:
        Problem: conflict EINVOICE_REFUSED, with everything that keeps it from being an electronic invoice.

    """
    try:
        text = ubl(e_invoice(issued))
    except Problem as refused:
        hint = "complete buyer and tax in the agreement, or the seller among the issuers of the settings"
        raise Problem(Kind.CONFLICT, refused.code, refused.detail, hint=hint, errors=refused.errors) from refused
    return ElectronicInvoice(
        invoice_id=invoice.invoice_id,
        number=issued.number,
        syntax="UBL 2.1",
        specification="urn:cen.eu:en16931:2017",
        sha256=hashlib.sha256(text).hexdigest(),
        xml=text.decode(),
    )


def issued_document(
    invoice: Invoice,
    lines: Sequence[Actual],
    agreement: BillingAgreement,
    *,
    issuer: Issuer | None,
    corrected: Invoice | None = None,
) -> IssuedDocument:
    """A posted document with everything its buyer must read, as far as it is known; what is not is refused later.

    Raises:
        Problem: conflict, when it is not posted, or its seller issues no electronic invoices.

    """
    document, posted_on = invoice.document, invoice.posted_on
    if document is None or posted_on is None:
        raise Problem(Kind.CONFLICT, "not_posted", f"{invoice.invoice_id} is {invoice.state.value}")
    if issuer is None:
        detail = f"nothing says how {invoice.legal_entity_id} names itself on electronic invoices"
        raise Problem(Kind.CONFLICT, "no_issuer", detail, hint="name it among the issuers of time_to_bill's settings")
    known = {line.actual_id: line for line in lines}
    billed = [known[_actual_id(each)] for each in document.lines]
    names = {line.line_id: line.name for line in agreement.lines}
    gives_back = document.gross < 0
    return IssuedDocument(
        kind=DocumentKind.CREDIT_NOTE if gives_back else DocumentKind.INVOICE,
        number=number_of(invoice),
        issued_on=posted_on,
        seller=issuer.seller,
        buyer=agreement.buyer or _UNKNOWN,
        document=document,
        items=_items(document, known, names),
        due_on=None if gives_back else posted_on + dt.timedelta(days=agreement.payment_days),
        exemptions=exemptions_of(billed),
        payment=None if gives_back else issuer.payment,
        terms=f"{agreement.payment_days} days net",
        purchase_order=agreement.purchase_order,
        buyer_reference="" if agreement.purchase_order else agreement.project_id,
        preceding=None if corrected is None else PrecedingInvoice(number=number_of(corrected)),
        period=period_of(billed),
    )


def number_of(invoice: Invoice) -> str:
    """The number that the law knows it by: the ERP's, or our series where the ERP gives none."""
    return invoice.erp_number or f"{invoice.series}{invoice.number}"


def _items(document: MoneyDocument, known: Mapping[str, Actual], names: Mapping[str, str]) -> list[InvoicedItem]:
    return [_item(each, known[_actual_id(each)], names) for each in document.lines]


def _item(computed: ComputedLine, actual: Actual, names: Mapping[str, str]) -> InvoicedItem:
    name = names.get(actual.contract_line_id, actual.contract_line_id)
    if actual.kind is ActualKind.MILESTONE:
        return InvoicedItem(line_id=computed.line.line_id, name=actual.task_id or name, unit=actual.unit)
    words = (str(actual.work_date), actual.role, actual.person_id)
    return InvoicedItem(
        line_id=computed.line.line_id,
        name=name,
        unit=actual.unit,
        description=", ".join(word for word in words if word),
    )


def _actual_id(computed: ComputedLine) -> str:
    """A line is computed under the id of what it bills; one that takes back, under that of what was billed."""
    return computed.line.line_id.removesuffix(_REVERSAL)
