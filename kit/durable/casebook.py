"""The casebook: what people read of cases, exceptions and approvals, of one tenant; refuses what is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

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
    Timeline,
)
from contracts.canonical.exceptions import ExceptionCounts
from contracts.canonical.overview import Hits, Overview
from kit.durable import rows
from kit.durable.breaking import Breaking
from kit.durable.counting import count_exceptions
from kit.durable.deciding import Deciding, approval_noun
from kit.durable.delegating import Delegating
from kit.durable.escalating import Escalating
from kit.durable.finding import exceptions_of, find_case, find_exception
from kit.durable.fixing import Fixing
from kit.durable.overlooking import overlook
from kit.durable.paging import after, cursor_at
from kit.durable.remarking import Remarking
from kit.durable.searching import find
from kit.durable.seen import audience_of
from kit.durable.taking_back import TakingBack
from kit.store import Store
from kit.store.people import APPROVAL_AUDIENCE
from kit.store.tables import APPROVAL, AUDIT, BUSINESS_EXCEPTION, CASE_FACT, CASE_FILE, CASE_STEP, CASE_WAIT

_MOST: Final = 200


class StoredCasebook:
    """Reads the store; what people decide goes through `Deciding`."""

    def __init__(self, store: Store, *, tenant: str, deciding: Deciding) -> None:
        self._store = store
        self._tenant = tenant
        self._deciding = deciding
        self.fixing: Fixing = deciding.fixing
        self.remarking = Remarking(deciding.commands)
        self.delegating = Delegating(deciding.commands)
        self.breaking = Breaking(deciding.commands)
        self.escalating = Escalating(deciding.commands)
        self.taking_back = TakingBack(deciding.commands)

    async def cases(
        self, *, state: CaseState | None = None, process: str | None = None, cursor: str = "", limit: int = 50
    ) -> CasePage:
        """Cases, newest change first."""
        table = CASE_FILE.c
        query = sa.select(CASE_FILE).where(table.tenant == self._tenant)
        if state is not None:
            query = query.where(table.state == state.value)
        if process is not None:
            query = query.where(table.process == process)
        query = query.order_by(table.changed_at.desc(), table.case_id.desc())
        query = after(query, cursor, moment=table.changed_at, key=table.case_id, descending=True)
        found, more = await self._page(query, limit=limit)
        last = cursor_at(found[-1].changed_at, found[-1].case_id) if more else None
        return CasePage(items=[rows.summary(row) for row in found], next_cursor=last)

    async def case(self, case_id: str) -> CaseFile:
        """One case with its steps, waits and facts."""
        async with self._store.read() as connection:
            found = await find_case(connection, case_id, tenant=self._tenant)
            steps = await _of_case(connection, CASE_STEP, case_id, by=CASE_STEP.c.position)
            waits = await _of_case(connection, CASE_WAIT, case_id, by=CASE_WAIT.c.started_at)
            facts = await _of_case(connection, CASE_FACT, case_id, by=CASE_FACT.c.name)
        return CaseFile(
            summary=rows.summary(found),
            trace_id=found.trace_id,
            steps=[rows.case_step(row) for row in steps],
            waits=[rows.wait(row) for row in waits],
            facts={row.name: row.value for row in facts},
        )

    async def timeline(self, case_id: str) -> Timeline:
        """The audit trail of a case, oldest first."""
        async with self._store.read() as connection:
            await find_case(connection, case_id, tenant=self._tenant)
            found = await _of_case(connection, AUDIT, case_id, by=AUDIT.c.seq)
        return Timeline(case_id=case_id, entries=[rows.timeline_entry(row) for row in found])

    async def exceptions(
        self,
        *,
        state: ExceptionState | None = ExceptionState.OPEN,
        case_id: str | None = None,
        code: str | None = None,
        owner_role: str | None = None,
        assigned_to: str | None = None,
        cursor: str = "",
        limit: int = 50,
    ) -> ExceptionPage:
        """Exceptions, the most urgent first."""
        table = BUSINESS_EXCEPTION.c
        query = exceptions_of(self._tenant)
        if state is not None:
            query = query.where(table.state == state.value)
        asked = {"case_id": case_id, "code": code, "owner_role": owner_role, "assigned_to": assigned_to}
        for name, value in asked.items():
            if value is not None:
                query = query.where(table[name] == value)
        query = query.order_by(table.due_at, table.exception_id)
        query = after(query, cursor, moment=table.due_at, key=table.exception_id)
        found, more = await self._page(query, limit=limit)
        last = cursor_at(found[-1].due_at, found[-1].exception_id) if more else None
        return ExceptionPage(items=[rows.exception_item(row) for row in found], next_cursor=last)

    async def exception(self, exception_id: str) -> ExceptionItem:
        """One exception with its context and form."""
        async with self._store.read() as connection:
            return rows.exception_item(await find_exception(connection, exception_id, tenant=self._tenant))

    async def exception_counts(self) -> ExceptionCounts:
        """Open exceptions by code, cause and role, with their ages."""
        return await count_exceptions(self._deciding.commands)

    async def overview(self) -> Overview:
        """Every case counted."""
        return await overlook(self._deciding.commands)

    async def find(self, text: str) -> Hits:
        """Cases that carry an id."""
        return await find(self._store, text, tenant=self._tenant)

    async def fix(
        self, exception_id: str, *, values: dict[str, str], by: str, key: str, note: str = ""
    ) -> ExceptionItem:
        """Answer the form; the case resumes at the step that met the problem."""
        return await self._deciding.fix(exception_id, values=values, by=by, key=key, note_text=note)

    async def approvals(
        self,
        *,
        state: ApprovalState | None = ApprovalState.OPEN,
        roles: frozenset[str] | None = None,
        case_id: str | None = None,
        cursor: str = "",
        limit: int = 50,
    ) -> ApprovalPage:
        """Approvals, the most urgent first."""
        table = APPROVAL.c
        query = sa.select(APPROVAL).where(table.tenant == self._tenant)
        if state is not None:
            query = query.where(table.state == state.value)
        if roles is not None:
            query = query.where(_may_act(roles))
        if case_id is not None:
            query = query.where(table.case_id == case_id)
        query = query.order_by(table.due_at, table.approval_id)
        query = after(query, cursor, moment=table.due_at, key=table.approval_id)
        found, more = await self._page(query, limit=limit)
        last = cursor_at(found[-1].due_at, found[-1].approval_id) if more else None
        async with self._store.read() as connection:
            audience = await audience_of(connection, [row.approval_id for row in found])
        items = [rows.approval(row, audience=audience.get(row.approval_id, [])) for row in found]
        return ApprovalPage(items=items, next_cursor=last)

    async def approval(self, approval_id: str) -> Approval:
        """One approval with the evidence it is bound to."""
        async with self._store.read() as connection:
            return await approval_noun(connection, approval_id, tenant=self._tenant)

    async def decide(
        self,
        approval_id: str,
        *,
        approve: bool,
        by: str,
        etag: str,
        key: str,
        comment: str = "",
        held: Mapping[str, str] | None = None,
        role: str = "",
        undo_s: float = 0.0,
    ) -> Approval:
        """Decide what was seen under `etag`."""
        return await self._deciding.decide(
            approval_id,
            approve=approve,
            by=by,
            etag=etag,
            key=key,
            comment=comment,
            held=held,
            role=role,
            undo_s=undo_s,
        )

    async def assign_approval(self, approval_id: str, *, to: str, by: str, key: str) -> Approval:
        """Let one person decide."""
        return await self._deciding.assign(approval_id, to=to, by=by, key=key)

    async def _page(self, query: sa.Select[Any], *, limit: int) -> tuple[list[Any], bool]:
        wanted = max(1, min(limit, _MOST))
        async with self._store.read() as connection:
            found = list(await connection.execute(query.limit(wanted + 1)))
        return found[:wanted], len(found) > wanted


def _may_act(roles: frozenset[str]) -> sa.ColumnElement[bool]:
    """Approvals whose open step is for one of the roles; once closed, those that had a step for it."""
    audience = APPROVAL_AUDIENCE.c
    now = (audience.step == APPROVAL.c.step) | (APPROVAL.c.state != ApprovalState.OPEN.value)
    mine = audience.role.in_(sorted(roles))
    return sa.exists().where(audience.approval_id == APPROVAL.c.approval_id, mine, now)


async def _of_case(
    connection: AsyncConnection, table: sa.Table, case_id: str, *, by: sa.ColumnElement[Any]
) -> list[Any]:
    return list(await connection.execute(sa.select(table).where(table.c.case_id == case_id).order_by(by)))
