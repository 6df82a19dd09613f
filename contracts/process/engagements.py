"""Engagements: what a won deal has become, for those who deliver it with us and those who are billed for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta

from contracts.canonical.casework import Limit
from contracts.canonical.deal import BillingMethod
from contracts.canonical.field import Classification, Command, Noun, Record, fact
from contracts.canonical.invoices import InvoiceKind
from contracts.canonical.money import Money
from contracts.canonical.party import CountryCode
from contracts.port import Header, get, post

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]


class EngagementState(StrEnum):
    """Where an engagement stands."""

    PREPARING = "preparing"
    WAITING = "waiting"
    ACTIVE = "active"
    CANCELLED = "cancelled"


class EngagementSummary(Noun, frozen=True, kw_only=True):
    """One engagement in a list."""

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    name: Annotated[str, fact("Name of the engagement", Record.CRM)]
    customer_id: Annotated[str, fact("Our id of the customer", Record.SLUICE)]
    state: EngagementState
    value: Annotated[Money, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)]
    changed_at: dt.datetime


class EngagementPage(Noun, frozen=True, kw_only=True):
    """A page of engagements, newest change first; `next_cursor` is absent on the last page."""

    items: list[EngagementSummary]
    next_cursor: str | None = None


class Engagement(Noun, frozen=True, kw_only=True):
    """One engagement with what was agreed."""

    summary: EngagementSummary
    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]
    service_line: Annotated[str, fact("Service line code", Record.CRM)]
    delivery_owner: Annotated[str, fact("E-mail of the delivery owner", Record.CRM)]
    order_reference: Annotated[str, fact("Order under which is billed: the signed statement of work", Record.CRM)]


class Acknowledged(Noun, frozen=True, kw_only=True):
    """Who took note of a request for people, and when."""

    at: dt.datetime
    by: Annotated[str, fact("Subject of who took note", Record.SLUICE)]
    note: str = ""


class StaffingDemand(Noun, frozen=True, kw_only=True):
    """People an engagement asks for: a role, in a country, for a number of hours."""

    request_id: Annotated[str, fact("Our id of the request", Record.SLUICE, example="stf-006A000001-1")]
    role: Annotated[str, fact("Role asked for", Record.CRM)]
    country: CountryCode
    hours: Annotated[Decimal, fact("Planned effort", Record.CRM, unit="hours")]
    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]
    acknowledged: Acknowledged | None = None


class StaffingDemands(Noun, frozen=True, kw_only=True):
    """Everything one engagement asks for, in the order of the contract."""

    items: list[StaffingDemand]


class BillingPoint(Noun, frozen=True, kw_only=True):
    """One agreed payment: a milestone of a line, or a line as a whole."""

    point_id: Annotated[str, fact("Our id of the payment point", Record.SLUICE)]
    name: Annotated[str, fact("What is paid for", Record.CRM)]
    method: Annotated[BillingMethod, fact("Billing method", Record.CRM)]
    due_on: Annotated[dt.date, fact("Planned acceptance, or the first day of the service", Record.CRM)]
    amount: Annotated[Money, fact("Net amount", Record.CRM, classification=Classification.CONFIDENTIAL)]


class BillingStanding(Noun, frozen=True, kw_only=True):
    """What will be billed as agreed, and whether the ERP's books hold it. `booked_lines` is 0 until they do."""

    project_id: str
    booked: Annotated[bool, fact("Whether the schedule stands in the ERP", Record.ERP)]
    booked_lines: Annotated[int, fact("Lines by the ERP's own books", Record.ERP)]
    total: Annotated[Money, fact("Net total", Record.ERP, classification=Classification.CONFIDENTIAL)]
    points: list[BillingPoint]


class ProjectInvoice(Noun, frozen=True, kw_only=True):
    """A posted invoice over work of an engagement, or what corrects one; a credit's amounts are negative."""

    invoice_id: Annotated[str, fact("Our id of the document", Record.SLUICE)]
    number: Annotated[str, fact("Legal number: series and number in it", Record.ERP, example="INV-17")]
    kind: InvoiceKind
    customer_id: Annotated[str, fact("Who is billed", Record.SLUICE)]
    posted_on: Annotated[dt.date | None, fact("Day it was posted", Record.ERP)]
    net: Annotated[Money, fact("Net amount", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    tax: Annotated[Money, fact("Tax", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    gross: Annotated[Money, fact("Net and tax", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    corrects: Annotated[str | None, fact("Our id of the document it corrects", Record.SLUICE)] = None


class ProjectInvoicePage(Noun, frozen=True, kw_only=True):
    """A page of posted documents, newest first; `next_cursor` is absent on the last page."""

    items: list[ProjectInvoice]
    next_cursor: str | None = None


class Acknowledge(Command, frozen=True, kw_only=True):
    """Take note of a request for people."""

    note: Annotated[str, Meta(max_length=500)] = ""


class Engagements(Protocol):
    """A caller from outside the firm sees the engagements of their own customers; all others do not exist for them."""

    @get("/projects", scope="engagements:read")
    async def projects(
        self, *, state: EngagementState | None = None, cursor: str = "", limit: Limit = 50
    ) -> EngagementPage:
        """List the caller's engagements, newest change first."""
        ...

    @get("/projects/{project_id}", scope="engagements:read", problems=(404,))
    async def project(self, *, project_id: str) -> Engagement:
        """Read one engagement with what was agreed."""
        ...

    @get("/projects/{project_id}/staffing-requests", scope="engagements:read", problems=(404,))
    async def staffing(self, *, project_id: str) -> StaffingDemands:
        """Read the people an engagement asks for."""
        ...

    @get("/projects/{project_id}/billing", scope="engagements:read", problems=(404,))
    async def billing(self, *, project_id: str) -> BillingStanding:
        """Read what will be billed, and whether it is booked."""
        ...

    @get("/projects/{project_id}/invoices", scope="engagements:read", problems=(404,))
    async def invoices(self, *, project_id: str, cursor: str = "", limit: Limit = 50) -> ProjectInvoicePage:
        """List the posted invoices and corrections of an engagement, newest first."""
        ...

    @get("/invoices", scope="engagements:read")
    async def posted(self, *, cursor: str = "", limit: Limit = 50) -> ProjectInvoicePage:
        """List the posted invoices and corrections of all the caller's engagements, newest first."""
        ...

    @post(
        "/projects/{project_id}/staffing-requests/{request_id}/acknowledgement",
        scope="engagements:acknowledge",
        problems=(404, 409),
    )
    async def acknowledge(
        self, *, project_id: str, request_id: str, body: Acknowledge, idempotency_key: IdempotencyKey
    ) -> StaffingDemand:
        """Take note of a request for people, once; a second note by somebody else is a conflict."""
        ...
