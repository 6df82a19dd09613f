"""Answers the contract: asks casework for the caller, shows what the caller may see."""

from __future__ import annotations

from contracts.canonical.casework import (
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
from contracts.canonical.governance import BreakGlasses, Remark, Remarks
from contracts.canonical.overview import Hits, Overview
from contracts.process.casework import (
    Assign,
    Casework,
    Comment,
    Confirm,
    Fix,
    FixMany,
    IdempotencyKey,
    SearchText,
    Withdraw,
)
from contracts.process.reconciliation import Reconciliation
from experience_apis.control_tower import views
from experience_apis.control_tower.reconciling import Reconciling
from kit.caller import current_caller


class ControlTowerService(Reconciling):
    """Holds no state and decides nothing: casework knows who may fix what, reconciliation who may close what."""

    def __init__(self, casework: Casework, reconciliation: Reconciliation | None = None) -> None:
        super().__init__(reconciliation)
        self._casework = casework

    async def cases(
        self, *, state: CaseState | None = None, process: str | None = None, cursor: str = "", limit: Limit = 50
    ) -> CasePage:
        """List cases, newest change first."""
        page = await self._casework.cases(state=state, process=process, cursor=cursor, limit=limit)
        return views.cases(page, roles=current_caller().roles)

    async def case(self, *, case_id: str) -> CaseFile:
        """Read one case with its steps, waits and ids."""
        return views.case(await self._casework.case(case_id=case_id), roles=current_caller().roles)

    async def timeline(self, *, case_id: str) -> Timeline:
        """Read the audit trail of a case, oldest first."""
        return views.timeline(await self._casework.timeline(case_id=case_id), roles=current_caller().roles)

    async def overview(self) -> Overview:
        """Count every case."""
        return views.overview(await self._casework.overview(), roles=current_caller().roles)

    async def find(self, *, text: SearchText) -> Hits:
        """Find cases by any id that they carry."""
        return await self._casework.find(text=text)

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
        page = await self._casework.exceptions(
            state=state,
            case_id=case_id,
            code=code,
            owner_role=owner_role,
            assigned_to=assigned_to,
            cursor=cursor,
            limit=limit,
        )
        return views.exceptions(page, roles=current_caller().roles)

    async def exception(self, *, exception_id: str) -> ExceptionItem:
        """Read one exception with its context and form."""
        item = await self._casework.exception(exception_id=exception_id)
        return views.exception(item, roles=current_caller().roles)

    async def fix(self, *, exception_id: str, body: Fix, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Answer the form; the case resumes at the step that met the problem."""
        fixed = await self._casework.fix(exception_id=exception_id, body=body, idempotency_key=idempotency_key)
        return views.exception(fixed, roles=current_caller().roles)

    async def confirm(self, *, exception_id: str, body: Confirm, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Be the second pair of eyes on a proposed fix."""
        item = await self._casework.confirm(exception_id=exception_id, body=body, idempotency_key=idempotency_key)
        return views.exception(item, roles=current_caller().roles)

    async def withdraw(self, *, exception_id: str, body: Withdraw, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Close an exception without an answer."""
        item = await self._casework.withdraw(exception_id=exception_id, body=body, idempotency_key=idempotency_key)
        return views.exception(item, roles=current_caller().roles)

    async def assign(self, *, exception_id: str, body: Assign, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Take an exception, take it over or hand it over."""
        item = await self._casework.assign(exception_id=exception_id, body=body, idempotency_key=idempotency_key)
        return views.exception(item, roles=current_caller().roles)

    async def release(self, *, exception_id: str, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Give an exception back to its role."""
        item = await self._casework.release(exception_id=exception_id, idempotency_key=idempotency_key)
        return views.exception(item, roles=current_caller().roles)

    async def comments(self, *, exception_id: str) -> Remarks:
        """Read what was said about an exception."""
        item = await self._casework.exception(exception_id=exception_id)
        said = await self._casework.comments(exception_id=exception_id)
        return views.comments(said, item, roles=current_caller().roles)

    async def comment(self, *, exception_id: str, body: Comment, idempotency_key: IdempotencyKey) -> Remark:
        """Say something about an exception; the answer is one's own words."""
        return await self._casework.comment(exception_id=exception_id, body=body, idempotency_key=idempotency_key)

    async def fix_many(self, *, body: FixMany, idempotency_key: IdempotencyKey) -> FixResults:
        """Give many exceptions of one code the same answers."""
        return await self._casework.fix_many(body=body, idempotency_key=idempotency_key)

    async def exception_counts(self) -> ExceptionCounts:
        """Count open exceptions by code, cause and role, with their ages."""
        return await self._casework.exception_counts()

    async def catalogue(self) -> Catalogue:
        """Read every kind of problem."""
        return await self._casework.catalogue()

    async def broken_glass(self, *, cursor: str = "", limit: Limit = 50) -> BreakGlasses:
        """List every use of the emergency way."""
        page = await self._casework.broken_glass(cursor=cursor, limit=limit)
        return views.broken_glass(page, roles=current_caller().roles)
