"""Facts about time on its way to cash."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from contracts.canonical.agreements import PeriodState
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


class WorkWrittenOff(Noun, frozen=True, kw_only=True):
    """Work that was to be billed will not be; its cost stays. `amount` is net, and what the margin loses."""

    TYPE: ClassVar[str] = "sluice.work.written_off.v1"
    write_off_id: str
    project_id: str
    customer_id: str
    legal_entity_id: str
    amount: Money
    written_on: dt.date
    reason: str
    decided_by: str


class PeriodReopened(Noun, frozen=True, kw_only=True):
    """A hard-closed month takes bookings again, or finance's alone, as two people decided."""

    TYPE: ClassVar[str] = "sluice.period.reopened.v1"
    legal_entity_id: str
    period: str
    state: PeriodState
    reason: str
    decided_by: list[str]
