"""Deals: an opportunity, its lines, its agreed milestones and its demand for people."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency, Money
from contracts.canonical.party import CountryCode, Customer
from contracts.canonical.rates import RateCard


class BillingMethod(StrEnum):
    """How a contract line turns into invoices (rules BIL-1 to BIL-9)."""

    TIME_AND_MATERIALS = "time_and_materials"
    FIXED_FEE = "fixed_fee"
    MILESTONE = "milestone"
    RETAINER = "retainer"
    SUBSCRIPTION = "subscription"


class DealMilestone(Noun, frozen=True, kw_only=True):
    """An agreed payment point of a line; the percentages of one line sum to 100."""

    name: Annotated[str, fact("What must be accepted", Record.CRM, example="Service transition accepted")]
    percent: Annotated[Decimal, fact("Share of the line", Record.CRM, unit="percent", example="40")]
    due_on: Annotated[dt.date, fact("Planned acceptance", Record.CRM)]


class DealLine(Noun, frozen=True, kw_only=True):
    """One sold thing: a phase of onboarding, or a managed service for a period."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE, example="00k000001")]
    name: Annotated[str, fact("Name on the statement of work", Record.CRM, example="Onboarding Germany")]
    method: Annotated[BillingMethod, fact("Billing method", Record.CRM)]
    amount: Annotated[Money, fact("Contract value of the line", Record.CRM, classification=Classification.CONFIDENTIAL)]
    country: CountryCode
    starts_on: Annotated[dt.date, fact("First day of the service", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day of the service, included", Record.CRM)]
    phase: Annotated[str, fact("Delivery phase", Record.CRM, example="Onboarding")] = ""
    milestones: Annotated[list[DealMilestone], fact("Payment points of a milestone line", Record.CRM)] = field(
        default_factory=list
    )


class StaffingNeed(Noun, frozen=True, kw_only=True):
    """People a deal will need: a role, in a country, for a number of hours."""

    role: Annotated[str, fact("Role of the rate card", Record.CRM, example="Cloud Architect")]
    country: CountryCode
    hours: Annotated[Decimal, fact("Planned effort", Record.CRM, unit="hours", example="320")]
    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]


class Opportunity(Noun, frozen=True, kw_only=True):
    """A deal as the CRM holds it, with everything the hand-off to delivery and finance needs.

    Fields that sales may leave empty are optional here: completeness is judged by the process, not by the reader.
    """

    opportunity_id: Annotated[str, fact("Id of the opportunity in its CRM", Record.CRM, example="006A000001")]
    name: Annotated[str, fact("Name of the deal", Record.CRM, example="Northwind managed cloud EMEA")]
    won: Annotated[bool, fact("Closed and won", Record.CRM)]
    closed_on: Annotated[dt.date, fact("Close date", Record.CRM)]
    amount: Annotated[Money, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)]
    customer: Customer
    lines: Annotated[list[DealLine], fact("What was sold", Record.CRM)]
    rate_card: Annotated[RateCard | None, fact("Approved rates", Record.CRM)] = None
    staffing: Annotated[list[StaffingNeed], fact("Planned demand for people", Record.CRM)] = field(default_factory=list)
    legal_entity_id: Annotated[str | None, fact("Selling entity", Record.CRM, example="NW-DE")] = None
    service_line: Annotated[str | None, fact("Service line code", Record.CRM, example="MANAGED-CLOUD")] = None
    delivery_owner: Annotated[str | None, fact("E-mail of the delivery owner", Record.CRM)] = None
    statement_of_work: Annotated[str | None, fact("Reference of the signed document", Record.CRM)] = None
    currency: Currency = "EUR"


class OpportunityChange(Noun, frozen=True, kw_only=True):
    """One closed-won opportunity met by the change feed."""

    opportunity_id: str
    won: bool
    changed_at: dt.datetime


class OpportunityChanges(Noun, frozen=True, kw_only=True):
    """A page of the change feed. `cursor` is opaque; hand it back to go on. Entries may repeat, none is left out."""

    changes: list[OpportunityChange]
    cursor: str


class DeliveryState(StrEnum):
    """What sales sees of delivery on the opportunity."""

    PROVISIONING = "provisioning"
    WAITING = "waiting"
    READY = "ready"
    CANCELLED = "cancelled"


class DeliveryReport(Noun, frozen=True, kw_only=True):
    """What is written back on the opportunity."""

    state: DeliveryState
    case_id: str
    erp_customer_id: str | None = None
    erp_project_id: str | None = None
    psa_project_id: str | None = None
    note: Annotated[str, fact("One sentence for the account owner", Record.SLUICE, max_length=255)] = ""
