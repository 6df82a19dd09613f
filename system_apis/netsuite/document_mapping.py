"""Documents to NetSuite's records, and its rows to booked documents; pure. Every amount told is the account's own.

NetSuite has the amounts of a credit memo positive, we have them negative. Its transaction lines are signed by debit and
credit, which is our sign turned round for items and tax, and our sign for the main line, on invoices and credits alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from contracts.canonical.money import rounded
from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.problem import Kind, Problem
from system_apis.netsuite.document_wire import (
    ApplicationsWrite,
    ApplicationWrite,
    Approval,
    DocumentLinesWrite,
    DocumentLineWrite,
    DocumentWrite,
)
from system_apis.netsuite.mapping import key, refused
from system_apis.netsuite.wire import Chosen, Named

PENDING: Final = "1"
APPROVED: Final = "2"
RECORDS: Final = {DocumentKind.INVOICE: "invoice", DocumentKind.CREDIT_NOTE: "creditMemo"}
_KINDS: Final = {record.lower(): kind for kind, record in RECORDS.items()}
_SIGNS: Final = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}
_NAMES: Final = {DocumentKind.INVOICE: "Invoice", DocumentKind.CREDIT_NOTE: "Credit note"}
_YES: Final = "T"


def document_write(document: PostingDocument, *, currency_id: str, service_item: str) -> DocumentWrite:
    """A document as NetSuite writes it, pending approval.

    Raises:
        Problem: `invalid`, when the document does not tie or has what NetSuite would bend.

    """
    _check_tied(document)
    invoice = document.kind is DocumentKind.INVOICE
    if invoice and document.corrects is not None:
        raise refused("invoice_corrects", "/corrects", "an invoice corrects nothing; a credit note does")
    document_id = key(document.document_id, pointer="/document_id")
    return DocumentWrite(
        external_id=document_id,
        document_id=document_id,
        entity=Named(external_id=key(document.customer_id, pointer="/customer_id")),
        job=Named(external_id=key(document.project_id, pointer="/project_id")),
        subsidiary=Named(external_id=key(document.legal_entity_id, pointer="/legal_entity_id")),
        currency=Chosen(id=currency_id),
        tran_date=document.issued_on,
        approval_status=Chosen(id=PENDING),
        memo=f"{_NAMES[document.kind]} {document_id}",
        item=DocumentLinesWrite(
            items=[_line(document, line, index, service_item) for index, line in enumerate(document.lines)]
        ),
        due_date=document.due_on if invoice else None,
        other_ref_num=document.purchase_order or None,
        corrects=None if document.corrects is None else key(document.corrects, pointer="/corrects"),
    )


def approval(*, invoice: Mapping[str, str] | None, credit: BookedDocument | None) -> Approval:
    """The change that posts a document; a credit is applied to its invoice as far as that is still owed."""
    owed = Decimal(0) if invoice is None else Decimal(invoice.get("unpaid", "0"))
    amount = Decimal(0) if credit is None else min(owed, -credit.gross)
    if invoice is None or amount <= 0:
        return Approval(approval_status=Chosen(id=APPROVED))
    application = ApplicationWrite(doc=Chosen(id=invoice["id"]), apply=True, amount=amount)
    return Approval(approval_status=Chosen(id=APPROVED), apply=ApplicationsWrite(items=[application]))


def booked(row: Mapping[str, str]) -> BookedDocument:
    """A document from its row.

    Raises:
        Problem: `unexpected`, when the account tells something that is no document of ours.

    """
    try:
        kind = _KINDS[row["recordtype"]]
        currency = row["currency"]
        net, tax, gross = (rounded(Decimal(row.get(name, "0")), currency) for name in ("net", "tax", "gross"))
        live = row.get("posting") == _YES
        left = Decimal(row.get("unpaid" if kind is DocumentKind.INVOICE else "unused", "0")) if live else Decimal(0)
        remaining = rounded(_SIGNS[kind] * left, currency) + 0  # a negative nothing is nothing
        state = _state(row, gross=gross, remaining=remaining)
        drafted = state is BookedState.DRAFT
        return BookedDocument(
            document_id=row["externalid"],
            external_id=row["id"],
            kind=kind,
            state=state,
            currency=currency,
            lines=int(row["lines"]),
            net=-net + 0,
            tax=-tax + 0,
            gross=gross,
            open=remaining,
            number="" if drafted else row["tranid"],
            posted_on=None if drafted else dt.date.fromisoformat(row["trandate"]),
        )
    except (KeyError, ArithmeticError, ValueError) as fault:
        detail = f"NetSuite told a document that we cannot read: {fault!r}"
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail) from fault


def _state(row: Mapping[str, str], *, gross: Decimal, remaining: Decimal) -> BookedState:
    if row.get("voided") == _YES:
        return BookedState.VOIDED
    if row.get("posting") != _YES:
        return BookedState.DRAFT
    if not remaining:
        return BookedState.PAID
    return BookedState.POSTED if remaining == gross else BookedState.PARTLY_PAID


def _check_tied(document: PostingDocument) -> None:
    """Refuse a document whose amounts do not sum up, or whose total has the sign of the other kind."""
    if len({line.line_id for line in document.lines}) != len(document.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    if not document.lines:
        raise refused("document_empty", "/lines", "a document needs at least one line")
    summed = sum((line.net for line in document.lines), Decimal(0))
    if summed != document.net:
        raise refused("net_differs", "/net", f"the lines sum to {summed}, the document says {document.net}")
    if document.net + document.tax != document.gross:
        raise refused("gross_differs", "/gross", f"{document.net} and {document.tax} are not {document.gross}")
    if document.gross * _SIGNS[document.kind] < 0:
        raise refused("sign_wrong", "/gross", f"{document.gross} is not what a {document.kind.value} may total")


def _line(document: PostingDocument, line: PostingLine, index: int, service_item: str) -> DocumentLineWrite:
    sign, where = _SIGNS[document.kind], f"/lines/{index}"
    if rounded(line.net, document.currency) != line.net:
        detail = f"{line.net} is finer than the minor unit of {document.currency}"
        raise refused("amount_too_fine", f"{where}/net", detail)
    return DocumentLineWrite(
        item=Named(external_id=service_item),
        quantity=sign * line.quantity,
        rate=line.unit_price,
        amount=sign * line.net,
        description=line.description,
        tax_code=Named(external_id=key(line.tax_code, pointer=f"{where}/tax_code")),
        line_id=line.line_id,
    )
