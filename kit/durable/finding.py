"""Finding one thing of a tenant by its id; refuses with not_found, whoever else may have it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.problem import Kind, Problem
from kit.store.tables import APPROVAL, BUSINESS_EXCEPTION, CASE_FILE


async def find_case(connection: AsyncConnection, case_id: str, *, tenant: str, lock: bool = False) -> Any:
    """The row of a case."""
    query = sa.select(CASE_FILE).where(CASE_FILE.c.case_id == case_id, CASE_FILE.c.tenant == tenant)
    return await _one(connection, query.with_for_update() if lock else query, what="case", key=case_id)


async def find_exception(connection: AsyncConnection, exception_id: str, *, tenant: str, lock: bool = False) -> Any:
    """The row of an exception, joined with what is at stake in its case."""
    query = exceptions_of(tenant).where(BUSINESS_EXCEPTION.c.exception_id == exception_id)
    locked = query.with_for_update(of=BUSINESS_EXCEPTION) if lock else query
    return await _one(connection, locked, what="exception", key=exception_id)


async def find_approval(connection: AsyncConnection, approval_id: str, *, tenant: str, lock: bool = False) -> Any:
    """The row of an approval."""
    query = sa.select(APPROVAL).where(APPROVAL.c.approval_id == approval_id, APPROVAL.c.tenant == tenant)
    return await _one(connection, query.with_for_update() if lock else query, what="approval", key=approval_id)


def exceptions_of(tenant: str) -> sa.Select[Any]:
    """Every exception of a tenant with what is at stake in its case."""
    joined = BUSINESS_EXCEPTION.join(CASE_FILE, CASE_FILE.c.case_id == BUSINESS_EXCEPTION.c.case_id)
    return (
        sa.select(BUSINESS_EXCEPTION, CASE_FILE.c.at_stake_amount, CASE_FILE.c.at_stake_currency)
        .select_from(joined)
        .where(BUSINESS_EXCEPTION.c.tenant == tenant)
    )


async def _one(connection: AsyncConnection, query: sa.Select[Any], *, what: str, key: str) -> Any:
    row = (await connection.execute(query)).first()
    if row is None:
        raise Problem(Kind.NOT_FOUND, f"{what}_not_found", f"there is no {what} {key}")
    return row
