"""Quote to project: from a won deal to a staffed, billable project in every system."""

from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta, field

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import CaseState
from contracts.canonical.field import Command, Noun
from contracts.canonical.money import Currency, Money
from contracts.port import Header, get, post

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]


class StartQuoteToProject(Command, frozen=True, kw_only=True):
    """The deal to provision. Starting the same deal again attaches to the case that stands."""

    opportunity_id: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]


class CaseStarted(Noun, frozen=True, kw_only=True):
    """The case that carries the deal; `attached` is true when it stood there before."""

    case_id: str
    attached: bool


class ProvisionedPart(Noun, frozen=True, kw_only=True):
    """What one selling entity sold in one currency, and what the systems call it; `total` is by the ERP's books.

    A part that extends a project names the phases it added.
    """

    legal_entity_id: str
    currency: Currency
    project_id: str
    schedule_id: str
    erp_project_id: str
    psa_project_id: str
    erp_schedule_id: str
    lines: int
    sold: Money
    total: Money
    extends: bool = False
    rate_card_id: str | None = None
    phase_ids: list[str] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)


class QuoteToProjectStanding(Noun, frozen=True, kw_only=True):
    """What a deal has become so far."""

    case_id: str
    opportunity_id: str
    state: CaseState
    step: str
    trace_id: str
    customer_erp_id: str | None = None
    project_erp_id: str | None = None
    project_psa_id: str | None = None
    billing_schedule: ScheduleReceipt | None = None
    contract_total: str | None = None
    currency: str | None = None
    parts: Annotated[list[ProvisionedPart], Meta(description="One a selling entity and currency")] = field(
        default_factory=list
    )
    engine_s: float = 0.0


class Cancellation(Command, frozen=True, kw_only=True):
    """Why a case is taken back."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]


class StartDealReversal(Command, frozen=True, kw_only=True):
    """A deal that was provisioned and is no longer won: what its case left standing."""

    opportunity_id: Annotated[str, Meta(min_length=1, max_length=64)]
    case_id: Annotated[str, Meta(min_length=1, max_length=255)]
    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    name: str = ""
    customer_ids: list[str] = field(default_factory=list)
    client_id: str = ""
    parts: list[ProvisionedPart] = field(default_factory=list)


class QuoteToProject(Protocol):
    """Starts on `DealWon`; may be started by hand for a deal the feed has not met."""

    @post("/cases", scope="quote_to_project:start", status=202)
    async def start(self, *, body: StartQuoteToProject, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Begin, or attach to the running case of the same deal."""
        ...

    @get("/cases/{case_id}", scope="quote_to_project:read", problems=(404,))
    async def standing(self, *, case_id: str) -> QuoteToProjectStanding:
        """What the deal has become so far."""
        ...

    @post("/cases/{case_id}/cancellation", scope="quote_to_project:cancel", status=202, problems=(404, 409))
    async def cancel(self, *, case_id: str, body: Cancellation) -> QuoteToProjectStanding:
        """Take back what can be taken back; refused once the case is closed."""
        ...

    @post("/cases/{case_id}/reversal", scope="quote_to_project:cancel", status=202, problems=(404, 409))
    async def reverse(self, *, case_id: str, body: Cancellation, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Take back a deal whose case completed, in a case of its own that undoes, credits, or asks about the rest."""
        ...
