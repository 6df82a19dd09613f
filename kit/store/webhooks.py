"""The tables of webhooks: endpoints, their sealed secrets, messages, deliveries and attempts.

The number of a message is the order in which partners are told. A delivery is one (endpoint, message), for ever.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from kit.store.column import Moment
from kit.store.tables import METADATA

WEBHOOK_ENDPOINT: Final = Table(
    "webhook_endpoint",
    METADATA,
    Column("endpoint_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("event_types", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("failing_since", Moment),
    Column("disabled", Integer, nullable=False, server_default="0"),
    Column("held_until", Moment),
    Column("lease", Text),
    Column("lease_until", Moment),
    Index(None, "tenant", "client_id", "created_at"),
)

WEBHOOK_SECRET: Final = Table(
    "webhook_secret",
    METADATA,
    Column("endpoint_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("signs_until", Moment),
)

WEBHOOK_MESSAGE: Final = Table(
    "webhook_message",
    METADATA,
    Column("number", sa.BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("message_id"),
    Index(None, "tenant", "customer_id", "occurred_at"),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

WEBHOOK_DELIVERY: Final = Table(
    "webhook_delivery",
    METADATA,
    Column("endpoint_id", Text, primary_key=True),
    Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("replays", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("next_at", Moment),
    Column("delivered_at", Moment),
    Column("last_status", Integer),
    Index(None, "state", "next_at"),
    Index(None, "endpoint_id", "state", "next_at", "number"),
)

WEBHOOK_ATTEMPT: Final = Table(
    "webhook_attempt",
    METADATA,
    Column("endpoint_id", Text, primary_key=True),
    Column("message", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("latency_ms", Integer),
    Column("detail", Text, nullable=False, server_default=""),
)
