"""Asking for a decision, as rows: opened once along the route that governance orders, and looked at until it is over.

An approval of a cancelled case is withdrawn; one that nobody decided in time is expired.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import ApprovalState
from contracts.events.casework import ApprovalWithdrawn
from kit.durable.approval import ApprovalRequest
from kit.durable.deciding import decided, opening
from kit.durable.governing import Route
from kit.durable.order import Order
from kit.durable.seen import change, etag_of, verdicts_of
from kit.durable.trail import note, tell
from kit.store import insert_once
from kit.store.people import APPROVAL_AUDIENCE
from kit.store.tables import APPROVAL


def row_of(
    request: ApprovalRequest, route: Route, *, order: Order, approval_id: str, at: dt.datetime
) -> dict[str, Any]:
    """The row of an approval whose first step opens now; it expires with the route or the request, whichever first."""
    stake = request.at_stake or request.amount
    hours = route.expires_h if request.due_in_h is None else min(route.expires_h, request.due_in_h)
    row: dict[str, Any] = {
        "approval_id": approval_id,
        "tenant": order.tenant,
        "case_id": order.case_id,
        "subject": request.subject,
        "reason": request.reason,
        "state": ApprovalState.OPEN.value,
        "evidence": msgspec.json.encode(request.evidence).decode(),
        "requested_at": at,
        "at_stake_amount": None if stake is None else str(stake.amount),
        "at_stake_currency": None if stake is None else stake.currency,
        "object": request.object,
        "attribute": request.attribute,
        "legal_entity_id": request.legal_entity_id,
        "flags": msgspec.json.encode(request.flags).decode(),
        "rule": route.rule,
        "route": msgspec.json.encode(route.stages).decode(),
        "verdicts": "[]",
        "submitted_by": request.submitted_by,
        "question": "",
        "expires_at": at + dt.timedelta(hours=hours),
        **opening(route.stages[0], step=1, at=at),
    }
    row["due_at"] = min(row["due_at"], row["expires_at"])
    return {**row, "etag": etag_of(row)}


async def open_approval(connection: AsyncConnection, row: dict[str, Any], route: Route) -> None:
    """Write an approval with everybody who may act on it, once."""
    await insert_once(connection, APPROVAL, row)
    for step, stage in enumerate(route.stages, start=1):
        for role in stage.roles:
            await insert_once(
                connection, APPROVAL_AUDIENCE, {"approval_id": row["approval_id"], "step": step, "role": role}
            )


async def end_approval(
    connection: AsyncConnection, row: Any, *, order: Order, ref: str, reason: str, at: dt.datetime
) -> Any:
    """Close an approval that nobody decided: withdrawn when its case was cancelled, otherwise expired."""
    state = ApprovalState.WITHDRAWN if reason else ApprovalState.EXPIRED
    comment = f"case cancelled: {reason}" if reason else ""
    ended = {"state": state.value, "decided_at": at, "comment": comment, "escalates_at": None}
    await change(connection, row, ended)
    await note(
        connection,
        case_id=order.case_id,
        ref=f"{ref}:{state.value}",
        at=at,
        what=f"approval {state.value}",
        detail=comment,
    )
    if reason:
        told = ApprovalWithdrawn(approval_id=row.approval_id, case_id=order.case_id, reason=reason)
        event_id = f"{row.approval_id}--withdrawn"
        await tell(
            connection, order, event_id=event_id, event_type=told.TYPE, subject=order.business_key, at=at, data=told
        )
    mine = APPROVAL.c.approval_id == row.approval_id
    return (await connection.execute(sa.select(APPROVAL).where(mine))).one()


async def take_effect(connection: AsyncConnection, row: Any, *, order: Order, at: dt.datetime) -> None:
    """Let a decision stand for good once the time to take it back is over; only now it is told."""
    *before, last = verdicts_of(row)
    standing = [*before, replace(last, effective_at=None)]
    await change(connection, row, {"verdicts": msgspec.json.encode(standing).decode()})
    told = decided(row, last)
    event_id = f"{row.approval_id}--decided"
    await tell(connection, order, event_id=event_id, event_type=told.TYPE, subject=order.business_key, at=at, data=told)
