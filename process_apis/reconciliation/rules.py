"""Judges one thing as every system holds it: agreed, or how it breaks. Pure.

Records come sorted by key, so that any number of them is judged in constant memory. Amounts are compared exactly;
the rest of a record is looked at only where it breaks.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Final

from msgspec import Struct, field

from contracts.canonical.money import quantum
from contracts.canonical.reconciliation import BreakClass
from process_apis.reconciliation.held import Held, Standing
from process_apis.reconciliation.terms import OURS, Terms, Tolerance

_OPEN: Final = Standing.OPEN.value
_CLOSED: Final = Standing.CLOSED.value


class Sum(Struct, frozen=True):
    """What one system holds of a thing, its records added up."""

    system: str
    records: Sequence[Held]
    currency: str
    state: str
    amount: Decimal | None
    tax: Decimal | None
    hours: Decimal | None


class Finding(Struct, frozen=True, kw_only=True):
    """How a thing breaks. `in_flight` says that it may close by itself; `systems` is where it is wrong."""

    kind: str
    key: str
    break_class: BreakClass
    systems: Sequence[str]
    sums: Sequence[Sum]
    in_flight: bool = False
    difference: Decimal | None = None
    currency: str = ""
    hours: Decimal | None = None
    about: str = field(default="")
    """What tells this break from another of the same thing and class: the id of the second document."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a judgement stands on: terms, tolerance, the moment, and the systems that could be read."""

    terms: Terms
    tolerance: Tolerance
    now: dt.datetime
    readable: frozenset[str]

    @property
    def expected(self) -> list[str]:
        """The systems that are to hold a thing, of those that were read."""
        return [each for each in self.terms.systems if each in self.readable]


def rows(records: Iterable[Held]) -> Iterator[list[Held]]:
    """The records of one thing together; they come sorted by key."""
    for _, group in groupby(records, key=attrgetter("key")):
        yield list(group)


def judged(row: Sequence[Held], asked: Asked) -> list[Finding]:
    """How a thing breaks; nothing when its columns agree."""
    if _plainly_agrees(row, asked):
        return []
    sums = added(row, asked.terms)
    if all(each.state == _CLOSED for each in sums):
        return []
    return [*_doubled(row, sums, asked.terms), *_placed(row, sums, asked)]


def added(row: Sequence[Held], terms: Terms) -> list[Sum]:
    """The columns of a thing; of a system that holds each thing once, only the first record counts."""
    found = []
    for system, group in groupby(sorted(row, key=attrgetter("system", "external_id")), key=attrgetter("system")):
        records = list(group)
        counted = records if system in terms.adds_up else records[:1]
        found.append(_sum(system, counted))
    return found


def loose(record: Held) -> Sum:
    """A record without a key of ours, as a column."""
    return _sum(record.system, [record])


def missing_refs(finding: Finding) -> Iterator[tuple[str, str]]:
    """Where a missing thing was once known: each system that lacks it, with the id we knew it by there."""
    if finding.break_class is BreakClass.MISSING:
        known = {system: ref for each in finding.sums for one in each.records for system, ref in one.told.refs.items()}
        yield from ((system, known[system]) for system in finding.systems if known.get(system))


def _plainly_agrees(row: Sequence[Held], asked: Asked) -> bool:
    """The common case, without arithmetic: each system holds it once, open, and they say the same."""
    first = row[0]
    if len(row) != len(asked.expected) or len({one.system for one in row}) != len(row):
        return False
    said = (first.amount, first.currency, first.hours, _OPEN)
    return all((one.amount, one.currency, one.hours, one.state) == said for one in row) and not _taxed(row)


def _taxed(row: Sequence[Held]) -> bool:
    return any('"tax"' in one.more for one in row) and len({one.told.tax for one in row}) > 1


def _sum(system: str, records: Sequence[Held]) -> Sum:
    live = [one for one in records if one.state != _CLOSED] or list(records)
    currencies = {one.currency for one in live if one.currency}
    taxes = [one.told.tax for one in live]
    return Sum(
        system=system,
        records=records,
        currency="/".join(sorted(currencies)),
        state=_OPEN if any(one.state == _OPEN for one in live) else live[0].state,
        amount=_total([one.amount for one in live]) if len(currencies) < 2 else None,
        tax=_total(taxes) if all(taxes) else None,
        hours=_total([one.hours for one in live]),
    )


def _total(told: Sequence[str]) -> Decimal | None:
    values = [Decimal(each) for each in told if each]
    return sum(values, Decimal(0)) if values else None


def _doubled(row: Sequence[Held], sums: Sequence[Sum], terms: Terms) -> Iterator[Finding]:
    """A second record of a system that holds each thing once."""
    many = Counter(one.system for one in row if one.state != _CLOSED)
    for each in sums:
        if many[each.system] > 1 and each.system not in terms.adds_up:
            second = [one for one in row if one.system == each.system and one is not each.records[0]]
            both = [_sum(each.system, [*each.records, *second]) if one is each else one for one in sums]
            extra = _total([one.amount for one in second])
            yield _finding(row, BreakClass.DUPLICATE, [each.system], both, difference=extra, currency=each.currency)


