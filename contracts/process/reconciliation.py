"""Reconciliation: CRM, PSA, ERP and our own ledger compared to the cent, each break explained and somebody's work."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Protocol

from msgspec import Meta, field

from contracts.canonical.casework import Limit
from contracts.canonical.field import Command
from contracts.canonical.reconciliation import (
    Break,
    BreakClass,
    BreakCounts,
    BreakPage,
    BreakState,
    ObjectKind,
    ReconciliationRun,
    Resolution,
    RowPage,
    RunPage,
)
from contracts.port import Header, get, post
from contracts.process.quote_to_project import CaseStarted

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]
RunId = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")]
EntityId = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")]


class StartReconciliation(Command, frozen=True, kw_only=True):
    """Compare everything up to a day; `legal_entity_ids` and `kinds` narrow it, and empty means all of them."""

    run_id: RunId
    as_of: dt.date
    legal_entity_ids: Annotated[list[EntityId], Meta(max_length=100)] = field(default_factory=list)
    kinds: Annotated[list[ObjectKind], Meta(max_length=6)] = field(default_factory=list)


class StartBreak(Command, frozen=True, kw_only=True):
    """The work item of one break: it waits until somebody closes it, or until the systems agree again."""

    break_id: Annotated[str, Meta(min_length=1, max_length=64)]
    occurrence: Annotated[int, Meta(ge=1)]


class CloseBreak(Command, frozen=True, kw_only=True):
    """Close a break. What was corrected is looked at again by the next run; what is explained stays closed as it is."""

    resolution: Resolution
    reason: Annotated[str, Meta(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f]+$")]


class Reconciliation(Protocol):
    """Runs by schedule and on demand. Who owns a break closes it, and nobody else."""

    @post("/runs", scope="reconciliation:start", status=202)
    async def start(self, *, body: StartReconciliation, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Begin a run, or attach to the run of the same id."""
        ...

    @get("/runs", scope="reconciliation:read")
    async def runs(self, *, cursor: str = "", limit: Limit = 50) -> RunPage:
        """List runs, the newest first."""
        ...

    @get("/runs/{run_id}", scope="reconciliation:read", problems=(404,))
    async def run(self, *, run_id: str) -> ReconciliationRun:
        """Read how a run stands: what it compared, what it found, what it could not look at."""
        ...

    @get("/runs/{run_id}/rows", scope="reconciliation:read", problems=(404, 409))
    async def rows(self, *, run_id: str, kind: ObjectKind, cursor: str = "", limit: Limit = 50) -> RowPage:
        """List what a run compared, agreed or not; only the latest runs keep it."""
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
        """List breaks, the longest standing first."""
        ...

    @get("/break-counts", scope="reconciliation:read")
    async def break_counts(self) -> BreakCounts:
        """Count breaks by kind, class and state, with money and age; resolved ones are history and left out."""
        ...

    @get("/breaks/{break_id}", scope="reconciliation:read", problems=(404,))
    async def one_break(self, *, break_id: str) -> Break:
        """Read one break with its columns and its explanation."""
        ...

    @post("/breaks/{break_id}/closing", scope="reconciliation:close", problems=(404, 409))
    async def close(self, *, break_id: str, body: CloseBreak, idempotency_key: IdempotencyKey) -> Break:
        """Close an open break with a reason; its work item ends with it."""
        ...
