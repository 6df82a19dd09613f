"""Who speaks to which endpoint: a worker holds an endpoint by a lease and tells it one message at a time.

An attempt is written down before it is made, under its own number, and what came of it after. So two workers never
make the same attempt, and one that dies in between leaves an attempt that says so, and a message that is sent again
under its one id.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.webhooks import DeliveryState, EndpointState
from kit.clock import Clock
from kit.sealing import Sealer
from kit.store import Store
from kit.store.webhooks import WEBHOOK_ATTEMPT, WEBHOOK_DELIVERY, WEBHOOK_ENDPOINT, WEBHOOK_MESSAGE
from process_apis.webhooks.config import Config
from process_apis.webhooks.endpoints import Endpoints
from process_apis.webhooks.rules import PING, SCHEDULE_S, Verdict, next_in_s

_ENDPOINT, _DELIVERY, _MESSAGE = WEBHOOK_ENDPOINT.c, WEBHOOK_DELIVERY.c, WEBHOOK_MESSAGE.c
_PENDING: Final = DeliveryState.PENDING.value
UNFINISHED: Final = "unfinished"


@dataclass(frozen=True, slots=True)
class Lane:
    """An endpoint held by a worker."""

    endpoint_id: str
    lease: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt that may be made now: what goes where, signed by what. `tries` counts within this replay."""

    lane: Lane
    number: int
    attempt: int
    tries: int
    replays: int
    url: str
    message_id: str
    body: bytes
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt."""

    verdict: Verdict
    status: int | None
    latency_ms: int
    detail: str


@dataclass(frozen=True)
class Lanes:
    """The lanes of one tenant, for one worker."""

    store: Callable[[], Store]
    clock: Clock
    chance: random.Random
    tenant: str
    config: Config
    sealer: Sealer

    async def claim(self, limit: int) -> list[Lane]:
        """Hold endpoints that have something to be told, those waiting longest first."""
        now = self.clock.now()
        free = _ENDPOINT.lease_until.is_(None) | (_ENDPOINT.lease_until <= now)
        ready = _ENDPOINT.held_until.is_(None) | (_ENDPOINT.held_until <= now)
        query = (
            sa.select(_ENDPOINT.endpoint_id)
            .join(WEBHOOK_DELIVERY, _DELIVERY.endpoint_id == _ENDPOINT.endpoint_id)
            .where(_ENDPOINT.tenant == self.tenant, _ENDPOINT.state == EndpointState.ACTIVE.value, free, ready)
            .where(_DELIVERY.state == _PENDING, _DELIVERY.next_at <= now)
            .group_by(_ENDPOINT.endpoint_id)
            .order_by(sa.func.min(_DELIVERY.next_at))
            .limit(limit)
        )
        async with self.store().read() as connection:
            waiting = list((await connection.execute(query)).scalars())
        return [lane for each in waiting if (lane := await self._held(each, now, free & ready)) is not None]

    async def begin(self, lane: Lane) -> Parcel | None:
        """The next attempt of a lane, written down; None when nothing is due or the lane is no longer ours."""
        async with self.store().write() as connection:
            now = self.clock.now()
            endpoint = await self._mine(connection, lane)
            if endpoint is None or (endpoint.held_until is not None and endpoint.held_until > now):
                return None
            while (due := await self._due(connection, lane, now)) is not None:
                if self._may_be_told(endpoint, due) and due.tries < len(SCHEDULE_S):
                    return await self._begun(connection, lane, endpoint, due)
                await self._given_up(connection, lane, due)
            return None

    async def settle(self, parcel: Parcel, result: Result, *, origin: str) -> None:
        """Write down what came of an attempt, and what it means for the message and its endpoint."""
        async with self.store().write() as connection:
            now = self.clock.now()
            endpoint = await self._locked(connection, parcel.lane)  # first, as everybody does: no two wait in a ring
            mine = (_DELIVERY.endpoint_id == parcel.lane.endpoint_id) & (_DELIVERY.number == parcel.number)
            attempt = WEBHOOK_ATTEMPT.c
            told = (
                (attempt.endpoint_id == parcel.lane.endpoint_id)
                & (attempt.message == parcel.number)
                & (attempt.number == parcel.attempt)
            )
            wording = {"outcome": result.verdict.outcome, "status": result.status, "detail": result.detail}
            await connection.execute(
                sa.update(WEBHOOK_ATTEMPT).where(told).values(**wording, latency_ms=result.latency_ms)
            )
            # A replay that was asked for meanwhile, or a later attempt of another worker, is not undone.
            same = (_DELIVERY.replays == parcel.replays) & (_DELIVERY.attempts == parcel.attempt)
            statement = sa.update(WEBHOOK_DELIVERY).where(mine, same, _DELIVERY.state == _PENDING)
            await connection.execute(statement.values(**self._becomes(parcel, result, now)))
            if endpoint is not None and endpoint.state != EndpointState.DISABLED.value:
                await self._health(connection, endpoint, result.verdict, now, origin=origin)

    async def release(self, lane: Lane) -> None:
        """Let go of an endpoint, if it is still ours."""
        async with self.store().write() as connection:
            mine = (_ENDPOINT.endpoint_id == lane.endpoint_id) & (_ENDPOINT.lease == lane.lease)
            await connection.execute(sa.update(WEBHOOK_ENDPOINT).where(mine).values(lease=None, lease_until=None))

    async def _held(self, endpoint_id: str, now: dt.datetime, is_free: sa.ColumnElement[bool]) -> Lane | None:
        lane = Lane(endpoint_id, secrets.token_hex(8))
        async with self.store().write() as connection:
            statement = sa.update(WEBHOOK_ENDPOINT).where(_ENDPOINT.endpoint_id == endpoint_id, is_free)
            done = await connection.execute(statement.values(lease=lane.lease, lease_until=self._until(now)))
        return lane if done.rowcount else None

    async def _mine(self, connection: AsyncConnection, lane: Lane) -> Any:
        """The endpoint of a lane, its lease made longer; None when another holds it or it is told no more."""
        now = self.clock.now()
        held = (_ENDPOINT.endpoint_id == lane.endpoint_id) & (_ENDPOINT.lease == lane.lease)
        live = (_ENDPOINT.lease_until > now) & (_ENDPOINT.state == EndpointState.ACTIVE.value)
        statement = sa.update(WEBHOOK_ENDPOINT).where(held, live).values(lease_until=self._until(now))
        return (await connection.execute(statement.returning(WEBHOOK_ENDPOINT))).first()

    async def _locked(self, connection: AsyncConnection, lane: Lane) -> Any:
        query = sa.select(WEBHOOK_ENDPOINT).where(_ENDPOINT.endpoint_id == lane.endpoint_id)
        return (await connection.execute(query.with_for_update())).first()

    async def _due(self, connection: AsyncConnection, lane: Lane, now: dt.datetime) -> Any:
        query = (
            sa.select(WEBHOOK_DELIVERY, _MESSAGE.message_id, _MESSAGE.body, _MESSAGE.type, _MESSAGE.customer_id)
            .join(WEBHOOK_MESSAGE, _MESSAGE.number == _DELIVERY.number)
            .where(_DELIVERY.endpoint_id == lane.endpoint_id, _DELIVERY.state == _PENDING, _DELIVERY.next_at <= now)
            .order_by(_DELIVERY.next_at, _DELIVERY.number)
            .limit(1)
        )
        return (await connection.execute(query)).first()

    def _may_be_told(self, endpoint: Any, due: Any) -> bool:
        """Whether its owner may still be told: whose customers a client speaks for may have changed."""
        return due.type == PING or due.customer_id in self.config.customers.get(endpoint.client_id, ())

    async def _begun(self, connection: AsyncConnection, lane: Lane, endpoint: Any, due: Any) -> Parcel:
        now = self.clock.now()
        attempt, tries = due.attempts + 1, due.tries + 1
        row = {"endpoint_id": lane.endpoint_id, "message": due.number, "number": attempt, "at": now}
        await connection.execute(sa.insert(WEBHOOK_ATTEMPT).values(**row, outcome=UNFINISHED))
        later = dt.timedelta(seconds=next_in_s(tries, self.chance) or self.config.lease_s)
        mine = (_DELIVERY.endpoint_id == lane.endpoint_id) & (_DELIVERY.number == due.number)
        changes = {"attempts": attempt, "tries": tries, "next_at": now + later}  # should this worker die
        await connection.execute(sa.update(WEBHOOK_DELIVERY).where(mine).values(**changes))
        held = await Endpoints(connection, self.tenant, now, self.sealer).secrets.signing(lane.endpoint_id)
        return Parcel(
            lane=lane,
            number=due.number,
            attempt=attempt,
            tries=tries,
            replays=due.replays,
            url=endpoint.url,
            message_id=due.message_id,
            body=due.body.encode(),
            secrets=held,
        )

    async def _given_up(self, connection: AsyncConnection, lane: Lane, due: Any) -> None:
        mine = (_DELIVERY.endpoint_id == lane.endpoint_id) & (_DELIVERY.number == due.number)
        failed = {"state": DeliveryState.FAILED.value, "next_at": None}
        await connection.execute(sa.update(WEBHOOK_DELIVERY).where(mine).values(**failed))

    def _becomes(self, parcel: Parcel, result: Result, now: dt.datetime) -> dict[str, Any]:
        changes: dict[str, Any] = {"last_status": result.status, "next_at": None}
        if result.verdict.delivered:
            return {**changes, "state": DeliveryState.DELIVERED.value, "delivered_at": now}
        wait_s = next_in_s(parcel.tries, self.chance, asked_s=result.verdict.hold_s)
        if wait_s is None:
            return {**changes, "state": DeliveryState.FAILED.value}
        return {**changes, "next_at": now + dt.timedelta(seconds=wait_s)}

    async def _health(
        self, connection: AsyncConnection, row: Any, verdict: Verdict, now: dt.datetime, *, origin: str
    ) -> None:
        since = None if verdict.delivered else row.failing_since or now
        reason = "" if verdict.delivered else f"last attempt: {verdict.outcome}"
        held = now + dt.timedelta(seconds=verdict.hold_s) if verdict.hold_s else None
        changes = {"failing_since": since, "reason": reason, "held_until": held}
        mine = _ENDPOINT.endpoint_id == row.endpoint_id
        await connection.execute(sa.update(WEBHOOK_ENDPOINT).where(mine).values(**changes))
        ended = since is not None and now - since >= dt.timedelta(hours=self.config.disable_after_h)
        if not (verdict.gone or ended):
            return
        why = "it answered 410 Gone" if verdict.gone else f"no success since {since:%Y-%m-%d %H:%M} UTC; {reason}"
        await Endpoints(connection, self.tenant, now, self.sealer).disable(row, reason=why, origin=origin)

    def _until(self, now: dt.datetime) -> dt.datetime:
        return now + dt.timedelta(seconds=self.config.lease_s)
