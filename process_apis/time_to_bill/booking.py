"""Books entries on the ledger: each wholly or not at all, each version once, whatever order they arrive in (TIM-8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from contracts.canonical.actuals import Actual, ApprovedTime, CapTerm, CapVerdict, Chargeability, Side, Source
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.timesheets import TimeEntry
from contracts.canonical.trade.ledger.approval import approved, cancelled, moved
from contracts.canonical.trade.ledger.caps import applying, weight
from contracts.canonical.trade.ledger.lines import (
    ACTUAL_INVOICED,
    ACTUAL_ON_DRAFT,
    INVALID_HOURS,
    Refused,
    live,
    next_revision,
)
from contracts.canonical.trade.ledger.periods import Arrival, EntryDays, accounting_day, arrived
from contracts.problem import Kind, Problem
from kit.store.caps import Use
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.intake import Judged, Wrong, judged

_WITHDRAWN = "the approval was withdrawn"
_CHANGED = "the entry was changed"
CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ACTUAL_INVOICED: "ENTRY_INVOICED",
        ACTUAL_ON_DRAFT: "ENTRY_INVOICED",
        "actual_on_draft": "ENTRY_INVOICED",
        "CAP_EXCEEDED": "CAP_EXCEEDED",
        INVALID_HOURS: "ENTRY_INVALID",
    }
)


Outcome = str | list[Wrong]
"""In one word what became of an entry, or everything that keeps it from being booked."""


class Booked(Struct, frozen=True, kw_only=True):
    """What became of a batch, by number of entries."""

    taken: int = 0
    changed: int = 0
    undone: int = 0
    known: int = 0
    left_out: int = 0


class Booking:
    """Books the entries of one batch within one transaction; a savepoint keeps each entry whole."""

    def __init__(self, books: Books, agreement: BillingAgreement, *, system: str, config: Config) -> None:
        self._books = books
        self._agreement = agreement
        self._system = system
        self._config = config

    async def book_all(self, entries: Sequence[TimeEntry], *, trimmed: Collection[str] = ()) -> dict[str, Outcome]:
        """Book entries, by their ids what became of each; `trimmed` names those that are kept within their caps.

        What nobody knows yet goes to the store at once, the rest one by one. Where another worker was faster, all go
        one by one.

        Raises:
            Problem: of the store, that no person can solve.

        """
        known = await self._books.ledger.of_sources(self._system, [entry.entry_id for entry in entries])
        once = {entry.entry_id: entry for entry in entries if entry.approved and not known[entry.entry_id]}
        fits = {name: self._judged(entry) for name, entry in once.items()}
        fresh = {name: fit for name, fit in fits.items() if isinstance(fit, Judged) and name not in trimmed}
        outcomes: dict[str, Outcome] = {}
        try:
            async with self._books.connection.begin_nested():
                outcomes = await self._take_all({name: (once[name], fit) for name, fit in fresh.items()})
        except Problem as problem:
            if problem.kind not in {Kind.CONFLICT, Kind.ALREADY_EXISTS}:
                raise
        taken = {(name, once[name].version) for name in outcomes}
        for entry in entries:
            if (entry.entry_id, entry.version) not in taken:
                outcomes[entry.entry_id] = await self.book(entry, trim=entry.entry_id in trimmed)
        return outcomes

    async def book(self, entry: TimeEntry, *, trim: bool = False) -> Outcome:
        """Book one entry; in one word what became of it, or why it cannot be booked. `trim` keeps it within its caps.

        Raises:
            Problem: of the store, that no person can solve.

        """
        try:
            async with self._books.connection.begin_nested():
                return await self._book(entry, trim=trim)
        except Refused as refusal:
            code = CODES.get(refusal.code)
            if code is None:
                raise
            return [Wrong(code=code, detail=f"Entry {entry.entry_id}: {refusal}.")]
        except Problem as problem:
            code = CODES.get(problem.code)
            if code is None:
                raise
            return [Wrong(code=code, detail=f"Entry {entry.entry_id}: {problem.detail}.")]

    async def _book(self, entry: TimeEntry, *, trim: bool) -> Outcome:
        known = await self._books.ledger.of_source(self._system, entry.entry_id)
        if not entry.approved:
            return await self._withdraw(entry, known)
        source = Source(system=self._system, source_id=entry.entry_id, version=entry.version)
        if arrived(known, source) in {Arrival.SAME, Arrival.STALE}:
            return "known"
        fit = self._judged(entry)
        if isinstance(fit, list):
            return fit
        if not live(known):
            await self._take(entry, fit, known, trim=trim)
            return "taken"
        await self._change(entry, fit, known, trim=trim)
        return "changed"

    def _judged(self, entry: TimeEntry) -> Judged | list[Wrong]:
        return judged(entry, self._agreement, system=self._system, config=self._config)

    async def _take_all(self, fresh: Mapping[str, tuple[TimeEntry, Judged]]) -> dict[str, Outcome]:
        capped = {name: use for name, (_, fit) in fresh.items() if (use := self._use(fit, revision=1)) is not None}
        verdicts: dict[str, CapVerdict] = {}
        if capped:
            taken = await self._books.caps.take_all(
                list(capped.values()), currency=self._agreement.currency, mode=self._agreement.rounding
            )
            verdicts = dict(zip(capped, taken, strict=True))
        lines, outcomes = [], dict[str, Outcome]()
        closed = await self._books.closed(self._agreement.legal_entity_id)
        for name, (entry, fit) in fresh.items():
            verdict = verdicts.get(name)
            if verdict is not None and verdict.code:
                outcomes[name] = [_over_cap(entry, verdict)]
                continue
            lines += self._lines(entry, fit, verdict, closed=closed, revision=1)
            outcomes[name] = "taken"
        await self._books.ledger.append(lines)
        return outcomes

    def _lines(
        self, entry: TimeEntry, fit: Judged, verdict: CapVerdict | None, *, closed: Collection[str], revision: int
    ) -> list[Actual]:
        return approved(
            fit.time,
            price=fit.price,
            tax=fit.line.tax,
            accounting_date=self._day(entry, closed=closed),
            verdict=verdict,
            mode=self._agreement.rounding,
            revision=revision,
        )

    async def _take(self, entry: TimeEntry, fit: Judged, known: Sequence[Actual], *, trim: bool) -> None:
        revision = 1 if not known else next_revision(known, known[0])
        verdict = await self._capped(fit, revision=revision, trim=trim)
        closed = await self._books.closed(self._agreement.legal_entity_id)
        lines = self._lines(entry, fit, verdict, closed=closed, revision=revision)
        await self._books.ledger.append(lines)

    async def _change(self, entry: TimeEntry, fit: Judged, known: Sequence[Actual], *, trim: bool) -> None:
        first = live(known)[0]
        await self._give_back(known)
        verdict = await self._capped(fit, revision=next_revision(known, first), trim=trim)
        lines = moved(
            known,
            first,
            fit.time,
            held=await self._books.ledger.held(),
            price=fit.price,
            tax=fit.line.tax,
            accounting_date=self._day(entry, closed=await self._books.closed(self._agreement.legal_entity_id)),
            reason=_CHANGED,
            decided_by=entry.approved_by or self._system,
            verdict=verdict,
        )
        await self._books.ledger.append(lines)

    async def _withdraw(self, entry: TimeEntry, known: Sequence[Actual]) -> str:
        standing = live(known)
        if not standing or max(line.source.version for line in known) > entry.version:
            return "known"
        undone = cancelled(
            known,
            standing[0],
            held=await self._books.ledger.held(),
            accounting_date=self._day(entry, closed=await self._books.closed(self._agreement.legal_entity_id)),
            reason=_WITHDRAWN,
            decided_by=entry.approved_by or self._system,
        )
        await self._give_back(known)
        await self._books.ledger.append(undone)
        return "undone"

    async def _capped(self, fit: Judged, *, revision: int, trim: bool) -> CapVerdict | None:
        """What the caps leave of the billable hours; with `trim` the rest is worked and not billed."""
        use = self._use(fit, revision=revision)
        if use is None:
            return None
        [verdict] = await self._books.caps.take_all(
            [use], currency=self._agreement.currency, mode=self._agreement.rounding
        )
        if verdict.code and trim:
            return CapVerdict(chargeable=Decimal(0), over_cap=fit.time.billable_hours)
        return verdict

    def _use(self, fit: Judged, *, revision: int) -> Use | None:
        """What an entry would take of the caps; None where none reaches it."""
        if fit.price is None or fit.price.rate is None:
            return None
        cap_ids = [term.cap_id for term in self._applying(fit.time)]
        if not cap_ids or not fit.time.billable_hours:
            return None
        use_id = f"{self._system}/{fit.time.source.source_id}/{revision}"
        return Use(use_id=use_id, cap_ids=cap_ids, quantity=fit.time.billable_hours, rate=fit.price.rate)

    async def _give_back(self, known: Sequence[Actual]) -> None:
        """What the caps had committed for lines that are undone."""
        for line in live(known, side=Side.UNBILLED_SALES):
            if line.chargeability is not Chargeability.CHARGEABLE:
                continue
            for term in self._applying(line):
                back = weight(term, line.quantity, line.unit_rate, line.amount.currency, mode=line.rounding)
                use_id = f"{line.actual_id}/back"
                await self._books.caps.shift(term.cap_id, use_id, committed=-back, invoiced=Decimal(0))

    def _applying(self, work: ApprovedTime | Actual) -> Sequence[CapTerm]:
        return applying(
            self._agreement.caps,
            contract_id=self._agreement.contract_id,
            line_id=work.contract_line_id,
            customer_id=work.customer_id,
            worked_on=work.worked_on if isinstance(work, ApprovedTime) else work.work_date,
            purchase_order=self._agreement.purchase_order or None,
        )

    def _day(self, entry: TimeEntry, *, closed: Collection[str]) -> dt.date:
        days = EntryDays(worked_on=entry.worked_on, approved_on=entry.approved_on or entry.worked_on)
        return accounting_day(self._config.accounting, days, closed=closed)


def _over_cap(entry: TimeEntry, verdict: CapVerdict) -> Wrong:
    hours = entry.billable_hours
    return Wrong(code=verdict.code, detail=f"Entry {entry.entry_id}: cap {verdict.refused_by} refuses {hours} hours.")
