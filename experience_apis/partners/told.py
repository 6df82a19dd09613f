"""The half of the partner API that is about being told: asks webhooks for the caller, changes nothing of the answer."""

from __future__ import annotations

import datetime as dt

from contracts.canonical.casework import Limit
from contracts.canonical.webhooks import (
    Delivery,
    DeliveryFile,
    DeliveryPage,
    DeliveryState,
    Endpoint,
    EndpointMade,
    Endpoints,
    Replay,
    SecretShown,
)
from contracts.process.engagements import IdempotencyKey
from contracts.process.webhooks import AddEndpoint, ChangeEndpoint, Id, IfMatch, ReplayRange, RotateSecret, Webhooks


class Told:
    """Holds no state: webhooks knows whose is what."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def webhook_endpoints(self) -> Endpoints:
        """List where the partner is told of what happens."""
        return await self._webhooks.endpoints()

    async def add_webhook_endpoint(self, *, body: AddEndpoint, idempotency_key: IdempotencyKey) -> EndpointMade:
        """Add an address that is told."""
        return await self._webhooks.add_endpoint(body=body, idempotency_key=idempotency_key)

    async def webhook_endpoint(self, *, endpoint_id: Id) -> Endpoint:
        """Read one endpoint."""
        return await self._webhooks.endpoint(endpoint_id=endpoint_id)

    async def change_webhook_endpoint(self, *, endpoint_id: Id, body: ChangeEndpoint, if_match: IfMatch) -> Endpoint:
        """Change an endpoint, pause it, or let it be told again."""
        return await self._webhooks.change_endpoint(endpoint_id=endpoint_id, body=body, if_match=if_match)

    async def remove_webhook_endpoint(self, *, endpoint_id: Id) -> None:
        """Remove an endpoint."""
        await self._webhooks.remove_endpoint(endpoint_id=endpoint_id)

    async def rotate_webhook_secret(
        self, *, endpoint_id: Id, body: RotateSecret, idempotency_key: IdempotencyKey
    ) -> SecretShown:
        """Make a new secret."""
        return await self._webhooks.rotate_secret(endpoint_id=endpoint_id, body=body, idempotency_key=idempotency_key)

    async def ping_webhook_endpoint(self, *, endpoint_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Send a message that tells of nothing."""
        return await self._webhooks.ping(endpoint_id=endpoint_id, idempotency_key=idempotency_key)

    async def webhook_deliveries(
        self,
        *,
        endpoint_id: Id,
        state: DeliveryState | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> DeliveryPage:
        """List what was and will be delivered."""
        return await self._webhooks.deliveries(
            endpoint_id=endpoint_id, state=state, since=since, until=until, cursor=cursor, limit=limit
        )

    async def webhook_delivery(self, *, endpoint_id: Id, message_id: Id) -> DeliveryFile:
        """Read one delivery."""
        return await self._webhooks.delivery(endpoint_id=endpoint_id, message_id=message_id)

    async def replay_webhook(self, *, endpoint_id: Id, message_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Deliver one message again."""
        return await self._webhooks.replay(
            endpoint_id=endpoint_id, message_id=message_id, idempotency_key=idempotency_key
        )

    async def replay_webhooks(self, *, endpoint_id: Id, body: ReplayRange, idempotency_key: IdempotencyKey) -> Replay:
        """Deliver a stretch of time again."""
        return await self._webhooks.replay_range(endpoint_id=endpoint_id, body=body, idempotency_key=idempotency_key)
