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
from contracts.process.casework import Casework, Fix, IdempotencyKey
from experience_apis.control_tower import views
from kit.caller import current_caller


class ControlTowerService:
    """Holds no state and decides nothing: casework knows who may fix what."""

    def __init__(self, casework: Casework) -> None:
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

    async def exceptions(
        self,
        *,
        state: ExceptionState | None = ExceptionState.OPEN,
        case_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> ExceptionPage:
        """List exceptions, the most urgent first."""
        page = await self._casework.exceptions(state=state, case_id=case_id, cursor=cursor, limit=limit)
        return views.exceptions(page, roles=current_caller().roles)

    async def exception(self, *, exception_id: str) -> ExceptionItem:
        """Read one exception with its context and form."""
        item = await self._casework.exception(exception_id=exception_id)
        return views.exception(item, roles=current_caller().roles)

    async def fix(self, *, exception_id: str, body: Fix, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Answer the form; the case resumes at the step that met the problem."""
        fixed = await self._casework.fix(exception_id=exception_id, body=body, idempotency_key=idempotency_key)
        return views.exception(fixed, roles=current_caller().roles)
