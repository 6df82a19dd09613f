"""Waiting for people, as rows: a case parks with exceptions or asks for a decision, and looks whether it may go on.

The rows are the truth; messages only say when to look.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import ApprovalState, CaseState, Cause, ExceptionState
from contracts.events.casework import ApprovalRequested, ExceptionRaised
from kit.clock import Clock
from kit.durable.approval import ApprovalRequest
from kit.durable.doing import Doing
from kit.durable.fault import Fault
from kit.durable.governing import UNGOVERNED, Governance, Handling
from kit.durable.ledger import cancelled
from kit.durable.order import Order, Owed, Pending
from kit.durable.requesting import end_approval, open_approval, row_of, take_effect
from kit.durable.seen import effective_at, expires_at
from kit.durable.steadfast import steadfast
from kit.durable.trail import note, pay, stand, tell
from kit.store import Store, insert_once
from kit.store.tables import APPROVAL, BUSINESS_EXCEPTION, CASE_WAIT


class Parking:
    """Opens and closes the waits of a run, as governance orders."""

    def __init__(self, store: Store, *, clock: Clock, governance: Governance = UNGOVERNED) -> None:
        self.store = store
        self.clock = clock
        self.governance = governance

    @steadfast
    async def park(self, doing: Doing, *, ref: str, faults: list[Fault], owed: Owed = ()) -> list[str]:
        """Open one exception for each fault, all in one transaction; their ids."""
        order, now = doing.order, self.clock.now()
        ids = [f"{order.case_id}--x{ref}-{number}" for number in range(1, len(faults) + 1)]
        handled = [self.governance.handling(fault) for fault in faults]
        async with self.store.write() as connection:
            await pay(connection, owed)
            for exception_id, handling in zip(ids, handled, strict=True):
                await raise_exception(connection, doing, handling, exception_id=exception_id, park=ref, at=now)
            codes = ", ".join(handling.fault.code for handling in handled)
            first = handled[0].fault
            await begin_wait(connection, order, ref=ref, cause=first.cause, role=first.owner_role, at=now, detail=codes)
            await stand(connection, order.case_id, at=now, state=CaseState.EXCEPTION, step=doing.label)
        return ids

    @steadfast
    async def parked(self, order: Order, *, ref: str, heed: bool, owed: Owed = ()) -> Pending:
        """Whether the exceptions of a park are all fixed; `heed` says whether a cancellation ends the wait."""
        table, now = BUSINESS_EXCEPTION.c, self.clock.now()
        of_park = (table.case_id == order.case_id) & (table.park == ref)
        still = of_park & (table.state == ExceptionState.OPEN.value)
        async with self.store.write() as connection:
            await pay(connection, owed)
            reason = await cancelled(connection, order.case_id) if heed else ""
            if reason:
                withdrawn = {"state": ExceptionState.WITHDRAWN.value, "fixed_at": now}
                await connection.execute(sa.update(BUSINESS_EXCEPTION).where(still).values(**withdrawn))
                what, detail = "exceptions withdrawn", f"case cancelled: {reason}"
                told = f"{ref}:withdrawn"
                await note(connection, case_id=order.case_id, ref=told, at=now, what=what, detail=detail)
            remaining = (await connection.execute(sa.select(sa.func.count()).where(still))).scalar_one()
            if remaining:
                return Pending(over=False)
            await end_wait(connection, order, ref=ref, at=now)
            if not reason:
                await stand(connection, order.case_id, at=now, state=CaseState.RUNNING)
        return Pending(over=not reason, cancelled=reason)

    @steadfast
    async def request(self, order: Order, *, ref: str, request: ApprovalRequest, owed: Owed = ()) -> str:
        """Open an approval; its id."""
        now, approval_id = self.clock.now(), f"{order.case_id}--{ref}"
        route = self.governance.route(request)
        row = row_of(request, route, order=order, approval_id=approval_id, at=now)
        role = row["role"]
        event = ApprovalRequested(approval_id=approval_id, case_id=order.case_id, role=role, due_at=row["due_at"])
        async with self.store.write() as connection:
            await pay(connection, owed)
            await open_approval(connection, row, route)
            await begin_wait(
                connection,
                order,
                ref=ref,
                cause=Cause.WAITING_APPROVAL,
                role=role,
                at=now,
                detail=request.subject,
            )
            await stand(connection, order.case_id, at=now, state=CaseState.WAITING_APPROVAL)
            await note(
                connection,
                case_id=order.case_id,
                ref=f"{ref}:requested",
                at=now,
                what="approval requested",
                detail=f"{request.subject} ({role})",
            )
            await _tell(connection, order, f"{approval_id}--requested", event, at=now)
        return approval_id

    @steadfast
    async def decided(self, order: Order, *, ref: str, owed: Owed = ()) -> Pending:
        """Whether an approval was decided, expired or became pointless because the case was cancelled."""
        table, now = APPROVAL.c, self.clock.now()
        mine = table.approval_id == f"{order.case_id}--{ref}"
        async with self.store.write() as connection:
            await pay(connection, owed)
            row = (await connection.execute(sa.select(APPROVAL).where(mine).with_for_update())).one()
            reason = await cancelled(connection, order.case_id)
            if row.state == ApprovalState.OPEN and not reason and now < expires_at(row):
                return Pending(over=False, wait_s=(expires_at(row) - now).total_seconds())
            effective = effective_at(row)
            if effective is not None and not reason and now < effective:
                return Pending(over=False, wait_s=(effective - now).total_seconds())
            if effective is not None:
                await take_effect(connection, row, order=order, at=now)
            if row.state == ApprovalState.OPEN:
                row = await end_approval(connection, row, order=order, ref=ref, reason=reason, at=now)
            await end_wait(connection, order, ref=ref, at=now)
            if not reason:
                await stand(connection, order.case_id, at=now, state=CaseState.RUNNING)
        return Pending(
            over=True,
            cancelled=reason,
            approved=row.state == ApprovalState.APPROVED,
            decided_by=row.decided_by or "",
            comment=row.comment,
            expired=row.state == ApprovalState.EXPIRED,
        )


async def raise_exception(
    connection: AsyncConnection, doing: Doing, handling: Handling, *, exception_id: str, park: str, at: dt.datetime
) -> None:
    """Open one exception with its audit line and its event."""
    order, fault = doing.order, handling.fault
    due_at = at + dt.timedelta(hours=fault.due_in_h)
    first = handling.escalation[0] if handling.escalation else None
    row = {
        "exception_id": exception_id,
        "tenant": order.tenant,
        "case_id": order.case_id,
        "park": park,
        "code": fault.code,
        "state": ExceptionState.OPEN.value,
        "step": doing.label,
        "owner_role": fault.owner_role,
        "title": fault.title,
        "detail": fault.detail,
        "hint": fault.hint,
        "cause": fault.cause.value,
        "context": msgspec.json.encode(fault.context).decode(),
        "form": msgspec.json.encode(fault.form).decode(),
        "raised_at": at,
        "due_at": due_at,
        "severity": handling.severity.value,
        "resume": handling.resume.value,
        "four_eyes": handling.four_eyes,
        "escalation": msgspec.json.encode(handling.escalation).decode(),
        "escalates_at": None if first is None else due_at + dt.timedelta(hours=first.after_h),
    }
    await insert_once(connection, BUSINESS_EXCEPTION, row)
    detail = f"{fault.code} at {doing.label}: {fault.detail}"
    await note(
        connection,
        case_id=order.case_id,
        ref=f"{exception_id}:raised",
        at=at,
        what="exception raised",
        detail=detail,
    )
    event = ExceptionRaised(
        exception_id=exception_id,
        case_id=order.case_id,
        code=fault.code,
        owner_role=fault.owner_role,
        due_at=due_at,
    )
    await _tell(connection, order, f"{exception_id}--raised", event, at=at)


async def _tell(
    connection: AsyncConnection,
    order: Order,
    event_id: str,
    event: ExceptionRaised | ApprovalRequested,
    *,
    at: dt.datetime,
) -> None:
    await tell(
        connection,
        order,
        event_id=event_id,
        event_type=event.TYPE,
        subject=order.business_key,
        at=at,
        data=event,
    )


async def begin_wait(
    connection: AsyncConnection,
    order: Order,
    *,
    ref: str,
    cause: Cause,
    role: str,
    at: dt.datetime,
    detail: str,
) -> None:
    """Show that a case waits, once for a `ref`."""
    row = {
        "case_id": order.case_id,
        "ref": ref,
        "cause": cause.value,
        "owner_role": role,
        "started_at": at,
        "detail": detail,
    }
    await insert_once(connection, CASE_WAIT, row)


async def end_wait(connection: AsyncConnection, order: Order, *, ref: str, at: dt.datetime) -> None:
    """Show that the waiting is over."""
    table = CASE_WAIT.c
    where = (table.case_id == order.case_id) & (table.ref == ref) & table.ended_at.is_(None)
    await connection.execute(sa.update(CASE_WAIT).where(where).values(ended_at=at))
