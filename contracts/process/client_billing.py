"""Billing as the organisation that is billed may see it: milestones, work done, invoices, payments, disputes.

Whoever calls belongs to organisations, or looks after them (`organisations` in the token); what is another's does not
exist for them. Nothing here tells of cost or margin.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta, field

from contracts.canonical.actuals import CapUnit
from contracts.canonical.casework import Limit
from contracts.canonical.deal import BillingMethod
from contracts.canonical.field import Classification, Command, Noun, Record, fact
from contracts.canonical.invoices import InvoiceKind
from contracts.canonical.money import Currency, Money
from contracts.canonical.posting import BookedState
from contracts.port import get, post, put
from contracts.process.time_to_bill import ElectronicInvoice, IdempotencyKey, InvoiceExplanation, Key, Reason

Cash = Annotated[Money | None, fact("Money; null for who may not see it", Record.SLUICE,
                                    classification=Classification.CONFIDENTIAL)]  # fmt: skip  # one fact, one line


class AcceptanceState(StrEnum):
    """Where a milestone stands with the organisation that pays for it."""

    OPEN = "open"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    BILLED = "billed"


class Decline(Noun, frozen=True, kw_only=True):
    """Why a milestone was not accepted, and what delivery answered; answered, it may be looked at again."""

    at: dt.datetime
    by: Annotated[str, fact("Who declined it", Record.SLUICE)]
    reason: Annotated[str, fact("What is missing", Record.SLUICE)]
    answer: Annotated[str, fact("What delivery says", Record.SLUICE)] = ""
    answered_at: dt.datetime | None = None


class MilestoneStanding(Noun, frozen=True, kw_only=True):
    """One payment point; once accepted it is billed as agreed (rule BIL-5). `amount` is net."""

    milestone_id: Annotated[str, fact("Our id of the milestone", Record.SLUICE, example="mst-1")]
    name: Annotated[str, fact("What must be accepted", Record.CRM)]
    line: Annotated[str, fact("Line of the contract it belongs to", Record.CRM)]
    state: AcceptanceState
    amount: Cash = None
    due_on: Annotated[dt.date | None, fact("Planned day of acceptance", Record.CRM)] = None
    accepted_on: dt.date | None = None
    accepted_by: Annotated[str, fact("Who accepted it", Record.SLUICE)] = ""
    document: Annotated[str, fact("Reference of the signed protocol", Record.SLUICE)] = ""
    declined: Decline | None = None


class Milestones(Noun, frozen=True, kw_only=True):
    """The payment points of one project, in the order of the agreement."""

    project_id: str
    items: list[MilestoneStanding]


class WorkDone(Noun, frozen=True, kw_only=True):
    """Hours that are charged, by phase and role, and what they come to at billing rates, net."""

    phase_id: Annotated[str, fact("Our id of the phase; empty where none was named", Record.SLUICE)]
    role: Annotated[str, fact("Role worked in", Record.PSA)]
    hours: Annotated[Decimal, fact("Hours charged", Record.PSA, unit="hours")]
    amount: Cash = None


class LineAccount(Noun, frozen=True, kw_only=True):
    """One line of the contract: agreed, billed and yet to be billed, net; `agreed` where a sum was fixed or capped."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE)]
    name: Annotated[str, fact("Text for the invoice", Record.CRM)]
    method: Annotated[BillingMethod, fact("How it is billed", Record.CRM)]
    hours: Annotated[Decimal, fact("Hours charged", Record.PSA, unit="hours")]
    agreed: Cash = None
    billed: Cash = None
    unbilled: Cash = None
    remaining: Cash = None


class CapAccount(Noun, frozen=True, kw_only=True):
    """A cap, what counts against it and what it leaves: in money or in hours."""

    cap_id: Annotated[str, fact("Our id of the cap", Record.SLUICE)]
    unit: Annotated[CapUnit, fact("What it counts", Record.CRM)]
    limit: Cash = None
    used: Cash = None
    remaining: Cash = None
    limit_hours: Annotated[Decimal | None, fact("Not to exceed", Record.CRM, unit="hours")] = None
    used_hours: Annotated[Decimal | None, fact("Counted so far", Record.SLUICE, unit="hours")] = None


class ProjectAccount(Noun, frozen=True, kw_only=True):
    """What of a contract was consumed up to a day. Amounts are net, in the currency of its bills."""

    project_id: str
    currency: Currency
    as_of: dt.date
    lines: list[LineAccount]
    work: list[WorkDone]
    caps: list[CapAccount] = field(default_factory=list)
    billed: Cash = None
    unbilled: Cash = None


