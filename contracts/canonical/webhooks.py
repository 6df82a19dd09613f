"""Webhooks: where partners want to be told of what happens, and what became of each telling (Standard Webhooks 1.0).

A message says what happened and to which object, by id; amounts and names are asked for afterwards, in the version and
with the scopes of whoever asks. So a message is the same in every version, and holds nothing confidential.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, field

from contracts.canonical.field import Noun, Record, fact


class EventType(StrEnum):
    """What partners may be told of. A value may be added at any time; it is sent to nobody who did not ask for it."""

    PROJECT_PROVISIONED = "project.provisioned"
    PROJECT_CANCELLED = "project.cancelled"
    STAFFING_REQUESTED = "staffing.requested"
    INVOICE_POSTED = "invoice.posted"


class EndpointState(StrEnum):
    """Whether an endpoint is told: yes; not while its owner paused it; yes, but it does not answer; not any more."""

    ACTIVE = "active"
    PAUSED = "paused"
    FAILING = "failing"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """Whether a message is still to be delivered, was taken, or was given up after the last attempt."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class SecretStanding(Noun, frozen=True, kw_only=True):
    """One signing secret of an endpoint, without its value. It signs until it is replaced and its overlap has ended."""

    number: int
    made_at: dt.datetime
    signs_until: Annotated[dt.datetime | None, fact("End of its overlap, once a newer one stands", Record.SLUICE)] = (
        None
    )


class DeliveryCounts(Noun, frozen=True, kw_only=True):
    """Messages to an endpoint by what became of them, over the days that are kept."""

    pending: int = 0
    delivered: int = 0
    failed: int = 0


class Endpoint(Noun, frozen=True, kw_only=True):
    """Where a partner wants to be told, and how that goes."""

    endpoint_id: Annotated[str, fact("Our id of the endpoint", Record.SLUICE, example="whe-7Q2mX0bB3kVd")]
    client_id: Annotated[str, fact("Whose it is", Record.SLUICE, example="partner-demo")]
    url: Annotated[
        str,
        fact("Address that is called", Record.SLUICE),
        Meta(examples=["https://hooks.partner.example/sluice"]),
    ]
    description: str
    event_types: list[EventType]
    state: EndpointState
    reason: Annotated[str, fact("Why it is failing or disabled", Record.SLUICE)]
    created_by: Annotated[str, fact("Subject of who made it", Record.SLUICE)]
    created_at: dt.datetime
    changed_at: dt.datetime
    failing_since: Annotated[dt.datetime | None, fact("First failure since the last success", Record.SLUICE)] = None
    secrets: list[SecretStanding] = field(default_factory=list)
    counts: DeliveryCounts | None = None
    etag: str = ""


class Endpoints(Noun, frozen=True, kw_only=True):
    """All endpoints of a partner, oldest first."""

    items: list[Endpoint]


class SecretShown(Noun, frozen=True, kw_only=True):
    """A signing secret, shown to who asked for it and never again."""

    NO_STORE: ClassVar[bool] = True
    endpoint_id: str
    number: int
    secret: Annotated[
        str,
        fact("Key of the signatures; the answer is kept nowhere on its way", Record.SLUICE),
        Meta(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]),
    ]
    replaces_until: Annotated[dt.datetime | None, fact("Until when older secrets sign beside it", Record.SLUICE)] = None


class EndpointMade(Noun, frozen=True, kw_only=True):
    """A new endpoint with its first secret."""

    NO_STORE: ClassVar[bool] = True
    endpoint: Endpoint
    secret: SecretShown


class Attempt(Noun, frozen=True, kw_only=True):
    """One attempt to deliver. `status` is absent where no answer came; `outcome` says why then."""

    number: int
    at: dt.datetime
    outcome: Annotated[
        str,
        fact(
            "delivered, refused, redirected, gone, throttled; or timeout, unreachable, tls, cut_off,"
            " address_forbidden and other codes of why nothing was sent; unfinished where we never learnt",
            Record.SLUICE,
            example="delivered",
        ),
    ]
    status: Annotated[int | None, fact("HTTP status of the answer", Record.SLUICE, example=200)] = None
    latency_ms: Annotated[int | None, fact("Time to the answer", Record.SLUICE, unit="ms")] = None
    detail: Annotated[str, fact("Beginning of the answer, or what went wrong", Record.SLUICE)] = ""


class Delivery(Noun, frozen=True, kw_only=True):
    """A message on its way to an endpoint. `message_id` is sent as `webhook-id` and never changes, replays included."""

    message_id: Annotated[str, fact("Our id of the message", Record.SLUICE, example="msg_2f0c8c1e5d7b4a90")]
    endpoint_id: str
    type: Annotated[str, fact("What happened; ping where nothing did", Record.SLUICE, example="invoice.posted")]
    state: DeliveryState
    attempts: Annotated[int, fact("Attempts so far, over all replays", Record.SLUICE)]
    replays: Annotated[int, fact("How often it was asked for again", Record.SLUICE)]
    occurred_at: Annotated[dt.datetime, fact("When it happened", Record.SLUICE)]
    created_at: Annotated[dt.datetime, fact("When it was put in line", Record.SLUICE)]
    next_attempt_at: dt.datetime | None = None
    delivered_at: dt.datetime | None = None
    last_status: int | None = None


class DeliveryPage(Noun, frozen=True, kw_only=True):
    """A page of deliveries, newest first; `next_cursor` is absent on the last page."""

    items: list[Delivery]
    next_cursor: str | None = None


class DeliveryFile(Noun, frozen=True, kw_only=True):
    """One delivery with the body that is sent and every attempt, oldest first."""

    delivery: Delivery
    body: Annotated[str, fact("The signed body, byte for byte", Record.SLUICE)]
    tries: list[Attempt]


class Replay(Noun, frozen=True, kw_only=True):
    """What a replay put in line, oldest first."""

    endpoint_id: str
    messages: Annotated[int, fact("How many messages go out again", Record.SLUICE)]
    first_message_id: str | None = None
    last_message_id: str | None = None