def _placed(row: Sequence[Held], sums: Sequence[Sum], asked: Asked) -> Iterator[Finding]:
    """Whether everybody has it and has it open; values are compared among those who do."""
    terms, by = asked.terms, {each.system: each for each in sums}
    if OURS in asked.expected and OURS not in by and terms.leads not in by:
        yield _finding(row, BreakClass.ORPHAN, [each.system for each in sums], sums, worth=sums[0])
        return
    lead = by.get(terms.leads) or by.get(OURS) or sums[0]
    absent = [each for each in asked.expected if each not in by]
    if absent and not terms.absent_is_nothing:
        yield _finding(row, BreakClass.MISSING, absent, sums, in_flight=_in_flight(row, asked), lacks=lead)
    stale = [each.system for each in sums if each.state != lead.state]
    if stale:
        yield _finding(row, BreakClass.STALE, stale, sums, in_flight=_in_flight(row, asked), lacks=lead)
    alike = [each for each in sums if each.state == lead.state]
    nothing = absent if terms.absent_is_nothing else []
    yield from _valued(row, alike, nothing, asked)


def _valued(row: Sequence[Held], sums: Sequence[Sum], nothing: Sequence[str], asked: Asked) -> Iterator[Finding]:
    """The first of currency, hours, tax, rounding and amount in which the columns differ."""
    currencies = {each.system: each.currency for each in sums if each.currency}
    if len(set(currencies.values())) > 1 or any("/" in each for each in currencies.values()):
        lead = next((each for each in sums if each.system == asked.terms.leads), sums[0])
        odd = _odd(currencies, asked.terms.leads)[0] or [sums[0].system]
        yield _finding(row, BreakClass.CURRENCY, odd, sums, lacks=lead)
        return
    hours = {each.system: each.hours for each in sums if each.hours is not None}
    odd, apart = _odd_values(hours, asked.terms.leads)
    if apart is not None and abs(apart) > asked.tolerance.accepted_h:
        yield _finding(row, BreakClass.QUANTITY, odd, sums, hours=apart)
        return
    currency = next(iter(currencies.values()), "")
    amounts = {each.system: each.amount for each in sums if each.amount is not None}
    if amounts:
        amounts |= dict.fromkeys(nothing, Decimal(0))
    taxes = {each.system: each.tax for each in sums if each.tax is not None}
    odd, apart = _odd_values(amounts, asked.terms.leads)
    taxed, tax_apart = _odd_values(taxes, asked.terms.leads)
    if tax_apart is not None and apart in {None, tax_apart}:
        yield _finding(row, BreakClass.TAX, taxed, sums, difference=tax_apart, currency=currency)
        return
    if apart is not None and abs(apart) > asked.tolerance.accepted_minor * quantum(currency):
        lines = max(one.told.lines for one in row)
        small = abs(apart) <= asked.tolerance.rounding_minor * lines * quantum(currency)
        broken = BreakClass.ROUNDING if small else BreakClass.AMOUNT
        late = asked.terms.absent_is_nothing and _in_flight(row, asked)
        yield _finding(row, broken, odd, sums, difference=apart, currency=currency, in_flight=late)


def _odd_values(values: Mapping[str, Decimal], leads: str) -> tuple[list[str], Decimal | None]:
    """The systems that stand alone, and how far the first of them is from the rest."""
    odd, agreed = _odd(values, leads)
    return (odd, values[odd[0]] - agreed) if odd and agreed is not None else ([], None)


def _odd(values: Mapping[str, Decimal] | Mapping[str, str], leads: str) -> tuple[list[str], Decimal | None]:
    """Whoever does not say what most say; where nobody is in the majority, who does not say what the leader says."""
    if not values:
        return [], None
    said = Counter(values.values())
    most = max(said.values())
    common = [value for value in said if said[value] == most]
    leading = values.get(leads)
    agreed = leading if leading in common else common[0]
    odd = [system for system in sorted(values) if values[system] != agreed]
    return odd, agreed if isinstance(agreed, Decimal) else None


def _in_flight(row: Collection[Held], asked: Asked) -> bool:
    """Whether a case works on it, or it changed so lately that others may not have heard."""
    since = asked.now - dt.timedelta(hours=asked.tolerance.in_flight_h)
    told = [one.told for one in row]
    changed = [dt.datetime.fromisoformat(each.changed_at) for each in told if each.changed_at]
    return any(each.in_flight for each in told) or any(each > since for each in changed)


def _finding(
    row: Sequence[Held],
    broken: BreakClass,
    systems: Sequence[str],
    sums: Sequence[Sum],
    *,
    difference: Decimal | None = None,
    currency: str = "",
    hours: Decimal | None = None,
    in_flight: bool = False,
    worth: Sum | None = None,
    lacks: Sum | None = None,
) -> Finding:
    """A finding; `worth` is the column that is too much as a whole, `lacks` the one that is lacking elsewhere."""
    whole = worth or lacks
    if whole is not None:
        sign = 1 if worth is not None else -1
        difference = None if whole.amount is None else sign * whole.amount
        hours = None if whole.hours is None else sign * whole.hours
        currency = whole.currency
    return Finding(
        kind=row[0].kind,
        key=row[0].key,
        break_class=broken,
        systems=list(systems),
        sums=list(sums),
        in_flight=in_flight,
        difference=difference,
        currency=currency,
        hours=hours,
    )
