"""The control tower: every case, step, exception and wait, for operations and finance."""

from __future__ import annotations

from typing import Protocol

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
from contracts.port import get, post
from contracts.process.casework import Fix, IdempotencyKey


class ControlTower(Protocol):
    """Business and technical standing on one page."""

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
        """Read one case with its steps, waits and ids."""
        ...

    @get("/cases/{case_id}/timeline", scope="cases:read", problems=(404,))
    async def timeline(self, *, case_id: str) -> Timeline:
        """Read the audit trail of a case, oldest first."""
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
        """Answer the form; the case resumes at the step that met the problem."""
        ...
