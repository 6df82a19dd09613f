"""Finds cases by any id they carry: ours, a vendor's, a trace, an effect key, a fact that is an id; or by their name.

Facts that are no ids are not looked through: an amount that somebody may not see could be guessed by asking for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from contracts.canonical.casework import CaseState
from contracts.canonical.overview import Hit, HitKind, Hits
from kit.store import Store
from kit.store.tables import APPROVAL, BUSINESS_EXCEPTION, CASE_FACT, CASE_FILE, CASE_STEP

MOST: Final = 50


async def find(store: Store, text: str, *, tenant: str) -> Hits:
    """What carries `text`; a case is told once, by the closest of its ids."""
    wanted = text.strip()
    found: dict[str, Hit] = {}
    async with store.read() as connection:
        for kind, ref, condition, joined in _ways(wanted):
            if len(found) >= MOST:
                break
            query = (
                sa.select(CASE_FILE, ref.label("ref"))
                .select_from(joined)
                .where(CASE_FILE.c.tenant == tenant, condition)
                .order_by(CASE_FILE.c.changed_at.desc())
                .limit(MOST)
            )
            for row in await connection.execute(query):
                found.setdefault(row.case_id, _hit(kind, row))
    return Hits(items=list(found.values())[:MOST])


def _ways(wanted: str) -> Iterator[tuple[HitKind, sa.ColumnElement[Any], sa.ColumnElement[bool], sa.FromClause]]:
    case, nothing = CASE_FILE.c, sa.literal("")
    yield HitKind.CASE, nothing, case.case_id == wanted, CASE_FILE
    yield HitKind.BUSINESS_KEY, nothing, case.business_key == wanted, CASE_FILE
    for kind, table, column in (
        (HitKind.EXCEPTION, BUSINESS_EXCEPTION, "exception_id"),
        (HitKind.APPROVAL, APPROVAL, "approval_id"),
        (HitKind.EFFECT, CASE_STEP, "key"),
        (HitKind.EXTERNAL_ID, CASE_STEP, "external_id"),
    ):
        yield kind, table.c[column], table.c[column] == wanted, _with_case(table)
    is_id = CASE_FACT.c.name.endswith("_id", autoescape=True)
    yield HitKind.FACT, CASE_FACT.c.name, is_id & (CASE_FACT.c.value == wanted), _with_case(CASE_FACT)
    yield HitKind.TRACE, nothing, case.trace_id == wanted, CASE_FILE
    yield HitKind.CASE, nothing, case.case_id.startswith(wanted, autoescape=True), CASE_FILE
    yield HitKind.BUSINESS_KEY, nothing, case.business_key.startswith(wanted, autoescape=True), CASE_FILE
    yield HitKind.TITLE, nothing, case.title.icontains(wanted, autoescape=True), CASE_FILE


def _with_case(table: sa.Table) -> sa.FromClause:
    return table.join(CASE_FILE, CASE_FILE.c.case_id == table.c.case_id)


def _hit(kind: HitKind, row: Any) -> Hit:
    return Hit(
        kind=kind,
        case_id=row.case_id,
        process=row.process,
        title=row.title,
        state=CaseState(row.state),
        changed_at=row.changed_at,
        ref=row.ref,
    )
