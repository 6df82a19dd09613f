"""Cases seen together: counted by the database, amounts added here, because only here they are exact decimals."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState, Cause, ExceptionState
from contracts.canonical.money import Money, total
from contracts.canonical.overview import CaseCount, Overview, QueueStake, ServiceClock, Took, WaitCount
from kit.durable.command import Commands
from kit.store.tables import BUSINESS_EXCEPTION, CASE_FILE, CASE_WAIT

LOOKS_BACK: Final = dt.timedelta(days=7)
_ENDS_S: Final = (60, 300, 900, 3_600, 14_400, 86_400, 259_200)
_MOST_CLOSED: Final = 50_000


async def overlook(commands: Commands) -> Overview:
    """The cases of a tenant as of now; clocks over the last seven days."""
    now = commands.now()
    since = now - LOOKS_BACK
    async with commands.store.read() as connection:
        return Overview(
            at=now,
            since=since,
            cases=await _cases(connection, commands.tenant),
            waits=await _waits(connection, commands.tenant),
            stakes=await _stakes(connection, commands.tenant),
            clocks=await _clocks(connection, commands.tenant, since=since),
        )


async def _cases(connection: AsyncConnection, tenant: str) -> list[CaseCount]:
    table = CASE_FILE.c
    kind = (table.process, table.state)
    counted = sa.select(
        *kind, sa.func.count().label("cases"), sa.func.min(table.opened_at, type_=table.opened_at.type).label("oldest")
    ).where(table.tenant == tenant)
    amounts = (
        sa.select(*kind, table.at_stake_amount, table.at_stake_currency, sa.func.count().label("times"))
        .where(table.tenant == tenant, table.closed_at.is_(None), table.at_stake_amount.is_not(None))
        .group_by(*kind, table.at_stake_amount, table.at_stake_currency)
    )
    stakes: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for row in await connection.execute(amounts):
        worth = Decimal(row.at_stake_amount) * row.times
        stakes[row.process, row.state].append(Money(amount=worth, currency=row.at_stake_currency))
    return [
        CaseCount(
            process=row.process,
            state=CaseState(row.state),
            cases=row.cases,
            oldest_opened_at=row.oldest,
            at_stake=_summed(stakes[row.process, row.state]),
        )
        for row in await connection.execute(counted.group_by(*kind).order_by(*kind))
    ]


async def _waits(connection: AsyncConnection, tenant: str) -> list[WaitCount]:
    table = CASE_WAIT.c
    kind = (table.cause, table.owner_role)
    query = (
        sa.select(
            *kind,
            sa.func.count(sa.distinct(table.case_id)).label("cases"),
            sa.func.min(table.started_at, type_=table.started_at.type).label("oldest"),
        )
        .select_from(CASE_WAIT.join(CASE_FILE, CASE_FILE.c.case_id == table.case_id))
        .where(CASE_FILE.c.tenant == tenant, CASE_FILE.c.closed_at.is_(None), table.ended_at.is_(None))
        .group_by(*kind)
        .order_by(*kind)
    )
    return [
        WaitCount(cause=Cause(row.cause), owner_role=row.owner_role, cases=row.cases, oldest_started_at=row.oldest)
        for row in await connection.execute(query)
    ]


async def _stakes(connection: AsyncConnection, tenant: str) -> list[QueueStake]:
    table, case = BUSINESS_EXCEPTION.c, CASE_FILE.c
    query = (
        sa.select(table.code, table.owner_role, table.case_id, case.at_stake_amount, case.at_stake_currency)
        .distinct()
        .select_from(BUSINESS_EXCEPTION.join(CASE_FILE, case.case_id == table.case_id))
        .where(table.tenant == tenant, table.state == ExceptionState.OPEN.value, case.at_stake_amount.is_not(None))
    )
    found: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for row in await connection.execute(query):
        worth = Money(amount=Decimal(row.at_stake_amount), currency=row.at_stake_currency)
        found[row.code, row.owner_role].append(worth)
    return [
        QueueStake(code=code, owner_role=role, at_stake=_summed(worth)) for (code, role), worth in sorted(found.items())
    ]


async def _clocks(connection: AsyncConnection, tenant: str, *, since: dt.datetime) -> list[ServiceClock]:
    table = CASE_FILE.c
    query = (
        sa.select(table.process, table.opened_at, table.closed_at)
        .where(table.tenant == tenant, table.state == CaseState.COMPLETED.value, table.changed_at >= since)
        .where(table.closed_at >= since)
        .order_by(table.closed_at.desc())
        .limit(_MOST_CLOSED)
    )
    lengths: dict[str, list[float]] = defaultdict(list)
    for row in await connection.execute(query):
        lengths[row.process].append((row.closed_at - row.opened_at).total_seconds())
    return [_clock(process, sorted(took)) for process, took in sorted(lengths.items())]


def _clock(process: str, lengths: Sequence[float]) -> ServiceClock:
    ends = [*_ENDS_S, None]
    below = [sum(1 for each in lengths if end is None or each <= end) for end in ends]
    return ServiceClock(
        process=process,
        completed=len(lengths),
        median_s=_rank(lengths, 0.5),
        p95_s=_rank(lengths, 0.95),
        took=[
            Took(up_to_s=end, cases=count - before)
            for end, count, before in zip(ends, below, [0, *below[:-1]], strict=True)
        ],
    )


def _rank(lengths: Sequence[float], share: float) -> float:
    """The nearest rank: a length that a case really took."""
    return round(lengths[max(0, -(-len(lengths) * int(share * 100) // 100) - 1)], 3)


def _summed(amounts: Iterable[Money]) -> list[Money]:
    sums: Any = total(amounts)
    return [Money(amount=amount, currency=currency) for currency, amount in sorted(sums.items())]
