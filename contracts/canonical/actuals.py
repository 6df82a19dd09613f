"""Lines of actuals: what was worked, spent or reached, what it costs and earns, and what undoes it (TIM-2, BIL-2).

A line is never changed. What corrects it is another line: a reversal with the quantity negated, and a new one.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import ExchangeRecord, TaxCategory
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money
from contracts.canonical.pricing import Considered, Rounding


class ActualKind(StrEnum):
    """What a line is about."""

    HOURS = "hours"
    EXPENSE = "expense"
    MILESTONE = "milestone"
    INSTALLMENT = "installment"
    RETAINER = "retainer"
    SUBSCRIPTION_PERIOD = "subscription_period"
    ADJUSTMENT = "adjustment"


class Side(StrEnum):
    """Which of the books a line stands in: what it costs us, what is yet to be billed, what was billed."""

    COST = "cost"
    UNBILLED_SALES = "unbilled_sales"
    BILLED_SALES = "billed_sales"


class Chargeability(StrEnum):
    """Whether the customer pays for a line, and if not, why not (rules BIL-2, BIL-3, BIL-10)."""

    CHARGEABLE = "chargeable"
    NON_CHARGEABLE = "non_chargeable"
    OVER_CAP = "over_cap"
    WRITTEN_OFF = "written_off"


class LineState(StrEnum):
    """Whether a line still counts: a reversed one is adjusted, and its reversal can itself not be reversed (TIM-2)."""

    OPEN = "open"
    ADJUSTED = "adjusted"
    UNADJUSTABLE = "unadjustable"


class Source(Noun, frozen=True, kw_only=True):
    """The record elsewhere that a line comes from, and which of its versions (rule TIM-8)."""

    system: Annotated[str, fact("Connection it came by", Record.SLUICE, example="psa")]
    source_id: Annotated[str, fact("Id of the record there", Record.PSA, example="te-4711")]
    version: Annotated[int, fact("Version of the record there, from 1", Record.PSA)] = 1


class TaxDecision(Noun, frozen=True, kw_only=True):
    """How a line is taxed, as decided when it was priced; a credit keeps it (rules TAX-1, MON-7)."""

    category: Annotated[TaxCategory, fact("Tax category", Record.ERP)]
    percent: Annotated[Decimal, fact("Tax rate", Record.ERP, unit="percent", example="19")]
    tax_code: Annotated[str, fact("Tax code of the ERP", Record.ERP, example="DE-19")]
    legal_text: Annotated[str, fact("What the invoice must say", Record.ERP)] = ""


class InvoiceLineReference(Noun, frozen=True, kw_only=True):
    """The line of an invoice on which a line of actuals is billed, or credited (rule TIM-6)."""

    invoice_id: Annotated[str, fact("Our id of the invoice", Record.SLUICE)]
    line_id: Annotated[str, fact("Our id of the line on it", Record.SLUICE)]


class Actual(Noun, frozen=True, kw_only=True):
    """One line. `amount` is `quantity` at `unit_rate`, cut to minor units; a reversal has both negated, uncomputed.

    `revision` counts what became of one source: every act that makes new lines of it takes the next number.
    """

    actual_id: Annotated[str, fact("Our id, drawn from source, revision, side and purpose", Record.SLUICE)]
    kind: Annotated[ActualKind, fact("What the line is about", Record.SLUICE)]
    source: Annotated[Source, fact("Where it comes from", Record.SLUICE)]
    revision: Annotated[int, fact("Which set of lines of its source, from 1", Record.SLUICE)]
    side: Annotated[Side, fact("Cost, unbilled or billed", Record.SLUICE)]
    chargeability: Annotated[Chargeability, fact("Whether the customer pays", Record.SLUICE)]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    contract_line_id: Annotated[str, fact("Line of the contract it falls under", Record.SLUICE)]
    customer_id: Annotated[str, fact("Who is billed", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    work_date: Annotated[dt.date, fact("Day of the work, where it was done", Record.PSA)]
    accounting_date: Annotated[dt.date, fact("Day it counts in the books (rule TIM-4)", Record.SLUICE)]
    worked_period: Annotated[str, fact("Month of the work, kept when booked later", Record.SLUICE, example="2026-06")]
    quantity: Annotated[Decimal, fact("How much, to 4 decimals or finer", Record.PSA, example="7.5000")]
    unit_rate: Annotated[
        Decimal,
        fact("Price or cost of one", Record.SLUICE, classification=Classification.CONFIDENTIAL, example="185.000000"),
    ]
    amount: Annotated[Money, fact("Net amount", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    rounding: Annotated[Rounding, fact("How the amount was cut", Record.SLUICE)] = Rounding.HALF_UP
    unit: Annotated[str, fact("What one is", Record.PSA, example="hour")] = "hour"
    person_id: Annotated[str | None, fact("Who worked or spent", Record.PSA)] = None
    role: Annotated[str | None, fact("Role worked in", Record.PSA)] = None
    task_id: Annotated[str | None, fact("Task worked on", Record.PSA)] = None
    category: Annotated[str | None, fact("Category of an expense", Record.PSA, example="travel")] = None
    price_trace: Annotated[list[Considered], fact("How the price came about (rule RAT-2)", Record.SLUICE)] = field(
        default_factory=list
    )
    tax: Annotated[TaxDecision | None, fact("How it is taxed; costs are not", Record.ERP)] = None
    exchange: Annotated[ExchangeRecord | None, fact("Rates into the seller's currency", Record.SLUICE)] = None
    entity_amount: Annotated[
        Money | None,
        fact("Amount in the seller's currency", Record.SLUICE, classification=Classification.CONFIDENTIAL),
    ] = None
    reversal_of: Annotated[str | None, fact("Line that this one undoes", Record.SLUICE)] = None
    adjusts: Annotated[str | None, fact("Line that this one stands for now", Record.SLUICE)] = None
    state: Annotated[LineState, fact("Whether it still counts", Record.SLUICE)] = LineState.OPEN
    invoice_line: Annotated[InvoiceLineReference | None, fact("Where it is billed or credited", Record.SLUICE)] = None
    reason: Annotated[str, fact("Why it was reversed, cut or written off", Record.SLUICE)] = ""
    decided_by: Annotated[str, fact("Who approved that", Record.SLUICE)] = ""


class ApprovedTime(Noun, frozen=True, kw_only=True):
    """Hours as they were approved. `billable_hours` may be fewer, or more, than were worked (rule BIL-2)."""

    source: Annotated[Source, fact("Where it comes from", Record.SLUICE)]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    contract_line_id: Annotated[str, fact("Line of the contract it falls under", Record.SLUICE)]
    customer_id: Annotated[str, fact("Who is billed", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    method: Annotated[BillingMethod, fact("How the contract line is billed", Record.CRM)]
    person_id: Annotated[str, fact("Who worked", Record.PSA)]
    role: Annotated[str, fact("Role worked in", Record.PSA)]
    worked_on: Annotated[dt.date, fact("Day of the work", Record.PSA)]
    hours: Annotated[Decimal, fact("Hours worked", Record.PSA, unit="hours", example="8")]
    billable_hours: Annotated[Decimal, fact("Hours approved to be billed", Record.PSA, unit="hours", example="6")]
    cost_rate: Annotated[
        Money, fact("Cost of an hour on the day of the work", Record.ERP, classification=Classification.RESTRICTED)
    ]
    task_id: Annotated[str | None, fact("Task worked on", Record.PSA)] = None
    note: Annotated[str, fact("What was done", Record.PSA)] = ""


class CapLevel(StrEnum):
    """How far a cap reaches (rule BIL-3)."""

    LINE_CUSTOMER = "line_customer"
    LINE = "line"
    CUSTOMER = "customer"
    CONTRACT = "contract"


class CapPolicy(StrEnum):
    """What becomes of work above a cap: refused, split, taken with a warning, stopped, or let pass by a little.

    `REJECT` refuses the whole of an entry unless somebody waives it; `HARD` refuses it and cannot be waived.
    """

    REJECT = "reject"
    TRIM = "trim"
    WARN = "warn"
    HARD = "hard"
    TOLERANCE = "tolerance"


class CapUnit(StrEnum):
    """What a cap counts."""

    AMOUNT = "amount"
    HOURS = "hours"


class CapTerm(Noun, frozen=True, kw_only=True):
    """One agreed cap of a contract, in its currency or in hours; half-open days of work (rules BIL-3, RAT-4)."""

    cap_id: Annotated[str, fact("Our id of the cap", Record.SLUICE)]
    level: Annotated[CapLevel, fact("How far it reaches", Record.CRM)]
    unit: Annotated[CapUnit, fact("What it counts", Record.CRM)]
    limit: Annotated[
        Decimal, fact("Not to exceed", Record.CRM, classification=Classification.CONFIDENTIAL, example="10000")
    ]
    policy: Annotated[CapPolicy, fact("What becomes of work above it", Record.CRM)]
    contract_id: Annotated[str, fact("Contract it belongs to", Record.CRM)]
    line_id: Annotated[str | None, fact("Contract line, for the two levels of a line", Record.CRM)] = None
    customer_id: Annotated[str | None, fact("Customer, for the two levels of a customer", Record.CRM)] = None
    tolerance: Annotated[Decimal, fact("By how much it may be passed", Record.CRM, example="0.99")] = Decimal(0)
    starts_on: Annotated[dt.date | None, fact("First day of work counted", Record.CRM)] = None
    ends_before: Annotated[dt.date | None, fact("First day of work no longer counted", Record.CRM)] = None
    purchase_order: Annotated[str | None, fact("Order of the customer it stands for", Record.CRM)] = None
    category: Annotated[str | None, fact("Category of expenses it counts; hours, if none", Record.CRM)] = None


class CapStanding(Noun, frozen=True, kw_only=True):
    """A cap and what was consumed of it: invoiced to date, and committed in the backlog."""

    term: Annotated[CapTerm, fact("The cap", Record.CRM)]
    invoiced: Annotated[Decimal, fact("Invoiced to date", Record.SLUICE)] = Decimal(0)
    committed: Annotated[Decimal, fact("Approved and not yet invoiced", Record.SLUICE)] = Decimal(0)


class CapVerdict(Noun, frozen=True, kw_only=True):
    """What caps leave of a quantity. A refused one is neither chargeable nor over cap: the entry itself failed."""

    chargeable: Annotated[Decimal, fact("What may be billed", Record.SLUICE)]
    over_cap: Annotated[Decimal, fact("What is worked and not billed", Record.SLUICE)] = Decimal(0)
    code: Annotated[str, fact("CAP_EXCEEDED when refused; else empty", Record.SLUICE)] = ""
    refused_by: Annotated[str | None, fact("The cap that refused", Record.SLUICE)] = None
    warnings: Annotated[list[str], fact("Caps passed with a warning", Record.SLUICE)] = field(default_factory=list)
