"""Billing schedules: what will be invoiced, when, and for which reason (rules BIL-4, BIL-5, BIL-7)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from contracts.canonical.deal import BillingMethod
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency, Money


class BillingTrigger(StrEnum):
    """What makes a line ready to invoice."""

    DATE = "date"
    MILESTONE = "milestone"
    ACTUALS = "actuals"


class ScheduleLine(Noun, frozen=True, kw_only=True):
    """One planned amount. A milestone line waits for acceptance; `due_on` is then the plan."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE, example="bsl-1")]
    name: Annotated[str, fact("Text for the invoice", Record.ERP, max_length=255)]
    method: Annotated[BillingMethod, fact("Billing method", Record.CRM)]
    trigger: Annotated[BillingTrigger, fact("What makes the line ready", Record.ERP)]
    due_on: Annotated[dt.date, fact("Planned invoice date", Record.ERP)]
    amount: Annotated[Money, fact("Net amount", Record.ERP, classification=Classification.CONFIDENTIAL)]
    phase_id: Annotated[str, fact("Phase or milestone billed", Record.SLUICE)]


class BillingSchedule(Noun, frozen=True, kw_only=True):
    """Everything one project will be billed, in one currency and by one legal entity (rule BIL-11)."""

    schedule_id: Annotated[str, fact("Our id of the schedule", Record.SLUICE, example="bsc-006A000001")]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    customer_id: Annotated[str, fact("Our id of the customer billed", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Selling entity", Record.ERP)]
    tax_code: Annotated[str, fact("Tax code of every line", Record.ERP)]
    currency: Currency
    lines: Annotated[list[ScheduleLine], fact("Planned amounts by date", Record.ERP)]


class ScheduleReceipt(Noun, frozen=True, kw_only=True):
    """A schedule as the ERP holds it: how many lines, and what they sum to by its own books."""

    schedule_id: str
    external_id: str
    lines: int
    total: Money
