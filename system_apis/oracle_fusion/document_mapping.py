"""Documents to invoices or on-account credit memos, and those back to booked documents; pure.

Signs are ours in both: what a credit memo gives back is negative there too. Every amount told is the pod's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from contracts.canonical.money import rounded
from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.document_wire import Invoice, InvoiceLine, Memo, MemoLine
from system_apis.oracle_fusion.mapping import (
    account_number,
    company_of,
    fine,
    key,
    refused,
    tax_code_of,
    transaction_number,
)
from system_apis.oracle_fusion.transactions import COMPLETE
from system_apis.oracle_fusion.wire import Page

_SIGNS: Final = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}
_TEXT: Final = 240
_FOLDED: Final = 180
_ORDER: Final = 50


def transaction(document: PostingDocument, *, config: Config) -> Invoice | Memo:
    """A document as a transaction that is not complete. Its legal number is drawn when it is completed.

    Raises:
        Problem: `invalid`, when it does not tie or has what Fusion would bend.

    """
    _check_tied(document)
    if document.kind is DocumentKind.INVOICE and document.corrects is not None:
        raise refused("invoice_corrects", "/corrects", "an invoice corrects nothing; a credit note does")
    company = company_of(config, document.legal_entity_id, pointer="/legal_entity_id")
    account = account_number(document.customer_id, pointer="/customer_id")
    shared: dict[str, Any] = {
        "transaction_number": transaction_number(document.document_id, pointer="/document_id"),
        "transaction_date": document.issued_on.isoformat(),
        "accounting_date": document.issued_on.isoformat(),
        "transaction_source": config.source,
        "business_unit": company.business_unit,
        "bill_to_customer_number": account,
        "bill_to_site": account,
        "cross_reference": key(document.project_id, pointer="/project_id"),
        "currency": document.currency,
    }
    lines = [_line(document, line, at, config=config) for at, line in enumerate(document.lines)]
    if document.kind is DocumentKind.CREDIT_NOTE:
        corrected = "" if document.corrects is None else f" corrects {key(document.corrects, pointer='/corrects')}"
        comments = f"{document.document_id}{corrected}"
        rows = [MemoLine(**line) for line in lines]
        return Memo(**shared, transaction_type=config.credit_type, comments=comments, lines=rows)
    return Invoice(
        **shared,
        transaction_type=config.invoice_type,
        comments=document.document_id,
        payment_terms=config.payment_terms,
        due_date=document.due_on.isoformat(),
        purchase_order=document.purchase_order[:_ORDER] or None,
        lines=[InvoiceLine(**line) for line in lines],
    )


def our_id(found: Invoice | Memo) -> str:
    """Our id of a transaction; empty where it is not a document of ours."""
    return found.comments.partition(" ")[0] if isinstance(found.comments, str) else ""


def kind_of(found: Invoice | Memo) -> DocumentKind:
    """Whether it is an invoice or a credit note."""
    return DocumentKind.INVOICE if isinstance(found, Invoice) else DocumentKind.CREDIT_NOTE


def booked(found: Invoice | Memo) -> BookedDocument:
    """A transaction, summed from its own lines and their taxes; what is not complete asks for nothing yet."""
    currency = str(found.currency)
    rows = lines_of(found)
    net, tax = sums(rows)
    open_, done = _amount(found.balance), found.status == COMPLETE
    return BookedDocument(
        document_id=our_id(found),
        external_id=str(found.customer_transaction_id),
        kind=kind_of(found),
        state=_state(done=done, gross=net + tax, still=open_),
        currency=currency,
        lines=len(rows),
        net=rounded(net, currency),
        tax=rounded(tax, currency),
        gross=rounded(net + tax, currency),
        open=rounded(open_ if done else Decimal(0), currency),
        number=str(found.document_number) if done else "",
        posted_on=dt.date.fromisoformat(str(found.accounting_date)) if done else None,
    )


def lines_of(found: Invoice | Memo) -> Sequence[InvoiceLine | MemoLine]:
    """The lines of a transaction that was read."""
    return found.lines.items if isinstance(found.lines, Page) else []


def sums(rows: Sequence[InvoiceLine | MemoLine]) -> tuple[Decimal, Decimal]:
    """What lines and their taxes come to."""
    net = sum((_amount(line.amount) for line in rows), Decimal(0))
    taxes = [tax for line in rows if isinstance(line.taxes, Page) for tax in line.taxes.items]
    return net, sum((_amount(tax.tax_amount) for tax in taxes), Decimal(0))


def _state(*, done: bool, gross: Decimal, still: Decimal) -> BookedState:
    if not done:
        return BookedState.DRAFT
    if not still:
        return BookedState.PAID
    return BookedState.POSTED if still == gross else BookedState.PARTLY_PAID


def _check_tied(document: PostingDocument) -> None:
    """Refuse a document whose amounts do not sum up, or whose total has the sign of the other kind."""
    if len({line.line_id for line in document.lines}) != len(document.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    summed = sum((line.net for line in document.lines), Decimal(0))
    if summed != document.net:
        raise refused("net_differs", "/net", f"the lines sum to {summed}, the document says {document.net}")
    if document.net + document.tax != document.gross:
        raise refused("gross_differs", "/gross", f"{document.net} and {document.tax} are not {document.gross}")
    if document.gross * _SIGNS[document.kind] < 0:
        raise refused("sign_wrong", "/gross", f"{document.gross} is not what a {document.kind.value} may total")


def _line(document: PostingDocument, line: PostingLine, at: int, *, config: Config) -> dict[str, Any]:
    """A quantity at its price where that comes to the line's amount; else the amount itself, which was agreed."""
    net = fine(line.net, document.currency, pointer=f"/lines/{at}/net")
    quantity, price, told = line.quantity, line.unit_price, line.description
    if document.kind is DocumentKind.CREDIT_NOTE:
        quantity, price = abs(quantity), price.copy_sign(net)
    if rounded(quantity * price, document.currency) != net:
        quantity, price, told = Decimal(1), net, f"{told[:_FOLDED]} ({line.quantity} at {line.unit_price})"
    return {
        "line_number": at + 1,
        "description": told[:_TEXT],
        "quantity": quantity,
        "unit_selling_price": price,
        "tax_classification_code": tax_code_of(config, line.tax_code, pointer=f"/lines/{at}/tax_code"),
    }


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)
