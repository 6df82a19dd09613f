"""What people decide: step by step, bound to what was seen. Row, audit, event and wake-up are one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import Approval, ApprovalState, CaseState, ExceptionItem
from contracts.canonical.governance import Verdict
from contracts.events.casework import ApprovalDecided, ApprovalStepOpened
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from kit.durable import rows
from kit.durable.command import Commands
from kit.durable.finding import find_approval, find_case
from kit.durable.fixing import Fixing
from kit.durable.governing import Stage, outstanding
from kit.durable.ledger import UNKNOWN
from kit.durable.order import Post
from kit.durable.seen import audience_of, change, is_expired, stages_of, verdicts_of
from kit.durable.trail import note, stand
from kit.store import Store
from kit.store.tables import EFFECT

CLOSED = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})


class Deciding:
    """Writes what people decide, for one tenant, and wakes the case concerned."""

    def __init__(self, store: Store, *, clock: Clock, tenant: str, post: Post) -> None:
        self.commands = Commands(store, clock, tenant, post)
        self.fixing = Fixing(self.commands)

    async def fix(
        self, exception_id: str, *, values: dict[str, str], by: str, key: str, note_text: str
    ) -> ExceptionItem:
        """Answer the form of an exception; see `Casebook.fix`."""
        return await self.fixing.fix(exception_id, values=values, by=by, key=key, note=note_text)

    async def decide(
        self,
        approval_id: str,
        *,
        approve: bool,
        by: str,
        etag: str,
        key: str,
        comment: str,
        held: Mapping[str, str] | None = None,
        role: str = "",
        undo_s: float = 0.0,
    ) -> Approval:
        """Decide what was seen; see `Casebook.decide`."""

        async def work(connection: AsyncConnection) -> Approval:
            row = await find_approval(connection, approval_id, tenant=self.commands.tenant, lock=True)
            self._may_decide(row, approve=approve, by=by, etag=etag, comment=comment)
            stage = stages_of(row)[row.step - 1]
            escalated = await _escalated(connection, row)
            verdict = self._verdict(
                row, stage, held=held, role=role, escalated=escalated, by=by, approve=approve, comment=comment
            )
            await self._write(connection, row, stage=stage, verdict=verdict, undo_s=undo_s)
            return await approval_noun(connection, approval_id, tenant=self.commands.tenant)

        content = ["decide", approval_id, approve, etag, comment, role, *([undo_s] if undo_s else [])]
        return await self.commands.once(work, by=by, key=key, content=content, answer=Approval)

    async def assign(self, approval_id: str, *, to: str, by: str, key: str) -> Approval:
        """Let one person decide and nobody else; they need the role all the same.

        Raises:
            Problem: not_found; conflict, when it is no longer open.

        """

        async def work(connection: AsyncConnection) -> Approval:
            row = await find_approval(connection, approval_id, tenant=self.commands.tenant, lock=True)
            _open(row)
            await change(connection, row, {"assigned_to": to})
            ref = f"{approval_id}:assigned:{uuid.uuid4().hex[:12]}"
            await self.commands.note(
                connection, case_id=row.case_id, ref=ref, by=by, what="approval assigned", detail=to
            )
            return await approval_noun(connection, approval_id, tenant=self.commands.tenant)

        content = ["assign-approval", approval_id, to]
        return await self.commands.once(work, by=by, key=key, content=content, answer=Approval)

    async def cancel(self, case_id: str, *, reason: str, by: str) -> None:
        """Ask a case to unwind; see `Durable.cancel`."""
        now = self.commands.now()
        async with self.commands.store.write() as connection:
            row = await find_case(connection, case_id, tenant=self.commands.tenant, lock=True)
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
            await self.commands.post.wake(connection, case_id=case_id, key=ref)

    def _may_decide(self, row: Any, *, approve: bool, by: str, etag: str, comment: str) -> None:
        _open(row)
        if is_expired(row, self.commands.now()):
            raise Problem(Kind.CONFLICT, "approval_expired", "the approval was due and nobody decided")
        seen(row, etag)
        if row.assigned_to is not None and row.assigned_to != by:
            raise Problem(Kind.CONFLICT, "approval_assigned", f"{row.assigned_to} was asked to decide this")
        if approve and row.question:
            raise Problem(
                Kind.CONFLICT, "approval_question_open", "a question has to be answered first", hint=row.question
            )
        if any(by in {verdict.by, verdict.on_behalf_of} for verdict in verdicts_of(row)):
            raise Problem(
                Kind.FORBIDDEN,
                "approval_decided_by_you",
                "you have spoken about this approval; another person has to decide the rest",
            )
        if not approve and not comment.strip():
            error = FieldError(pointer="/comment", code="required", detail="say why it is rejected")
            raise Problem(Kind.INVALID, "comment_required", "a rejection needs a comment", errors=(error,))

    def _verdict(
        self,
        row: Any,
        stage: Stage,
        *,
        held: Mapping[str, str] | None,
        role: str,
        escalated: list[str],
        by: str,
        approve: bool,
        comment: str,
    ) -> Verdict:
        """The verdict in the first role that is still needed and held, or in the role that was named."""
        needed = outstanding(stage, step=row.step, verdicts=verdicts_of(row))
        speaks = dict.fromkeys([*needed, *escalated], "") if held is None else dict(held)
        wanted = [each for each in [*needed, *escalated] if each in speaks and role in {"", each}]
        if not wanted:
            raise Problem(
                Kind.FORBIDDEN,
                "approval_not_yours",
                f"this is decided by the role {', '.join(needed)}",
                hint="Ask somebody who holds the role.",
            )
        spoken = wanted[0]
        if speaks[spoken] and any(speaks[spoken] in {each.by, each.on_behalf_of} for each in verdicts_of(row)):
            raise Problem(
                Kind.FORBIDDEN,
                "approval_decided_by_delegator",
                f"{speaks[spoken]}, for whom you would decide, has spoken about this approval",
            )
        return Verdict(
            step=row.step,
            role=spoken if spoken in needed else needed[0],
            by=by,
            approve=approve,
            at=self.commands.now(),
            on_behalf_of=speaks[spoken],
            stands_in="" if spoken in needed else spoken,
            comment=comment,
        )

    async def _write(
        self, connection: AsyncConnection, row: Any, *, stage: Stage, verdict: Verdict, undo_s: float
    ) -> None:
        stages, now = stages_of(row), self.commands.now()
        complete = not outstanding(stage, step=row.step, verdicts=[*verdicts_of(row), verdict])
        if undo_s and (not verdict.approve or (complete and row.step == len(stages))):
            verdict = replace(verdict, effective_at=now + dt.timedelta(seconds=undo_s))
        verdicts = [*verdicts_of(row), verdict]
        changes: dict[str, Any] = {"verdicts": msgspec.json.encode(verdicts).decode()}
        what = "approval rejected"
        if not verdict.approve:
            changes |= _ended(ApprovalState.REJECTED, verdict, at=now)
        elif complete and row.step == len(stages):
            changes |= _ended(ApprovalState.APPROVED, verdict, at=now)
            what = "approval approved"
        elif complete:
            changes |= opening(stages[row.step], step=row.step + 1, at=now)
            what = "approval step approved"
        else:
            what = "approval step supported"
        await change(connection, row, changes)
        await self._tell(connection, row, changes, verdict=verdict, stages=stages, what=what)

    async def _tell(
        self,
        connection: AsyncConnection,
        row: Any,
        changes: Mapping[str, Any],
        *,
        verdict: Verdict,
        stages: list[Stage],
        what: str,
    ) -> None:
        commands = self.commands
        spoke = f"{verdict.by} for {verdict.on_behalf_of}" if verdict.on_behalf_of else ""
        detail = "; ".join(part for part in (row.subject, spoke, verdict.comment) if part)
        ref = f"{row.approval_id}:{verdict.step}:{verdict.role}:{verdict.at.isoformat()}"
        await commands.note(connection, case_id=row.case_id, ref=ref, by=verdict.by, what=what, detail=detail)
        if "state" in changes:
            if verdict.effective_at is None:
                told = decided(row, verdict)
                event_id = f"{row.approval_id}--decided"
                await commands.tell(connection, case_id=row.case_id, event_id=event_id, data=told)
            key = f"decided:{row.approval_id}:{verdict.at.isoformat()}"
            await commands.post.wake(connection, case_id=row.case_id, key=key)
        elif "step" in changes:
            step = changes["step"]
            opened = ApprovalStepOpened(
                approval_id=row.approval_id,
                case_id=row.case_id,
                step=step,
                roles=stages[step - 1].roles,
                due_at=changes["due_at"],
            )
            event_id = f"{row.approval_id}--step-{step}"
            await commands.tell(connection, case_id=row.case_id, event_id=event_id, data=opened)

    async def _pivots(self, connection: AsyncConnection, case_id: str) -> list[str]:
        query = sa.select(EFFECT.c.step).where(
            EFFECT.c.case_id == case_id, EFFECT.c.pivot.is_(True), EFFECT.c.state.in_(("done", UNKNOWN))
        )
        return [row.step for row in await connection.execute(query)]


def seen(row: Any, etag: str) -> None:
    """Refuse what is about another state of an approval than the one that stands.

    Raises:
        Problem: conflict.

    """
    if etag.strip('"') != row.etag:
        raise Problem(
            Kind.CONFLICT,
            "approval_changed",
            "what you saw is not what stands now",
            hint="Read it again, then decide.",
        )


def decided(row: Any, verdict: Verdict) -> ApprovalDecided:
    """What is told of a decision once it is in effect."""
    return ApprovalDecided(
        approval_id=row.approval_id, case_id=row.case_id, approved=verdict.approve, decided_by=verdict.by
    )


def opening(stage: Stage, *, step: int, at: dt.datetime) -> dict[str, Any]:
    """What the row says once a step is open: whose it is, when it is due, when the first rung is climbed."""
    due_at = at + dt.timedelta(hours=stage.sla_h)
    first = stage.escalation[0] if stage.escalation else None
    return {
        "step": step,
        "role": stage.roles[0],
        "due_at": due_at,
        "escalated": 0,
        "escalates_at": None if first is None else due_at + dt.timedelta(hours=first.after_h),
        "assigned_to": None,
    }


async def approval_noun(connection: AsyncConnection, approval_id: str, *, tenant: str) -> Approval:
    """One approval as people read it."""
    row = await find_approval(connection, approval_id, tenant=tenant)
    audience = await audience_of(connection, [approval_id])
    return rows.approval(row, audience=audience.get(approval_id, []))


def _open(row: Any) -> None:
    if row.state != ApprovalState.OPEN:
        raise Problem(Kind.CONFLICT, "approval_decided", f"the approval is {row.state} already")


def _ended(state: ApprovalState, verdict: Verdict, *, at: dt.datetime) -> dict[str, Any]:
    return {
        "state": state.value,
        "decided_at": at,
        "decided_by": verdict.by,
        "comment": verdict.comment,
        "escalates_at": None,
    }


async def _escalated(connection: AsyncConnection, row: Any) -> list[str]:
    audience = await audience_of(connection, [row.approval_id])
    return [each.role for each in audience.get(row.approval_id, []) if each.escalated and each.step == row.step]
