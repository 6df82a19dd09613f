"""Invoices as the ledger sees them: drafts over lines of actuals, milestones, retainers (BIL-5, -6, -12)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from contracts.canonical.documents import MoneyDocument
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency, Money


class InvoiceKind(StrEnum):
    """Whether a document bills, or corrects what was billed."""

    INVOICE = "invoice"
    CORRECTION = "correction"


class InvoiceState(StrEnum):
    """A draft is posted once, or discarded; a posted document never changes (rule BIL-12)."""

    DRAFT = "draft"
    POSTED = "posted"
    DISCARDED = "discarded"


class DraftLine(Noun, frozen=True, kw_only=True):
    """One line of actuals on a draft; `quantity` is what will be billed, the line's own unless it was changed."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE)]
    actual_id: Annotated[str, fact("Line of actuals billed or credited", Record.SLUICE)]
    quantity: Annotated[Decimal, fact("Final quantity", Record.SLUICE)]
    reason: Annotated[str, fact("Why it is not the line's own", Record.SLUICE)] = ""


class Invoice(Noun, frozen=True, kw_only=True):
    """One document of one seller, customer and currency. It has a legal number once posted (rule BIL-11)."""

    invoice_id: Annotated[str, fact("Our id", Record.SLUICE)]
    kind: Annotated[InvoiceKind, fact("Bills or corrects", Record.SLUICE)]
    customer_id: Annotated[str, fact("Who is billed", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    currency: Currency
    lines: Annotated[list[DraftLine], fact("Lines of actuals on it", Record.SLUICE)]
    state: Annotated[InvoiceState, fact("Draft, posted or discarded", Record.SLUICE)] = InvoiceState.DRAFT
    corrects: Annotated[str | None, fact("Invoice that a correction is of", Record.SLUICE)] = None
    document: Annotated[MoneyDocument | None, fact("Amounts, once posted", Record.SLUICE)] = None
    series: Annotated[str | None, fact("Series of its number", Record.ERP)] = None
    number: Annotated[int | None, fact("Legal number in its series, without gaps", Record.ERP)] = None
    posted_on: Annotated[dt.date | None, fact("Day it was posted", Record.ERP)] = None
    erp_number: Annotated[str, fact("Number that the ERP gave it", Record.ERP, example="INV10042")] = ""


class MilestoneState(StrEnum):
    """Where the share of one customer in a milestone stands (rule BIL-5)."""

    NOT_STARTED = "not_started"
    READY = "ready_to_invoice"
    ON_DRAFT = "on_draft"
    INVOICED = "invoiced"


class MilestoneProgress(StrEnum):
    """Where a milestone stands over all its customers."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Acceptance(Noun, frozen=True, kw_only=True):
    """Proof that a milestone was reached; without it nothing is ready to invoice (rule BIL-5)."""

    accepted_on: Annotated[dt.date, fact("Day of acceptance", Record.PSA)]
    accepted_by: Annotated[str, fact("Who accepted for the customer", Record.PSA)]
    document: Annotated[str, fact("Reference of the signed protocol", Record.PSA, example="ACC-2026-031")]


class MilestoneShare(Noun, frozen=True, kw_only=True):
    """What one customer pays for a milestone. A part that was credited is ready to be invoiced again."""

    milestone_id: Annotated[str, fact("Our id of the milestone", Record.SLUICE)]
    customer_id: Annotated[str, fact("Who is billed", Record.SLUICE)]
    amount: Annotated[Money, fact("What they pay", Record.CRM, classification=Classification.CONFIDENTIAL)]
    state: Annotated[MilestoneState, fact("Where it stands", Record.SLUICE)] = MilestoneState.NOT_STARTED
    invoiced: Annotated[Decimal, fact("Invoiced and not credited", Record.SLUICE)] = Decimal(0)
    bills: Annotated[int, fact("How often it was invoiced or corrected", Record.SLUICE)] = 0
    evidence: Annotated[Acceptance | None, fact("What proves acceptance", Record.PSA)] = None


class Retainer(Noun, frozen=True, kw_only=True):
    """An advance. It is there once invoiced, and a liability until it is applied or refunded (rule BIL-6)."""

    retainer_id: Annotated[str, fact("Our id", Record.SLUICE)]
    invoiced: Annotated[Money, fact("Net amount invoiced", Record.ERP, classification=Classification.CONFIDENTIAL)]
    invoiced_on: Annotated[dt.date | None, fact("Day it was invoiced; not available before", Record.ERP)] = None
    applied: Annotated[Decimal, fact("Set against invoices", Record.SLUICE)] = Decimal(0)
    refunded: Annotated[Decimal, fact("Given back", Record.SLUICE)] = Decimal(0)


class Application(Noun, frozen=True, kw_only=True):
    """What of one retainer is set against an invoice, or given back."""

    retainer_id: str
    amount: Annotated[Decimal, fact("Net amount", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
