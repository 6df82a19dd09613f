"""Answers the contract; each command is one transaction, and what it tells is written in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from contracts.canonical.casework import Limit
from contracts.canonical.master import (
    Change,
    ChangePage,
    ChangeState,
    CrossReference,
    CrossReferences,
    DriftPage,
    Kind,
    MasterRecord,
    RecordMatrix,
    Repairs,
    Snapshot,
    Submitted,
    Suspect,
    SuspectPage,
    SuspectState,
    Trail,
)
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from contracts.process.master_data import (
    CheckDrift,
    DecideChange,
    IdempotencyKey,
    IfMatch,
    Propose,
    Refer,
    Submit,
    Verdict,
)
from kit.caller import current_caller
from kit.clock import Clock
from kit.durable.once import answered, keep_answer
from kit.store import Store
from process_apis.master_data.access import JUDGES, deciding, speaking
from process_apis.master_data.books import Books
from process_apis.master_data.config import Config
from process_apis.master_data.crossref import CrossReferencing
from process_apis.master_data.drifts import Drifts
from process_apis.master_data.duplicates import Duplicates
from process_apis.master_data.ledger import Ledger, Wish, refused
from process_apis.master_data.matrix import Matrix
from process_apis.master_data.merging import Merging
from process_apis.master_data.reading import Readings
from process_apis.master_data.values import ruled, valued

T = TypeVar("T")


class MasterDataService:
    """Stewardship over the store of the durable engine."""

    def __init__(
        self,
        *,
        store: Callable[[], Store],
        clock: Clock,
        tenant: str,
        matrix: Matrix,
        config: Config,
        readings: Readings,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tenant = tenant
        self._matrix = matrix
        self._config = config
        self._readings = readings

    async def matrix(self, *, noun: Kind | None = None) -> RecordMatrix:
        """Read the matrix."""
        return self._matrix.published(noun)

    async def submit(self, *, noun: Kind, our_id: str, body: Submit) -> Submitted:
        """Bring a record; a field that its system did not change since it last told is no proposal."""
        caller = current_caller()
        record = speaking(caller, body.connection, self._config)
        given = {path: self._value(noun, path, value) for path, value in body.fields.items()}
        async with self._writing() as books:
            our_id = await self._opened(books, noun, our_id, record, by=caller.subject)
            drifts = self._drifts(books)
            told = await drifts.held(noun, our_id, body.connection)
            wishes = [
                Wish(
                    path=path,
                    old=told.get(path),
                    new=value,
                    connection=body.connection,
                    record=record,
                    changed_at=body.changed_at,
                    by=caller.subject,
                )
                for path, value in given.items()
                if path not in told or told[path] != value
            ]
            changes, suspects = await self._ledger(books).propose(noun, our_id, wishes)
            await drifts.see(
                noun, our_id, [Snapshot(connection=body.connection, taken_at=body.changed_at, fields=given)]
            )
            await drifts.refresh(noun, our_id)
            return Submitted(record=await books.record(noun, our_id), changes=changes, suspect_ids=suspects)

    async def record(self, *, noun: Kind, our_id: str) -> MasterRecord:
        """Read what is agreed."""
        async with self._reading() as books:
            return await books.record(noun, our_id)

    async def trail(self, *, noun: Kind, our_id: str) -> Trail:
        """Read who did what."""
        async with self._reading() as books:
            return await books.trail(noun, our_id)

    async def propose(self, *, body: Propose, idempotency_key: IdempotencyKey) -> Change:
        """Propose a change of one field."""
        caller = current_caller()
        record = speaking(caller, body.connection, self._config)
        rule = ruled(self._matrix, body.noun, body.field)

        async def work(books: Books) -> Change:
            our_id = await books.standing(body.noun, body.our_id)
            wish = Wish(
                path=body.field,
                old=body.old,
                new=body.new,
                connection=body.connection,
                record=record,
                changed_at=body.changed_at,
                by=caller.subject,
            )
            changes, _ = await self._ledger(books).propose(body.noun, our_id, [wish])
            return changes[0]

        change = await self._once(work, key=idempotency_key, content=body, answer=Change)
        problem = refused(change, rule)
        if problem is not None:
            raise problem  # after the transaction: that it was refused is kept
        return change

    async def changes(
        self, *, state: ChangeState | None = None, noun: Kind | None = None, cursor: str = "", limit: Limit = 50
    ) -> ChangePage:
        """List changes."""
        async with self._reading() as books:
            return await books.changes(state=state, noun=noun, cursor=cursor, limit=limit)

    async def decide(
        self, *, change_id: str, body: DecideChange, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Change:
        """Approve or decline a pending change."""
        caller = current_caller()

        async def work(books: Books) -> Change:
            change = await books.change(change_id)
            deciding(caller, roles=frozenset({change.role}), proposed_by=change.proposed_by)
            if change.state is not ChangeState.PENDING:
                raise Problem(Sort.CONFLICT, "not_pending", f"{change_id} is {change.state.value}")
            _matching(if_match, change.etag)
            ledger = self._ledger(books)
            return await ledger.decide(change, approve=body.approve, by=caller.subject, comment=body.comment)

        change = await self._once(work, key=idempotency_key, content=[change_id, if_match, body], answer=Change)
        if change.state is ChangeState.LAPSED:
            raise Problem(Sort.CONFLICT, "change_lapsed", change.comment, context={"change_id": change_id})
        return change

    async def refer(self, *, noun: Kind, our_id: str, connection: str, body: Refer) -> CrossReference:
        """Record a name elsewhere."""
        caller = current_caller()
        speaking(caller, connection, self._config)
        async with self._writing() as books:
            return await CrossReferencing(books).put(
                noun, our_id, connection=connection, external_id=body.external_id, by=caller.subject
            )

    async def references(self, *, noun: Kind, our_id: str) -> CrossReferences:
        """Find every name of a thing."""
        async with self._reading() as books:
            return await CrossReferencing(books).of(noun, our_id)

    async def referred(self, *, noun: Kind, connection: str, external_id: str) -> CrossReference:
        """Find whose name it is."""
        async with self._reading() as books:
            return await CrossReferencing(books).find(noun, connection=connection, external_id=external_id)

    async def suspects(
        self, *, state: SuspectState | None = SuspectState.OPEN, cursor: str = "", limit: Limit = 50
    ) -> SuspectPage:
        """List suspects."""
        async with self._reading() as books:
            return await Duplicates(books).page(state=state, cursor=cursor, limit=limit)

    async def judge(
        self, *, suspect_id: str, body: Verdict, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Suspect:
        """Say whether two records are one."""
        caller = current_caller()
        deciding(caller, roles=JUDGES, proposed_by="")

        async def work(books: Books) -> Suspect:
            duplicates = Duplicates(books)
            merging = Merging(books, duplicates)
            row = await duplicates.row(suspect_id)
            if row.state != SuspectState.OPEN.value:
                raise Problem(Sort.CONFLICT, "already_judged", f"{suspect_id} is {row.state}")
            _matching(if_match, (await duplicates.shown(row)).etag)
            by, comment = caller.subject, body.comment
            if body.same:
                await merging.same(row, survivor_id=body.survivor_id, by=by, comment=comment)
            else:
                await merging.distinct(row, by=by, comment=comment)
            return await duplicates.shown(await duplicates.row(suspect_id))

        return await self._once(work, key=idempotency_key, content=[suspect_id, if_match, body], answer=Suspect)

    async def repairs(self) -> Repairs:
        """List what still points at a merged record."""
        async with self._reading() as books:
            return await Merging(books, Duplicates(books)).repairs()

    async def check_drift(self, *, body: CheckDrift) -> DriftPage:
        """Compare what connections hold; systems are asked before the transaction begins."""
        caller = current_caller()
        for snapshot in body.snapshots:
            speaking(caller, snapshot.connection, self._config)
        snapshots = [*body.snapshots, *(await self._read(body) if body.read else [])]
        async with self._writing() as books:
            our_id = await books.root(body.noun, body.our_id)
            drifts = self._drifts(books)
            await drifts.see(body.noun, our_id, snapshots)
            return DriftPage(items=await drifts.refresh(body.noun, our_id))

    async def drifts(self, *, noun: Kind | None = None, cursor: str = "", limit: Limit = 50) -> DriftPage:
        """List where systems differ."""
        async with self._reading() as books:
            return await self._drifts(books).page(noun=noun, cursor=cursor, limit=limit)

    async def _read(self, body: CheckDrift) -> list[Snapshot]:
        async with self._reading() as books:
            known = await books.state(body.noun, body.our_id) is not None
            references = (
                await CrossReferencing(books).of(body.noun, body.our_id) if known else CrossReferences(items=[])
            )
        return await self._readings.of(body.noun, body.our_id, references)

    async def _opened(self, books: Books, noun: Kind, our_id: str, record: Any, *, by: str) -> str:
        """Who stands for a record; it is begun where the system may."""
        if await books.state(noun, our_id) is not None:
            return await books.root(noun, our_id)
        creators = self._matrix.creates[noun]
        if record not in creators:
            who = ", ".join(sorted(creators)) or "nobody"
            detail = f"a new {noun.value} comes from: {who}"
            raise Problem(Sort.FORBIDDEN, "not_yours_to_create", detail, context={"owner": who})
        await books.open(noun, our_id)
        await books.note(noun, our_id, actor=by, what="created")
        return our_id

    def _value(self, noun: Kind, path: str, value: Any) -> Any:
        ruled(self._matrix, noun, path)
        return valued(self._matrix, noun, path, value)

    def _ledger(self, books: Books) -> Ledger:
        return Ledger(books, matrix=self._matrix, systems=self._config.systems)

    def _drifts(self, books: Books) -> Drifts:
        return Drifts(books, matrix=self._matrix, systems=self._config.systems)

    async def _once(self, work: Callable[[Books], Awaitable[T]], *, key: str, content: Any, answer: type[T]) -> T:
        """Do it once for a caller's key, and answer the same to every repetition."""
        scope = f"master_data:{self._tenant}:{current_caller().subject}"
        async with self._writing() as books:
            found = await answered(books.connection, scope=scope, key=key, content=content, answer=answer)
            if found is not None:
                return found
            done = await work(books)
            await keep_answer(books.connection, scope=scope, key=key, content=content, answer=done, at=books.now)
            return done

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Books]:
        async with self._store().write() as connection:
            books = Books(connection, self._tenant, self._clock.now())
            await books.turn()
            yield books

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Books]:
        async with self._store().read() as connection:
            yield Books(connection, self._tenant, self._clock.now())


def _matching(seen: str, tag: str) -> None:
    if seen != tag:
        raise Problem(
            Sort.PRECONDITION_FAILED,
            "etag_mismatch",
            "it is not what you saw any more",
            hint="read it again, then decide",
        )
