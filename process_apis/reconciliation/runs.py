"""The runs of one tenant in the store."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState
from contracts.canonical.reconciliation import ReconciliationRun, RunPage
from contracts.problem import Kind, Problem
from kit.durable.paging import after, cursor_at
from kit.store import insert_once
from kit.store.reconciliation import RECON_RUN
from kit.store.tables import CASE_FILE

_T: Final = RECON_RUN.c


@dataclass(frozen=True)
class Runs:
    """Runs within the caller's transaction."""

    connection: AsyncConnection
    tenant: str

    async def begin(self, run: ReconciliationRun) -> ReconciliationRun:
        """Keep a new run; one that was begun is returned as it was."""
        row = {"tenant": self.tenant, "run_id": run.run_id, "started_at": run.started_at, "run": _text(run)}
        await insert_once(self.connection, RECON_RUN, row)
        return await self.one(run.run_id)

    async def end(self, run: ReconciliationRun) -> None:
        """Keep what a run came to."""
        mine = (_T.tenant == self.tenant) & (_T.run_id == run.run_id)
        values = {"ended_at": run.ended_at, "run": _text(run)}
        await self.connection.execute(sa.update(RECON_RUN).where(mine).values(**values))

    async def one(self, run_id: str) -> ReconciliationRun:
        """One run.

        Raises:
            Problem: not_found.

        """
        mine = (_T.tenant == self.tenant) & (_T.run_id == run_id)
        row = (await self.connection.execute(sa.select(_T.run).where(mine))).first()
        if row is None:
            raise Problem(Kind.NOT_FOUND, "run_not_found", f"there is no run {run_id}")
        return (await self._standing([row]))[0]

    async def page(self, cursor: str, limit: int) -> RunPage:
        """A page of runs, the newest first."""
        query = sa.select(RECON_RUN).where(_T.tenant == self.tenant)
        query = after(query, cursor, moment=_T.started_at, key=_T.run_id, descending=True)
        ordered = query.order_by(_T.started_at.desc(), _T.run_id.desc()).limit(limit + 1)
        rows = list(await self.connection.execute(ordered))
        last = cursor_at(rows[limit - 1].started_at, rows[limit - 1].run_id) if len(rows) > limit else None
        return RunPage(items=await self._standing(rows[:limit]), next_cursor=last)

    async def ended_before(self, newest: int) -> list[str]:
        """Runs that ended and are not among the newest."""
        query = sa.select(_T.run_id).where(_T.tenant == self.tenant, _T.ended_at.is_not(None))
        ordered = query.order_by(_T.started_at.desc(), _T.run_id.desc()).offset(newest)
        return list((await self.connection.execute(ordered)).scalars())

    async def _standing(self, rows: list[Any]) -> list[ReconciliationRun]:
        """Runs, with the states of their cases as those stand."""
        runs = [msgspec.json.decode(row.run, type=ReconciliationRun) for row in rows]
        query = sa.select(CASE_FILE.c.case_id, CASE_FILE.c.state)
        found = await self.connection.execute(query.where(CASE_FILE.c.case_id.in_([run.case_id for run in runs])))
        states = {row.case_id: CaseState(row.state) for row in found}
        return [replace(run, state=states.get(run.case_id, run.state)) for run in runs]


def begun(
    *, run_id: str, case_id: str, as_of: dt.date, entities: list[str], kinds: list[Any], at: dt.datetime
) -> ReconciliationRun:
    """A run that has seen nothing yet."""
    return ReconciliationRun(
        run_id=run_id,
        case_id=case_id,
        state=CaseState.RUNNING,
        as_of=as_of,
        legal_entity_ids=entities,
        kinds=kinds,
        started_at=at,
    )


def _text(run: ReconciliationRun) -> str:
    return msgspec.json.encode(run).decode()
