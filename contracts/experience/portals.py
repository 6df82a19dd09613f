"""Portals: what a client organisation sees of its engagements and does about them, and what its account team sees.

An amount that is null is one that the caller's role does not see; what is another organisation's does not exist.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Protocol

from contracts.canonical.casework import Limit
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money
from contracts.port import get, post, put
from contracts.process.change_requests import ChangeRequest, ChangeRequestPage, RaiseChange
from contracts.process.client_billing import (
    AcceptAsClient,
    Bill,
    BillPage,
    DeclineAsClient,
    Dispute,
    DisputePage,
    LineAccount,
    Milestones,
    MilestoneStanding,
    Payments,
    PersonOnProject,
    ProjectAccount,
    RaiseDispute,
)
from contracts.process.engagements import EngagementState, IdempotencyKey
from contracts.process.time_to_bill import ElectronicInvoice, InvoiceExplanation, Key, LineExplanation


class Light(StrEnum):
    """How an engagement stands at a glance."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class HealthReason(Noun, frozen=True, kw_only=True):
    """One reason for the light, in a sentence without amounts."""

    code: Annotated[str, fact("Which rule speaks", Record.SLUICE, example="milestone_overdue")]
    light: Light
    text: str


class Health(Noun, frozen=True, kw_only=True):
    """The worst of its reasons; green where there is none."""

    project_id: str
    as_of: dt.date
    light: Light
    reasons: list[HealthReason]


class EngagementCard(Noun, frozen=True, kw_only=True):
    """One engagement in a list."""

    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE, example="prj-006A000001")]
    name: Annotated[str, fact("Name of the engagement", Record.CRM)]
    state: EngagementState
    changed_at: dt.datetime
    value: Annotated[Money | None, fact("Contract value", Record.CRM, classification=Classification.CONFIDENTIAL)] = (
        None
    )


class EngagementCards(Noun, frozen=True, kw_only=True):
    """A page of engagements, newest change first; `next_cursor` is absent on the last page."""

    items: list[EngagementCard]
    next_cursor: str | None = None


class EngagementPaper(Noun, frozen=True, kw_only=True):
    """One engagement with what was agreed."""

    card: EngagementCard
    starts_on: Annotated[dt.date, fact("First day", Record.CRM)]
    ends_on: Annotated[dt.date, fact("Last day, included", Record.CRM)]
    service_line: Annotated[str, fact("Service line code", Record.CRM)]
    delivery_owner: Annotated[str, fact("E-mail of the delivery owner", Record.CRM)]
    order_reference: Annotated[str, fact("The signed statement of work", Record.CRM)]


class RoleAskedFor(Noun, frozen=True, kw_only=True):
    """A role that an engagement was sold with, where and until when."""

    role: Annotated[str, fact("Role", Record.CRM)]
    country: str
    starts_on: dt.date
    ends_on: dt.date


class ProjectTeam(Noun, frozen=True, kw_only=True):
    """Who answers for an engagement, who has worked on it, and which roles it was sold with; no rates."""

    project_id: str
    delivery_owner: str
    people: list[PersonOnProject]
    roles: list[RoleAskedFor]


class BillingOverview(Noun, frozen=True, kw_only=True):
    """Billed and not yet billed, line by line, net; and what of the bills is open, tax included."""

    project_id: str
    as_of: dt.date
    lines: list[LineAccount]
    billed: Annotated[Money | None, fact("Net", Record.SLUICE, classification=Classification.CONFIDENTIAL)] = None
    unbilled: Annotated[Money | None, fact("Net", Record.SLUICE, classification=Classification.CONFIDENTIAL)] = None
    open: Annotated[Money | None, fact("Not yet paid", Record.ERP, classification=Classification.CONFIDENTIAL)] = None
    overdue: Annotated[Money | None, fact("Past its day", Record.ERP, classification=Classification.CONFIDENTIAL)] = (
        None
    )


