"""Billing agreements: by what a project is priced, taxed, capped and billed (rules RAT-1 to RAT-7, BIL-1 to BIL-11)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from contracts.canonical.actuals import CapTerm, TaxDecision
from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import QuotedRate
from contracts.canonical.einvoice import InvoiceParty
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency, Money
from contracts.canonical.pricing import PriceList, Rounding
from contracts.canonical.terms import ExpenseTerm, FixedFeeTerm, RetainerTerm, SubscriptionTerm

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]


class AgreementLine(Noun, frozen=True, kw_only=True):
    """One line of the contract. Work on a phase that no line names falls under the line that names none (BIL-8)."""

    line_id: Annotated[Id, fact("Our id of the line", Record.SLUICE, example="agl-1")]
    name: Annotated[str, fact("Text for the invoice", Record.CRM, max_length=200)]
    method: Annotated[BillingMethod, fact("How it is billed", Record.CRM)]
    tax: Annotated[TaxDecision | None, fact("How it is taxed; missing is never a default", Record.ERP)] = None
    phase_ids: Annotated[list[str], fact("Phases that fall under it; else all others", Record.SLUICE)] = field(
        default_factory=list
    )


class AgreedMilestone(Noun, frozen=True, kw_only=True):
    """A payment point of a line: what is billed once it was accepted, whatever was worked for it (BIL-4, BIL-5)."""

    milestone_id: Annotated[Id, fact("Our id of the milestone", Record.SLUICE, example="mst-1")]
    line_id: Annotated[Id, fact("Line of the agreement", Record.SLUICE)]
    name: Annotated[str, fact("What must be accepted", Record.CRM, max_length=200)]
    amount: Annotated[Money, fact("Net amount", Record.CRM, classification=Classification.CONFIDENTIAL)]


class BillingAgreement(Noun, frozen=True, kw_only=True):
    """What was agreed about the bills of one project: one seller, one customer, one currency (rule BIL-11).

    A change is a new version; what was priced before keeps its prices (rule BIL-13).
    """

    project_id: Annotated[Id, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    contract_id: Annotated[Id, fact("Our id of the contract", Record.SLUICE)]
    customer_id: Annotated[Id, fact("Who is billed", Record.CRM)]
    legal_entity_id: Annotated[Id, fact("Who sells", Record.ERP)]
    currency: Currency
    entity_currency: Annotated[Currency, fact("Currency of the seller's books", Record.ERP)]
    starts_on: Annotated[dt.date, fact("First day of work that is billed", Record.CRM)]
    lines: Annotated[list[AgreementLine], fact("Lines", Record.CRM), Meta(min_length=1, max_length=500)]
    price_lists: Annotated[list[PriceList], fact("What an hour sells for", Record.CRM)] = field(default_factory=list)
    cost_lists: Annotated[list[PriceList], fact("What an hour costs, in the seller's currency", Record.ERP)] = field(
        default_factory=list
    )
    caps: Annotated[list[CapTerm], fact("Agreed caps", Record.CRM)] = field(default_factory=list)
    milestones: Annotated[list[AgreedMilestone], fact("Payment points", Record.CRM), Meta(max_length=500)] = field(
        default_factory=list
    )
    fees: Annotated[list[FixedFeeTerm], fact("Fixed fees, one a line", Record.CRM), Meta(max_length=100)] = field(
        default_factory=list
    )
    retainers: Annotated[list[RetainerTerm], fact("Retainers, one a line", Record.CRM), Meta(max_length=100)] = field(
        default_factory=list
    )
    subscriptions: Annotated[
        list[SubscriptionTerm], fact("Subscriptions, one a line", Record.CRM), Meta(max_length=100)
    ] = field(default_factory=list)
    expenses: Annotated[
        list[ExpenseTerm], fact("How expenses pass through, one a line", Record.CRM), Meta(max_length=100)
    ] = field(default_factory=list)
    quotes: Annotated[list[QuotedRate], fact("Rates of exchange into the seller's currency", Record.ERP)] = field(
        default_factory=list
    )
    ends_before: Annotated[dt.date | None, fact("First day of work that is not billed any more", Record.CRM)] = None
    opportunity_id: Annotated[str, fact("Deal it comes from; sales is told of its bills there", Record.CRM)] = ""
    rounding: Annotated[Rounding, fact("How amounts are cut", Record.ERP)] = Rounding.HALF_UP
    payment_days: Annotated[int, fact("Days to pay", Record.CRM, unit="days"), Meta(ge=0, le=365)] = 30
    purchase_order: Annotated[str, fact("Order of the customer", Record.CRM, max_length=45)] = ""
    buyer: Annotated[InvoiceParty | None, fact("Who is billed, as electronic invoices name them", Record.ERP)] = None
    series: Annotated[Id, fact("Series of the seller's numbers", Record.ERP, example="R")] = "R"


class AgreementVersion(Noun, frozen=True, kw_only=True):
    """An agreement as it stands, and which version of it that is."""

    version: Annotated[int, fact("Counts from 1", Record.SLUICE)]
    agreement: BillingAgreement


class PeriodState(StrEnum):
    """Whether a month of a legal entity still takes bookings (rule CTL-5)."""

    OPEN = "open"
    SOFT_CLOSED = "soft_closed"
    HARD_CLOSED = "hard_closed"


class AccountingPeriod(Noun, frozen=True, kw_only=True):
    """One month of one legal entity."""

    legal_entity_id: Annotated[str, fact("Whose books", Record.ERP)]
    period: Annotated[str, fact("The month", Record.ERP, example="2026-06")]
    state: Annotated[PeriodState, fact("Whether it takes bookings", Record.ERP)]
    reason: Annotated[str, fact("Why it was closed or opened", Record.SLUICE)] = ""
    changed_by: Annotated[str, fact("By whom", Record.SLUICE)] = ""
