"""Change requests: what an organisation asks to be done otherwise or besides, and what delivery decided on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta

from contracts.canonical.casework import Limit
from contracts.canonical.field import Classification, Command, Noun, Record, fact
from contracts.canonical.money import Money
from contracts.port import get, post
from contracts.process.engagements import IdempotencyKey


class ChangeState(StrEnum):
    """Whether delivery has decided, and how."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ChangeRequest(Noun, frozen=True, kw_only=True):
    """A wish to change what was agreed. `budget` is what the organisation would spend on it, net, and no price."""

    request_id: Annotated[str, fact("Our id", Record.SLUICE, example="chr-0a1b2c3d4e5f6071")]
    project_id: Annotated[str, fact("Our id of the project", Record.SLUICE)]
    title: Annotated[str, fact("What it is about", Record.SLUICE)]
    text: Annotated[str, fact("What is asked", Record.SLUICE)]
    state: ChangeState
    raised_at: dt.datetime
    raised_by: Annotated[str, fact("Who asks", Record.SLUICE)]
    budget: Annotated[
        Money | None, fact("What it may cost", Record.SLUICE, classification=Classification.CONFIDENTIAL)
    ] = None
    answer: Annotated[str, fact("What whoever decided says", Record.SLUICE)] = ""
    decided_at: dt.datetime | None = None


class ChangeRequestPage(Noun, frozen=True, kw_only=True):
    """A page of change requests, the newest first; `next_cursor` is absent on the last page."""

    items: list[ChangeRequest]
    next_cursor: str | None = None


class RaiseChange(Command, frozen=True, kw_only=True):
    """Ask for a change of scope, dates or people."""

    title: Annotated[str, Meta(min_length=3, max_length=120)]
    text: Annotated[str, Meta(min_length=3, max_length=2000)]
    budget: Annotated[Decimal | None, Meta(description="What it may cost, net, in the currency of the contract")] = None


class ChangeRequests(Protocol):
    """An organisation sees the change requests of its own engagements; all others do not exist for it."""

    @get("/requests", scope="changes:read")
    async def requests(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> ChangeRequestPage:
        """List the caller's change requests."""
        ...

    @get("/requests/{request_id}", scope="changes:read", problems=(404,))
    async def request(self, *, request_id: str) -> ChangeRequest:
        """Read one change request with the decision on it."""
        ...

    @post("/projects/{project_id}/requests", scope="changes:request", problems=(404, 409))
    async def ask(self, *, project_id: str, body: RaiseChange, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Ask for a change; delivery has to decide."""
        ...

    @post("/requests/{request_id}/withdrawal", scope="changes:request", problems=(404, 409))
    async def withdraw(self, *, request_id: str, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Let a change request go that nobody decided on yet."""
        ...
