"""The partner API in its newest shape: engagements, the people they ask for, what is billed.

Older shapes are not here: each breaking change is a file in `contracts/changes/`, and the gateway applies them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta

from contracts.canonical.casework import Limit
from contracts.canonical.deal import BillingMethod
from contracts.canonical.field import Classification, Command, Noun, Record, fact
from contracts.canonical.money import Money
from contracts.canonical.party import CountryCode
from contracts.port import get, post
from contracts.process.engagements import IdempotencyKey


class ProjectState(StrEnum):
    """Where a project stands."""

    PREPARING = "preparing"
    WAITING = "waiting"
    ACTIVE = "active"
    CANCELLED = "cancelled"


class RequestState(StrEnum):
    """Whether somebody took note of a request for people."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"


class BillingState(StrEnum):
    """Whether what was agreed stands in the books."""

    PLANNED = "planned"
    BOOKED = "booked"


class Period(Noun, frozen=True, kw_only=True):
    """A first and a last day, both included."""

    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]


class ProjectSummary(Noun, frozen=True, kw_only=True):
    """One project in a list."""

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    name: Annotated[str, fact("Name of the engagement", Record.CRM, example="Northwind managed cloud EMEA")]
    state: ProjectState
    value: Annotated[Money, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)]
    changed_at: dt.datetime


class ProjectPage(Noun, frozen=True, kw_only=True):
    """A page of projects, newest change first; `next_cursor` is absent on the last page."""

    items: list[ProjectSummary]
    next_cursor: str | None = None


class Project(Noun, frozen=True, kw_only=True):
    """One project with what was agreed."""

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    name: Annotated[str, fact("Name of the engagement", Record.CRM, example="Northwind managed cloud EMEA")]
    state: ProjectState
    value: Annotated[Money, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)]
    period: Period
    service_line: Annotated[str, fact("Service line code", Record.CRM, example="MANAGED-CLOUD")]
    delivery_owner: Annotated[str, fact("E-mail of the delivery owner", Record.CRM)]
    order_reference: Annotated[
        str, fact("Order to quote on documents: the signed statement of work", Record.CRM, example="SOW-2026-0117")
    ]
    changed_at: dt.datetime


class Acknowledgement(Noun, frozen=True, kw_only=True):
    """Who took note, and when."""

    at: dt.datetime
    by: Annotated[str, fact("Who took note", Record.SLUICE, example="partner-demo")]


class StaffingRequest(Noun, frozen=True, kw_only=True):
    """People a project asks for: a role, in a country, for a number of hours."""

    request_id: Annotated[str, fact("Our id of the request", Record.SLUICE, example="stf-006A000001-1")]
    role: Annotated[str, fact("Role asked for", Record.CRM, example="Cloud Architect")]
    country: CountryCode
    hours: Annotated[Decimal, fact("Planned effort", Record.CRM, unit="hours", example="320")]
    period: Period
    state: RequestState
    acknowledgement: Acknowledgement | None = None


class StaffingRequests(Noun, frozen=True, kw_only=True):
    """Everything one project asks for, in the order of the contract."""

    items: list[StaffingRequest]


class BillingPoint(Noun, frozen=True, kw_only=True):
    """One agreed payment: a milestone of a line, or a line as a whole."""

    point_id: Annotated[str, fact("Our id of the payment point", Record.SLUICE, example="bpt-006A000001-1")]
    name: Annotated[str, fact("What is paid for", Record.CRM, example="Onboarding Germany: Kick-off")]
    method: Annotated[BillingMethod, fact("Billing method", Record.CRM)]
    due_on: Annotated[dt.date, fact("Planned acceptance, or the first day of the service", Record.CRM)]
    amount: Annotated[Money, fact("Net amount", Record.CRM, classification=Classification.CONFIDENTIAL)]


class BillingPlan(Noun, frozen=True, kw_only=True):
    """What will be billed as agreed; the points sum to the total."""

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    state: BillingState
    total: Annotated[Money, fact("Net total", Record.ERP, classification=Classification.CONFIDENTIAL)]
    points: list[BillingPoint]


class Acknowledge(Command, frozen=True, kw_only=True):
    """Take note of a request for people."""

    note: Annotated[str, Meta(max_length=500, description="A word to the delivery owner")] = ""


class Partners(Protocol):
    """A partner sees the projects of their own customers; all others do not exist for them."""

    @get("/projects", scope="engagements:read")
    async def projects(self, *, state: ProjectState | None = None, cursor: str = "", limit: Limit = 50) -> ProjectPage:
        """List the partner's projects, newest change first."""
        ...

    @get("/projects/{project_id}", scope="engagements:read", problems=(404,))
    async def project(self, *, project_id: str) -> Project:
        """Read one project with what was agreed."""
        ...

    @get("/projects/{project_id}/staffing-requests", scope="engagements:read", problems=(404,))
    async def staffing(self, *, project_id: str) -> StaffingRequests:
        """Read the people a project asks for."""
        ...

    @get("/projects/{project_id}/billing", scope="engagements:read", problems=(404,))
    async def billing(self, *, project_id: str) -> BillingPlan:
        """Read what will be billed, and whether it is booked."""
        ...

    @post(
        "/projects/{project_id}/staffing-requests/{request_id}/acknowledgement",
        scope="engagements:acknowledge",
        problems=(404, 409),
    )
    async def acknowledge(
        self, *, project_id: str, request_id: str, body: Acknowledge, idempotency_key: IdempotencyKey
    ) -> StaffingRequest:
        """Take note of a request for people, once; a second note by somebody else is a conflict."""
        ...
