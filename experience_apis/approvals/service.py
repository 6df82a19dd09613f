"""Answers the contract: asks casework for the caller, shows what the caller may see."""

from __future__ import annotations

from contracts.canonical.casework import Approval, ApprovalPage, ApprovalState, Limit
from contracts.process.casework import Casework, Decide, IdempotencyKey, IfMatch
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