class BillSummary(Noun, frozen=True, kw_only=True):
    """A posted invoice or credit note in a list; what gives money back is negative."""

    invoice_id: Annotated[str, fact("Our id", Record.SLUICE)]
    number: Annotated[str, fact("Legal number", Record.ERP, example="2026-00017")]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    kind: Annotated[InvoiceKind, fact("Bills or corrects", Record.SLUICE)]
    posted_on: Annotated[dt.date, fact("Date of the document", Record.ERP)]
    due_on: Annotated[dt.date, fact("Day it is due", Record.SLUICE)]
    net: Cash = None
    tax: Cash = None
    gross: Cash = None
    corrects: Annotated[str, fact("Invoice that a correction is of", Record.SLUICE)] = ""


class BillPage(Noun, frozen=True, kw_only=True):
    """A page of invoices, the newest first; `next_cursor` is absent on the last page."""

    items: list[BillSummary]
    next_cursor: str | None = None


class BillLine(Noun, frozen=True, kw_only=True):
    """One line of an invoice; `unit_price` and `net` are net of tax."""

    line_id: Annotated[str, fact("Our id of the line on the document", Record.SLUICE)]
    text: Annotated[str, fact("What is billed", Record.SLUICE)]
    quantity: Annotated[Decimal, fact("How much", Record.SLUICE)]
    unit: Annotated[str, fact("What one is", Record.PSA, example="hour")]
    tax_percent: Annotated[Decimal, fact("Tax rate", Record.ERP, unit="percent")]
    unit_price: Cash = None
    net: Cash = None


class PaymentStanding(Noun, frozen=True, kw_only=True):
    """How a document is settled, by the ERP's own books."""

    invoice_id: Annotated[str, fact("Our id", Record.SLUICE)]
    number: Annotated[str, fact("Legal number", Record.ERP)]
    due_on: Annotated[dt.date, fact("Day it is due", Record.SLUICE)]
    state: Annotated[BookedState, fact("Where it stands in the ERP", Record.ERP)]
    days_overdue: Annotated[int, fact("Days since it was due, while it is open", Record.SLUICE, unit="days")]
    gross: Cash = None
    paid: Cash = None
    open: Cash = None


class Bill(Noun, frozen=True, kw_only=True):
    """One invoice with its lines, and how it is settled."""

    summary: BillSummary
    lines: list[BillLine]
    payment: PaymentStanding


class Payments(Noun, frozen=True, kw_only=True):
    """Every posted document of a project and what is open on balance; credits count against invoices."""

    project_id: str
    currency: Currency
    as_of: dt.date
    items: list[PaymentStanding]
    invoiced: Cash = None
    paid: Cash = None
    open: Cash = None
    overdue: Cash = None


class Arrears(Noun, frozen=True, kw_only=True):
    """How many documents of a project are open past their day, and for how long the oldest; without any amount."""

    project_id: str
    documents: int
    days_overdue: Annotated[int, fact("Of the oldest; 0 where none is", Record.SLUICE, unit="days")]


class PersonOnProject(Noun, frozen=True, kw_only=True):
    """Somebody who works on a project, and as what."""

    person: Annotated[str, fact("Who works", Record.PSA)]
    role: Annotated[str, fact("Role worked in", Record.PSA)]
    first_on: dt.date
    last_on: dt.date


class People(Noun, frozen=True, kw_only=True):
    """Everybody whose hours were charged to a project, by name."""

    project_id: str
    items: list[PersonOnProject]


class DisputeState(StrEnum):
    """What finance said to a dispute, if it has."""

    OPEN = "open"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Dispute(Noun, frozen=True, kw_only=True):
    """What an organisation does not agree with on an invoice. `amount` is what it disputes, tax included."""

    dispute_id: Annotated[str, fact("Our id", Record.SLUICE, example="dsp-0a1b2c3d4e5f6071")]
    invoice_id: Annotated[str, fact("Invoice in dispute", Record.SLUICE)]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    state: DisputeState
    reason: Annotated[str, fact("What is wrong", Record.SLUICE)]
    raised_at: dt.datetime
    raised_by: Annotated[str, fact("Who raised it", Record.SLUICE)]
    line_id: Annotated[str, fact("Line in dispute; empty for the whole document", Record.SLUICE)] = ""
    amount: Cash = None
    owner_role: Annotated[str, fact("Who has to answer", Record.SLUICE)] = ""
    due_at: dt.datetime | None = None
    answer: Annotated[str, fact("What finance says", Record.SLUICE)] = ""
    answered_at: dt.datetime | None = None


