"""Endpoints in the store, within the caller's transaction."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.webhooks import DeliveryCounts, Endpoint, EndpointState, EventType
from contracts.events.envelope import CloudEvent
from contracts.events.webhooks import EndpointDisabled
from contracts.problem import Kind, Problem
from contracts.process.webhooks import AddEndpoint, ChangeEndpoint
from kit.events import append
from kit.sealing import Sealer
from kit.store.webhooks import (
    WEBHOOK_ATTEMPT,
    WEBHOOK_DELIVERY,
    WEBHOOK_ENDPOINT,
    WEBHOOK_MESSAGE,
    WEBHOOK_SECRET,
)
from process_apis.webhooks.held import Secrets

_ENDPOINT = WEBHOOK_ENDPOINT.c


@dataclass(frozen=True)
class Endpoints:
    """One tenant's endpoints. `client_id` narrows to those of one client; None is for the firm's own staff."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime
    sealer: Sealer

    @property
    def secrets(self) -> Secrets:
        """The signing secrets in the same transaction."""
        return Secrets(connection=self.connection, now=self.now, sealer=self.sealer)

    async def listed(self, client_id: str | None) -> list[Endpoint]:
        """A client's endpoints, oldest first."""
        query = sa.select(WEBHOOK_ENDPOINT).where(self._of(client_id))
        rows = await self.connection.execute(query.order_by(_ENDPOINT.created_at, _ENDPOINT.endpoint_id))
        return [noun(row) for row in rows.all()]

    async def row(self, endpoint_id: str, client_id: str | None, *, locked: bool = False) -> Any:
        """The row of an endpoint; `locked`, nobody else changes it until the transaction ends.

        Raises:
            Problem: not_found, also when it is somebody else's.

        """
        query = sa.select(WEBHOOK_ENDPOINT).where(self._of(client_id), _ENDPOINT.endpoint_id == endpoint_id)
        row = (await self.connection.execute(query.with_for_update() if locked else query)).first()
        if row is None:
            raise Problem(Kind.NOT_FOUND, "endpoint_not_found", f"there is no endpoint {endpoint_id}")
        return row

    async def one(self, endpoint_id: str, client_id: str | None) -> Endpoint:
        """An endpoint with its secrets and counts.

        Raises:
            Problem: not_found.

        """
        row = await self.row(endpoint_id, client_id)
        counted = await self.connection.execute(
            sa.select(WEBHOOK_DELIVERY.c.state, sa.func.count())
            .where(WEBHOOK_DELIVERY.c.endpoint_id == endpoint_id)
            .group_by(WEBHOOK_DELIVERY.c.state)
        )
        counts = msgspec.convert({state: number for state, number in counted}, DeliveryCounts)  # noqa: C416 - rows are no pairs to dict()
        return msgspec.structs.replace(noun(row), secrets=await self.secrets.standings(endpoint_id), counts=counts)

    async def add(self, asked: AddEndpoint, *, client_id: str, by: str, most: int) -> tuple[str, int]:
        """Keep a new endpoint with its first secret; their ids.

        Raises:
            Problem: conflict, when the client has as many as it may have.

        """
        number = sa.select(sa.func.count()).select_from(WEBHOOK_ENDPOINT).where(self._of(client_id))
        if (await self.connection.execute(number)).scalar_one() >= most:
            raise Problem(Kind.CONFLICT, "too_many_endpoints", f"{most} endpoints are the most a client may have")
        endpoint_id = f"whe-{secrets.token_hex(8)}"
        row = {
            "endpoint_id": endpoint_id,
            "tenant": self.tenant,
            "client_id": client_id,
            "state": EndpointState.ACTIVE.value,
            "version": 1,
            "created_by": by,
            "created_at": self.now,
            **self._asked(asked),
        }
        await self.connection.execute(sa.insert(WEBHOOK_ENDPOINT).values(**row))
        return endpoint_id, await self.secrets.add(endpoint_id)

    async def change(self, row: Any, asked: ChangeEndpoint) -> None:
        """Bring an endpoint to what is asked; what was held back by its failures goes out at once."""
        state = EndpointState.PAUSED if asked.paused else EndpointState.ACTIVE
        revived = row.state == EndpointState.DISABLED.value or row.url != asked.url
        fresh = {"failing_since": None, "held_until": None, "reason": ""} if revived else {}
        changes = {**self._asked(asked), "state": state.value, "version": row.version + 1, **fresh}
        await self._update(row.endpoint_id, changes)

    async def resume(self, endpoint_id: str) -> bool:
        """Tell a disabled endpoint again; whether it was disabled."""
        changes = {"state": "active", "reason": "", "failing_since": None, "held_until": None}
        return await self._turned(endpoint_id, EndpointState.DISABLED, changes)

    async def switch_off(self, endpoint_id: str, *, reason: str) -> bool:
        """Tell an endpoint no more; whether it was active."""
        return await self._turned(endpoint_id, EndpointState.ACTIVE, {"state": "disabled", "reason": reason})

    async def disable(self, row: Any, *, reason: str, origin: str) -> None:
        """Tell an endpoint no more because of how it answers, and tell us."""
        times = row.disabled + 1
        changes = {"state": "disabled", "reason": reason, "disabled": times, "version": row.version + 1}
        await self._update(row.endpoint_id, changes)
        fact = EndpointDisabled(
            endpoint_id=row.endpoint_id,
            client_id=row.client_id,
            origin=origin,
            reason=reason,
            failing_since=row.failing_since or self.now,
            times=times,
        )
        event = CloudEvent(
            id=f"{row.endpoint_id}--disabled-{times}",
            source="/processes/webhooks",
            type=EndpointDisabled.TYPE,
            subject=row.endpoint_id,
            time=self.now,
            data=fact,
            tenant=self.tenant,
        )
        await append(self.connection, event)

    async def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint with everything that hangs on it."""
        for table in (WEBHOOK_ATTEMPT, WEBHOOK_DELIVERY, WEBHOOK_SECRET, WEBHOOK_ENDPOINT):
            await self.connection.execute(sa.delete(table).where(table.c.endpoint_id == endpoint_id))

    async def interested(self, clients: Collection[str], kind: EventType) -> list[str]:
        """The endpoints of these clients that want to be told; a disabled one is not told, a paused one later."""
        query = sa.select(_ENDPOINT.endpoint_id, _ENDPOINT.event_types).where(
            _ENDPOINT.tenant == self.tenant,
            _ENDPOINT.client_id.in_(sorted(clients)),
            _ENDPOINT.state != EndpointState.DISABLED.value,
        )
        rows = await self.connection.execute(query.order_by(_ENDPOINT.endpoint_id))
        return [row.endpoint_id for row in rows if kind.value in msgspec.json.decode(row.event_types)]

    async def _turned(self, endpoint_id: str, from_state: EndpointState, changes: dict[str, Any]) -> bool:
        mine = (
            (_ENDPOINT.tenant == self.tenant)
            & (_ENDPOINT.endpoint_id == endpoint_id)
            & (_ENDPOINT.state == from_state.value)
        )
        done = await self.connection.execute(
            sa.update(WEBHOOK_ENDPOINT)
            .where(mine)
            .values(**changes, changed_at=self.now, version=_ENDPOINT.version + 1)
        )
        return bool(done.rowcount)

    async def _update(self, endpoint_id: str, changes: dict[str, Any]) -> None:
        statement = sa.update(WEBHOOK_ENDPOINT).where(_ENDPOINT.endpoint_id == endpoint_id)
        await self.connection.execute(statement.values(**{**changes, "changed_at": self.now}))

    def _asked(self, asked: AddEndpoint | ChangeEndpoint) -> dict[str, Any]:
        kinds = sorted({each.value for each in asked.event_types})
        return {
            "url": asked.url,
            "description": asked.description,
            "event_types": msgspec.json.encode(kinds).decode(),
            "changed_at": self.now,
        }

    def _of(self, client_id: str | None) -> sa.ColumnElement[bool]:
        mine = _ENDPOINT.tenant == self.tenant
        return mine if client_id is None else mine & (_ENDPOINT.client_id == client_id)


def noun(row: Any) -> Endpoint:
    """An endpoint as it is shown; one that is active and fails is failing."""
    state = EndpointState(row.state)
    failing = state is EndpointState.ACTIVE and row.failing_since is not None
    return Endpoint(
        endpoint_id=row.endpoint_id,
        client_id=row.client_id,
        url=row.url,
        description=row.description,
        event_types=[EventType(each) for each in msgspec.json.decode(row.event_types)],
        state=EndpointState.FAILING if failing else state,
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        failing_since=row.failing_since,
        etag=str(row.version),
    )


def expired(tenant: str, *, before: dt.datetime) -> list[sa.Delete]:
    """What forgets messages older than that with all that hangs on them, and secrets that ended before."""
    message, secret = WEBHOOK_MESSAGE.c, WEBHOOK_SECRET.c
    old = sa.select(message.number).where(message.tenant == tenant, message.created_at < before)
    mine = sa.select(_ENDPOINT.endpoint_id).where(_ENDPOINT.tenant == tenant)
    return [
        sa.delete(WEBHOOK_ATTEMPT).where(WEBHOOK_ATTEMPT.c.message.in_(old)),
        sa.delete(WEBHOOK_DELIVERY).where(WEBHOOK_DELIVERY.c.number.in_(old)),
        sa.delete(WEBHOOK_MESSAGE).where(message.tenant == tenant, message.created_at < before),
        sa.delete(WEBHOOK_SECRET).where(secret.endpoint_id.in_(mine), secret.signs_until < before),
    ]