class Portals(Protocol):
    """Which role may ask what, and which field it sees, stands as data beside the room."""

    @get("/engagements", scope="engagements:read")
    async def engagements(
        self, *, state: EngagementState | None = None, cursor: str = "", limit: Limit = 50
    ) -> EngagementCards:
        """List the caller's engagements, newest change first."""
        ...

    @get("/engagements/{project_id}", scope="engagements:read", problems=(404,))
    async def engagement(self, *, project_id: Key) -> EngagementPaper:
        """Read one engagement with what was agreed."""
        ...

    @get("/engagements/{project_id}/health", scope="billing:read", problems=(404,))
    async def health(self, *, project_id: Key) -> Health:
        """Read how an engagement stands: one light, with its reasons."""
        ...

    @get("/engagements/{project_id}/people", scope="billing:read", problems=(404,))
    async def people(self, *, project_id: Key) -> ProjectTeam:
        """Read who works on an engagement."""
        ...

    @get("/engagements/{project_id}/milestones", scope="billing:read", problems=(404,))
    async def milestones(self, *, project_id: Key) -> Milestones:
        """Read the payment points of an engagement."""
        ...

    @put("/engagements/{project_id}/milestones/{milestone_id}/acceptance", scope="billing:accept", problems=(404, 409))
    async def accept(self, *, project_id: Key, milestone_id: Key, body: AcceptAsClient) -> MilestoneStanding:
        """Accept a milestone in one's own name; it is billed then."""
        ...

    @post("/engagements/{project_id}/milestones/{milestone_id}/declines", scope="billing:accept", problems=(404, 409))
    async def decline(
        self, *, project_id: Key, milestone_id: Key, body: DeclineAsClient, idempotency_key: IdempotencyKey
    ) -> MilestoneStanding:
        """Decline a milestone with a reason; delivery answers."""
        ...

    @get("/engagements/{project_id}/consumption", scope="billing:read", problems=(404,))
    async def consumption(self, *, project_id: Key) -> ProjectAccount:
        """Read what of the contract was consumed, by line, phase and role, and what its caps leave."""
        ...

    @get("/engagements/{project_id}/billing", scope="invoices:read", problems=(404,))
    async def billing(self, *, project_id: Key) -> BillingOverview:
        """Read what is billed, what is not yet, and what is open."""
        ...

    @get("/engagements/{project_id}/payments", scope="invoices:read", problems=(404,))
    async def payments(self, *, project_id: Key) -> Payments:
        """Read how each document is settled, by the ERP's own books."""
        ...

    @get("/invoices", scope="invoices:read")
    async def invoices(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> BillPage:
        """List invoices and credit notes, the newest first."""
        ...

    @get("/invoices/{invoice_id}", scope="invoices:read", problems=(404,))
    async def invoice(self, *, invoice_id: Key) -> Bill:
        """Read one invoice with its lines."""
        ...

    @get("/invoices/{invoice_id}/explanation", scope="invoices:read", problems=(404,))
    async def explanation(self, *, invoice_id: Key) -> InvoiceExplanation:
        """Read why each line costs what it costs."""
        ...

    @get("/invoices/{invoice_id}/lines/{line_id}/explanation", scope="invoices:read", problems=(404,))
    async def line_explanation(self, *, invoice_id: Key, line_id: str) -> LineExplanation:
        """Read why one line costs what it costs."""
        ...

    @get("/invoices/{invoice_id}/electronic", scope="invoices:read", problems=(404, 409))
    async def electronic(self, *, invoice_id: Key) -> ElectronicInvoice:
        """Read an invoice by EN 16931, as XML."""
        ...

    @post("/invoices/{invoice_id}/disputes", scope="billing:dispute", problems=(404, 409))
    async def dispute(self, *, invoice_id: Key, body: RaiseDispute, idempotency_key: IdempotencyKey) -> Dispute:
        """Disagree with an invoice or a line of it; finance answers."""
        ...

    @get("/disputes", scope="invoices:read")
    async def disputes(
        self, *, project_id: str = "", invoice_id: str = "", cursor: str = "", limit: Limit = 50
    ) -> DisputePage:
        """List disputes, the newest first."""
        ...

    @get("/disputes/{dispute_id}", scope="invoices:read", problems=(404,))
    async def one_dispute(self, *, dispute_id: Key) -> Dispute:
        """Read one dispute with its answer."""
        ...

    @post("/disputes/{dispute_id}/withdrawal", scope="billing:dispute", problems=(404, 409))
    async def withdraw_dispute(self, *, dispute_id: Key, idempotency_key: IdempotencyKey) -> Dispute:
        """Let a dispute go that was not answered yet."""
        ...

    @get("/change-requests", scope="changes:read")
    async def changes(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> ChangeRequestPage:
        """List change requests, the newest first."""
        ...

    @get("/change-requests/{request_id}", scope="changes:read", problems=(404,))
    async def change(self, *, request_id: str) -> ChangeRequest:
        """Read one change request with the decision on it."""
        ...

    @post("/engagements/{project_id}/change-requests", scope="changes:request", problems=(404, 409))
    async def ask_change(self, *, project_id: Key, body: RaiseChange, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Ask for a change of scope, dates or people; delivery decides."""
        ...

    @post("/change-requests/{request_id}/withdrawal", scope="changes:request", problems=(404, 409))
    async def withdraw_change(self, *, request_id: str, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Let a change request go that nobody decided on yet."""
        ...
