"""Lines that many transactions write: the audit trail, the standing of a case, the outbox of casework."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState
from contracts.canonical.field import Noun
from contracts.events.envelope import CloudEvent
from kit.durable.order import Order, Owed
from kit.events import append
from kit.store import insert_once
from kit.store.tables import AUDIT, CASE_FILE

ENGINE = "sluice"


async def pay(connection: AsyncConnection, owed: Owed) -> None:
    """Make the writes that a run owes."""
    for write in owed:
        await connection.run_sync(write)


async def note(
    connection: AsyncConnection,
    *,
    case_id: str,
    ref: str,
    at: dt.datetime,
    what: str,
    actor: str = ENGINE,
    detail: str = "",
) -> None:
    """Write one line of the audit trail, once for a `ref`."""
    row = {"case_id": case_id, "ref": ref, "at": at, "actor": actor, "what": what, "detail": detail}
    await insert_once(connection, AUDIT, row)


async def stand(
    connection: AsyncConnection,
    case_id: str,
    *,
    at: dt.datetime,
    state: CaseState | None = None,
    step: str | None = None,
    **more: Any,
) -> None:
    """Change where a case stands; a closed case stays as it was closed."""
    changes: dict[str, Any] = {"changed_at": at, **more}
    if state is not None:
        changes["state"] = state.value
    if step is not None:
        changes["step"] = step
    statement = sa.update(CASE_FILE).where(CASE_FILE.c.case_id == case_id, CASE_FILE.c.closed_at.is_(None))
    await connection.execute(statement.values(**changes))


async def tell(
    connection: AsyncConnection,
    order: Order,
    *,
    event_id: str,
    event_type: str,
    subject: str,
    at: dt.datetime,
    data: Noun,
) -> None:
    """Append an event of a case to the outbox, once for an id."""
    event = event_of(order, event_id=event_id, event_type=event_type, subject=subject, at=at, data=data)
    await append(connection, event)


def event_of(order: Order, *, event_id: str, event_type: str, subject: str, at: dt.datetime, data: Noun) -> CloudEvent:
    """An event of a case."""
    return CloudEvent(
        id=event_id,
        source=f"/processes/{order.process}",
        type=event_type,
        subject=subject,
        time=at,
        data=data,
        tenant=order.tenant,
        traceparent=order.traceparent,
    )
