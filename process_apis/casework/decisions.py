"""The half of casework that decides: approvals, what is said about them, delegation, breaking the glass."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from contracts.canonical.casework import Approval, ApprovalPage, ApprovalState, Limit
from contracts.canonical.governance import BreakGlass, BreakGlasses, Delegation, Delegations, Remark, Remarks
from contracts.problem import Kind, Problem
from contracts.process.casework import Assign, BreakTheGlass, Decide, Delegate, IdempotencyKey, IfMatch, Say
from kit.caller import Caller, current_caller
from kit.durable import Casebook
from kit.room import DurableSource
from process_apis.casework.access import BREAKS_GLASS
from process_apis.casework.authority import Authority, theirs
from process_apis.casework.config import Config


class DecisionService:
    """Answers for approvals. One that the caller may not see does not exist."""

    def __init__(self, *, durable: DurableSource, config: Config) -> None:
        self._durable = durable
        self._four_eyes = config.four_eyes

    async def approvals(
        self,
        *,
        state: ApprovalState | None = ApprovalState.OPEN,
        case_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> ApprovalPage:
        """List the approvals that wait for the caller's roles, the most urgent first."""
        caller = current_caller()
        held = await self._authority.held(caller)
        roles = None if BREAKS_GLASS in held else held
        page = await self._book.approvals(state=state, roles=roles, case_id=case_id, cursor=cursor, limit=limit)
        return replace(page, items=[theirs(each, held=held) for each in page.items])

    async def approval(self, *, approval_id: str) -> Approval:
        """Read one approval with the evidence it is bound to."""
        return await self._authority.visible(approval_id, current_caller())

    async def decide(
        self, *, approval_id: str, body: Decide, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Approval:
        """Decide what was seen."""
        caller = current_caller()
        approval = await self._book.approval(approval_id)
        decide = partial(
            self._book.decide,
            approval_id,
            approve=body.approve,
            by=caller.subject,
            etag=if_match,
            key=own_key(caller, idempotency_key),
            comment=body.comment,
            role=body.role,
            undo_s=body.undo_s,
        )
        try:
            held = await self._authority.speaks(approval, caller)
        except Problem as refused:
            # Whoever has decided and repeats the key gets the first answer, though the next step is not theirs.
            with suppress(Problem):
                return replace(await decide(held={}), yours=True)
            raise refused from None
        return replace(await decide(held=held), yours=True)

    async def take_back(self, *, approval_id: str, idempotency_key: IdempotencyKey) -> Approval:
        """Take back one's own last decision while nothing has followed from it."""
        caller = current_caller()
        await self._authority.visible(approval_id, caller)
        reopened = await self._book.taking_back.take_back(
            approval_id, by=caller.subject, key=own_key(caller, idempotency_key)
        )
        return theirs(reopened, held=await self._authority.held(caller))

    async def assign_approval(self, *, approval_id: str, body: Assign, idempotency_key: IdempotencyKey) -> Approval:
        """Take an approval, or hand it over."""
        caller = current_caller()
        approval = await self._authority.visible(approval_id, caller)
        if not approval.yours:
            raise Problem(Kind.FORBIDDEN, "approval_not_yours", "only who may decide it hands it over")
        assigned = await self._book.assign_approval(
            approval_id, to=body.to or caller.subject, by=caller.subject, key=own_key(caller, idempotency_key)
        )
        return replace(assigned, yours=True)

    async def remarks(self, *, approval_id: str) -> Remarks:
        """Read questions, answers and comments on an approval."""
        await self._authority.visible(approval_id, current_caller())
        return await self._book.remarking.about(approval_id)

    async def say(self, *, approval_id: str, body: Say, idempotency_key: IdempotencyKey) -> Remark:
        """Ask, request changes, answer or comment."""
        caller = current_caller()
        await self._authority.visible(approval_id, caller)
        return await self._book.remarking.on_approval(
            approval_id, kind=body.kind, text=body.text, by=caller.subject, key=own_key(caller, idempotency_key)
        )

    async def break_glass(
        self, *, approval_id: str, body: BreakTheGlass, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> BreakGlass:
        """Force an approval, by two people with the emergency role."""
        caller = current_caller()
        await self._authority.may_break_glass(approval_id, caller)
        return await self._book.breaking.break_glass(
            approval_id, reason=body.reason, etag=if_match, by=caller.subject, key=own_key(caller, idempotency_key)
        )

    async def broken_glass(self, *, cursor: str = "", limit: Limit = 50) -> BreakGlasses:
        """List every use of the emergency way."""
        return await self._book.breaking.broken(cursor=cursor, limit=limit)

    async def delegations(self) -> Delegations:
        """List the caller's delegations, given and received."""
        return await self._book.delegating.of(current_caller().subject)

    async def delegate(self, *, body: Delegate, idempotency_key: IdempotencyKey) -> Delegation:
        """Let somebody decide in one's own roles for a time."""
        caller = current_caller()
        return await self._book.delegating.delegate(
            to=body.to,
            roles=body.roles,
            held=caller.roles,
            starts_at=body.starts_at,
            ends_at=body.ends_at,
            reason=body.reason,
            by=caller.subject,
            key=own_key(caller, idempotency_key),
        )

    async def revoke(self, *, delegation_id: str, idempotency_key: IdempotencyKey) -> Delegation:
        """End a delegation one gave."""
        caller = current_caller()
        return await self._book.delegating.revoke(
            delegation_id, by=caller.subject, key=own_key(caller, idempotency_key)
        )

    @property
    def _book(self) -> Casebook:
        return self._durable().casebook

    @property
    def _authority(self) -> Authority:
        return Authority(self._book, four_eyes=self._four_eyes)


def own_key(caller: Caller, key: str) -> str:
    """Two people who happen to choose one key do not meet; the length keeps one subject from posing as another."""
    return f"{len(caller.subject)}:{caller.subject}:{key}"
