"""Judges what systems propose and keeps what is agreed: every proposal leaves a line, also one that is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from contracts.canonical.field import Record
from contracts.canonical.master import AgreedField, Change, ChangeState, FieldRule, Kind, RecordState
from contracts.events.master import MasterDataChanged
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from process_apis.master_data import rules
from process_apis.master_data.books import Books
from process_apis.master_data.duplicates import Duplicates
from process_apis.master_data.matrix import Matrix
from process_apis.master_data.values import ruled, valued

_PARENT: Final = "parent_id"
_LOOP: Final = "the hierarchy would lead in a circle"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a caller wants for one field."""

    path: str
    old: Any
    new: Any
    connection: str
    record: Record
    changed_at: dt.datetime
    by: str


class Ledger:
    """The proposals of one tenant, within the transaction of its books."""

    def __init__(self, books: Books, *, matrix: Matrix, systems: Mapping[str, Record]) -> None:
        self._books = books
        self._matrix = matrix
        self._systems = systems
        self.duplicates = Duplicates(books)

    async def propose(self, noun: Kind, our_id: str, wishes: list[Wish]) -> tuple[list[Change], list[str]]:
        """Judge several fields of one record; what became of each, and the suspects that are open about it.

        Raises:
            Problem: invalid, when a field is unknown or a value is not what its declaration says.

        """
        agreed = await self._books.fields(noun, our_id)
        waiting = await self._books.pending(noun, our_id)
        changes = [await self._judge(noun, our_id, wish, agreed.get(wish.path), waiting) for wish in wishes]
        return changes, await self.settled(noun, our_id, [each for each in changes if _took(each)])

    async def settled(self, noun: Kind, our_id: str, taken: list[Change]) -> list[str]:
        """Look for duplicates with what is agreed and what waits, and tell of what was agreed."""
        suspects: list[str] = []
        agreed = await self._books.fields(noun, our_id)
        if noun is Kind.CUSTOMER:
            waiting = {each.field: each.new for each in await self._books.pending(noun, our_id)}
            values = {path: each.value for path, each in agreed.items()} | waiting
            suspects = await self.duplicates.look(our_id, values)
        if taken and await self._books.state(noun, our_id) is RecordState.ACTIVE:
            fields = [agreed[each.field] for each in taken]
            await self._books.tell(
                MasterDataChanged.TYPE, our_id, MasterDataChanged(noun=noun, our_id=our_id, fields=fields)
            )
        return suspects

    async def decide(self, change: Change, *, approve: bool, by: str, comment: str) -> Change:
        """Close what is pending; it lapses when the agreed value is no longer the one it was proposed against."""
        agreed = (await self._books.fields(change.noun, change.our_id)).get(change.field)
        stands = None if agreed is None else agreed.value
        state = ChangeState.ACCEPTED if approve else ChangeState.DECLINED
        if approve and stands != change.old:
            state, comment = ChangeState.LAPSED, "the agreed value moved on"
        elif approve and await self._loops(change.noun, change.our_id, change.field, change.new):
            state, comment = ChangeState.LAPSED, _LOOP
        decided = replace(change, state=state, decided_by=by, decided_at=self._books.now, comment=comment)
        await self._books.keep(decided)
        await self._note(decided, by)
        if state is ChangeState.ACCEPTED:
            await self._apply(decided)
        await self.settled(change.noun, change.our_id, [decided] if state is ChangeState.ACCEPTED else [])
        return decided

    async def _judge(
        self, noun: Kind, our_id: str, wish: Wish, agreed: AgreedField | None, waiting: list[Change]
    ) -> Change:
        rule = ruled(self._matrix, noun, wish.path)
        new = valued(self._matrix, noun, wish.path, wish.new)
        if noun is Kind.CUSTOMER and wish.path == _PARENT and new is not None:
            new = await self._books.root(noun, new)
        decision = await self._decision(noun, our_id, rule, dataclasses.replace(wish, new=new), agreed)
        old = None if agreed is None else agreed.value
        tag = rules.etag(old, new)
        if decision.outcome is rules.Outcome.PENDING:
            asked = [each for each in waiting if each.field == wish.path and each.etag == tag]
            if asked:
                return asked[0]
        change = Change(
            change_id=f"chg-{await self._books.turn()}",
            noun=noun,
            our_id=our_id,
            field=wish.path,
            connection=wish.connection,
            old=old,
            new=new,
            state=ChangeState(decision.outcome.value),
            reason=decision.reason,
            role=decision.role,
            proposed_by=wish.by,
            proposed_at=self._books.now,
            changed_at=wish.changed_at,
            etag=tag,
        )
        if change.state is ChangeState.UNCHANGED:
            return change
        await self._books.keep(change)
        await self._note(change, wish.by)
        if change.state is ChangeState.ACCEPTED:
            await self._apply(change)
        return change

    async def _decision(
        self, noun: Kind, our_id: str, rule: FieldRule, wish: Wish, agreed: AgreedField | None
    ) -> rules.Decision:
        stands = None
        if agreed is not None:
            theirs = self._systems.get(agreed.connection, rule.record)
            stands = rules.Agreed(agreed.value, theirs, agreed.changed_at)
        proposal = rules.Proposal(wish.record, wish.old, wish.new, wish.changed_at)
        decision = rules.decide(rule, proposal, stands)
        open_ways = {rules.Outcome.ACCEPTED, rules.Outcome.PENDING}
        if decision.outcome in open_ways and await self._loops(noun, our_id, wish.path, wish.new):
            return rules.Decision(rules.Outcome.REFUSED, _LOOP)
        return decision

    async def _apply(self, change: Change) -> None:
        agreed = AgreedField(
            field=change.field, value=change.new, connection=change.connection, changed_at=change.changed_at
        )
        await self._books.agree(change.noun, change.our_id, agreed)

    async def _note(self, change: Change, by: str) -> None:
        detail = f"{change.change_id} by {change.connection}: {change.reason}; {change.comment}".rstrip("; ")
        what = f"{change.field} {change.state.value}"
        await self._books.note(change.noun, change.our_id, actor=by, what=what, detail=detail)

    async def _loops(self, noun: Kind, our_id: str, path: str, new: Any) -> bool:
        if noun is not Kind.CUSTOMER or path != _PARENT or new is None:
            return False
        return our_id in await ancestry(self._books, new)


