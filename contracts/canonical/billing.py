"""Billing schedules: what will be invoiced, when, and for which reason (rules BIL-4, BIL-5, BIL-7)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from contracts.canonical.deal import BillingMethod, Cap
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency, Money
from contracts.canonical.project import Evidence
from contracts.canonical.reference import Reference


class BillingTrigger(StrEnum):
    """What makes a line ready to invoice."""

    DATE = "date"
    MILESTONE = "milestone"
    ACTUALS = "actuals"


class RevenueRule(StrEnum):
    """How revenue of a line is recognised, as the ERP's rule of that name says (rule REV-1)."""

    RIGHT_TO_INVOICE = "right_to_invoice"
    PERCENT_OF_COST = "poc_cost"
    MILESTONE_OUTPUT = "milestone_output"
    STRAIGHT_LINE = "straight_line"


class ScheduleLine(Noun, frozen=True, kw_only=True):
    """One planned amount. A milestone line waits for acceptance; `due_on` is then the plan."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE, example="bsl-1")]
    name: Annotated[str, fact("Text for the invoice", Record.ERP, max_length=255)]
    method: Annotated[BillingMethod, fact("Billing method", Record.CRM)]
    trigger: Annotated[BillingTrigger, fact("What makes the line ready", Record.ERP)]
    due_on: Annotated[dt.date, fact("Planned invoice date", Record.ERP)]
    amount: Annotated[Money, fact("Net amount", Record.ERP, classification=Classification.CONFIDENTIAL)]
    phase_id: Annotated[str, fact("Phase or milestone billed", Record.SLUICE)]
    revenue_rule: Annotated[RevenueRule | None, fact("Rule by which revenue is recognised", Record.ERP)] = None
    cap: Annotated[Cap | None, fact("Most that actuals may come to", Record.CRM)] = None


class BillingSchedule(Noun, frozen=True, kw_only=True):
    """Everything one project will be billed, in one currency and by one legal entity (rule BIL-11)."""

    schedule_id: Annotated[str, fact("Our id of the schedule", Record.SLUICE, example="bsc-006A000001")]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    customer_id: Annotated[str, fact("Our id of the customer billed", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Selling entity", Record.ERP)]
    tax_code: Annotated[str, fact("Tax code of every line", Record.ERP)]
    currency: Currency
    lines: Annotated[list[ScheduleLine], fact("Planned amounts by date", Record.ERP)]
    evidence: Annotated[Evidence | None, fact("The signed document and its terms", Record.CRM)] = None


class ScheduleReceipt(Noun, frozen=True, kw_only=True):
    """A schedule as the ERP holds it: how many lines, and what they sum to by its own books."""

    schedule_id: str
    external_id: str
    lines: int
    total: Money
    billed: Annotated[Money | None, fact("What of it was invoiced", Record.ERP)] = None


class ScheduleReversal(Noun, frozen=True, kw_only=True):
    """What became of a schedule that was taken back: what was open is closed, what was invoiced is credited."""

    schedule_id: str
    external_id: str
    credits: Annotated[list[Reference], fact("Credit notes, one an invoice", Record.ERP)]
    credited: Annotated[Money, fact("What they sum to, by the ERP's own books", Record.ERP)]


class BillingState(StrEnum):
    """What an account owner sees of the bills of a deal."""

    UNBILLED = "unbilled"
    INVOICED = "invoiced"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"


class BillingReport(Noun, frozen=True, kw_only=True):
    """What is written back on the opportunity about its bills: credits count against invoices."""

    state: Annotated[BillingState, fact("Where the bills stand", Record.ERP)]
    invoiced: Annotated[Money, fact("Gross of what was posted", Record.ERP, classification=Classification.CONFIDENTIAL)]
    open: Annotated[Money, fact("What of it is not settled", Record.ERP, classification=Classification.CONFIDENTIAL)]
    last_document: Annotated[str, fact("Number of the latest document", Record.ERP, max_length=80)] = ""
    as_of: Annotated[dt.date | None, fact("Day of the books", Record.ERP)] = None
