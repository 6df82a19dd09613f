"""Facts about time on its way to cash."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from contracts.canonical.field import Noun
from contracts.canonical.money import Money


class InvoicePosted(Noun, frozen=True, kw_only=True):
    """An invoice, or what corrects one, stands posted in the ERP and in the ledger; a credit's amounts are negative."""

    TYPE: ClassVar[str] = "sluice.invoice.posted.v1"
    invoice_id: str
    number: str
    project_id: str
    customer_id: str
    legal_entity_id: str
    net: Money
    gross: Money
    posted_on: dt.date
    corrects: str = ""
