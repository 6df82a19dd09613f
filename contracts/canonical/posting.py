"""Customer invoices and credit notes as an ERP is to book them, and as its own books show them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency


class DocumentKind(StrEnum):
    """Whether a document asks for money or gives some back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class BookedState(StrEnum):
    """Where a document stands in the ERP. Drafts have no number; a posted one is never changed, only credited."""

    DRAFT = "draft"
    POSTED = "posted"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    VOIDED = "voided"


class PostingLine(Noun, frozen=True, kw_only=True):
    """One line. Amounts are net of tax; `net` is the quantity at the price, cut to minor units."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE, max_length=64)]
    description: Annotated[str, fact("Text for the customer", Record.SLUICE, max_length=255)]
    quantity: Annotated[Decimal, fact("How much", Record.SLUICE, example="7.5")]
    unit_price: Annotated[
        Decimal, fact("Net price of one", Record.SLUICE, classification=Classification.CONFIDENTIAL, example="185")
    ]
    net: Annotated[Decimal, fact("Net amount", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    tax_code: Annotated[str, fact("Tax code of the ERP", Record.ERP, example="DE-S-19")]


class PostingDocument(Noun, frozen=True, kw_only=True):
    """One document of one seller, customer and currency (rule BIL-11).

    Amounts are positive when the customer owes us, so that a credit note's total is negative; single lines may have
    the other sign, as where hours are credited and some of them billed again. `corrects` names the invoice credited.
    """

    document_id: Annotated[str, fact("Our id, and the key it is found by", Record.SLUICE, max_length=64)]
    kind: Annotated[DocumentKind, fact("Invoice or credit note", Record.SLUICE)]
    customer_id: Annotated[str, fact("Our id of who is billed", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    currency: Currency
    issued_on: Annotated[dt.date, fact("Date of the document", Record.SLUICE)]
    due_on: Annotated[dt.date, fact("Day it is due", Record.SLUICE)]
    lines: Annotated[list[PostingLine], fact("Lines", Record.SLUICE), Meta(min_length=1, max_length=1000)]
    net: Annotated[Decimal, fact("Sum of the lines", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    tax: Annotated[Decimal, fact("Tax", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    gross: Annotated[Decimal, fact("Net and tax", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    corrects: Annotated[str | None, fact("Our id of the invoice that is credited", Record.SLUICE)] = None
    purchase_order: Annotated[str, fact("Order of the customer", Record.CRM, max_length=45)] = ""


class BookedDocument(Noun, frozen=True, kw_only=True):
    """A document as the ERP's own books have it: every amount is read there, none is repeated from what was sent."""

    document_id: Annotated[str, fact("Our id", Record.SLUICE)]
    external_id: Annotated[str, fact("The ERP's id", Record.ERP)]
    kind: Annotated[DocumentKind, fact("Invoice or credit note", Record.ERP)]
    state: Annotated[BookedState, fact("Where it stands", Record.ERP)]
    currency: Currency
    lines: Annotated[int, fact("How many lines", Record.ERP)]
    net: Annotated[Decimal, fact("Net amount; negative for a credit note", Record.ERP)]
    tax: Annotated[Decimal, fact("Tax", Record.ERP)]
    gross: Annotated[Decimal, fact("Net and tax", Record.ERP)]
    open: Annotated[Decimal, fact("What of the gross is not yet settled; nothing for a draft", Record.ERP)]
    number: Annotated[str, fact("Legal number; empty before it is posted", Record.ERP, example="2026-00017")] = ""
    posted_on: Annotated[dt.date | None, fact("Day it was posted for", Record.ERP)] = None


class BookedChanges(Noun, frozen=True, kw_only=True):
    """A page of documents of ours that changed: posted, paid, voided. `cursor` is opaque; entries may repeat."""

    documents: list[BookedDocument]
    cursor: str
