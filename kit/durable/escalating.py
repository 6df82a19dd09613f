"""The clock of the queue: what is overdue calls the next role. The moment stands in the row, so no restart loses it.

Each escalation is one transaction that looks again under a lock: several workers may run the clock.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import ApprovalState, ExceptionState
from contracts.canonical.governance import Rung
from contracts.events.casework import ApprovalEscalated, ExceptionEscalated
from kit.durable.command import Commands
from kit.durable.finding import find_approval, find_exception
from kit.durable.rows import rungs_of
from kit.durable.seen import stages_of
from kit.durable.trail import ENGINE
from kit.store import put
from kit.store.people import APPROVAL_AUDIENCE
from kit.store.tables import APPROVAL, BUSINESS_EXCEPTION

_AT_ONCE: Final = 200


class Escalating:
    """Climbs the rungs whose time has come."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def sweep(self) -> int:
        """Escalate what is overdue, some hundreds at most; how many were escalated."""
        exceptions = await self._due(BUSINESS_EXCEPTION, BUSINESS_EXCEPTION.c.exception_id, ExceptionState.OPEN)
        approvals = await self._due(APPROVAL, APPROVAL.c.approval_id, ApprovalState.OPEN)
        climbed = [await self._exception(each) for each in exceptions]
        climbed += [await self._approval(each) for each in approvals]
        return sum(climbed)

    async def _due(self, table: sa.Table, key: sa.ColumnElement[str], state: str) -> list[str]:
        query = (
            sa.select(key)
            .where(
                table.c.tenant == self._commands.tenant,
                table.c.state == str(state),
                table.c.escalates_at <= self._commands.now(),
            )
            .order_by(table.c.escalates_at, key)
            .limit(_AT_ONCE)
        )
        async with self._commands.store.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def _exception(self, exception_id: str) -> bool:
        commands = self._commands
        async with commands.store.write() as connection:
            row = await find_exception(connection, exception_id, tenant=commands.tenant, lock=True)
            if row.state != ExceptionState.OPEN or not self._is_time(row):
                return False
            rungs, level = rungs_of(row), row.escalated + 1
            rung = rungs[level - 1]
            mine = BUSINESS_EXCEPTION.c.exception_id == exception_id
            climbed = {"escalated": level, "escalates_at": _following(rungs, level=level, due_at=row.due_at)}
            await connection.execute(sa.update(BUSINESS_EXCEPTION).where(mine).values(**climbed))
            told = ExceptionEscalated(
                exception_id=exception_id, case_id=row.case_id, code=row.code, role=rung.role, level=level
            )
            await self._tell(connection, row, about=f"{exception_id}--escalated-{level}", told=told, subject=row.code)
            return True

    async def _approval(self, approval_id: str) -> bool:
        commands = self._commands
        async with commands.store.write() as connection:
            row = await find_approval(connection, approval_id, tenant=commands.tenant, lock=True)
            if row.state != ApprovalState.OPEN or not self._is_time(row):
                return False
            rungs, level = stages_of(row)[row.step - 1].escalation, row.escalated + 1
            rung = rungs[level - 1]
            mine = APPROVAL.c.approval_id == approval_id
            climbed = {"escalated": level, "escalates_at": _following(rungs, level=level, due_at=row.due_at)}
            await connection.execute(sa.update(APPROVAL).where(mine).values(**climbed))
            joins = {"approval_id": approval_id, "step": row.step, "role": rung.role, "escalated": level}
            await put(connection, APPROVAL_AUDIENCE, joins)
            told = ApprovalEscalated(
                approval_id=approval_id, case_id=row.case_id, step=row.step, role=rung.role, level=level
            )
            about = f"{approval_id}--step-{row.step}-escalated-{level}"
            await self._tell(connection, row, about=about, told=told, subject=row.subject)
            return True

    def _is_time(self, row: Any) -> bool:
        return row.escalates_at is not None and row.escalates_at <= self._commands.now()

    async def _tell(
        self,
        connection: AsyncConnection,
        row: Any,
        *,
        about: str,
        told: ExceptionEscalated | ApprovalEscalated,
        subject: str,
    ) -> None:
        what = "exception escalated" if isinstance(told, ExceptionEscalated) else "approval escalated"
        detail = f"{subject}: nobody acted in time, {told.role} was called"
        await self._commands.note(connection, case_id=row.case_id, ref=about, by=ENGINE, what=what, detail=detail)
        await self._commands.tell(connection, case_id=row.case_id, event_id=about, data=told)


def _following(rungs: list[Rung], *, level: int, due_at: dt.datetime) -> dt.datetime | None:
    """When the rung after `level` is climbed; None when there is none."""
    return due_at + dt.timedelta(hours=rungs[level].after_h) if level < len(rungs) else None
