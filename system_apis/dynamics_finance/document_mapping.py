"""Documents to free text invoices, and those back to booked documents; pure. Every amount told is the environment's.

A credit note is a free text invoice of a negative total: the environment has no other kind that a program may make.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from contracts.canonical.money import rounded
from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.problem import Kind, Problem
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.customer_mapping import account
from system_apis.dynamics_finance.mapping import company_of, fine, key, number, refused
from system_apis.dynamics_finance.odata import NO, read_day, written_day
from system_apis.dynamics_finance.project_mapping import project_number

_SIGNS: Final = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}


def invoice_number(document_id: str, *, pointer: str = "/document_id") -> str:
    """The free text number of a document, which it bears from its draft on; the legal number comes with posting."""
    return number("document", document_id, pointer=pointer)


def header(document: PostingDocument, *, config: Config) -> wire.Invoice:
    """A document as the header of a free text invoice, not released for posting.

    Raises:
        Problem: `invalid`, when it does not tie.

    """
    _check_tied(document)
    if document.kind is DocumentKind.INVOICE and document.corrects is not None:
        raise refused("invoice_corrects", "/corrects", "an invoice corrects nothing; a credit note does")
    return wire.Invoice(
        company=company_of(config, document.legal_entity_id, pointer="/legal_entity_id"),
        free_text_number=invoice_number(document.document_id),
        customer_account=account(document.customer_id),
        invoice_date=written_day(document.issued_on),
        due_date=written_day(document.due_on),
        currency_code=document.currency,
        customer_reference=document.purchase_order,
        sluice_document_id=key(document.document_id, pointer="/document_id"),
        sluice_kind=document.kind.value,
        sluice_corrects=document.corrects or "",
        sluice_project_id=project_number(document.project_id),
        sluice_release=NO,
    )


def lines(document: PostingDocument, *, config: Config) -> list[wire.InvoiceLine]:
    """The lines of a document."""
    return [_line(document, line, index, config=config) for index, line in enumerate(document.lines)]


def kind_of(found: wire.Invoice) -> DocumentKind:
    """Whether it is an invoice or a credit note."""
    try:
        return DocumentKind(str(found.sluice_kind))
    except ValueError:
        detail = f"free text invoice {found.free_text_number} is of kind '{found.sluice_kind}'"
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail) from None


def booked(found: wire.Invoice, *, count: int, posted: wire.Transaction | None) -> BookedDocument:
    """A free text invoice with what is open of it; without a posted transaction it is a draft."""
    currency = str(found.currency_code)
    gross, tax = (
        rounded(amount if isinstance(amount, Decimal) else Decimal(0), currency) + 0
        for amount in (found.total_invoice_amount, found.total_tax_amount)
    )
    left = Decimal(0) if posted is None else posted.amount_cur - posted.settled_amount_cur
    remaining = rounded(left, currency) + 0
    return BookedDocument(
        document_id=str(found.sluice_document_id),
        external_id=str(found.free_text_number),
        kind=kind_of(found),
        state=_state(posted, gross=gross, remaining=remaining),
        currency=currency,
        lines=count,
        net=gross - tax,
        tax=tax,
        gross=gross,
        open=remaining,
        number="" if posted is None else posted.invoice_number,
        posted_on=None if posted is None else read_day(str(found.invoice_date)),
    )


def _state(posted: wire.Transaction | None, *, gross: Decimal, remaining: Decimal) -> BookedState:
    if posted is None:
        return BookedState.DRAFT
    if not remaining:
        return BookedState.PAID
    return BookedState.POSTED if remaining == gross else BookedState.PARTLY_PAID


def _check_tied(document: PostingDocument) -> None:
    """Refuse a document whose amounts do not sum up, or whose total has the sign of the other kind."""
    if not document.lines:
        raise refused("document_empty", "/lines", "a document needs at least one line")
    if len({line.line_id for line in document.lines}) != len(document.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    summed = sum((line.net for line in document.lines), Decimal(0))
    if summed != document.net:
        raise refused("net_differs", "/net", f"the lines sum to {summed}, the document says {document.net}")
    if document.net + document.tax != document.gross:
        raise refused("gross_differs", "/gross", f"{document.net} and {document.tax} are not {document.gross}")
    if document.gross * _SIGNS[document.kind] < 0:
        raise refused("sign_wrong", "/gross", f"{document.gross} is not what a {document.kind.value} may total")


def _line(document: PostingDocument, line: PostingLine, index: int, *, config: Config) -> wire.InvoiceLine:
    return wire.InvoiceLine(
        company=company_of(config, document.legal_entity_id, pointer="/legal_entity_id"),
        free_text_number=invoice_number(document.document_id),
        line_number=Decimal(index + 1),
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        line_amount=fine(line.net, document.currency, pointer=f"/lines/{index}/net"),
        sales_tax_group=line.tax_code,
        item_sales_tax_group=config.item_tax_group,
        main_account_id=config.revenue_account,
        sluice_line_id=key(line.line_id, pointer=f"/lines/{index}/line_id"),
    )
