"""Breaks counted by kind, class and state: how many, what they come to, how old they are."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.money import Money
from contracts.canonical.reconciliation import Age, BreakClass, BreakState, ClassCount, ObjectKind
from kit.store.reconciliation import RECON_BREAK
from process_apis.reconciliation.breaks import age_of
from process_apis.reconciliation.standing import shown_class

_T: Final = RECON_BREAK.c
_Place = tuple[ObjectKind, BreakClass, BreakState]


async def counts(
    connection: AsyncConnection, tenant: str, *, now: dt.datetime, run_id: str | None = None
) -> list[ClassCount]:
    """What stands, or what stands of what one run saw; resolved breaks are history."""
    query = sa.select(_T.kind, _T.break_class, _T.state, _T.amount, _T.currency, _T.first_seen_at)
    query = query.where(_T.tenant == tenant, _T.state != BreakState.RESOLVED.value)
    if run_id is not None:
        query = query.where(_T.run_id == run_id)
    numbers: Counter[_Place] = Counter()
    money: defaultdict[_Place, dict[str, Decimal]] = defaultdict(dict)
    ages: defaultdict[_Place, Counter[Age]] = defaultdict(Counter)
    for row in await connection.execute(query):
        state = BreakState(row.state)
        place = (ObjectKind(row.kind), shown_class(BreakClass(row.break_class), state), state)
        numbers[place] += 1
        ages[place][age_of(row.first_seen_at, now)] += 1
        if row.amount and row.currency:
            sums = money[place]
            sums[row.currency] = sums.get(row.currency, Decimal(0)) + abs(Decimal(row.amount))
    return [
        ClassCount(
            kind=place[0],
            break_class=place[1],
            state=place[2],
            count=numbers[place],
            differences=[Money(amount=amount, currency=currency) for currency, amount in sorted(money[place].items())],
            ages=dict(ages[place]),
        )
        for place in sorted(numbers)
    ]
