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


class CapBehaviour(StrEnum):
    """What becomes of work that would exceed a cap (rule BIL-3)."""

    REJECT = "reject"
    TRIM = "trim"
    WARN = "warn"
    HARD = "hard"


class Cap(Noun, frozen=True, kw_only=True):
    """The most that a line billed by actuals may cost the customer; the behaviour is agreed, never assumed."""

    amount: Annotated[Money, fact("Not to exceed", Record.CRM, classification=Classification.CONFIDENTIAL)]
    behaviour: Annotated[CapBehaviour | None, fact("What becomes of work above it", Record.CRM)] = None


class BillingFrequency(StrEnum):
    """How long the periods are in which a subscription or a retainer is billed."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class BillingTiming(StrEnum):
    """Whether a period is billed on its first day or on its last (rule BIL-7)."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class DealKind(StrEnum):
    """Whether a deal stands alone or goes on from an earlier one (rule CHG-4)."""

    NEW = "new"
    EXTENSION = "extension"
    RENEWAL = "renewal"


class DealMilestone(Noun, frozen=True, kw_only=True):
    """An agreed payment point of a line; the percentages of one line sum to 100."""

    name: Annotated[str, fact("What must be accepted", Record.CRM, example="Service transition accepted")]
    percent: Annotated[Decimal | None, fact("Share of the line", Record.CRM, unit="percent", example="40")]
    due_on: Annotated[dt.date | None, fact("Planned acceptance", Record.CRM)]


class DealLine(Noun, frozen=True, kw_only=True):
    """One sold thing: a phase of onboarding, or a managed service for a period.

    `amount` may be in another currency than the deal; `deal_value` is then what the CRM counts it as in the deal's.
    A line without `legal_entity_id` is sold by the deal's; one without `tax_code` is taxed as the customer is.
    """

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE, example="00k000001")]
    name: Annotated[str, fact("Name on the statement of work", Record.CRM, example="Onboarding Germany")]
    method: Annotated[BillingMethod | None, fact("Billing method", Record.CRM)]
    amount: Annotated[Money, fact("Contract value of the line", Record.CRM, classification=Classification.CONFIDENTIAL)]
    country: CountryCode | None
    starts_on: Annotated[dt.date | None, fact("First day of the service", Record.CRM)]
    ends_on: Annotated[dt.date | None, fact("Last day of the service, included", Record.CRM)]
    phase: Annotated[str, fact("Delivery phase", Record.CRM, example="Onboarding")] = ""
    milestones: Annotated[list[DealMilestone], fact("Payment points of a milestone line", Record.CRM)] = field(
        default_factory=list
    )
    legal_entity_id: Annotated[str | None, fact("Selling entity of the line", Record.CRM, example="NW-GB")] = None
    tax_code: Annotated[str | None, fact("Tax code of the line", Record.ERP, example="EXPORT-0")] = None
    deal_value: Annotated[
        Money | None,
        fact("The amount in the deal's currency", Record.CRM, classification=Classification.CONFIDENTIAL),
    ] = None
    cap: Annotated[Cap | None, fact("Most that actuals may come to", Record.CRM)] = None
    frequency: Annotated[BillingFrequency | None, fact("Length of a billed period; months unless said", Record.CRM)] = (
        None
    )
    timing: Annotated[BillingTiming | None, fact("In advance unless said", Record.CRM)] = None


class StaffingNeed(Noun, frozen=True, kw_only=True):
    """People a deal will need: a role, in a country, for a number of hours."""

    role: Annotated[str, fact("Role of the rate card", Record.CRM, example="Cloud Architect")]
    country: CountryCode
    hours: Annotated[Decimal, fact("Planned effort", Record.CRM, unit="hours", example="320")]
    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]
    line_id: Annotated[str | None, fact("Line the people are for; the deal's first seller unless said", Record.CRM)] = (
        None
    )


class Gap(Noun, frozen=True, kw_only=True):
    """A field of a record that belongs to the deal, empty or unusable, so that the record cannot be read as ours."""

    record: Annotated[str, fact("What kind of record, and which", Record.CRM, example="Rate_Entry__c a01J5")]
    field: Annotated[str, fact("The vendor's name of the field", Record.CRM, example="Country__c")]
    detail: Annotated[str, fact("What is wrong with it", Record.CRM)]


class Opportunity(Noun, frozen=True, kw_only=True):
    """A deal as the CRM holds it, with everything the hand-off to delivery and finance needs.

    Fields that sales may leave empty are optional here: completeness is judged by the process, not by the reader.
    A milestone, rate or need that cannot be read at all is left out of its list and named in `gaps`.
    A deal that names no customer has one whose id is empty.
    `extends` names the earlier deal whose project this one extends or renews.
    """

    opportunity_id: Annotated[str, fact("Id of the opportunity in its CRM", Record.CRM, example="006A000001")]
    name: Annotated[str, fact("Name of the deal", Record.CRM, example="Northwind managed cloud EMEA")]
    won: Annotated[bool, fact("Closed and won", Record.CRM)]
    closed_on: Annotated[dt.date, fact("Close date", Record.CRM)]
    amount: Annotated[Money, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)]
    customer: Customer
    lines: Annotated[list[DealLine], fact("What was sold", Record.CRM)]
    rate_cards: Annotated[list[RateCard], fact("Approved rates, one card a currency", Record.CRM)] = field(
        default_factory=list
    )
    staffing: Annotated[list[StaffingNeed], fact("Planned demand for people", Record.CRM)] = field(default_factory=list)
    legal_entity_id: Annotated[str | None, fact("Selling entity", Record.CRM, example="NW-DE")] = None
    service_line: Annotated[str | None, fact("Service line code", Record.CRM, example="MANAGED-CLOUD")] = None
    delivery_owner: Annotated[str | None, fact("E-mail of the delivery owner", Record.CRM)] = None
    statement_of_work: Annotated[str | None, fact("Reference of the signed document", Record.CRM)] = None
    statement_of_work_sha256: Annotated[str | None, fact("Hash of the signed document", Record.CRM)] = None
    signed_on: Annotated[dt.date | None, fact("Day of the last signature", Record.CRM)] = None
    payment_terms: Annotated[str | None, fact("Payment terms code", Record.CRM, example="NET30")] = None
    special_terms: Annotated[
        str | None, fact("What departs from the firm's terms", Record.CRM, classification=Classification.CONFIDENTIAL)
    ] = None
    bill_to: Annotated[Customer | None, fact("Who is billed, when it is not the customer", Record.CRM)] = None
    kind: Annotated[DealKind, fact("New business, extension or renewal", Record.CRM)] = DealKind.NEW
    extends: Annotated[str | None, fact("Deal whose project is extended", Record.CRM, example="006A000001")] = None
    gaps: Annotated[list[Gap], fact("What could not be read", Record.SLUICE)] = field(default_factory=list)
    currency: Currency = "EUR"


class OpportunityChange(Noun, frozen=True, kw_only=True):
    """An opportunity met by the change feed; one that is not won may be open, reopened or lost."""

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
