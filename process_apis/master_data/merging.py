"""Says that two customers are one, or that they are not: ids live on, history stays, nothing turns in a circle."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from contracts.canonical.master import (
    ChangeState,
    Reason,
    RecordState,
    Repair,
    Repairs,
    SuspectState,
)
from contracts.canonical.master import Kind as Thing
from contracts.events.master import CustomerMerged
from contracts.problem import Kind, Problem
from kit.store.master import MASTER_FIELD, MASTER_RECORD, MASTER_REFERENCE
from process_apis.master_data.books import Books
from process_apis.master_data.duplicates import NOUN, Duplicates
from process_apis.master_data.ledger import ancestry

POINTERS = ("parent_id", "customer_id", "bill_to_id")
"""Fields that hold the id of a customer."""


class Merging:
    """Verdicts of one tenant, within the transaction of its books."""

    def __init__(self, books: Books, duplicates: Duplicates) -> None:
        self._books = books
        self._duplicates = duplicates

    async def distinct(self, row: Any, *, by: str, comment: str) -> None:
        """Never ask about this pair again."""
        await self._duplicates.say(row.number, state=SuspectState.DISTINCT, by=by, comment=comment)
        for our_id in (row.first_id, row.second_id):
            await self._books.note(NOUN, our_id, actor=by, what="judged distinct", detail=f"sus-{row.number} {comment}")
            await self._duplicates.refresh(our_id)

    async def same(self, row: Any, *, survivor_id: str | None, by: str, comment: str) -> None:
        """Merge; the survivor keeps its id and its values, and is called by the other's names too.

        Raises:
            Problem: invalid, when the survivor is neither; conflict, when one stands above the other.

        """
        pair = {row.first_id, row.second_id}
        if survivor_id is None or survivor_id not in pair:
            raise Problem(Kind.INVALID, "survivor_unknown", f"survivor_id is one of {', '.join(sorted(pair))}")
        (loser_id,) = pair - {survivor_id}
        await self._refuse_circle(survivor_id, loser_id)
        await self._duplicates.say(row.number, state=SuspectState.SAME, by=by, comment=comment)
        await self._books.mark(NOUN, loser_id, state=RecordState.MERGED, into=survivor_id)
        await self._lapse(loser_id)
        await self._move_references(survivor_id, loser_id)
        await self._duplicates.forget(loser_id)
        await self._take_over_suspects(survivor_id, loser_id, by=by)
        for our_id, other in ((survivor_id, loser_id), (loser_id, survivor_id)):
            what = "merged with" if our_id == survivor_id else "merged into"
            await self._books.note(NOUN, our_id, actor=by, what=what, detail=f"{other} {comment}".strip())
        await self._duplicates.refresh(survivor_id)
        left = [each for each in (await self.repairs()).items if each.points_at == loser_id]
        told = CustomerMerged(survivor_id=survivor_id, merged_id=loser_id, repairs=len(left))
        await self._books.tell(CustomerMerged.TYPE, survivor_id, told)

    async def repairs(self) -> Repairs:
        """Everything that still points at a merged record: names that clash, and fields of others."""
        found = [*await self._clashing(), *await self._pointing()]
        return Repairs(items=found)

    async def _refuse_circle(self, survivor_id: str, loser_id: str) -> None:
        above_survivor = (await ancestry(self._books, survivor_id))[1:]
        above_loser = (await ancestry(self._books, loser_id))[1:]
        if loser_id in above_survivor or survivor_id in above_loser:
            raise Problem(
                Kind.CONFLICT,
                "merge_in_hierarchy",
                f"{survivor_id} and {loser_id} stand above one another; as one they would be their own parent",
                hint="correct parent_id first, or judge them distinct",
            )

    async def _lapse(self, loser_id: str) -> None:
        for change in await self._books.pending(NOUN, loser_id):
            await self._books.keep(replace(change, state=ChangeState.LAPSED, comment="the record was merged"))

    async def _move_references(self, survivor_id: str, loser_id: str) -> None:
        """Move each name, unless the survivor has one at the same connection: that one is listed for repair."""
        table, theirs = MASTER_REFERENCE.c, sa.alias(MASTER_REFERENCE, "theirs")
        taken = sa.select(theirs.c.connection).where(
            theirs.c.tenant == self._books.tenant, theirs.c.noun == NOUN.value, theirs.c.our_id == survivor_id
        )
        mine = (table.tenant == self._books.tenant) & (table.noun == NOUN.value) & (table.our_id == loser_id)
        moving = sa.update(MASTER_REFERENCE).where(mine, table.connection.not_in(taken)).values(our_id=survivor_id)
        await self._books.connection.execute(moving)

    async def _take_over_suspects(self, survivor_id: str, loser_id: str, *, by: str) -> None:
        """What was asked about the loser is asked about the survivor, and what was answered stays answered."""
        for row in await self._duplicates.about(loser_id):
            other = row.second_id if row.first_id == loser_id else row.first_id
            state = SuspectState(row.state)
            if state not in {SuspectState.OPEN, SuspectState.DISTINCT} or other == survivor_id:
                continue
            if state is SuspectState.OPEN:
                text = f"{loser_id} was merged into {survivor_id}"
                await self._duplicates.say(row.number, state=SuspectState.SUPERSEDED, by=by, comment=text)
            candidate, against = (survivor_id, other) if row.candidate_id == loser_id else (other, survivor_id)
            reasons = msgspec.json.decode(row.reasons, type=list[Reason])
            await self._duplicates.suspect(candidate, against, score=row.score, reasons=reasons, state=state)
            await self._duplicates.refresh(other)

    async def _clashing(self) -> list[Repair]:
        table, record = MASTER_REFERENCE.c, MASTER_RECORD.c
        query = sa.select(MASTER_REFERENCE).join(
            MASTER_RECORD,
            (record.tenant == table.tenant) & (record.noun == table.noun) & (record.our_id == table.our_id),
        )
        query = query.where(table.tenant == self._books.tenant, record.state == RecordState.MERGED.value)
        rows = list(await self._books.connection.execute(query.order_by(table.our_id, table.connection)))
        return [
            Repair(
                noun=NOUN,
                our_id=(root := await self._books.root(NOUN, row.our_id)),
                points_at=row.our_id,
                should_be=root,
                what="reference",
                detail=f"{row.connection} calls it {row.external_id} and has another record for {root}",
            )
            for row in rows
        ]

    async def _pointing(self) -> list[Repair]:
        table, target, own = MASTER_FIELD.c, sa.alias(MASTER_RECORD, "target"), sa.alias(MASTER_RECORD, "own")
        quoted = sa.literal('"') + target.c.our_id + sa.literal('"')  # ids hold nothing that JSON would escape
        query = (
            sa.select(table.noun, table.our_id, table.field, target.c.our_id.label("points_at"))
            .join(target, (target.c.tenant == table.tenant) & (table.value == quoted))
            .join(own, (own.c.tenant == table.tenant) & (own.c.noun == table.noun) & (own.c.our_id == table.our_id))
            .where(
                table.tenant == self._books.tenant,
                table.field.in_(POINTERS),
                target.c.noun == NOUN.value,
                target.c.state == RecordState.MERGED.value,
                own.c.state != RecordState.MERGED.value,
            )
            .order_by(table.noun, table.our_id, table.field)
        )
        rows = list(await self._books.connection.execute(query))
        return [
            Repair(
                noun=Thing(row.noun),
                our_id=row.our_id,
                points_at=row.points_at,
                should_be=await self._books.root(NOUN, row.points_at),
                what=row.field,
                detail=f"{row.field} of {row.noun} {row.our_id} names a merged customer",
            )
            for row in rows
        ]
