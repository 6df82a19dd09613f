"""Casework: every case of every process, its steps, exceptions, approvals and audit trail."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Protocol

from msgspec import Meta, field

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
from contracts.canonical.exceptions import Catalogue, ExceptionCounts, FixResults
from contracts.canonical.field import Command
from contracts.canonical.governance import (
    BreakGlass,
    BreakGlasses,
    Delegation,
    Delegations,
    Remark,
    RemarkKind,
    Remarks,
)
from contracts.canonical.overview import Hits, Overview
from contracts.port import Header, get, post

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]
SearchText = Annotated[str, Meta(min_length=3, max_length=200, description="An id, the beginning of one, or a name")]
IfMatch = Annotated[str, Header("If-Match"), Meta(min_length=1, max_length=255)]


class Fix(Command, frozen=True, kw_only=True):
    """The answers to the exception's form."""

    values: dict[str, str]
    note: Annotated[str, Meta(max_length=2000)] = ""


class Decide(Command, frozen=True, kw_only=True):
    """A decision; a rejection needs a comment that says why."""

    approve: bool
    comment: Annotated[str, Meta(max_length=2000)] = ""
    role: Annotated[str, Meta(max_length=64, description="Which of one's roles speaks; empty takes the first")] = ""
    undo_s: Annotated[
        int, Meta(ge=0, le=60, description="Seconds in which it can be taken back before anything follows from it")
    ] = 0


class FixMany(Command, frozen=True, kw_only=True):
    """The same answers to many exceptions of one code; a dry run tells what would happen and changes nothing."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    exception_ids: Annotated[list[str], Meta(min_length=1, max_length=200)]
    values: dict[str, str] = field(default_factory=dict)
    note: Annotated[str, Meta(max_length=2000)] = ""
    dry_run: bool = False


class Confirm(Command, frozen=True, kw_only=True):
    """Whether a proposed fix holds; sending it back needs a comment that says why."""

    accept: bool
    comment: Annotated[str, Meta(max_length=2000)] = ""


class Withdraw(Command, frozen=True, kw_only=True):
    """Why an exception needs no answer any more: the data was corrected where it is kept."""

    reason: Annotated[str, Meta(min_length=3, max_length=2000)]


class Assign(Command, frozen=True, kw_only=True):
    """Who works on it: oneself when left empty, somebody else when handed over."""

    to: Annotated[str, Meta(max_length=255)] = ""


class Comment(Command, frozen=True, kw_only=True):
    """Something to say about an exception."""

    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class Say(Command, frozen=True, kw_only=True):
    """Something to say about an approval; a question or a request for changes holds it back until an answer."""

    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    kind: RemarkKind = RemarkKind.COMMENT


class Delegate(Command, frozen=True, kw_only=True):
    """Let somebody decide in one's own roles, from a moment until before another, 90 days at most."""

    to: Annotated[str, Meta(min_length=1, max_length=255)]
    roles: Annotated[list[str], Meta(min_length=1, max_length=20)]
    starts_at: Annotated[dt.datetime, Meta(tz=True)]
    ends_at: Annotated[dt.datetime, Meta(tz=True)]
    reason: Annotated[str, Meta(min_length=3, max_length=500)]


