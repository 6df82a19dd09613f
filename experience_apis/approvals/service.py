"""Answers the contract: asks casework for the caller, shows what the caller may see."""

from __future__ import annotations

from contracts.canonical.casework import Approval, ApprovalPage, ApprovalState, Limit
from contracts.canonical.governance import BreakGlass, Delegation, Delegations, Remark, Remarks
from contracts.process.casework import (
    Assign,
    BreakTheGlass,
    Casework,
    Decide,
    Delegate,
    IdempotencyKey,
    IfMatch,
    Say,
)
from experience_apis.approvals import views
from kit.caller import current_caller


class ApprovalsService:
    """Holds no state and decides nothing: casework knows whose approval it is."""

    def __init__(self, casework: Casework) -> None:
        self._casework = casework

    async def queue(
        self, *, state: ApprovalState | None = ApprovalState.OPEN, cursor: str = "", limit: Limit = 50
    ) -> ApprovalPage:
        """List the caller's approvals, the most urgent first."""
        page = await self._casework.approvals(state=state, cursor=cursor, limit=limit)
        return views.queue(page, roles=current_caller().roles)

    async def card(self, *, approval_id: str) -> Approval:
        """Read one approval with everything needed to decide."""
        approval = await self._casework.approval(approval_id=approval_id)
        return views.card(approval, roles=current_caller().roles)

    async def decide(
        self, *, approval_id: str, body: Decide, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Approval:
        """Approve or reject what was seen."""
        decided = await self._casework.decide(
            approval_id=approval_id, body=body, if_match=if_match, idempotency_key=idempotency_key
        )
        return views.card(decided, roles=current_caller().roles)

    async def take_back(self, *, approval_id: str, idempotency_key: IdempotencyKey) -> Approval:
        """Take back one's own decision while nothing has followed from it."""
        reopened = await self._casework.take_back(approval_id=approval_id, idempotency_key=idempotency_key)
        return views.card(reopened, roles=current_caller().roles)

    async def assign(self, *, approval_id: str, body: Assign, idempotency_key: IdempotencyKey) -> Approval:
        """Take an approval, or hand it to somebody who holds the role."""
        assigned = await self._casework.assign_approval(
            approval_id=approval_id, body=body, idempotency_key=idempotency_key
        )
        return views.card(assigned, roles=current_caller().roles)

    async def remarks(self, *, approval_id: str) -> Remarks:
        """Read questions, answers and comments."""
        approval = await self._casework.approval(approval_id=approval_id)
        said = await self._casework.remarks(approval_id=approval_id)
        return views.remarks(said, approval, roles=current_caller().roles)

    async def say(self, *, approval_id: str, body: Say, idempotency_key: IdempotencyKey) -> Remark:
        """Ask, request changes, answer or comment; the answer is one's own words."""
        return await self._casework.say(approval_id=approval_id, body=body, idempotency_key=idempotency_key)

    async def break_glass(
        self, *, approval_id: str, body: BreakTheGlass, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> BreakGlass:
        """Force an approval, by two people with the emergency role."""
        return await self._casework.break_glass(
            approval_id=approval_id, body=body, if_match=if_match, idempotency_key=idempotency_key
        )

    async def delegations(self) -> Delegations:
        """List the caller's delegations, given and received."""
        return await self._casework.delegations()

    async def delegate(self, *, body: Delegate, idempotency_key: IdempotencyKey) -> Delegation:
        """Let somebody decide in one's own roles for a time."""
        return await self._casework.delegate(body=body, idempotency_key=idempotency_key)

    async def revoke(self, *, delegation_id: str, idempotency_key: IdempotencyKey) -> Delegation:
        """End a delegation one gave."""
        return await self._casework.revoke(delegation_id=delegation_id, idempotency_key=idempotency_key)
