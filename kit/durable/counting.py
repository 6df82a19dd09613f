"""How many exceptions stand open, by code, cause and role, and for how long: counted by the database in one query."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa

from contracts.canonical.casework import Cause, ExceptionState
from contracts.canonical.exceptions import ExceptionCount, ExceptionCounts
from contracts.canonical.governance import Severity
from kit.durable.command import Commands
from kit.store.tables import BUSINESS_EXCEPTION

_AGES_H: Final = (4, 24, 72)


async def count_exceptions(commands: Commands) -> ExceptionCounts:
    """The open exceptions of a tenant as of now, the largest number first."""
    now = commands.now()
    async with commands.store.read() as connection:
        found = list(await connection.execute(_query(commands.tenant, now)))
    items = [_count(row, now) for row in found]
    items.sort(key=lambda each: (-each.open, each.code, each.owner_role))
    return ExceptionCounts(
        at=now, open=sum(each.open for each in items), overdue=sum(each.overdue for each in items), items=items
    )


def _query(tenant: str, now: dt.datetime) -> sa.Select[Any]:
    table = BUSINESS_EXCEPTION.c
    kind = (table.code, table.cause, table.owner_role, table.severity)
    since = {hours: table.raised_at > now - dt.timedelta(hours=hours) for hours in _AGES_H}
    return (
        sa.select(
            *kind,
            sa.func.count().label("open"),
            _number(table.due_at <= now, "overdue"),
            _number(table.escalated > 0, "escalated"),
            _number(table.assigned_to.is_(None), "unassigned"),
            *(_number(young, f"under_{hours}") for hours, young in since.items()),
            sa.func.min(table.raised_at, type_=table.raised_at.type).label("oldest"),
        )
        .where(table.tenant == tenant, table.state == ExceptionState.OPEN.value)
        .group_by(*kind)
    )


def _number(condition: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0)).label(name)


def _count(row: Any, now: dt.datetime) -> ExceptionCount:
    under_4, under_24, under_72 = int(row.under_4), int(row.under_24), int(row.under_72)
    return ExceptionCount(
        code=row.code,
        cause=Cause(row.cause),
        owner_role=row.owner_role,
        severity=Severity(row.severity),
        open=row.open,
        overdue=int(row.overdue),
        escalated=int(row.escalated),
        unassigned=int(row.unassigned),
        under_4_h=under_4,
        under_24_h=under_24 - under_4,
        under_72_h=under_72 - under_24,
        older=row.open - under_72,
        oldest_raised_at=row.oldest,
        oldest_age_s=(now - row.oldest).total_seconds(),
    )
