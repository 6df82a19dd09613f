"""Messages and their deliveries in the store, within the caller's transaction: put in line, listed, sent again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.webhooks import Attempt, Delivery, DeliveryFile, DeliveryPage, DeliveryState, EventType
from contracts.problem import FieldError, Kind, Problem
from kit.store import insert_once
from kit.store.database import insert_many_once
from kit.store.webhooks import WEBHOOK_ATTEMPT, WEBHOOK_DELIVERY, WEBHOOK_MESSAGE

_MESSAGE, _DELIVERY, _ATTEMPT = WEBHOOK_MESSAGE.c, WEBHOOK_DELIVERY.c, WEBHOOK_ATTEMPT.c
_DIGITS: Final = 18
_AT_ONCE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is told, before it has a number."""

    message_id: str
    type: str
    body: str
    occurred_at: dt.datetime
    customer_id: str = ""


@dataclass(frozen=True)
class Deliveries:
    """One tenant's messages; whose endpoint it is was decided before."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    async def keep(self, message: Message) -> int | None:
        """The number of a new message; None when it stands already."""
        row = {
            "message_id": message.message_id,
            "tenant": self.tenant,
            "customer_id": message.customer_id,
            "type": message.type,
            "body": message.body,
            "occurred_at": message.occurred_at,
            "created_at": self.now,
        }
        if not await insert_once(self.connection, WEBHOOK_MESSAGE, row):
            return None
        query = sa.select(_MESSAGE.number).where(_MESSAGE.message_id == message.message_id)
        return int((await self.connection.execute(query)).scalar_one())

    async def put_in_line(self, endpoint_ids: Collection[str], numbers: Sequence[int], *, replays: int = 0) -> None:
        """Deliver messages to endpoints, once each."""
        rows = [
            {
                "endpoint_id": endpoint_id,
                "number": number,
                "state": DeliveryState.PENDING.value,
                "replays": replays,
                "created_at": self.now,
                "next_at": self.now,
            }
            for endpoint_id in endpoint_ids
            for number in numbers
        ]
        for first in range(0, len(rows), _AT_ONCE):
            await insert_many_once(self.connection, WEBHOOK_DELIVERY, rows[first : first + _AT_ONCE])

    async def page(
        self,
        endpoint_id: str,
        *,
        state: DeliveryState | None,
        since: dt.datetime | None,
        until: dt.datetime | None,
        cursor: str,
        limit: int,
    ) -> DeliveryPage:
        """What was and will be delivered, newest first.

        Raises:
            Problem: invalid, when the cursor is none of ours.

        """
        query = _joined().where(_DELIVERY.endpoint_id == endpoint_id)
        if cursor:
            query = query.where(_DELIVERY.number < _seen(cursor))
        if state is not None:
            query = query.where(_DELIVERY.state == state.value)
        query = query if since is None else query.where(_MESSAGE.occurred_at >= since)
        query = query if until is None else query.where(_MESSAGE.occurred_at < until)
        found = (await self.connection.execute(query.order_by(_DELIVERY.number.desc()).limit(limit + 1))).all()
        more = len(found) > limit
        items = [_noun(row) for row in found[:limit]]
        return DeliveryPage(items=items, next_cursor=str(found[limit - 1].number) if more else None)

    async def one(self, endpoint_id: str, message_id: str) -> Delivery:
        """A delivery.

        Raises:
            Problem: not_found.

        """
        return _noun(await self._row(endpoint_id, message_id))

    async def file(self, endpoint_id: str, message_id: str) -> DeliveryFile:
        """A delivery with its body and its attempts.

        Raises:
            Problem: not_found.

        """
        row = await self._row(endpoint_id, message_id)
        mine = (_ATTEMPT.endpoint_id == endpoint_id) & (_ATTEMPT.message == row.number)
        tries = await self.connection.execute(sa.select(WEBHOOK_ATTEMPT).where(mine).order_by(_ATTEMPT.number))
        return DeliveryFile(delivery=_noun(row), body=row.body, tries=[_attempt(each) for each in tries])

    async def again(self, endpoint_id: str, message_id: str) -> Delivery:
        """Put a message in line once more, whatever became of it; the schedule begins anew.

        Raises:
            Problem: not_found, when this endpoint was never told of it.

        """
        row = await self._row(endpoint_id, message_id)
        await self._reopen(endpoint_id, [row.number])
        return await self.one(endpoint_id, message_id)

    async def between(
        self, *, customers: Collection[str], kinds: Collection[EventType], since: dt.datetime, until: dt.datetime
    ) -> list[Any]:
        """The number and id of every message about these customers in a stretch of time, in order."""
        query = sa.select(_MESSAGE.number, _MESSAGE.message_id).where(
            _MESSAGE.tenant == self.tenant,
            _MESSAGE.customer_id.in_(sorted(customers)),
            _MESSAGE.type.in_(sorted(kind.value for kind in kinds)),
            _MESSAGE.occurred_at >= since,
            _MESSAGE.occurred_at < until,
        )
        return list((await self.connection.execute(query.order_by(_MESSAGE.number))).all())

    async def delivered(self, endpoint_id: str) -> set[int]:
        """The numbers of what an endpoint took."""
        mine = (_DELIVERY.endpoint_id == endpoint_id) & (_DELIVERY.state == DeliveryState.DELIVERED.value)
        return set((await self.connection.execute(sa.select(_DELIVERY.number).where(mine))).scalars())

    async def all_again(self, endpoint_id: str, numbers: Sequence[int]) -> None:
        """Put messages in line, those that stand in the log once more, the others for the first time."""
        for first in range(0, len(numbers), _AT_ONCE):
            part = numbers[first : first + _AT_ONCE]
            mine = (_DELIVERY.endpoint_id == endpoint_id) & _DELIVERY.number.in_(part)
            known = set((await self.connection.execute(sa.select(_DELIVERY.number).where(mine))).scalars())
            await self._reopen(endpoint_id, sorted(known))
            await self.put_in_line([endpoint_id], [each for each in part if each not in known], replays=1)

    async def _reopen(self, endpoint_id: str, numbers: Sequence[int]) -> None:
        mine = (_DELIVERY.endpoint_id == endpoint_id) & _DELIVERY.number.in_(numbers)
        changes = {"state": DeliveryState.PENDING.value, "tries": 0, "next_at": self.now, "delivered_at": None}
        statement = sa.update(WEBHOOK_DELIVERY).where(mine)
        await self.connection.execute(statement.values(**changes, replays=_DELIVERY.replays + 1))

    async def _row(self, endpoint_id: str, message_id: str) -> Any:
        query = _joined().where(_DELIVERY.endpoint_id == endpoint_id, _MESSAGE.message_id == message_id)
        row = (await self.connection.execute(query)).first()
        if row is None:
            raise Problem(Kind.NOT_FOUND, "delivery_not_found", f"{endpoint_id} was never told of {message_id}")
        return row


def _joined() -> sa.Select[Any]:
    told = (_MESSAGE.message_id, _MESSAGE.type, _MESSAGE.body, _MESSAGE.occurred_at)
    return sa.select(WEBHOOK_DELIVERY, *told).join(WEBHOOK_MESSAGE, _MESSAGE.number == _DELIVERY.number)


def _seen(cursor: str) -> int:
    if cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS:
        return int(cursor)
    error = FieldError(pointer="cursor", code="unknown_cursor", detail="take the cursor from the page before")
    raise Problem(Kind.INVALID, "unknown_cursor", "the cursor is none of ours", status=400, errors=(error,))


def _noun(row: Any) -> Delivery:
    state = DeliveryState(row.state)
    return Delivery(
        message_id=row.message_id,
        endpoint_id=row.endpoint_id,
        type=row.type,
        state=state,
        attempts=row.attempts,
        replays=row.replays,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
        next_attempt_at=row.next_at if state is DeliveryState.PENDING else None,
        delivered_at=row.delivered_at,
        last_status=row.last_status,
    )


def _attempt(row: Any) -> Attempt:
    return Attempt(
        number=row.number,
        at=row.at,
        outcome=row.outcome,
        status=row.status,
        latency_ms=row.latency_ms,
        detail=row.detail,
    )