async def ancestry(books: Books, our_id: str) -> list[str]:
    """A customer and all above it, as agreed, each under the id that stands for it now."""
    found: list[str] = []
    above: str | None = await books.root(Kind.CUSTOMER, our_id)
    while above is not None and above not in found:
        found.append(above)
        parent = (await books.fields(Kind.CUSTOMER, above)).get(_PARENT)
        above = None if parent is None or parent.value is None else await books.root(Kind.CUSTOMER, parent.value)
    return found


def refused(change: Change, rule: FieldRule) -> Problem | None:
    """What the caller is told when their change was not taken, with the owner named; None when it was, or waits."""
    context = {
        "change_id": change.change_id,
        "owner": rule.record.value,
        "field": rule.field,
    }
    if change.state is ChangeState.REFUSED:
        if change.reason == _LOOP:
            return Problem(Sort.CONFLICT, "hierarchy_cycle", change.reason, context=context)
        hint = f"ask the {rule.record.value} to change it"
        return Problem(Sort.FORBIDDEN, "field_not_yours", change.reason, hint=hint, context=context)
    if change.state is ChangeState.OVERRULED:
        return Problem(
            Sort.CONFLICT, "change_overruled", change.reason, hint="read what is agreed now", context=context
        )
    return None


def _took(change: Change) -> bool:
    return change.state is ChangeState.ACCEPTED
