"""The partner API in its newest shape: engagements, the people they ask for, what is billed, and being told of it.

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
from contracts.canonical.invoices import InvoiceKind
from contracts.canonical.money import Money
from contracts.canonical.party import CountryCode
from contracts.canonical.webhooks import (
    Delivery,
    DeliveryFile,
    DeliveryPage,
    DeliveryState,
    Endpoint,
    EndpointMade,
    Endpoints,
    Replay,
    SecretShown,
)
from contracts.port import NDJSON, Download, delete, download, get, post, put
from contracts.process.engagements import IdempotencyKey
from contracts.process.webhooks import AddEndpoint, ChangeEndpoint, Id, IfMatch, ReplayRange, RotateSecret

Rows = Annotated[int, Meta(ge=1, le=5_000, description="Lines a file, 1 to 5,000")]


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


class ProjectInvoice(Noun, frozen=True, kw_only=True):
    """A posted invoice over work of a project, or what corrects one; a credit's amounts are negative."""

    invoice_id: Annotated[str, fact("Our id of the document", Record.SLUICE)]
    number: Annotated[str, fact("Legal number: series and number in it", Record.ERP, example="INV-17")]
    kind: InvoiceKind
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

    @get("/projects/{project_id}/invoices", scope="engagements:read", problems=(404,))
    async def invoices(self, *, project_id: str, cursor: str = "", limit: Limit = 50) -> ProjectInvoicePage:
        """List the posted invoices and corrections of a project, newest first; amounts are objects in every version."""
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

    @download("/exports/projects", scope="engagements:read", media=NDJSON)
    async def export_projects(self, *, cursor: str = "", rows: Rows = 1_000) -> Download:
        """Take all projects at once, a JSON object a line, newest change first.

        A file is taken up where it broke off with `Range` and `If-Range`, and the file after it is where `Link` leads.
        The words are the newest in every version; the contract value is left out for whoever may not see amounts.
        """
        ...

    @download("/exports/invoices", scope="engagements:read", media=NDJSON)
    async def export_invoices(self, *, cursor: str = "", rows: Rows = 1_000) -> Download:
        """Take all posted invoices and corrections at once, a JSON object a line, newest first; as with projects."""
        ...

    @get("/webhook-endpoints", scope="webhooks:read")
    async def webhook_endpoints(self) -> Endpoints:
        """List where the partner is told of what happens, oldest first."""
        ...

    @post("/webhook-endpoints", scope="webhooks:manage", problems=(409,))
    async def add_webhook_endpoint(self, *, body: AddEndpoint, idempotency_key: IdempotencyKey) -> EndpointMade:
        """Add an address that is told of what happens to the partner's projects and invoices.

        Messages are signed by Standard Webhooks 1.0; the signing secret is in this answer and in no other. A message
        names what happened and the objects, whose details are read here in the version and with the scopes of the
        reader. It may come more than once and then bears the same `webhook-id`.
        """
        ...

    @get("/webhook-endpoints/{endpoint_id}", scope="webhooks:read", problems=(404,))
    async def webhook_endpoint(self, *, endpoint_id: Id) -> Endpoint:
        """Read one endpoint with what became of its messages."""
        ...

    @put("/webhook-endpoints/{endpoint_id}", scope="webhooks:manage", problems=(404, 412, 428))
    async def change_webhook_endpoint(self, *, endpoint_id: Id, body: ChangeEndpoint, if_match: IfMatch) -> Endpoint:
        """Change an endpoint, pause it, or let one that was disabled be told again."""
        ...

    @delete("/webhook-endpoints/{endpoint_id}", scope="webhooks:manage")
    async def remove_webhook_endpoint(self, *, endpoint_id: Id) -> None:
        """Remove an endpoint with its secrets and its log; removing it again is fine."""
        ...

    @post("/webhook-endpoints/{endpoint_id}/secrets", scope="webhooks:manage", problems=(404, 409))
    async def rotate_webhook_secret(
        self, *, endpoint_id: Id, body: RotateSecret, idempotency_key: IdempotencyKey
    ) -> SecretShown:
        """Make a new secret, shown in this answer only; until the overlap ends the old ones sign beside it."""
        ...

    @post("/webhook-endpoints/{endpoint_id}/pings", scope="webhooks:manage", status=202, problems=(404, 409))
    async def ping_webhook_endpoint(self, *, endpoint_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Send a message of the type `ping`, which tells of nothing."""
        ...

    @get("/webhook-endpoints/{endpoint_id}/deliveries", scope="webhooks:read", problems=(404, 422))
    async def webhook_deliveries(
        self,
        *,
        endpoint_id: Id,
        state: DeliveryState | None = None,
        since: Annotated[dt.datetime, Meta(tz=True)] | None = None,
        until: Annotated[dt.datetime, Meta(tz=True)] | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> DeliveryPage:
        """List what was and will be delivered, newest first; `since` and `until` are of when it happened."""
        ...

    @get("/webhook-endpoints/{endpoint_id}/deliveries/{message_id}", scope="webhooks:read", problems=(404,))
    async def webhook_delivery(self, *, endpoint_id: Id, message_id: Id) -> DeliveryFile:
        """Read one delivery with its body and every attempt."""
        ...

    @post(
        "/webhook-endpoints/{endpoint_id}/deliveries/{message_id}/replays",
        scope="webhooks:manage",
        status=202,
        problems=(404, 409),
    )
    async def replay_webhook(self, *, endpoint_id: Id, message_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Deliver one message again, under its own id."""
        ...

    @post("/webhook-endpoints/{endpoint_id}/replays", scope="webhooks:manage", status=202, problems=(404, 409))
    async def replay_webhooks(self, *, endpoint_id: Id, body: ReplayRange, idempotency_key: IdempotencyKey) -> Replay:
        """Deliver a stretch of time again, oldest first; also what happened before the endpoint was there."""
        ...
