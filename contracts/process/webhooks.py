"""Webhooks: partners' endpoints, their secrets, what was delivered to them, and delivering it again."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Protocol

from msgspec import Meta

from contracts.canonical.casework import Limit
from contracts.canonical.field import Command
from contracts.canonical.webhooks import (
    Delivery,
    DeliveryFile,
    DeliveryPage,
    DeliveryState,
    Endpoint,
    EndpointMade,
    Endpoints,
    EventType,
    Replay,
    SecretShown,
)
from contracts.port import Header, delete, get, post, put

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]
IfMatch = Annotated[str, Header("If-Match"), Meta(min_length=1, max_length=255)]
Id = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Url = Annotated[
    str,
    Meta(
        min_length=9,
        max_length=2000,
        pattern=r"^https?://[^\s]+$",
        description="https, on a port that is called, to a host on the public internet; redirects are not followed",
        examples=["https://hooks.partner.example/sluice"],
    ),
]
Types = Annotated[list[EventType], Meta(min_length=1, max_length=20, description="What to be told of")]
Words = Annotated[str, Meta(max_length=255, description="A word to whoever reads the list", pattern=r"^[^\x00]*$")]


class AddEndpoint(Command, frozen=True, kw_only=True):
    """A new endpoint."""

    url: Url
    event_types: Types
    description: Words = ""


class ChangeEndpoint(Command, frozen=True, kw_only=True):
    """An endpoint as it shall be. `paused` false lets one that was disabled be told again."""

    url: Url
    event_types: Types
    description: Words = ""
    paused: Annotated[bool, Meta(description="Put messages in line without sending them")] = False


class RotateSecret(Command, frozen=True, kw_only=True):
    """A new secret; what is sent is signed by the old ones too until the overlap ends."""

    overlap_h: Annotated[int, Meta(ge=0, le=168, description="How long old secrets go on signing, in hours")] = 24


class ReplayRange(Command, frozen=True, kw_only=True):
    """Deliver again what happened in a stretch of time, in its order; `since` counts, `until` does not."""

    since: Annotated[dt.datetime, Meta(tz=True)]
    until: Annotated[dt.datetime, Meta(tz=True)]
    undelivered_only: Annotated[bool, Meta(description="Leave out what was delivered")] = False


class Webhooks(Protocol):
    """A partner's client sees its own endpoints, and is told of its own customers' objects; others do not exist."""

    @get("/endpoints", scope="webhooks:read")
    async def endpoints(self) -> Endpoints:
        """List the caller's endpoints, oldest first."""
        ...

    @post("/endpoints", scope="webhooks:manage", problems=(409,))
    async def add_endpoint(self, *, body: AddEndpoint, idempotency_key: IdempotencyKey) -> EndpointMade:
        """Add an endpoint; its signing secret is in this answer and in no other."""
        ...

    @get("/endpoints/{endpoint_id}", scope="webhooks:read", problems=(404,))
    async def endpoint(self, *, endpoint_id: Id) -> Endpoint:
        """Read one endpoint with what became of its messages."""
        ...

    @put("/endpoints/{endpoint_id}", scope="webhooks:manage", problems=(404, 412, 428))
    async def change_endpoint(self, *, endpoint_id: Id, body: ChangeEndpoint, if_match: IfMatch) -> Endpoint:
        """Change an endpoint, pause it, or let it be told again."""
        ...

    @delete("/endpoints/{endpoint_id}", scope="webhooks:manage")
    async def remove_endpoint(self, *, endpoint_id: Id) -> None:
        """Remove an endpoint with its secrets and its log; removing it again is fine."""
        ...

    @post("/endpoints/{endpoint_id}/secrets", scope="webhooks:manage", problems=(404, 409))
    async def rotate_secret(
        self, *, endpoint_id: Id, body: RotateSecret, idempotency_key: IdempotencyKey
    ) -> SecretShown:
        """Make a new secret; it is in this answer and in no other."""
        ...

    @post("/endpoints/{endpoint_id}/pings", scope="webhooks:manage", status=202, problems=(404, 409))
    async def ping(self, *, endpoint_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Put a message of the type `ping` in line, which tells of nothing."""
        ...

    @get("/endpoints/{endpoint_id}/deliveries", scope="webhooks:read", problems=(404, 422))
    async def deliveries(
        self,
        *,
        endpoint_id: Id,
        state: DeliveryState | None = None,
        since: Annotated[dt.datetime, Meta(tz=True)] | None = None,
        until: Annotated[dt.datetime, Meta(tz=True)] | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> DeliveryPage:
        """List what was and will be delivered, newest first; `since` and `until` are of when it happened."""
        ...

    @get("/endpoints/{endpoint_id}/deliveries/{message_id}", scope="webhooks:read", problems=(404,))
    async def delivery(self, *, endpoint_id: Id, message_id: Id) -> DeliveryFile:
        """Read one delivery with its body and its attempts."""
        ...

    @post(
        "/endpoints/{endpoint_id}/deliveries/{message_id}/replays",
        scope="webhooks:manage",
        status=202,
        problems=(404, 409),
    )
    async def replay(self, *, endpoint_id: Id, message_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Deliver one message again, under its own id."""
        ...

    @post("/endpoints/{endpoint_id}/replays", scope="webhooks:manage", status=202, problems=(404, 409))
    async def replay_range(self, *, endpoint_id: Id, body: ReplayRange, idempotency_key: IdempotencyKey) -> Replay:
        """Deliver a stretch of time again, oldest first; also what happened before the endpoint was there."""
        ...
