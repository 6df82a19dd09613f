"""Price lists before they are written: every fault at once; and a rate card made into a list (rules RAT-3, RAT-4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from contracts.canonical.pricing import ListFault, PriceList, RateOverride, RateRow, RateScope
from contracts.canonical.rates import RateCard

Series: TypeAlias = tuple[str | None, str | None, str | None, str | None, str | None]
_Range: TypeAlias = tuple[dt.date, dt.date, str]

FOREVER: Final = dt.date.max


def series_of(row: RateRow) -> Series:
    """The dimensions of a row, the weightiest first; rows that share them follow each other in time (rule RAT-2)."""
    return (row.person_id, row.company_id, row.unit_id, row.region, row.role)


def faults_of(prices: PriceList) -> list[ListFault]:
    """Everything that keeps a list from being written, in a fixed order; empty when it may be (rule RAT-4).

    A series of rows may begin after its list and end before it, as a role may come and go; between its first and
    its last day it has neither gap nor overlap. Overrides lie inside the list and inside their row.
    """
    found = [*_of_list(prices), *_of_rows(prices), *_of_overrides(prices), *_of_extras(prices)]
    return sorted(set(found), key=lambda fault: (fault.about, fault.detail))


def faults_among(lists: Sequence[PriceList]) -> list[ListFault]:
    """Every fault of each list, and every two lists of one currency that hold on the same day (rule RAT-1)."""
    found = [fault for prices in lists for fault in faults_of(prices)]
    by_currency: dict[Hashable, list[_Range]] = {}
    for prices in lists:
        spell = (prices.starts_on, prices.ends_before or FOREVER, f"list {prices.list_id}")
        by_currency.setdefault(prices.currency, []).append(spell)
    found += [fault for spells in by_currency.values() for fault in _clashes(spells)]
    return sorted(found, key=lambda fault: (fault.about, fault.detail))


def price_list_of(card: RateCard, *, list_id: str, ends_before: dt.date | None = None) -> PriceList:
    """A rate card as a price list: each entry holds until the next of its role and country.

    Two entries of one role, country and day stay two rows, so that `faults_of` names them.

    Raises:
        ValueError: the card has no entry, so that the list would have no first day.

    """
    if not card.entries:
        raise ValueError(f"the rate card {card.name!r} has no entry")
    entries = sorted(card.entries, key=lambda each: (each.role, each.country, each.effective_from, each.hourly_rate))
    rows = []
    for number, entry in enumerate(entries, start=1):
        later = [
            other.effective_from
            for other in entries
            if (other.role, other.country) == (entry.role, entry.country)
            and other.effective_from > entry.effective_from
        ]
        rows.append(
            RateRow(
                row_id=f"{list_id}-{number}",
                rate=entry.hourly_rate,
                starts_on=entry.effective_from,
                ends_before=min(later) if later else None,
                role=entry.role,
                region=entry.country,
            )
        )
    first = min(entry.effective_from for entry in entries)
    return PriceList(
        list_id=list_id, name=card.name, currency=card.currency, starts_on=first, ends_before=ends_before, rows=rows
    )


def ends(row: RateRow, prices: PriceList) -> dt.date:
    """The first day on which a row no longer holds."""
    return row.ends_before or prices.ends_before or FOREVER


def _of_list(prices: PriceList) -> Iterator[ListFault]:
    if prices.ends_before is not None and prices.ends_before <= prices.starts_on:
        yield ListFault(about=f"list {prices.list_id}", detail="ends before it begins")
    for kind, ids in (
        ("row", [row.row_id for row in prices.rows]),
        ("override", [each.override_id for each in prices.overrides]),
        ("limit", [each.limit_id for each in prices.limits]),
    ):
        for twice in sorted({each for each in ids if ids.count(each) > 1}):
            yield ListFault(about=f"{kind} {twice}", detail="its id is given twice")


def _of_rows(prices: PriceList) -> Iterator[ListFault]:
    last = prices.ends_before or FOREVER
    series: dict[Hashable, list[_Range]] = {}
    for row in prices.rows:
        about = f"row {row.row_id}"
        if row.rate < 0:
            yield ListFault(about=about, detail=f"its rate {row.rate} is negative")
        if ends(row, prices) <= row.starts_on:
            yield ListFault(about=about, detail="ends before it begins")
            continue
        if row.starts_on < prices.starts_on or ends(row, prices) > last:
            yield ListFault(about=about, detail="lies outside the dates of the list")
        series.setdefault(series_of(row), []).append((row.starts_on, ends(row, prices), about))
    for spells in series.values():
        yield from _clashes(spells)
        yield from _gaps(spells)


def _of_overrides(prices: PriceList) -> Iterator[ListFault]:
    rows = {row.row_id: row for row in prices.rows}
    begun: dict[tuple[str, RateScope, str | None, dt.date], str] = {}
    for override in sorted(prices.overrides, key=lambda each: each.override_id):
        about = f"override {override.override_id}"
        row = rows.get(override.row_id)
        if row is None:
            yield ListFault(about=about, detail=f"there is no row {override.row_id}")
        elif not row.starts_on <= override.starts_on < ends(row, prices):
            yield ListFault(about=about, detail=f"begins outside the dates of row {row.row_id}")
        yield from _of_override(override, about=about, prices=prices)
        key = (override.row_id, override.scope, override.scope_id, override.starts_on)
        if key in begun:
            yield ListFault(about=about, detail=f"overlaps {begun[key]}: same row, scope and first day")
        begun.setdefault(key, about)


def _of_override(override: RateOverride, *, about: str, prices: PriceList) -> Iterator[ListFault]:
    if not prices.starts_on <= override.starts_on < (prices.ends_before or FOREVER):
        yield ListFault(about=about, detail="begins outside the dates of the list")
    if override.rate < 0:
        yield ListFault(about=about, detail=f"its rate {override.rate} is negative")
    if (override.scope is RateScope.UNSCOPED) != (override.scope_id is None):
        yield ListFault(about=about, detail=f"its scope {override.scope.value} and its scope id do not agree")


def _of_extras(prices: PriceList) -> Iterator[ListFault]:
    spells: dict[Hashable, list[_Range]] = {}
    for markup in prices.markups:
        spell = (markup.starts_on, markup.ends_before or FOREVER, f"markup {markup.code} of {markup.starts_on}")
        spells.setdefault(("markup", markup.code), []).append(spell)
    for limit in prices.limits:
        spell = (limit.starts_on, limit.ends_before or FOREVER, f"limit {limit.limit_id}")
        spells.setdefault(("limit", limit.person_id), []).append(spell)
        if limit.multiplier < 0 or (limit.max_hours or Decimal(0)) < 0:
            yield ListFault(about=f"limit {limit.limit_id}", detail="is negative")
    for group in spells.values():
        yield from (
            ListFault(about=about, detail="ends before it begins") for start, end, about in group if end <= start
        )
        yield from _clashes(group)


def _clashes(spells: Iterable[_Range]) -> Iterator[ListFault]:
    """Every two ranges that share a day, named from the side of the later one."""
    ordered = sorted(spells)
    for number, (start, _, about) in enumerate(ordered):
        for _, earlier_end, earlier in ordered[:number]:
            if start < earlier_end:
                yield ListFault(about=about, detail=f"overlaps {earlier}")


def _gaps(spells: Iterable[_Range]) -> Iterator[ListFault]:
    reached: dt.date | None = None
    for start, end, about in sorted(spells):
        if reached is not None and start > reached:
            yield ListFault(about=about, detail=f"leaves a gap from {reached} up to {start}")
        reached = end if reached is None else max(reached, end)
