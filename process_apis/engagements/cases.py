"""Finds the cases behind engagements in the store, by whose they are; notes on a case who took note of what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from contracts.process.engagements import Acknowledged, EngagementPage, EngagementSummary
from kit.clock import Clock
from kit.durable.paging import after, cursor_at
from kit.durable.trail import note
from kit.store import Store, insert_once
from kit.store.tables import CASE_FACT, CASE_FILE
from process_apis.engagements.rules import ACKNOWLEDGED, STATES, acknowledged

_PROCESS: Final = "quote_to_project"


@dataclass(frozen=True, slots=True)
class Case:
    """One engagement with the facts of its case."""

    case_id: str
    opportunity_id: str
    summary: EngagementSummary
    facts: Mapping[str, str]


class StoredCases:
    """The latest case of each deal; taken-back attempts of the same deal are history."""

    def __init__(self, store: Callable[[], Store], *, clock: Clock, tenant: str) -> None:
        self._store = store
        self._clock = clock
        self._tenant = tenant

    async def page(
        self, *, customers: Collection[str] | None, states: Collection[CaseState], cursor: str, limit: int
    ) -> EngagementPage:
        """Engagements of these customers (None: of all), newest change first."""
        table = CASE_FILE.c
        query = self._query(customers=customers)
        if states:
            query = query.where(table.state.in_([state.value for state in states]))
        query = query.order_by(table.changed_at.desc(), table.case_id.desc())
        query = after(query, cursor, moment=table.changed_at, key=table.case_id, descending=True).limit(limit + 1)
        async with self._store().read() as connection:
            found = list(await connection.execute(query))
        rows, more = found[:limit], len(found) > limit
        last = cursor_at(rows[-1].changed_at, rows[-1].case_id) if more else None
        return EngagementPage(items=[_summary(row) for row in rows], next_cursor=last)

    async def one(self, project_id: str, *, customers: Collection[str] | None) -> Case:
        """The engagement of a project.

        Raises:
            Problem: not_found, also when it is somebody else's: who may not see it does not learn that it exists.

        """
        project = sa.alias(CASE_FACT, "project")
        query = self._query(customers=customers).join(
            project,
            (project.c.case_id == CASE_FILE.c.case_id)
            & (project.c.name == "project_id")
            & (project.c.value == project_id),
        )
        async with self._store().read() as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                raise Problem(Kind.NOT_FOUND, "project_not_found", f"there is no project {project_id}")
            facts = await _facts(connection, row.case_id)
        return Case(row.case_id, facts.get("opportunity_id", row.business_key), _summary(row), facts)

    async def acknowledge(self, case: Case, request_id: str, *, by: str, text: str) -> Acknowledged:
        """Note who took note; the first stays, and the same person may say it again.

        Raises:
            Problem: conflict, when somebody else took note before.

        """
        now = self._clock.now()
        noted = Acknowledged(at=now, by=by, note=text)
        name = f"{ACKNOWLEDGED}{request_id}"
        row = {"case_id": case.case_id, "name": name, "value": msgspec.json.encode(noted).decode()}
        async with self._store().write() as connection:
            if await insert_once(connection, CASE_FACT, row):
                ref = f"{ACKNOWLEDGED}{request_id}"
                what = "staffing request acknowledged"
                await note(connection, case_id=case.case_id, ref=ref, at=now, what=what, actor=by, detail=request_id)
                return noted
            stands = acknowledged((await _facts(connection, case.case_id))[name])
        if stands is None or stands.by != by:
            raise Problem(Kind.CONFLICT, "already_acknowledged", f"somebody else took note of {request_id}")
        return stands

    def _query(self, *, customers: Collection[str] | None) -> sa.Select[Any]:
        table, later = CASE_FILE.c, sa.alias(CASE_FILE, "later")
        names = ("project_id", "customer_id", "contract_total", "currency")
        facts = {name: sa.alias(CASE_FACT, f"of_{name}") for name in names}
        query = sa.select(CASE_FILE, *(fact.c.value.label(name) for name, fact in facts.items()))
        joined: sa.FromClause = CASE_FILE
        for name, fact in facts.items():
            joined = joined.join(fact, (fact.c.case_id == table.case_id) & (fact.c.name == name))
        superseded = sa.exists().where(
            later.c.tenant == table.tenant,
            later.c.process == table.process,
            later.c.business_key == table.business_key,
            later.c.revision > table.revision,
        )
        query = query.select_from(joined).where(
            table.tenant == self._tenant, table.process == _PROCESS, sa.not_(superseded)
        )
        if customers is not None:
            query = query.where(facts["customer_id"].c.value.in_(sorted(customers)))
        return query


async def _facts(connection: AsyncConnection, case_id: str) -> dict[str, str]:
    query = sa.select(CASE_FACT.c.name, CASE_FACT.c.value).where(CASE_FACT.c.case_id == case_id)
    return {row.name: row.value for row in await connection.execute(query)}


def _summary(row: Any) -> EngagementSummary:
    return EngagementSummary(
        project_id=row.project_id,
        name=row.title,
        customer_id=row.customer_id,
        state=STATES[CaseState(row.state)],
        value=Money(amount=Decimal(row.contract_total), currency=row.currency),
        changed_at=row.changed_at,
    )
