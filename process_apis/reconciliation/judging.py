"""Judges everything of one kind that a run has read, some thousands of records at a time; what breaks is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from msgspec.structs import replace as changed

from contracts.canonical.reconciliation import BreakClass, ObjectKind
from process_apis.reconciliation.breaks import Breaks
from process_apis.reconciliation.held import LOOSE, Held, Standing
from process_apis.reconciliation.rules import Asked, Finding, judged, loose, missing_refs, rows
from process_apis.reconciliation.staging import Progress, Staging
from process_apis.reconciliation.standing import found_of
from process_apis.reconciliation.terms import KINDS, Tolerances

LOOSE_KINDS: Final = (ObjectKind.CONTRACT.value, ObjectKind.DOCUMENT.value)
"""The kinds of which systems list records that bear no key of ours."""


@dataclass(frozen=True)
class Judging:
    """The judgement of one run, within the caller's transaction."""

    staging: Staging
    breaks: Breaks
    tolerances: Tolerances
    entities: Collection[str]
    readable: frozenset[str]

    async def some(self, kind: str) -> Progress:
        """Judge the next records of a kind from where the last call stopped, and keep how far it is now."""
        progress = await self.staging.progress(progress_of(kind))
        records, last = await self.staging.chunk(kind, progress.cursor)
        whole = [row for row in rows(records) if self._in_scope(row)]
        plain = kind.removesuffix(LOOSE)
        asked = Asked(
            terms=KINDS[plain],
            tolerance=self.tolerances[plain],
            now=self.breaks.now,
            readable=self.readable,
        )
        broken = await (self._strangers(whole, plain) if kind.endswith(LOOSE) else self._broken(whole, asked))
        await self.breaks.record(self.staging.run_id, [found_of(each) for each in broken])
        bad = len({each.key for each in broken})
        compared = len(broken) if kind.endswith(LOOSE) else len(whole)
        progress = replace(
            progress,
            cursor=records[-1].key if records else progress.cursor,
            done=last,
            rows=progress.rows + compared,
            agreed=progress.agreed + max(compared - bad, 0),
        )
        await self.staging.advance(progress_of(kind), progress)
        return progress

    async def _broken(self, whole: Sequence[Sequence[Held]], asked: Asked) -> list[Finding]:
        found = [(row, finding) for row in whole for finding in judged(row, asked)]
        return [each for row, finding in found for each in await self._known_by_id(row, finding, asked)]

    async def _known_by_id(self, row: Sequence[Held], finding: Finding, asked: Asked) -> list[Finding]:
        """What seems missing may stand under the id we knew it by, without our key.

        An entry of time has no key but its id: it counts as it stands, although its project lost ours.
        """
        records = [await self.staging.take_loose(finding.kind, *where) for where in missing_refs(finding)]
        there = [each for each in records if each is not None]
        if not there:
            return [finding]
        if finding.kind == ObjectKind.HOURS.value:
            return judged([*row, *(changed(each, kind=finding.kind, key=finding.key) for each in there)], asked)
        sums = [*finding.sums, *(loose(each) for each in there)]
        systems = [each.system for each in there]
        return [changed(finding, break_class=BreakClass.UNLINKED, systems=systems, sums=sums, in_flight=False)]

    async def _strangers(self, whole: Sequence[Sequence[Held]], kind: str) -> list[Finding]:
        """Records without a key of ours: the second of a document that stands on our ledger, or nobody's."""
        strangers = [one for row in whole for one in row if one.state == Standing.OPEN.value]
        twins = {one.told.twin for one in strangers if one.told.twin}
        known: dict[str, Held] = {}
        async for one in self.staging.twins(kind, twins):
            known.setdefault(one.told.twin, one)
        return [await self._stranger(one, known.get(one.told.twin), kind) for one in strangers]

    async def _stranger(self, record: Held, twin: Held | None, kind: str) -> Finding:
        column = loose(record)
        key, broken, sums = record.external_id, BreakClass.ORPHAN, [column]
        if twin is not None:
            key, broken = twin.key, BreakClass.DUPLICATE
            first = await self.staging.of_key(kind, twin.key)
            same = [one for one in first if one.system == record.system]
            sums = [loose(one) for one in first if one.system != record.system]
            sums.append(changed(column, records=[*same, record]))
        return Finding(
            kind=kind,
            key=key,
            break_class=broken,
            systems=[record.system],
            sums=sums,
            difference=column.amount,
            currency=column.currency,
            about=record.external_id,
        )

    def _in_scope(self, row: Sequence[Held]) -> bool:
        if not self.entities or row[0].kind.endswith(LOOSE):
            return True
        return any(one.told.entity in self.entities for one in row)


def progress_of(kind: str) -> str:
    """The name under which it is kept how far a kind was judged."""
    return f"judged {kind}"


def kinds_judged(kinds: Collection[str]) -> list[str]:
    """The kinds to judge in their order, each before its strangers: what lost its key is found first."""
    return [*(kind for kind in KINDS if kind in kinds), *(kind + LOOSE for kind in LOOSE_KINDS if kind in kinds)]
