"""Invoices and credit memos as NetSuite spells them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from msgspec import field

from system_apis.netsuite.wire import Chosen, Named, Wire


class DocumentLineWrite(Wire, frozen=True):
    """One line; the amount is given, so that NetSuite does not compute one of its own."""

    item: Named
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    description: str
    tax_code: Named
    line_id: str = field(name="custcol_sluice_line_id")


class DocumentLinesWrite(Wire, frozen=True):
    """The lines of a document to write."""

    items: list[DocumentLineWrite]


class DocumentWrite(Wire, frozen=True):
    """An invoice or a credit memo to create, pending approval; a credit memo has no due date."""

    external_id: str
    document_id: str = field(name="custbody_sluice_document_id")
    entity: Named
    job: Named
    subsidiary: Named
    currency: Chosen
    tran_date: dt.date
    approval_status: Chosen
    memo: str
    item: DocumentLinesWrite
    due_date: dt.date | None = None
    other_ref_num: str | None = None
    corrects: str | None = field(name="custbody_sluice_corrects", default=None)


class ApplicationWrite(Wire, frozen=True):
    """Takes so much of a credit memo off one invoice."""

    doc: Chosen
    apply: bool
    amount: Decimal


class ApplicationsWrite(Wire, frozen=True):
    """What a credit memo is applied to."""

    items: list[ApplicationWrite]


class Approval(Wire, frozen=True):
    """The change that posts a document; a credit memo is applied in the same change."""

    approval_status: Chosen
    apply: ApplicationsWrite | None = None
