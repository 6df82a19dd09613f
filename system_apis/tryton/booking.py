"""Documents to Tryton's invoices and back; pure. A net that Tryton's rounding would bend is sent as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from contracts.canonical.money import quantum, rounded
from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.problem import Kind, Problem
from system_apis.tryton import wire
from system_apis.tryton.wire import Day, Number

_PRICE_DIGITS: Final = Decimal("0.0001")
_QUANTITY_DIGITS: Final = 12
_STATES: Final = {
    "draft": BookedState.DRAFT,
    "validated": BookedState.DRAFT,
    "posted": BookedState.POSTED,
    "paid": BookedState.PAID,
    "cancelled": BookedState.VOIDED,
}


def invoice_values(
    document: PostingDocument,
    *,
    company: int,
    party: wire.Party,
    currency: int,
    journal: int,
    receivable: int,
    lines: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """A document as a draft; without a payment term it is due on the day it says."""
    told = {
        "Project": document.project_id,
        "Purchase order": document.purchase_order,
        "Corrects": document.corrects or "",
    }
    return {
        "type": "out",
        "reference": document.document_id,
        "description": "; ".join(f"{name}: {value}" for name, value in told.items() if value),
        "company": company,
        "party": party.id,
        "invoice_address": party.addresses[0].id if party.addresses else None,
        "account": receivable,
        "journal": journal,
        "currency": currency,
        "invoice_date": Day.of(document.issued_on),
        "payment_term_date": Day.of(document.due_on),
        "lines": [["create", list(lines)]],
    }


def invoice_line(
    line: PostingLine, *, sequence: int, company: int, currency: int, code: str, account: int, tax: int
) -> dict[str, Any]:
    """One line, so that its net comes out as it is.

    Tryton cuts halves to even and takes four digits of a price: where that would bend the net, the net is sent as the
    price of one and the sum is told in words.
    """
    quantity, price, description = line.quantity, line.unit_price, line.description
    cut = (quantity * price).quantize(quantum(code), rounding=ROUND_HALF_EVEN)
    fine = price != price.quantize(_PRICE_DIGITS) or len(quantity.as_tuple().digits) > _QUANTITY_DIGITS
    if fine or cut != line.net:
        description = f"{description} ({quantity} at {price})"
        quantity, price = Decimal(1), line.net
    return {
        "type": "line",
        "sequence": sequence,
        "company": company,
        "currency": currency,
        "account": account,
        "quantity": float(quantity),  # Tryton's quantities are floats; its amounts are not
        "unit_price": Number(price),
        "description": description,
        "note": f"Line: {line.line_id}",
        "taxes": [["add", [tax]]],
    }


def cut_apart(currency: str) -> Decimal:
    """How far apart two ways of cutting halves can lie."""
    return quantum(currency)


def booked(invoice: wire.Invoice) -> BookedDocument:
    """A document as Tryton's own books have it."""
    code = invoice.currency.code
    net, tax, gross = (
        rounded(each.decimal, code) for each in (invoice.untaxed_amount, invoice.tax_amount, invoice.total_amount)
    )
    state = _STATES.get(invoice.state)
    if state is None:
        raise Problem(Kind.UNEXPECTED, "tryton.state_unknown", f"Tryton has an invoice in the state {invoice.state}")
    asked = state in {BookedState.POSTED, BookedState.PAID}
    left = Decimal(0) if invoice.amount_to_pay is None or not asked else invoice.amount_to_pay.decimal
    if state is BookedState.POSTED and left != gross:
        state = BookedState.PARTLY_PAID
    return BookedDocument(
        document_id=invoice.reference,
        external_id=str(invoice.id),
        kind=DocumentKind.CREDIT_NOTE if gross < 0 else DocumentKind.INVOICE,
        state=state,
        currency=code,
        lines=len(invoice.lines),
        net=net,
        tax=tax,
        gross=gross,
        open=rounded(left, code),
        number=invoice.number or "",
        posted_on=_date(invoice.invoice_date) if asked else None,
    )


def _date(day: Day | None) -> dt.date | None:
    return None if day is None else day.date
