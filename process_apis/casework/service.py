"""Answers the contract from the casebook; refuses decisions and fixes by whoever does not hold the role."""

from __future__ import annotations

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
from contracts.problem import Kind, Problem
from contracts.process.casework import Decide, Fix, IdempotencyKey, IfMatch
from kit.caller import Caller, current_caller
from kit.durable import Casebook
from kit.room import DurableSource
from process_apis.casework.access import is_own, may_fix, may_see
from process_apis.casework.config import Config


class CaseworkService:
    """The governed queue. An approval one may not see does not exist; an act one may not do is forbidden."""

    def __init__(self, *, durable: DurableSource, config: Config) -> None:
        self._durable = durable
        self._four_eyes = config.four_eyes

    async def cases(
        self, *, state: CaseState | None = None, process: str | None = None, cursor: str = "", limit: Limit = 50
    ) -> CasePage:
        """List cases, newest change first."""
        return await self._book.cases(state=state, process=process, cursor=cursor, limit=limit)

    async def case(self, *, case_id: str) -> CaseFile:
        """Read one case with its steps and waits."""
        return await self._book.case(case_id)

    async def timeline(self, *, case_id: str) -> Timeline:
        """Read the audit trail of a case."""
        return await self._book.timeline(case_id)

    async def exceptions(
        self,
        *,
        state: ExceptionState | None = ExceptionState.OPEN,
        case_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> ExceptionPage:
        """List exceptions, the most urgent first."""
        return await self._book.exceptions(state=state, case_id=case_id, cursor=cursor, limit=limit)

    async def exception(self, *, exception_id: str) -> ExceptionItem:
        """Read one exception with its context and form."""
        return await self._book.exception(exception_id)

    async def fix(self, *, exception_id: str, body: Fix, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Answer the form and let the case resume at the step that met the problem."""
        caller = current_caller()
        item = await self._book.exception(exception_id)
        if not may_fix(item, roles=caller.roles):
            raise Problem(
                Kind.FORBIDDEN,
                "exception_not_yours",
                f"{item.code} is to be fixed by the role {item.owner_role}",
                hint="Ask somebody who holds the role.",
            )
        return await self._book.fix(
            exception_id, values=body.values, by=caller.subject, key=_own(caller, idempotency_key), note=body.note
        )

    async def approvals(
        self,
        *,
        state: ApprovalState | None = ApprovalState.OPEN,
        case_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> ApprovalPage:
        """List the approvals of the caller's roles, the most urgent first."""
        roles = current_caller().roles
        return await self._book.approvals(state=state, roles=roles, case_id=case_id, cursor=cursor, limit=limit)

    async def approval(self, *, approval_id: str) -> Approval:
        """Read one approval with the evidence it is bound to."""
        approval = await self._book.approval(approval_id)
        if not may_see(approval, roles=current_caller().roles):
            raise Problem(Kind.NOT_FOUND, "approval_not_found", f"there is no approval {approval_id}")
        return approval

    async def decide(
        self, *, approval_id: str, body: Decide, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Approval:
        """Decide what was seen."""
        caller = current_caller()
        approval = await self._book.approval(approval_id)
        await self._may_decide(approval, caller)
        return await self._book.decide(
            approval_id,
            approve=body.approve,
            by=caller.subject,
            etag=if_match,
            key=_own(caller, idempotency_key),
            comment=body.comment,
        )

    async def _may_decide(self, approval: Approval, caller: Caller) -> None:
        if not may_see(approval, roles=caller.roles):
            raise Problem(
                Kind.FORBIDDEN,
                "approval_not_yours",
                f"this is decided by the role {approval.role}",
                hint="Ask somebody who holds the role.",
            )
        trail = await self._book.timeline(approval.case_id)
        if is_own(trail.entries, subject=caller.subject, four_eyes=self._four_eyes):
            raise Problem(
                Kind.FORBIDDEN,
                "approval_of_ones_own",
                "nobody decides what they submitted themselves",
                hint="Ask another person who holds the role.",
            )

    @property
    def _book(self) -> Casebook:
        return self._durable().casebook


def _own(caller: Caller, key: str) -> str:
    """Two people who happen to choose one key do not meet; the length keeps one subject from posing as another."""
    return f"{len(caller.subject)}:{caller.subject}:{key}"