class DisputePage(Noun, frozen=True, kw_only=True):
    """A page of disputes, the newest first; `next_cursor` is absent on the last page."""

    items: list[Dispute]
    next_cursor: str | None = None


class AcceptAsClient(Command, frozen=True, kw_only=True):
    """Accept a milestone on this day, in one's own name."""

    document: Annotated[str, Meta(description="Reference of a signed protocol, if there is one", max_length=128)] = ""


class DeclineAsClient(Command, frozen=True, kw_only=True):
    """Say what is missing before a milestone can be accepted."""

    reason: Reason


class RaiseDispute(Command, frozen=True, kw_only=True):
    """Disagree with an invoice, or with one line of it."""

    reason: Reason
    amount: Annotated[Decimal, Meta(description="What is disputed, tax included, in the invoice's currency")]
    line_id: Annotated[str, Meta(description="Line of the invoice; empty for all of it", max_length=128)] = ""


class ClientBilling(Protocol):
    """Every operation looks whose the thing is that it is asked about, before it does anything."""

    @get("/projects/{project_id}/milestones", scope="billing:read", problems=(404,))
    async def milestones(self, *, project_id: Key) -> Milestones:
        """Read the payment points of a project."""
        ...

    @put("/projects/{project_id}/milestones/{milestone_id}/acceptance", scope="billing:accept", problems=(404, 409))
    async def accept(self, *, project_id: Key, milestone_id: Key, body: AcceptAsClient) -> MilestoneStanding:
        """Accept a milestone, so that it is billed; the same person may say it again."""
        ...

    @post("/projects/{project_id}/milestones/{milestone_id}/declines", scope="billing:accept", problems=(404, 409))
    async def decline(
        self, *, project_id: Key, milestone_id: Key, body: DeclineAsClient, idempotency_key: IdempotencyKey
    ) -> MilestoneStanding:
        """Decline a milestone; delivery has to answer."""
        ...

    @get("/projects/{project_id}/account", scope="billing:read", problems=(404,))
    async def account(self, *, project_id: Key) -> ProjectAccount:
        """Read what of a contract was consumed, billed and not yet billed."""
        ...

    @get("/projects/{project_id}/payments", scope="invoices:read", problems=(404,))
    async def payments(self, *, project_id: Key) -> Payments:
        """Read how the documents of a project are settled."""
        ...

    @get("/projects/{project_id}/arrears", scope="billing:read", problems=(404,))
    async def arrears(self, *, project_id: Key) -> Arrears:
        """Read whether documents of a project are open past their day."""
        ...

    @get("/projects/{project_id}/people", scope="billing:read", problems=(404,))
    async def people(self, *, project_id: Key) -> People:
        """Read who works on a project, and as what."""
        ...

    @get("/invoices", scope="invoices:read")
    async def invoices(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> BillPage:
        """List the caller's invoices and credit notes, of one project or of all."""
        ...

    @get("/invoices/{invoice_id}", scope="invoices:read", problems=(404,))
    async def invoice(self, *, invoice_id: Key) -> Bill:
        """Read one invoice with its lines."""
        ...

    @get("/invoices/{invoice_id}/explanation", scope="invoices:read", problems=(404,))
    async def explanation(self, *, invoice_id: Key) -> InvoiceExplanation:
        """Read why each line costs what it costs."""
        ...

    @get("/invoices/{invoice_id}/electronic", scope="invoices:read", problems=(404, 409))
    async def electronic(self, *, invoice_id: Key) -> ElectronicInvoice:
        """Read an invoice by EN 16931."""
        ...

    @post("/invoices/{invoice_id}/disputes", scope="billing:dispute", problems=(404, 409))
    async def dispute(self, *, invoice_id: Key, body: RaiseDispute, idempotency_key: IdempotencyKey) -> Dispute:
        """Disagree with an invoice; finance has to answer."""
        ...

    @get("/disputes", scope="invoices:read")
    async def disputes(
        self, *, project_id: str = "", invoice_id: str = "", cursor: str = "", limit: Limit = 50
    ) -> DisputePage:
        """List the caller's disputes."""
        ...

    @get("/disputes/{dispute_id}", scope="invoices:read", problems=(404,))
    async def one_dispute(self, *, dispute_id: Key) -> Dispute:
        """Read one dispute with its answer."""
        ...

    @post("/disputes/{dispute_id}/withdrawal", scope="billing:dispute", problems=(404, 409))
    async def withdraw(self, *, dispute_id: Key, idempotency_key: IdempotencyKey) -> Dispute:
        """Let a dispute go that was not answered yet."""
        ...
