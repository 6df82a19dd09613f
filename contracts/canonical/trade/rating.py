"""The price of work: one list, one row, one override, markups and limits, each with its reasons (RAT-1 to RAT-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from contracts.canonical.pricing import (
    RATE_MISSING,
    Considered,
    DailyLimit,
    Price,
    PriceList,
    PriceQuery,
    RateOverride,
    RateRow,
    RateScope,
)
from contracts.canonical.trade.lists import FOREVER, ends, series_of
from contracts.canonical.trade.rounding import line_net

_DIMENSIONS: Final = ("person_id", "company_id", "unit_id", "region", "role")
_CALLED: Final = {"person_id": "person", "company_id": "company", "unit_id": "unit", "region": "region", "role": "role"}
_SCOPES: Final = list(RateScope)


def price_of(query: PriceQuery, lists: Sequence[PriceList]) -> Price:
    """The price of work by the lists agreed, or RATE_MISSING; the order of lists and rows does not matter.

    Person leads, then role with company and unit, then role with region, then role alone; a dimension that a row
    leaves open comes last (rule RAT-2). Markups and multiplier act on the rate, the daily limit on the hours, and
    whatever caps amounts comes after (rule RAT-6).

    Raises:
        ValueError: two lists of the currency hold on that day; `faults_among` refuses them at write.

    """
    prices, trace = _list_for(query, lists)
    if prices is None:
        detail = f"No price list in {query.currency} holds on {query.worked_on}."
        return Price(currency=query.currency, code=RATE_MISSING, detail=detail, trace=trace)
    row, looked_at = _row_for(query, prices)
    trace += looked_at
    found = Price(currency=query.currency, list_id=prices.list_id, trace=trace)
    if row is None:
        who = ", ".join(f"{_CALLED[name]} {getattr(query, name)}" for name in _DIMENSIONS if getattr(query, name))
        detail = f"{prices.name} has no rate on {query.worked_on} for {who or 'anybody'}."
        return replace(found, code=RATE_MISSING, detail=detail)
    override, looked_at = _override_for(query, row, prices)
    trace += looked_at
    base = row.rate if override is None else override.rate
    found = replace(
        found, row_id=row.row_id, override_id=None if override is None else override.override_id, base_rate=base
    )
    return _marked_up(query, prices, found)


def _list_for(query: PriceQuery, lists: Sequence[PriceList]) -> tuple[PriceList | None, list[Considered]]:
    trace, held = [], []
    for prices in sorted(lists, key=lambda each: each.list_id):
        if prices.currency != query.currency:
            reason = f"it is in {prices.currency}, not in {query.currency}"
        elif not _holds(prices.starts_on, prices.ends_before, query.worked_on):
            reason = f"it does not hold on {query.worked_on}"
        else:
            held.append(prices)
            reason = f"it is in {query.currency} and holds on {query.worked_on}"
        taken = bool(held) and held[-1] is prices
        trace.append(Considered(kind="list", candidate_id=prices.list_id, taken=taken, reason=reason))
    if len(held) > 1:
        names = ", ".join(prices.list_id for prices in held)
        raise ValueError(f"more than one list in {query.currency} holds on {query.worked_on}: {names}")
    return (held[0] if held else None), trace


def _row_for(query: PriceQuery, prices: PriceList) -> tuple[RateRow | None, list[Considered]]:
    trace: list[Considered] = []
    winner: RateRow | None = None
    for row in sorted(prices.rows, key=lambda each: (_rank(each), each.row_id)):
        reason = _mismatch(query, row, prices)
        if not reason and winner is not None:
            reason = f"row {winner.row_id} is nearer: it is for {_meant(winner)}, this one for {_meant(row)}"
        taken = not reason
        if taken:
            winner, reason = row, f"it is for {_meant(row)} and holds on {query.worked_on}"
        trace.append(Considered(kind="row", candidate_id=row.row_id, taken=taken, reason=reason))
    return winner, trace


def _rank(row: RateRow) -> tuple[bool, ...]:
    """Rows that say more of what weighs more come first; what is null comes last."""
    return tuple(each is None for each in series_of(row))


def _meant(row: RateRow) -> str:
    said = [f"{_CALLED[name]} {value}" for name in _DIMENSIONS if (value := getattr(row, name)) is not None]
    return " and ".join(said) or "anybody"


def _mismatch(query: PriceQuery, row: RateRow, prices: PriceList) -> str:
    for name in _DIMENSIONS:
        wanted, given = getattr(row, name), getattr(query, name)
        if wanted is not None and wanted != given:
            return f"its {_CALLED[name]} is {wanted}, not {given or 'open'}"
    if not row.starts_on <= query.worked_on < ends(row, prices):
        return f"it does not hold on {query.worked_on}"
    return ""


def _override_for(query: PriceQuery, row: RateRow, prices: PriceList) -> tuple[RateOverride | None, list[Considered]]:
    trace: list[Considered] = []
    winner: RateOverride | None = None
    mine = [each for each in prices.overrides if each.row_id == row.row_id]
    newest_first = sorted(mine, key=lambda each: (each.starts_on, each.override_id), reverse=True)
    for override in sorted(newest_first, key=lambda each: _SCOPES.index(each.scope)):
        own = None if override.scope is RateScope.UNSCOPED else getattr(query, f"{override.scope.value}_id")
        if override.scope_id != own:
            reason = f"it is for {override.scope.value} {override.scope_id}, not {own or 'given'}"
        elif override.starts_on > query.worked_on:
            reason = f"it begins on {override.starts_on} only"
        elif winner is not None and winner.scope is override.scope:
            reason = f"override {winner.override_id} replaced it on {winner.starts_on}"
        elif winner is not None:
            reason = f"{override.scope.value} gives way to {winner.scope.value}"
        else:
            winner, reason = override, f"it is {override.scope.value} and holds from {override.starts_on}"
        taken = winner is override
        trace.append(Considered(kind="override", candidate_id=override.override_id, taken=taken, reason=reason))
    return winner, trace


def _marked_up(query: PriceQuery, prices: PriceList, found: Price) -> Price:
    trace, percent, lacking = list(found.trace), Decimal(0), sorted(set(query.markups))
    for markup in sorted(prices.markups, key=lambda each: (each.code, each.starts_on)):
        reason = ""
        if markup.code not in query.markups:
            reason = "the work gives no such reason"
        elif not _holds(markup.starts_on, markup.ends_before, query.worked_on):
            reason = f"it does not hold on {query.worked_on}"
        else:
            percent += markup.percent
            lacking.remove(markup.code)
        told = reason or f"{markup.percent} per cent of the base rate"
        trace.append(Considered(kind="markup", candidate_id=markup.code, taken=not reason, reason=told))
    if lacking:
        detail = f"{prices.name} has no markup on {query.worked_on} for {', '.join(lacking)}."
        return replace(found, code=RATE_MISSING, detail=detail, trace=trace)
    limit, looked_at = _limit_for(query, prices)
    rate = (found.base_rate or Decimal(0)) * (1 + percent / 100) * (Decimal(1) if limit is None else limit.multiplier)
    hours = _within(limit, query)
    return replace(
        found,
        rate=rate,
        hours=hours,
        over_hours=query.hours - hours,
        amount=line_net(hours, rate, query.currency),
        trace=trace + looked_at,
    )


def _limit_for(query: PriceQuery, prices: PriceList) -> tuple[DailyLimit | None, list[Considered]]:
    trace: list[Considered] = []
    winner: DailyLimit | None = None
    for limit in sorted(prices.limits, key=lambda each: (each.person_id is None, each.limit_id)):
        if limit.person_id not in (None, query.person_id):
            reason = f"it is for person {limit.person_id}"
        elif not _holds(limit.starts_on, limit.ends_before, query.worked_on):
            reason = f"it does not hold on {query.worked_on}"
        elif winner is not None:
            reason = f"limit {winner.limit_id} is the person's own"
        else:
            most = "no end of hours" if limit.max_hours is None else f"{limit.max_hours} hours a day"
            winner, reason = limit, f"{most}, the rate times {limit.multiplier}"
        taken = winner is limit
        trace.append(Considered(kind="limit", candidate_id=limit.limit_id, taken=taken, reason=reason))
    return winner, trace


def _within(limit: DailyLimit | None, query: PriceQuery) -> Decimal:
    if limit is None or limit.max_hours is None:
        return query.hours
    return min(query.hours, max(Decimal(0), limit.max_hours - query.hours_before))


def _holds(starts_on: dt.date, ends_before: dt.date | None, day: dt.date) -> bool:
    return starts_on <= day < (ends_before or FOREVER)
