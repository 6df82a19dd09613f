"""Answers the contract from the casebook; refuses decisions and fixes by whoever does not hold the role."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.canonical.casework import (
    CaseFile,
    CasePage,
    CaseState,
    ExceptionItem,
    ExceptionPage,
    ExceptionState,
    Limit,
    Timeline,
)
from contracts.canonical.exceptions import (
    Catalogue,
    CatalogueEntry,
    ExceptionCounts,
    FixOutcome,
    FixResult,
    FixResults,
)
from contracts.canonical.governance import Remark, Remarks
from contracts.canonical.overview import Hits, Overview
from contracts.problem import Kind, Problem
from contracts.process.casework import Assign, Comment, Confirm, Fix, FixMany, IdempotencyKey, SearchText, Withdraw
from kit.caller import Caller, current_caller
from kit.room import DurableSource
from process_apis.casework.catalogue import published
from process_apis.casework.config import Config
from process_apis.casework.decisions import DecisionService, own_key


class CaseworkService(DecisionService):
    """The governed queue. An approval one may not see does not exist; an act one may not do is forbidden."""

    def __init__(
        self, *, durable: DurableSource, config: Config, entries: Mapping[str, CatalogueEntry] | None = None
    ) -> None:
        super().__init__(durable=durable, config=config)
        self._entries = entries or {}

    async def cases(
        self, *, state: CaseState | None = None, process: str | None = None, cursor: str = "", limit: Limit = 50
    ) -> CasePage:
        """List cases, newest change first."""
        return await self._book.cases(state=state, process=process, cursor=cursor, limit=limit)

    async def case(self, *, case_id: str) -> CaseFile:
        """Read one case with its steps and waits."""
        return await self._book.case(case_id)

    async def timeline(self, *, case_id: str) -> Timeline:
        """Read the audit trail of a case."""
        return await self._book.timeline(case_id)

    async def overview(self) -> Overview:
        """Count every case."""
        return await self._book.overview()

    async def find(self, *, text: SearchText) -> Hits:
        """Find cases by any id that they carry."""
        return await self._book.find(text)

    async def exceptions(
        self,
        *,
        state: ExceptionState | None = ExceptionState.OPEN,
        case_id: str | None = None,
        code: str | None = None,
        owner_role: str | None = None,
        assigned_to: str | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> ExceptionPage:
        """List exceptions, the most urgent first."""
        return await self._book.exceptions(
            state=state,
            case_id=case_id,
            code=code,
            owner_role=owner_role,
            assigned_to=assigned_to,
            cursor=cursor,
            limit=limit,
        )

    async def exception(self, *, exception_id: str) -> ExceptionItem:
        """Read one exception with its context and form."""
        return await self._book.exception(exception_id)

    async def fix(self, *, exception_id: str, body: Fix, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Answer the form and let the case resume at the step that met the problem."""
        caller = current_caller()
        await self._authority.fixable(exception_id, caller)
        return await self._book.fix(
            exception_id, values=body.values, by=caller.subject, key=own_key(caller, idempotency_key), note=body.note
        )

    async def confirm(self, *, exception_id: str, body: Confirm, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Be the second pair of eyes on a proposed fix."""
        caller = current_caller()
        await self._authority.fixable(exception_id, caller)
        return await self._book.fixing.confirm(
            exception_id,
            accept=body.accept,
            by=caller.subject,
            key=own_key(caller, idempotency_key),
            comment=body.comment,
        )

    async def withdraw(self, *, exception_id: str, body: Withdraw, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Close an exception without an answer."""
        caller = current_caller()
        await self._authority.fixable(exception_id, caller)
        return await self._book.fixing.withdraw(
            exception_id, reason=body.reason, by=caller.subject, key=own_key(caller, idempotency_key)
        )

    async def assign(self, *, exception_id: str, body: Assign, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Take an exception, take it over or hand it over."""
        caller = current_caller()
        await self._authority.fixable(exception_id, caller)
        return await self._book.fixing.assign(
            exception_id, to=body.to or caller.subject, by=caller.subject, key=own_key(caller, idempotency_key)
        )

    async def release(self, *, exception_id: str, idempotency_key: IdempotencyKey) -> ExceptionItem:
        """Give an exception back to its role."""
        caller = current_caller()
        await self._authority.fixable(exception_id, caller)
        return await self._book.fixing.assign(
            exception_id, to=None, by=caller.subject, key=own_key(caller, idempotency_key)
        )

    async def comments(self, *, exception_id: str) -> Remarks:
        """Read what was said about an exception."""
        await self._book.exception(exception_id)
        return await self._book.remarking.about(exception_id)

    async def comment(self, *, exception_id: str, body: Comment, idempotency_key: IdempotencyKey) -> Remark:
        """Say something about an exception."""
        caller = current_caller()
        return await self._book.remarking.on_exception(
            exception_id, text=body.text, by=caller.subject, key=own_key(caller, idempotency_key)
        )

    async def fix_many(self, *, body: FixMany, idempotency_key: IdempotencyKey) -> FixResults:
        """Give many exceptions of one code the same answers."""
        caller = current_caller()
        asked = list(dict.fromkeys(body.exception_ids))
        items = [await self._one_of_many(each, body, caller, idempotency_key) for each in asked]
        return FixResults(dry_run=body.dry_run, items=items)

    async def exception_counts(self) -> ExceptionCounts:
        """Count open exceptions by code, cause and role."""
        return await self._book.exception_counts()

    async def catalogue(self) -> Catalogue:
        """Read every kind of problem."""
        return published(self._entries)

    async def _one_of_many(self, exception_id: str, body: FixMany, caller: Caller, key: str) -> FixResult:
        try:
            outcome = await self._try_one(exception_id, body, caller, key)
        except Problem as problem:
            told = "; ".join([problem.detail, *(f"{each.pointer}: {each.detail}" for each in problem.errors)])
            return FixResult(exception_id=exception_id, outcome=FixOutcome.REFUSED, code=problem.code, detail=told)
        return FixResult(exception_id=exception_id, outcome=outcome)

    async def _try_one(self, exception_id: str, body: FixMany, caller: Caller, key: str) -> FixOutcome:
        item = await self._authority.fixable(exception_id, caller)
        if item.code != body.code:
            raise Problem(Kind.CONFLICT, "another_code", f"this is {item.code}, not {body.code}")
        if body.dry_run:
            await self._book.fixing.check(exception_id, values=body.values, by=caller.subject)
            return FixOutcome.WOULD_PROPOSE if item.four_eyes else FixOutcome.WOULD_FIX
        fixed = await self._book.fix(
            exception_id,
            values=body.values,
            by=caller.subject,
            key=own_key(caller, f"{key}:{exception_id}"),
            note=body.note,
        )
        return FixOutcome.FIXED if fixed.state is ExceptionState.FIXED else FixOutcome.PROPOSED
