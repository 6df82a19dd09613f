"""Casework: every case of every process, its steps, exceptions, approvals and audit trail."""

from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta

from contracts.canonical.casework import (
    Approval,
    ApprovalPage,
    ApprovalState,
    CaseFile,
    CasePage,
    CaseState,
    ExceptionItem,
    ExceptionPage,
    ExceptionState,
    Limit,
    Timeline,
)
from contracts.canonical.field import Command
from contracts.port import Header, get, post

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]
IfMatch = Annotated[str, Header("If-Match"), Meta(min_length=1, max_length=255)]


class Fix(Command, frozen=True, kw_only=True):
    """The answers to the exception's form."""

    values: dict[str, str]
    note: Annotated[str, Meta(max_length=2000)] = ""


class Decide(Command, frozen=True, kw_only=True):
    """A decision; a rejection needs a comment that says why."""

    approve: bool
    comment: Annotated[str, Meta(max_length=2000)] = ""


class Casework(Protocol):
    """The governed queue that people work from."""

    @get("/cases", scope="cases:read")
    async def cases(
        self,
        *,
        state: CaseState | None = None,
        process: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> CasePage:
        """List cases, newest change first."""
        ...

    @get("/cases/{case_id}", scope="cases:read", problems=(404,))
    async def case(self, *, case_id: str) -> CaseFile:
        """Read one case with its steps and waits."""
        ...

    @get("/cases/{case_id}/timeline", scope="cases:read", problems=(404,))
    async def timeline(self, *, case_id: str) -> Timeline:
        """Read the audit trail of a case."""
        ...

    @get("/exceptions", scope="exceptions:read")
    async def exceptions(
        self,
        *,
        state: ExceptionState | None = ExceptionState.OPEN,
        case_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> ExceptionPage:
        """List exceptions, the most urgent first."""
        ...

    @get("/exceptions/{exception_id}", scope="exceptions:read", problems=(404,))
    async def exception(self, *, exception_id: str) -> ExceptionItem:
        """Read one exception with its context and form."""
        ...

    @post("/exceptions/{exception_id}/fix", scope="exceptions:fix", problems=(404, 409))
    async def fix(self, *, exception_id: str, body: Fix, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Answer the form and let the case resume at the step that met the problem."""
        ...

    @get("/approvals", scope="approvals:read")
    async def approvals(
        self,
        *,
        state: ApprovalState | None = ApprovalState.OPEN,
        case_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> ApprovalPage:
        """List approvals, the most urgent first."""
        ...

    @get("/approvals/{approval_id}", scope="approvals:read", problems=(404,))
    async def approval(self, *, approval_id: str) -> Approval:
        """Read one approval with the evidence it is bound to."""
        ...

    @post("/approvals/{approval_id}/decision", scope="approvals:decide", problems=(404, 409, 412, 428))
    async def decide(
        self, *, approval_id: str, body: Decide, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Approval:
        """Decide what was seen: an ETag that no longer matches is refused with 409."""
        ...
