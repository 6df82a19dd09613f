"""Books expenses on the ledger as time is booked: each wholly or not at all, each version once (rules BIL-9, TIM-8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal

from msgspec.structs import replace

from contracts.canonical.actuals import Actual, CapVerdict
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.expenses import ExpenseEntry
from contracts.canonical.trade.ledger.approval import cancelled
from contracts.canonical.trade.ledger.caps import weight
from contracts.canonical.trade.ledger.lines import Refused, live, next_revision
from contracts.canonical.trade.ledger.periods import Arrival, EntryDays, accounting_day, arrived
from contracts.problem import Problem
from kit.store.caps import Use
from process_apis.time_to_bill.accounts import counts, reaching
from process_apis.time_to_bill.booking import CODES, Outcome
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.intake import Wrong
from process_apis.time_to_bill.spending import Expense, lines_of, source_of, weighed

_WITHDRAWN = "the approval was withdrawn"
_CHANGED = "the expense was changed"


class ExpenseBooking:
    """Books the expenses of one batch within one transaction; a savepoint keeps each whole."""

    def __init__(self, books: Books, agreement: BillingAgreement, *, system: str, config: Config) -> None:
        self._books = books
        self._agreement = agreement
        self._system = system
        self._config = config

    async def book(self, entry: ExpenseEntry, *, trim: bool = False) -> Outcome:
        """Book one expense; in one word what became of it, or why it cannot be. `trim` keeps it within its caps.

        Raises:
            Problem: of the store, that no person can solve.

        """
        try:
            async with self._books.connection.begin_nested():
                return await self._book(entry, trim=trim)
        except (Refused, Problem) as refusal:
            code = CODES.get(refusal.code)
            if code is None:
                raise
            detail = refusal.detail if isinstance(refusal, Problem) else str(refusal)
            return [Wrong(code=code, detail=f"Expense {entry.entry_id}: {detail}.")]

    async def _book(self, entry: ExpenseEntry, *, trim: bool) -> Outcome:
        source = source_of(entry, system=self._system)
        known = await self._books.ledger.of_source(source.system, source.source_id)
        arrival = arrived(known, source)
        closed = await self._books.closed(self._agreement.legal_entity_id)
        if not entry.approved:
            if arrival is Arrival.STALE or not live(known):
                return "known"
            await self._books.ledger.append(await self._undone(entry, known, closed=closed, reason=_WITHDRAWN))
            return "undone"
        if arrival in {Arrival.SAME, Arrival.STALE}:
            return "known"
        expense = weighed(entry, self._agreement, system=self._system)
        if isinstance(expense, list):
            return expense
        standing = live(known)
        undone = await self._undone(entry, known, closed=closed, reason=_CHANGED) if standing else []
        revision = next_revision(known, known[0]) if known else 1
        verdict = await self._capped(expense, revision=revision, trim=trim)
        if verdict is not None and verdict.code:
            raise Refused(verdict.code, f"cap {verdict.refused_by} refuses {expense.value} {self._agreement.currency}")
        day = self._day(entry, closed=closed)
        fresh = lines_of(expense, self._agreement, verdict, accounting_date=day, revision=revision)
        if standing:
            by = entry.approved_by or self._system
            fresh = [replace(line, adjusts=standing[0].actual_id, reason=_CHANGED, decided_by=by) for line in fresh]
        await self._books.ledger.append([*undone, *fresh])
        return "changed" if standing else "taken"

    async def _undone(
        self, entry: ExpenseEntry, known: Sequence[Actual], *, closed: Collection[str], reason: str
    ) -> list[Actual]:
        """The reversals of what was booked; its caps are given back.

        Raises:
            Refused: when it is on a draft or was billed.

        """
        standing = live(known)
        undone = cancelled(
            known,
            standing[0],
            held=await self._books.ledger.held(),
            accounting_date=self._day(entry, closed=closed),
            reason=reason,
            decided_by=entry.approved_by or self._system,
        )
        for line in standing:
            for term in reaching(self._agreement, line) if counts(line) else []:
                back = weight(term, line.quantity, line.unit_rate, line.amount.currency, mode=line.rounding)
                use_id = f"{line.actual_id}/back"
                await self._books.caps.shift(term.cap_id, use_id, committed=-back, invoiced=Decimal(0))
        return undone

    async def _capped(self, expense: Expense, *, revision: int, trim: bool) -> CapVerdict | None:
        """What the caps of the category leave of the charge; with `trim` the rest is spent and not billed."""
        if not expense.billed or not expense.value:
            return None
        [sold] = [
            line
            for line in lines_of(
                expense, self._agreement, None, accounting_date=expense.entry.spent_on, revision=revision
            )
            if counts(line)
        ]
        cap_ids = [term.cap_id for term in reaching(self._agreement, sold)]
        if not cap_ids:
            return None
        use_id = f"{self._system}/{expense.source.source_id}/{revision}"
        use = Use(use_id=use_id, cap_ids=cap_ids, quantity=expense.value, rate=Decimal(1))
        [verdict] = await self._books.caps.take_all(
            [use], currency=self._agreement.currency, mode=self._agreement.rounding
        )
        if verdict.code and trim:
            return CapVerdict(chargeable=Decimal(0), over_cap=expense.value)
        return verdict

    def _day(self, entry: ExpenseEntry, *, closed: Collection[str]) -> dt.date:
        days = EntryDays(worked_on=entry.spent_on, approved_on=entry.approved_on or entry.spent_on)
        return accounting_day(self._config.accounting, days, closed=closed)
