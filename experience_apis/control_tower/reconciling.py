"""The part of the tower that looks at reconciliation: runs, breaks with their columns, and closing one."""

from __future__ import annotations

from contracts.canonical.casework import Limit
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
from contracts.problem import Kind, Problem
from contracts.process.casework import IdempotencyKey
from contracts.process.reconciliation import CloseBreak, Reconciliation
from experience_apis.control_tower import broken
from kit.caller import current_caller


class Reconciling:
    """Asks reconciliation for the caller, shows what the caller may see."""

    def __init__(self, reconciliation: Reconciliation | None) -> None:
        self._given = reconciliation

    async def reconciliation_runs(self, *, cursor: str = "", limit: Limit = 50) -> RunPage:
        """List runs of reconciliation, the newest first."""
        page = await self._reconciliation.runs(cursor=cursor, limit=limit)
        return broken.runs(page, roles=current_caller().roles)

    async def reconciliation_run(self, *, run_id: str) -> ReconciliationRun:
        """Read what a run compared and found."""
        return broken.run(await self._reconciliation.run(run_id=run_id), roles=current_caller().roles)

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
        """List where systems do not agree, the longest standing first."""
        page = await self._reconciliation.breaks(
            state=state,
            kind=kind,
            break_class=break_class,
            legal_entity_id=legal_entity_id,
            cursor=cursor,
            limit=limit,
        )
        return broken.page(page, roles=current_caller().roles)

    async def break_counts(self) -> BreakCounts:
        """Count breaks by kind, class and state."""
        return broken.counts(await self._reconciliation.break_counts(), roles=current_caller().roles)

    async def one_break(self, *, break_id: str) -> Break:
        """Read one break with its columns."""
        found = await self._reconciliation.one_break(break_id=break_id)
        return broken.one(found, roles=current_caller().roles)

    async def close_break(self, *, break_id: str, body: CloseBreak, idempotency_key: IdempotencyKey) -> Break:
        """Close a break; reconciliation says whether it is the caller's."""
        closed = await self._reconciliation.close(break_id=break_id, body=body, idempotency_key=idempotency_key)
        return broken.one(closed, roles=current_caller().roles)

    @property
    def _reconciliation(self) -> Reconciliation:
        if self._given is None:
            raise Problem(Kind.UNSUPPORTED, "no_reconciliation", "nothing is reconciled here")
        return self._given
