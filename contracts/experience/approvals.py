"""Approvals for people on the move: the queue, the card, the decision."""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.casework import Approval, ApprovalPage, ApprovalState, Limit
from contracts.canonical.governance import BreakGlass, Delegation, Delegations, Remark, Remarks
from contracts.port import get, post
from contracts.process.casework import Assign, BreakTheGlass, Decide, Delegate, IdempotencyKey, IfMatch, Say


class Approvals(Protocol):
    """Each caller sees the approvals of the roles they hold, and no others."""

    @get("/approvals", scope="approvals:read")
    async def queue(
        self, *, state: ApprovalState | None = ApprovalState.OPEN, cursor: str = "", limit: Limit = 50
    ) -> ApprovalPage:
        """List the caller's approvals, the most urgent first."""
        ...

    @get("/approvals/{approval_id}", scope="approvals:read", problems=(404,))
    async def card(self, *, approval_id: str) -> Approval:
        """Read one approval with everything needed to decide; the ETag names what was seen."""
        ...

    @post("/approvals/{approval_id}/decision", scope="approvals:decide", problems=(404, 409, 412, 428))
    async def decide(
        self, *, approval_id: str, body: Decide, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Approval:
        """Approve or reject what was seen; 409 when it changed in the meantime."""
        ...

    @post("/approvals/{approval_id}/decision/withdrawal", scope="approvals:decide", problems=(404, 409))
    async def take_back(self, *, approval_id: str, idempotency_key: IdempotencyKey) -> Approval:
        """Take back one's own decision while nothing has followed from it; 409 afterwards."""
        ...

    @post("/approvals/{approval_id}/assignment", scope="approvals:decide", problems=(404, 409))
    async def assign(self, *, approval_id: str, body: Assign, idempotency_key: IdempotencyKey) -> Approval:
        """Take an approval, or hand it to somebody who holds the role."""
        ...

    @get("/approvals/{approval_id}/remarks", scope="approvals:read", problems=(404,))
    async def remarks(self, *, approval_id: str) -> Remarks:
        """Read questions, answers and comments, oldest first."""
        ...

    @post("/approvals/{approval_id}/remarks", scope="approvals:decide", problems=(404, 409))
    async def say(self, *, approval_id: str, body: Say, idempotency_key: IdempotencyKey) -> Remark:
        """Ask, request changes, answer or comment."""
        ...

    @post("/approvals/{approval_id}/break-glass", scope="approvals:break_glass", problems=(404, 409, 412, 428))
    async def break_glass(
        self, *, approval_id: str, body: BreakTheGlass, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> BreakGlass:
        """Force an approval, by two people with the emergency role; always on record."""
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
