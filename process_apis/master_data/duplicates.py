"""Finds customers that may be one, holds the newer, and lets it go when people have spoken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from contracts.canonical.master import Kind, MasterRecord, Reason, RecordState, Suspect, SuspectPage, SuspectState
from contracts.events.master import DuplicateSuspected, MasterDataChanged
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from kit.store import insert_once
from kit.store.master import MASTER_RECORD, MASTER_SUSPECT, MASTER_TRAIT
from process_apis.master_data import likeness, rules
from process_apis.master_data.books import Books, number_of, text
from process_apis.master_data.paging import after_number, cut

NOUN = Kind.CUSTOMER


class Duplicates:
    """The suspects of one tenant, within the transaction of its books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def look(self, our_id: str, values: Mapping[str, Any]) -> list[str]:
        """Compare a record with all that share a trait; the ids of the suspects that are open about it.

        A pair that was asked about before is not asked about again.
        """
        traits = likeness.traits(values)
        await self._keep(our_id, traits)
        for other_id, theirs in (await self._alike(our_id, traits)).items():
            score, reasons = likeness.likeness(traits, theirs)
            if score >= likeness.THRESHOLD:
                await self.suspect(our_id, other_id, score=score, reasons=reasons)
        return await self.refresh(our_id)

    async def suspect(
        self,
        candidate_id: str,
        other_id: str,
        *,
        score: float,
        reasons: list[Reason],
        state: SuspectState = SuspectState.OPEN,
    ) -> bool:
        """Ask about a pair, unless it was asked about before."""
        first, second = sorted((candidate_id, other_id))
        number = await self._books.turn()
        row = {
            "tenant": self._books.tenant,
            "number": number,
            "noun": NOUN.value,
            "first_id": first,
            "second_id": second,
            "candidate_id": candidate_id,
            "state": state.value,
            "score": score,
            "reasons": text(reasons),
            "found_at": self._books.now,
        }
        if not await insert_once(self._books.connection, MASTER_SUSPECT, row):
            return False
        if state is SuspectState.OPEN:
            told = DuplicateSuspected(
                suspect_id=f"sus-{number}", noun=NOUN, candidate_id=candidate_id, other_id=other_id, score=score
            )
            await self._books.tell(DuplicateSuspected.TYPE, candidate_id, told)
            detail = f"like {other_id}: {', '.join(each.kind for each in reasons)}"
            await self._books.note(NOUN, candidate_id, actor="process:master_data", what="held", detail=detail)
        return True

    async def refresh(self, our_id: str) -> list[str]:
        """Hold a record while somebody has to say whether it is another; tell of it when it is let go."""
        table = MASTER_SUSPECT.c
        query = sa.select(table.number).where(
            table.tenant == self._books.tenant,
            table.noun == NOUN.value,
            table.candidate_id == our_id,
            table.state == SuspectState.OPEN.value,
        )
        found = [f"sus-{row.number}" for row in await self._books.connection.execute(query.order_by(table.number))]
        state = await self._books.state(NOUN, our_id)
        if found and state is RecordState.ACTIVE:
            await self._books.mark(NOUN, our_id, state=RecordState.HELD)
        if not found and state is RecordState.HELD:
            await self._books.mark(NOUN, our_id, state=RecordState.ACTIVE)
            fields = list((await self._books.fields(NOUN, our_id)).values())
            told = MasterDataChanged(noun=NOUN, our_id=our_id, fields=fields)
            await self._books.tell(MasterDataChanged.TYPE, our_id, told)
        return found

    async def forget(self, our_id: str) -> None:
        """Nobody is like a record that is merged."""
        mine = (MASTER_TRAIT.c.tenant == self._books.tenant) & (MASTER_TRAIT.c.noun == NOUN.value)
        await self._books.connection.execute(sa.delete(MASTER_TRAIT).where(mine & (MASTER_TRAIT.c.our_id == our_id)))

    async def row(self, suspect_id: str) -> Any:
        """One suspect as it is kept.

        Raises:
            Problem: not_found.

        """
        table = MASTER_SUSPECT.c
        query = sa.select(MASTER_SUSPECT).where(
            table.tenant == self._books.tenant, table.number == number_of(suspect_id)
        )
        found = (await self._books.connection.execute(query)).first()
        if found is None or suspect_id != f"sus-{found.number}":
            raise Problem(Sort.NOT_FOUND, "suspect_not_found", f"there is no suspect {suspect_id}")
        return found

    async def about(self, our_id: str) -> list[Any]:
        """Every pair a record is in, as it is kept."""
        table = MASTER_SUSPECT.c
        mine = (table.first_id == our_id) | (table.second_id == our_id)
        query = sa.select(MASTER_SUSPECT).where(table.tenant == self._books.tenant, table.noun == NOUN.value, mine)
        return list(await self._books.connection.execute(query.order_by(table.number)))

    async def say(self, number: int, *, state: SuspectState, by: str, comment: str) -> None:
        """Write what became of a pair."""
        table = MASTER_SUSPECT.c
        values = {"state": state.value, "decided_by": by, "decided_at": self._books.now, "comment": comment}
        mine = (table.tenant == self._books.tenant) & (table.number == number)
        await self._books.connection.execute(sa.update(MASTER_SUSPECT).where(mine).values(**values))

    async def shown(self, row: Any) -> Suspect:
        """A suspect with both records; `etag` binds a verdict to what they say."""
        other = row.second_id if row.candidate_id == row.first_id else row.first_id
        candidate = await self._books.record(NOUN, row.candidate_id)
        against = await self._books.record(NOUN, other)
        return Suspect(
            suspect_id=f"sus-{row.number}",
            noun=NOUN,
            candidate=candidate,
            other=against,
            score=row.score,
            reasons=msgspec.json.decode(row.reasons, type=list[Reason]),
            state=SuspectState(row.state),
            found_at=row.found_at,
            etag=rules.etag(_said(candidate), _said(against)),
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            comment=row.comment,
        )

    async def page(self, *, state: SuspectState | None, cursor: str, limit: int) -> SuspectPage:
        """A page of suspects, the oldest first."""
        table = MASTER_SUSPECT.c
        query = sa.select(MASTER_SUSPECT).where(table.tenant == self._books.tenant)
        if state is not None:
            query = query.where(table.state == state.value)
        query = after_number(query, cursor, table.number)
        rows, last = await cut(self._books.connection, query, limit=limit)
        return SuspectPage(items=[await self.shown(row) for row in rows], next_cursor=last)

    async def _keep(self, our_id: str, traits: Mapping[str, str]) -> None:
        await self.forget(our_id)
        for kind, value in traits.items():
            row = {"tenant": self._books.tenant, "noun": NOUN.value, "our_id": our_id, "kind": kind, "value": value}
            await self._books.connection.execute(sa.insert(MASTER_TRAIT).values(**row))

    async def _alike(self, our_id: str, traits: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """The traits of every record that shares one that weighs anything."""
        table, shared = MASTER_TRAIT.c, sa.alias(MASTER_TRAIT, "shared")
        weighing = [(kind, traits[kind]) for kind in likeness.WEIGHTS if kind in traits]
        if not weighing:
            return {}
        same = sa.or_(*((shared.c.kind == kind) & (shared.c.value == value) for kind, value in weighing))
        query = sa.select(table.our_id, table.kind, table.value).where(
            table.tenant == self._books.tenant,
            table.noun == NOUN.value,
            table.our_id != our_id,
            sa.exists().where(
                shared.c.tenant == table.tenant, shared.c.noun == table.noun, shared.c.our_id == table.our_id, same
            ),
            sa.exists().where(
                MASTER_RECORD.c.tenant == table.tenant,
                MASTER_RECORD.c.noun == table.noun,
                MASTER_RECORD.c.our_id == table.our_id,
                MASTER_RECORD.c.state != RecordState.MERGED.value,
            ),
        )
        found: dict[str, dict[str, str]] = {}
        for row in await self._books.connection.execute(query.order_by(table.our_id)):
            found.setdefault(row.our_id, {})[row.kind] = row.value
        return found


def _said(record: MasterRecord) -> list[Any]:
    return [record.our_id, record.merged_into, [[each.field, each.value] for each in record.fields]]
