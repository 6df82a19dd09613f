"""What a run does: reads each source page by page, judges each kind, keeps what breaks, opens and ends work items.

How far it is stands in the store beside what it has read, in one transaction, so that a step which is repeated goes
on where it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from msgspec import Struct
from msgspec.structs import replace as changed

from contracts.canonical.field import Record
from contracts.canonical.reconciliation import KindCount, NotCompared, ObjectKind, ReconciliationRun
from contracts.process.reconciliation import StartReconciliation
from kit.durable import Effect, step
from process_apis.reconciliation.books import Books
from process_apis.reconciliation.counting import counts
from process_apis.reconciliation.held import LOOSE, Held
from process_apis.reconciliation.items import Items
from process_apis.reconciliation.judging import Judging, kinds_judged, progress_of
from process_apis.reconciliation.runs import begun
from process_apis.reconciliation.source import Source, Wanted, system_of
from process_apis.reconciliation.staging import Progress
from process_apis.reconciliation.terms import KINDS, Tolerances

_SUMS: Final = frozenset({ObjectKind.BILLING.value, ObjectKind.PAYMENT.value})
_COLUMNS: Final = 2  # fewer cannot be compared
_CHUNKS_A_STEP: Final = 20
_ITEMS_A_STEP: Final = 100
_AT_ONCE: Final = 5_000
_DAY: Final = dt.timedelta(days=1)


class Survey(Struct, frozen=True, kw_only=True):
    """What a run will do: sources to read in order, kinds to judge in order."""

    sources: list[str]
    kinds: list[str]


class Steps:
    """The steps of a run over one set of sources."""

    def __init__(
        self, *, books: Books, sources: Sequence[Source], items: Items, tolerances: Tolerances, pages: int, kept: int
    ) -> None:
        self._books = books
        self._sources = {each.name: each for each in sources}
        self._items = items
        self._tolerances = tolerances
        self._pages = pages
        self._kept = kept

    @step()
    async def begin(self, effect: Effect, start: StartReconciliation) -> Survey:
        """Open the run, and note what cannot be compared because a system does not tell it."""
        kinds = self._kinds(start)
        wanted = {name: each for name, each in self._sources.items() if not each.tells.isdisjoint(kinds)}
        lacking = {name: await each.lacking() for name, each in wanted.items()}
        async with self._books.write() as books:
            await books.runs.begin(
                begun(
                    run_id=start.run_id,
                    case_id=effect.case_id,
                    as_of=start.as_of,
                    entities=start.legal_entity_ids,
                    kinds=start.kinds,
                    at=books.now,
                )
            )
            staging = books.staging(start.run_id)
            for name, reason in lacking.items():
                if reason:
                    await staging.advance(name, Progress(done=True, lacking=reason))
        return Survey(sources=[name for name in wanted if not lacking[name]], kinds=kinds_judged(kinds))

    @step()
    async def read_own(self, effect: Effect, start: StartReconciliation, source: str) -> bool:
        """Read some pages of our own books; whether that was all."""
        del effect
        return await self._read(start, source)

    @step(system="crm")
    async def read_crm(self, effect: Effect, start: StartReconciliation, source: str) -> bool:
        """Read some pages of the CRM; whether that was all."""
        del effect
        return await self._read(start, source)

    @step(system="psa")
    async def read_psa(self, effect: Effect, start: StartReconciliation, source: str) -> bool:
        """Read some pages of the PSA; whether that was all."""
        del effect
        return await self._read(start, source)

    @step(system="erp")
    async def read_erp(self, effect: Effect, start: StartReconciliation, source: str) -> bool:
        """Read some pages of the ERP; whether that was all."""
        del effect
        return await self._read(start, source)

    @step()
    async def judge(self, effect: Effect, start: StartReconciliation, kind: str) -> bool:
        """Judge some thousands of records of a kind; whether that was all."""
        del effect
        readable = await self._readable(start, kind.removesuffix(LOOSE))
        if len(readable.intersection(KINDS[kind.removesuffix(LOOSE)].systems)) < _COLUMNS:
            return True
        for _ in range(_CHUNKS_A_STEP):
            async with self._books.write() as books:
                judging = Judging(
                    staging=books.staging(start.run_id),
                    breaks=books.breaks,
                    tolerances=self._tolerances,
                    entities=start.legal_entity_ids,
                    readable=readable,
                )
                if (await judging.some(kind)).done:
                    return True
        return False

    @step()
    async def settle(self, effect: Effect, start: StartReconciliation) -> int:
        """Resolve what agrees again, and mark what only follows from another break; how many were resolved."""
        del effect
        async with self._books.write() as books:
            await books.breaks.follow(start.run_id)
            gone = await books.breaks.gone(
                start.run_id,
                began_at=(await books.runs.one(start.run_id)).started_at,
                kinds=self._kinds(start),
                entities=start.legal_entity_ids,
                as_of=start.as_of,
            )
        return len(gone)

    @step()
    async def open_items(self, effect: Effect, start: StartReconciliation) -> bool:
        """Begin a work item for some open breaks that have none; whether that was all."""
        del effect, start
        return await self._items.open(_ITEMS_A_STEP)

    @step()
    async def end_items(self, effect: Effect, start: StartReconciliation) -> bool:
        """End some work items whose breaks are gone; whether that was all."""
        del effect, start
        return await self._items.end(_ITEMS_A_STEP)

    @step()
    async def finish(self, effect: Effect, start: StartReconciliation) -> ReconciliationRun:
        """Count what the run saw, and let go of what older runs have read."""
        del effect
        async with self._books.write() as books:
            staging = books.staging(start.run_id)
            sources = await staging.sources()
            ended = changed(
                await books.runs.one(start.run_id),
                ended_at=books.now,
                read=sum(each.rows for name, each in sources.items() if name in self._sources),
                counts=[_count(kind, sources) for kind in self._kinds(start) if progress_of(kind) in sources],
                breaks=await counts(books.connection, books.tenant, now=books.now, run_id=start.run_id),
                not_compared=[*self._unread(start, sources), *_unsaid(start, self._kinds(start))],
            )
            await books.runs.end(ended)
            for run_id in await books.runs.ended_before(self._kept):
                await books.staging(run_id).forget()
        return ended

    async def _read(self, start: StartReconciliation, name: str) -> bool:
        source, wanted = self._sources[name], Wanted(as_of=start.as_of, kinds=frozenset(self._kinds(start)))
        async with self._books.read() as books:
            progress = await books.staging(start.run_id).progress(name)
        pending: list[Held] = []
        for number in range(1, self._pages + 1):
            if progress.done:
                break
            page = await source.page(progress.cursor, wanted)
            pending += [one for one in page.records if one.kind.removesuffix(LOOSE) in wanted.kinds]
            progress = replace(progress, cursor=page.cursor, done=page.done)
            if len(pending) >= _AT_ONCE or page.done or number == self._pages:
                progress = replace(progress, rows=progress.rows + len(pending))
                async with self._books.write() as books:
                    staging = books.staging(start.run_id)
                    await staging.keep(pending)
                    await staging.advance(name, progress)
                pending = []
        return progress.done

    def _kinds(self, start: StartReconciliation) -> list[str]:
        """The kinds of a run. What the CRM was told of bills is as of now, so a day that is past leaves it out."""
        asked = [each.value for each in start.kinds] or list(KINDS)
        past = start.as_of < self._books.clock.now().date() - _DAY
        narrowed = bool(start.legal_entity_ids)
        return [kind for kind in KINDS if kind in asked and not ((past or narrowed) and kind in _SUMS)]

    async def _readable(self, start: StartReconciliation, kind: str) -> frozenset[str]:
        async with self._books.read() as books:
            sources = await books.staging(start.run_id).sources()
        told = [each for each in self._sources.values() if kind in each.tells]
        return frozenset(system_of(each) for each in told if each.name in sources and not sources[each.name].lacking)

    def _unread(self, start: StartReconciliation, sources: dict[str, Progress]) -> list[NotCompared]:
        kinds = set(self._kinds(start))
        return [
            NotCompared(kind=ObjectKind(kind), system=Record(system_of(self._sources[name])), reason=each.lacking)
            for name, each in sorted(sources.items())
            if each.lacking
            for kind in sorted(self._sources[name].tells & kinds)
        ]


def _unsaid(start: StartReconciliation, kinds: Sequence[str]) -> list[NotCompared]:
    asked = [each.value for each in start.kinds] or list(KINDS)
    reason = "what the CRM was told of bills holds for today, and for all companies together"
    return [NotCompared(kind=ObjectKind(each), system=Record.CRM, reason=reason) for each in asked if each not in kinds]


def _count(kind: str, sources: dict[str, Progress]) -> KindCount:
    both = [sources[name] for name in (progress_of(kind), progress_of(kind + LOOSE)) if name in sources]
    return KindCount(
        kind=ObjectKind(kind), compared=sum(each.rows for each in both), agreed=sum(each.agreed for each in both)
    )
