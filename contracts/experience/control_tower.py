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
from contracts.canonical.exceptions import Catalogue, ExceptionCounts, FixResults
from contracts.canonical.governance import BreakGlasses, Remark, Remarks
from contracts.canonical.overview import Hits, Overview
from contracts.canonical.reconciliation import (
    Break,
    BreakClass,
    BreakCounts,
    BreakPage,
    BreakState,
    ObjectKind,
    ReconciliationRun,
    RunPage,
)
from contracts.port import get, post
from contracts.process.casework import Assign, Comment, Confirm, Fix, FixMany, IdempotencyKey, SearchText, Withdraw
from contracts.process.reconciliation import CloseBreak


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
        """Answer the form; the case resumes at the step that met the problem."""
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

    @get("/break-glass", scope="cases:read")
    async def broken_glass(self, *, cursor: str = "", limit: Limit = 50) -> BreakGlasses:
        """List every use of the emergency way, newest first."""
        ...

    @get("/reconciliation-runs", scope="reconciliation:read")
    async def reconciliation_runs(self, *, cursor: str = "", limit: Limit = 50) -> RunPage:
        """List runs of reconciliation, the newest first."""
        ...

    @get("/reconciliation-runs/{run_id}", scope="reconciliation:read", problems=(404,))
    async def reconciliation_run(self, *, run_id: str) -> ReconciliationRun:
        """Read what a run compared and found."""
        ...

    @get("/breaks", scope="reconciliation:read")
    async def breaks(
        self,
        *,
        state: BreakState | None = BreakState.OPEN,
        kind: ObjectKind | None = None,
        break_class: BreakClass | None = None,
        legal_entity_id: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> BreakPage:
        """List where CRM, PSA, ERP and our ledger do not agree, the longest standing first."""
        ...

    @get("/break-counts", scope="reconciliation:read")
    async def break_counts(self) -> BreakCounts:
        """Count breaks by kind, class and state, with money and age."""
        ...

    @get("/breaks/{break_id}", scope="reconciliation:read", problems=(404,))
    async def one_break(self, *, break_id: str) -> Break:
        """Read one break: the columns side by side, what differs, and whose it is."""
        ...

    @post("/breaks/{break_id}/closing", scope="reconciliation:close", problems=(404, 409))
    async def close_break(self, *, break_id: str, body: CloseBreak, idempotency_key: IdempotencyKey) -> Break:
        """Close a break: it was corrected at its source, or it is right as it stands for the reason given."""
        ...
