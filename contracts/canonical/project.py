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


class Project(Noun, frozen=True, kw_only=True):
    """One engagement. `project_id` is our key in every system."""

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    name: Annotated[str, fact("Name of the engagement", Record.PSA, max_length=255)]
    customer_id: Annotated[str, fact("Our id of the customer", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Selling entity", Record.ERP)]
    service_line: Annotated[str, fact("Service line code", Record.CRM)]
    delivery_owner: Annotated[str, fact("E-mail of the delivery owner", Record.CRM)]
    starts_on: Annotated[dt.date, fact("First day", Record.PSA)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.PSA)]
    currency: Currency
    budget: Annotated[Money, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)]
    phases: Annotated[list[Phase], fact("Stages and milestones in order", Record.PSA)]


class StaffingRequest(Noun, frozen=True, kw_only=True):
    """A request to staffing for one role in one country."""

    request_id: Annotated[str, fact("Our id of the request", Record.SLUICE, example="stf-1")]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    role: Annotated[str, fact("Role asked for", Record.CRM)]
    country: CountryCode
    hours: Annotated[Decimal, fact("Planned effort", Record.CRM, unit="hours")]
    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]
