"""Approvals for people on the move: the queue, the card, the decision."""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.casework import Approval, ApprovalPage, ApprovalState, Limit
from contracts.port import get, post
from contracts.process.casework import Decide, IdempotencyKey, IfMatch


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
