"""Projects: phases, milestones, budget and people requests, as delivery and finance need them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from contracts.canonical.deal import BillingMethod
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency, Money
from contracts.canonical.party import CountryCode


class Phase(Noun, frozen=True, kw_only=True):
    """A stage of delivery, or a milestone within it when `milestone` is true."""

    phase_id: Annotated[str, fact("Our id of the phase", Record.SLUICE, example="phs-1")]
    name: Annotated[str, fact("Name in the plan", Record.PSA, example="Onboarding Germany")]
    starts_on: Annotated[dt.date, fact("First day", Record.PSA)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.PSA)]
    country: CountryCode
    method: Annotated[BillingMethod, fact("How the phase is billed", Record.CRM)]
    budget: Annotated[Money, fact("Budget of the phase", Record.PSA, classification=Classification.CONFIDENTIAL)]
    milestone: Annotated[bool, fact("A payment point rather than a stage", Record.PSA)] = False
    parent_id: Annotated[str | None, fact("Phase this one belongs to", Record.PSA)] = None


class Evidence(Noun, frozen=True, kw_only=True):
    """The signed document a project stands on, and the terms that were agreed in it."""

    statement_of_work: Annotated[str, fact("Reference of the signed document", Record.CRM, example="SOW-2026-0117")]
    sha256: Annotated[str, fact("Hash of the signed document, when the CRM holds it", Record.CRM)] = ""
    signed_on: Annotated[dt.date | None, fact("Day of the last signature", Record.CRM)] = None
    payment_terms: Annotated[str, fact("Payment terms code", Record.CRM, example="NET30")] = ""


class Project(Noun, frozen=True, kw_only=True):
    """One engagement. `project_id` is our key in every system."""

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    name: Annotated[str, fact("Name of the engagement", Record.PSA, max_length=255)]
    customer_id: Annotated[str, fact("Our id of the customer it is delivered to", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Selling entity", Record.ERP)]
    service_line: Annotated[str, fact("Service line code", Record.CRM)]
    delivery_owner: Annotated[str, fact("E-mail of the delivery owner", Record.CRM)]
    starts_on: Annotated[dt.date, fact("First day", Record.PSA)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.PSA)]
    currency: Currency
    budget: Annotated[Money, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)]
    phases: Annotated[list[Phase], fact("Stages and milestones in order", Record.PSA)]
    bill_to_id: Annotated[str | None, fact("Our id of who is billed, when it is not the customer", Record.SLUICE)] = (
        None
    )

    @property
    def billed_id(self) -> str:
        """Who is billed."""
        return self.bill_to_id or self.customer_id


class ProjectPhases(Noun, frozen=True, kw_only=True):
    """Phases for a project that stands: some of a long plan, or what a later deal adds.

    With `settle` the project's budget and last day are made to follow from all the stages it then has.
    """

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    currency: Currency
    phases: Annotated[list[Phase], fact("Stages and milestones, a parent before its children", Record.PSA)]
    settle: Annotated[bool, fact("Whether budget and dates follow now", Record.SLUICE)] = False


class PhaseIds(Noun, frozen=True, kw_only=True):
    """Phases of one project, by our ids."""

    phase_ids: list[str]


class StaffingRequest(Noun, frozen=True, kw_only=True):
    """A request to staffing for one role in one country."""

    request_id: Annotated[str, fact("Our id of the request", Record.SLUICE, example="stf-1")]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    role: Annotated[str, fact("Role asked for", Record.CRM)]
    country: CountryCode
    hours: Annotated[Decimal, fact("Planned effort", Record.CRM, unit="hours")]
    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]
