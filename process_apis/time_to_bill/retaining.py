"""Work drawn from retainers, and what of them is given back: lines of their own beside the work (rule BIL-6). Pure.

An advance can be drawn once it is invoiced, or is invoiced by the same document; while it is on a draft that is not
posted its work waits. It is drawn oldest first, by work of its days, and by earlier work where that was carried over.
What was drawn for a document that is not made yet is worked out anew every time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, ActualKind, Chargeability, Side
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.invoices import Retainer
from contracts.canonical.money import Money
from contracts.canonical.terms import Overage, RetainerTerm, RetainerUse, Unused
from contracts.canonical.trade.ledger.lines import live, named, next_revision, reversal, valued
from contracts.canonical.trade.ledger.periods import AccountingPolicy, EntryDays, accounting_day
from contracts.canonical.trade.ledger.retainers import available, liability, settled
from process_apis.time_to_bill.charging import PERIOD, SYSTEM, advances, key_of
from process_apis.time_to_bill.periods import Period

DRAWN: Final = "drawn"
REFUNDED: Final = "refunded"


class Retained(Struct, frozen=True, kw_only=True):
    """How one retainer stands, what the ledger lacks of it, and which work waits for an advance."""

    line_id: str
    standing: list[Retainer]
    left: Decimal
    appended: list[Actual]
    waiting: frozenset[str]


class Advance(Struct, frozen=True, kw_only=True):
    """The advance of one period: its lines, and the days whose work may draw on it."""

    key: str
    period: Period
    expires_before: dt.date
    fees: list[Actual]
    retainer: Retainer

    def covers(self, work: Actual, *, overage: Overage) -> bool:
        """Whether a line of work may draw on it."""
        begun = overage is Overage.CARRY or work.work_date >= self.period.starts_on
        return begun and work.work_date < self.expires_before


def retained(
    agreement: BillingAgreement,
    term: RetainerTerm,
    lines: Sequence[Actual],
    *,
    held: Collection[str],
    through: dt.date,
    closed: Collection[str],
) -> Retained:
    """A retainer up to a day of work; the ledger lacks nothing when it was drawn just so before."""
    mine = [line for line in live(lines) if line.contract_line_id == term.line_id and line.side is not Side.COST]
    is_drawn = term.use is RetainerUse.DRAWN_DOWN
    work = _work(term, mine, held=held, through=through) if is_drawn else []
    found = _advances(agreement, term, mine, held=held, through=through) if is_drawn else []
    pending = [line for line in mine if _is_fee(line) and _unposted(line) and line.actual_id in held]
    drawn, waiting = ({}, {line.actual_id for line in work}) if pending else _drawn(found, term, work, through=through)
    refunds = {} if pending else _refunds(found, drawn, term, through=through)
    clerk = _Clerk(agreement, lines, closed=closed, through=through)
    last = max((line.work_date for line in work if line.actual_id not in waiting), default=through)
    wanted = {f"{key}/{DRAWN}": (amount, DRAWN, last) for key, amount in drawn.items()}
    wanted |= {f"{key}/{REFUNDED}": (amount, REFUNDED, through) for key, amount in refunds.items()}
    loose = [line for line in mine if _is_loose(line, held)]
    fees = {f"{each.key}/{verb}": each.fees[0] for each in found for verb in (DRAWN, REFUNDED) if each.fees}
    standing = [_after(each.retainer, drawn.get(each.key), refunds.get(each.key)) for each in found]
    fresh = [each for each, advance in zip(standing, found, strict=True) if through < advance.expires_before]
    return Retained(
        line_id=term.line_id,
        standing=standing,
        left=liability(fresh, on=dt.date.max),
        appended=clerk.brought(loose, wanted, fees),
        waiting=frozenset(waiting),
    )


def left_over(
    agreement: BillingAgreement,
    lines: Sequence[Actual],
    *,
    held: Collection[str],
    through: dt.date,
    closed: Collection[str],
) -> list[Actual]:
    """The reversals of what was drawn for a document that is not made yet, from a retainer that is agreed no more."""
    agreed = {term.line_id for term in agreement.retainers}
    loose = [line for line in live(lines) if _is_loose(line, held) and line.contract_line_id not in agreed]
    return _Clerk(agreement, lines, closed=closed, through=through).brought(loose, {}, {})


def _work(term: RetainerTerm, mine: Sequence[Actual], *, held: Collection[str], through: dt.date) -> list[Actual]:
    kinds = {ActualKind.HOURS, ActualKind.EXPENSE} if term.covers_expenses else {ActualKind.HOURS}
    found = [
        line
        for line in mine
        if line.kind in kinds
        and _unposted(line)
        and line.chargeability is Chargeability.CHARGEABLE
        and line.work_date <= through
        and line.actual_id not in held
    ]
    return sorted(found, key=lambda line: (line.work_date, line.actual_id))


def _advances(
    agreement: BillingAgreement, term: RetainerTerm, mine: Sequence[Actual], *, held: Collection[str], through: dt.date
) -> list[Advance]:
    """Every advance that is invoiced or about to be, with what documents have drawn and refunded of it."""
    every = advances(term, through=through + dt.timedelta(days=366 * (term.carry_over + 1)))
    by_source: dict[str, list[Actual]] = {}
    for line in mine:
        by_source.setdefault(line.source.source_id, []).append(line)
    found = []
    for number, period in enumerate(every):
        key = key_of(agreement.project_id, term.line_id, period.starts_on)
        fees = [line for line in by_source.get(key, []) if _counts(line, held, through=through)]
        if not fees:
            continue
        last = every[min(number + term.carry_over, len(every) - 1)]
        retainer = Retainer(
            retainer_id=key,
            invoiced=Money(amount=sum((line.amount.amount for line in fees), Decimal(0)), currency=agreement.currency),
            invoiced_on=period.starts_on,
            applied=_used(by_source.get(f"{key}/{DRAWN}", []), held),
            refunded=_used(by_source.get(f"{key}/{REFUNDED}", []), held),
        )
        found.append(Advance(key=key, period=period, expires_before=last.ends_before, fees=fees, retainer=retainer))
    return found


def _drawn(
    found: Sequence[Advance], term: RetainerTerm, work: Sequence[Actual], *, through: dt.date
) -> tuple[dict[str, Decimal], set[str]]:
    """What each advance gives, and the lines that wait for the next one; after the last period none waits."""
    standing = {each.key: each.retainer for each in found}
    drawn: dict[str, Decimal] = {}
    over = term.ends_before is not None and through >= term.ends_before - dt.timedelta(days=1)
    for number, line in enumerate(work):
        fitting = [standing[each.key] for each in found if each.covers(line, overage=term.overage)]
        fitting = [each for each in fitting if available(each, on=through) > 0]
        value = line.amount.amount
        left = sum((available(each, on=through) for each in fitting), Decimal(0))
        if term.overage is Overage.CARRY and not over and left < value:
            return drawn, {each.actual_id for each in work[number:]}
        settlement = settled(fitting, value, on=through)
        standing |= {each.retainer_id: each for each in settlement.retainers}
        for part in settlement.applied:
            drawn[part.retainer_id] = drawn.get(part.retainer_id, Decimal(0)) + part.amount
    return drawn, set()


def _refunds(
    found: Sequence[Advance], drawn: dict[str, Decimal], term: RetainerTerm, *, through: dt.date
) -> dict[str, Decimal]:
    if term.unused is Unused.LAPSE:
        return {}
    expired = [each for each in found if through >= each.expires_before - dt.timedelta(days=1)]
    left = {each.key: available(each.retainer, on=through) - drawn.get(each.key, Decimal(0)) for each in expired}
    return {key: amount for key, amount in left.items() if amount > 0}


def _after(retainer: Retainer, drawn: Decimal | None, refunded: Decimal | None) -> Retainer:
    return replace(
        retainer,
        applied=retainer.applied + (drawn or Decimal(0)),
        refunded=retainer.refunded + (refunded or Decimal(0)),
    )


def _is_fee(line: Actual) -> bool:
    return line.kind is ActualKind.RETAINER and line.unit == PERIOD


def _is_loose(line: Actual, held: Collection[str]) -> bool:
    return line.unit in {DRAWN, REFUNDED} and _unposted(line) and line.actual_id not in held


def _unposted(line: Actual) -> bool:
    return line.side is Side.UNBILLED_SALES


def _counts(line: Actual, held: Collection[str], *, through: dt.date) -> bool:
    """Whether an advance can be drawn: it is invoiced, or goes on the document that is made now."""
    if line.side is Side.BILLED_SALES:
        return True
    return line.actual_id not in held and line.chargeability is Chargeability.CHARGEABLE and line.work_date <= through


def _used(lines: Sequence[Actual], held: Collection[str]) -> Decimal:
    """What documents, and drafts of them, have drawn or given back."""
    fixed = [line for line in lines if line.side is Side.BILLED_SALES or line.actual_id in held]
    return -sum((line.amount.amount for line in fixed), Decimal(0))


class _Clerk:
    """Appends what is drawn and given back, and reverses what was worked out otherwise before."""

    def __init__(
        self, agreement: BillingAgreement, lines: Sequence[Actual], *, closed: Collection[str], through: dt.date
    ) -> None:
        self._agreement = agreement
        self._lines = lines
        self._closed = closed
        self._through = through

    def brought(
        self,
        loose: Sequence[Actual],
        wanted: dict[str, tuple[Decimal, str, dt.date]],
        fees: dict[str, Actual],
    ) -> list[Actual]:
        appended, kept = [], set()
        for line in loose:
            amount, _, day = wanted.get(line.source.source_id, (Decimal(0), "", self._through))
            if -line.quantity == amount and line.work_date == day and line.source.source_id not in kept:
                kept.add(line.source.source_id)
                continue
            day = self._day(line.work_date)
            appended.append(reversal(line, accounting_date=day, reason="drawn anew", decided_by=SYSTEM))
        for source_id, (amount, verb, day) in wanted.items():
            if source_id not in kept:
                appended.append(self._line(fees[source_id], source_id, verb, amount=amount, day=day))
        return appended

    def _line(self, fee: Actual, source_id: str, verb: str, *, amount: Decimal, day: dt.date) -> Actual:
        """What an advance gives, taxed as the advance was (rule MON-7)."""
        source = replace(fee.source, source_id=source_id)
        fresh = replace(
            fee,
            source=source,
            side=Side.UNBILLED_SALES,
            chargeability=Chargeability.CHARGEABLE,
            quantity=-amount,
            unit=verb,
            unit_rate=Decimal(1),
            work_date=day,
            accounting_date=self._day(day),
            worked_period=f"{day:%Y-%m}",
            invoice_line=None,
            adjusts=None,
            reason="",
            decided_by="",
        )
        return named(valued(replace(fresh, revision=next_revision(self._lines, fresh))))

    def _day(self, day: dt.date) -> dt.date:
        return accounting_day(AccountingPolicy.WORK_DATE, EntryDays(worked_on=day), closed=self._closed)
