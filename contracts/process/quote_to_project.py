"""Quote to project: from a won deal to a staffed, billable project in every system."""

from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import CaseState
from contracts.canonical.field import Command, Noun
from contracts.port import Header, get, post

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]


class StartQuoteToProject(Command, frozen=True, kw_only=True):
    """The deal to provision. Starting the same deal again attaches to the case that stands."""

    opportunity_id: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]


class CaseStarted(Noun, frozen=True, kw_only=True):
    """The case that carries the deal; `attached` is true when it stood there before."""

    case_id: str
    attached: bool


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
    engine_s: float = 0.0


class Cancellation(Command, frozen=True, kw_only=True):
    """Why a case is taken back."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]


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
