"""What people do about cases: fix, decide, cancel. Row, audit, event and wake-up are one transaction."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import Approval, ApprovalState, CaseState, ExceptionItem, ExceptionState, FixField
from contracts.events.casework import ApprovalDecided
from contracts.events.envelope import CloudEvent
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from kit.durable import rows
from kit.durable.finding import find_approval, find_case, find_exception
from kit.durable.form import check_answers
from kit.durable.ledger import UNKNOWN
from kit.durable.once import answered, keep_answer
from kit.durable.order import Post
from kit.durable.parking import etag_of
from kit.durable.trail import note, stand
from kit.events import append
from kit.store import Store
from kit.store.tables import APPROVAL, BUSINESS_EXCEPTION, EFFECT

CLOSED = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})


class Deciding:
    """Writes what people decide, for one tenant, and wakes the case concerned."""

    def __init__(self, store: Store, *, clock: Clock, tenant: str, post: Post) -> None:
        self._store = store
        self._clock = clock
        self._tenant = tenant
        self._post = post

    async def fix(
        self, exception_id: str, *, values: dict[str, str], by: str, key: str, note_text: str
    ) -> ExceptionItem:
        """Answer the form of an exception; see `Casebook.fix`."""
        content = ["fix", exception_id, values, note_text]
        scope = f"{self._tenant}/{by}"
        async with self._store.write() as connection:
            before = await answered(connection, scope=scope, key=key, content=content, answer=ExceptionItem)
            if before is not None:
                return before
            row = await find_exception(connection, exception_id, tenant=self._tenant, lock=True)
            if row.state != ExceptionState.OPEN:
                raise Problem(Kind.CONFLICT, "exception_closed", f"the exception is {row.state} already")
            check_answers(msgspec.json.decode(row.form, type=list[FixField]), values)
            item = await self._write_fix(connection, row, values=values, by=by, note_text=note_text)
            now = self._clock.now()
            await keep_answer(connection, scope=scope, key=key, content=content, answer=item, at=now)
            await self._post.wake(connection, case_id=row.case_id, key=f"fixed:{exception_id}")
        return item

    async def decide(self, approval_id: str, *, approve: bool, by: str, etag: str, key: str, comment: str) -> Approval:
        """Decide what was seen; see `Casebook.decide`."""
        content = ["decide", approval_id, approve, etag, comment]
        scope = f"{self._tenant}/{by}"
        async with self._store.write() as connection:
            before = await answered(connection, scope=scope, key=key, content=content, answer=Approval)
            if before is not None:
                return before
            row = await find_approval(connection, approval_id, tenant=self._tenant, lock=True)
            self._may_decide(row, approve=approve, etag=etag, comment=comment)
            decided = await self._write_decision(connection, row, approve=approve, by=by, comment=comment)
            now = self._clock.now()
            await keep_answer(connection, scope=scope, key=key, content=content, answer=decided, at=now)
            await self._post.wake(connection, case_id=row.case_id, key=f"decided:{approval_id}")
        return decided

    async def cancel(self, case_id: str, *, reason: str, by: str) -> None:
        """Ask a case to unwind; see `Durable.cancel`."""
        now = self._clock.now()
        async with self._store.write() as connection:
            row = await find_case(connection, case_id, tenant=self._tenant, lock=True)
            if CaseState(row.state) in CLOSED:
                raise Problem(Kind.CONFLICT, "case_closed", f"the case is {row.state} already")
            if row.cancel_reason or row.state == CaseState.UNWINDING:
                return
            standing = await self._pivots(connection, case_id)
            if standing:
                detail = f"{', '.join(standing)} stands and is never taken back"
                raise Problem(Kind.CONFLICT, "case_past_pivot", detail, hint="Reverse it by a document of its own.")
            await stand(connection, case_id, at=now, cancel_reason=reason, cancel_by=by)
            ref = f"cancel:{now.isoformat()}"
            await note(connection, case_id=case_id, ref=ref, at=now, actor=by, what="cancellation asked", detail=reason)
            await self._post.wake(connection, case_id=case_id, key=ref)

    async def _write_fix(
        self, connection: AsyncConnection, row: Any, *, values: dict[str, str], by: str, note_text: str
    ) -> ExceptionItem:
        now, table = self._clock.now(), BUSINESS_EXCEPTION
        changes = {
            "state": ExceptionState.FIXED.value,
            "fixed_at": now,
            "fixed_by": by,
            "answers": msgspec.json.encode(values).decode(),
            "note": note_text,
        }
        mine = table.c.exception_id == row.exception_id
        await connection.execute(sa.update(table).where(mine).values(**changes))
        told = ", ".join(f"{name} = {value}" for name, value in sorted(values.items()))
        detail = "; ".join(part for part in (row.code, told, note_text) if part)
        ref = f"{row.exception_id}:fixed"
        await note(connection, case_id=row.case_id, ref=ref, at=now, actor=by, what="exception fixed", detail=detail)
        return rows.exception_item(await find_exception(connection, row.exception_id, tenant=self._tenant))

    def _may_decide(self, row: Any, *, approve: bool, etag: str, comment: str) -> None:
        if row.state != ApprovalState.OPEN:
            raise Problem(Kind.CONFLICT, "approval_decided", f"the approval is {row.state} already")
        if self._clock.now() >= row.due_at:
            raise Problem(Kind.CONFLICT, "approval_expired", "the approval was due and nobody decided")
        if etag.strip('"') != row.etag:
            raise Problem(
                Kind.CONFLICT,
                "approval_changed",
                "what you saw is not what stands now",
                hint="Read it again, then decide.",
            )
        if not approve and not comment.strip():
            error = FieldError(pointer="/comment", code="required", detail="say why it is rejected")
            raise Problem(Kind.INVALID, "comment_required", "a rejection needs a comment", errors=(error,))

    async def _write_decision(
        self, connection: AsyncConnection, row: Any, *, approve: bool, by: str, comment: str
    ) -> Approval:
        now, state = self._clock.now(), ApprovalState.APPROVED if approve else ApprovalState.REJECTED
        evidence = msgspec.json.decode(row.evidence, type=dict[str, str])
        changes = {
            "state": state.value,
            "decided_at": now,
            "decided_by": by,
            "comment": comment,
            "etag": etag_of(evidence, state=state, subject=row.subject),
        }
        mine = APPROVAL.c.approval_id == row.approval_id
        await connection.execute(sa.update(APPROVAL).where(mine).values(**changes))
        detail = f"{row.subject}: {comment}" if comment else row.subject
        ref, what = f"{row.approval_id}:decided", f"approval {state.value}"
        await note(connection, case_id=row.case_id, ref=ref, at=now, actor=by, what=what, detail=detail)
        await self._tell(connection, row, approve=approve, by=by)
        return rows.approval(await find_approval(connection, row.approval_id, tenant=self._tenant))

    async def _tell(self, connection: AsyncConnection, row: Any, *, approve: bool, by: str) -> None:
        case = await find_case(connection, row.case_id, tenant=self._tenant)
        decided = ApprovalDecided(approval_id=row.approval_id, case_id=row.case_id, approved=approve, decided_by=by)
        event = CloudEvent(
            id=f"{row.approval_id}--decided",
            source=f"/processes/{case.process}",
            type=decided.TYPE,
            subject=case.business_key,
            time=self._clock.now(),
            data=decided,
            tenant=self._tenant,
        )
        await append(connection, event)

    async def _pivots(self, connection: AsyncConnection, case_id: str) -> list[str]:
        query = sa.select(EFFECT.c.step).where(
            EFFECT.c.case_id == case_id, EFFECT.c.pivot.is_(True), EFFECT.c.state.in_(("done", UNKNOWN))
        )
        return [row.step for row in await connection.execute(query)]