class BreakTheGlass(Command, frozen=True, kw_only=True):
    """Why an approval cannot wait for the matrix."""

    reason: Annotated[str, Meta(min_length=10, max_length=2000)]


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

    @get("/overview", scope="cases:read")
    async def overview(self) -> Overview:
        """Count every case: where they stand, for whom they wait, what is at stake, how long they took."""
        ...

    @get("/finds", scope="cases:read")
    async def find(self, *, text: SearchText) -> Hits:
        """Find cases by any id that they carry, whoever gave it, or by their name."""
        ...

    @get("/exceptions", scope="exceptions:read")
    async def exceptions(
        self,
        *,
        state: ExceptionState | None = ExceptionState.OPEN,
        case_id: str | None = None,
        code: str | None = None,
        owner_role: str | None = None,
        assigned_to: str | None = None,
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

    @post("/exceptions/{exception_id}/confirmation", scope="exceptions:fix", problems=(404, 409))
    async def confirm(self, *, exception_id: str, body: Confirm, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Be the second pair of eyes on a proposed fix: accept it, or send it back."""
        ...

    @post("/exceptions/{exception_id}/withdrawal", scope="exceptions:fix", problems=(404, 409))
    async def withdraw(self, *, exception_id: str, body: Withdraw, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Close an exception without an answer; the step is tried again as things stand now."""
        ...

    @post("/exceptions/{exception_id}/assignment", scope="exceptions:fix", problems=(404, 409))
    async def assign(self, *, exception_id: str, body: Assign, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Take an exception, take it over or hand it over; while it is assigned nobody else answers it."""
        ...

    @post("/exceptions/{exception_id}/release", scope="exceptions:fix", problems=(404, 409))
    async def release(self, *, exception_id: str, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Give an exception back to its role."""
        ...

    @get("/exceptions/{exception_id}/comments", scope="exceptions:read", problems=(404,))
    async def comments(self, *, exception_id: str) -> Remarks:
        """Read what was said about an exception, oldest first."""
        ...

    @post("/exceptions/{exception_id}/comments", scope="exceptions:fix", problems=(404, 409))
    async def comment(self, *, exception_id: str, body: Comment, idempotency_key: IdempotencyKey) -> Remark:
        """Say something about an exception."""
        ...

    @post("/exception-fixes", scope="exceptions:fix")
    async def fix_many(self, *, body: FixMany, idempotency_key: IdempotencyKey) -> FixResults:
        """Give many exceptions of one code the same answers; each has an outcome of its own."""
        ...

    @get("/exception-counts", scope="exceptions:read")
    async def exception_counts(self) -> ExceptionCounts:
        """Count open exceptions by code, cause and role, with their ages."""
        ...

    @get("/exception-catalogue", scope="exceptions:read")
    async def catalogue(self) -> Catalogue:
        """Read every kind of problem with its owner, clock, form and escalation."""
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

    @post("/approvals/{approval_id}/decision/withdrawal", scope="approvals:decide", problems=(404, 409))
    async def take_back(self, *, approval_id: str, idempotency_key: IdempotencyKey) -> Approval:
        """Take back one's own last decision while nothing has followed from it; 409 afterwards."""
        ...

    @post("/approvals/{approval_id}/assignment", scope="approvals:decide", problems=(404, 409))
    async def assign_approval(self, *, approval_id: str, body: Assign, idempotency_key: IdempotencyKey) -> Approval:
        """Take an approval, or hand it to somebody who holds the role; nobody else decides it then."""
        ...

    @get("/approvals/{approval_id}/remarks", scope="approvals:read", problems=(404,))
    async def remarks(self, *, approval_id: str) -> Remarks:
        """Read questions, answers and comments on an approval, oldest first."""
        ...

    @post("/approvals/{approval_id}/remarks", scope="approvals:decide", problems=(404, 409))
    async def say(self, *, approval_id: str, body: Say, idempotency_key: IdempotencyKey) -> Remark:
        """Ask, request changes, answer or comment; what was answered has to be read again before it is decided."""
        ...

    @post("/approvals/{approval_id}/break-glass", scope="approvals:break_glass", problems=(404, 409, 412, 428))
    async def break_glass(
        self, *, approval_id: str, body: BreakTheGlass, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> BreakGlass:
        """Force an approval, by two people with the emergency role: the first asks, the second confirms."""
        ...

    @get("/break-glass", scope="cases:read")
    async def broken_glass(self, *, cursor: str = "", limit: Limit = 50) -> BreakGlasses:
        """List every use of the emergency way, newest first."""
        ...

    @get("/delegations", scope="approvals:read")
    async def delegations(self) -> Delegations:
        """List the caller's delegations, given and received."""
        ...

    @post("/delegations", scope="approvals:decide", problems=(409,))
    async def delegate(self, *, body: Delegate, idempotency_key: IdempotencyKey) -> Delegation:
        """Let somebody decide in one's own roles for a time."""
        ...

    @post("/delegations/{delegation_id}/revocation", scope="approvals:decide", problems=(404, 409))
    async def revoke(self, *, delegation_id: str, idempotency_key: IdempotencyKey) -> Delegation:
        """End a delegation one gave, at once."""
        ...
