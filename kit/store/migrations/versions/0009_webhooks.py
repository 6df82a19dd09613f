"""Webhooks: endpoints, secrets, messages, deliveries, attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Integer, Text

from kit.store.column import Moment

revision = "0009_webhooks"
down_revision = "0008_reconciliation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _endpoints()
    _messages()


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text(), nullable=False) for name in names]


def _counted(*names: str) -> list[Column[int]]:
    return [Column(name, Integer(), nullable=False, server_default="0") for name in names]


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoint",
        Column("endpoint_id", Text(), primary_key=True),
        *_texts("tenant", "client_id", "url", "description", "event_types", "state"),
        Column("reason", Text(), nullable=False, server_default=""),
        Column("version", Integer(), nullable=False),
        *_texts("created_by"),
        Column("created_at", Moment(), nullable=False),
        Column("changed_at", Moment(), nullable=False),
        Column("failing_since", Moment()),
        *_counted("disabled"),
        Column("held_until", Moment()),
        Column("lease", Text()),
        Column("lease_until", Moment()),
    )
    op.create_index(
        "ix_webhook_endpoint_tenant_client_id_created_at", "webhook_endpoint", ["tenant", "client_id", "created_at"]
    )
    op.create_table(
        "webhook_secret",
        Column("endpoint_id", Text(), primary_key=True),
        Column("number", Integer(), primary_key=True, autoincrement=False),
        *_texts("sealed"),
        Column("made_at", Moment(), nullable=False),
        Column("signs_until", Moment()),
    )


def _messages() -> None:
    op.create_table(
        "webhook_message",
        Column("number", sa.BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
        *_texts("message_id", "tenant", "customer_id", "type", "body"),
        Column("occurred_at", Moment(), nullable=False),
        Column("created_at", Moment(), nullable=False),
        sa.UniqueConstraint("message_id", name="uq_webhook_message_message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_webhook_message_tenant_customer_id_occurred_at",
        "webhook_message",
        ["tenant", "customer_id", "occurred_at"],
    )
    op.create_index("ix_webhook_message_created_at", "webhook_message", ["created_at"])
    op.create_table(
        "webhook_delivery",
        Column("endpoint_id", Text(), primary_key=True),
        Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        *_texts("state"),
        *_counted("attempts", "tries", "replays"),
        Column("created_at", Moment(), nullable=False),
        Column("next_at", Moment()),
        Column("delivered_at", Moment()),
        Column("last_status", Integer()),
    )
    op.create_index("ix_webhook_delivery_state_next_at", "webhook_delivery", ["state", "next_at"])
    op.create_index(
        "ix_webhook_delivery_endpoint_id_state_next_at_number",
        "webhook_delivery",
        ["endpoint_id", "state", "next_at", "number"],
    )
    op.create_table(
        "webhook_attempt",
        Column("endpoint_id", Text(), primary_key=True),
        Column("message", sa.BigInteger(), primary_key=True, autoincrement=False),
        Column("number", Integer(), primary_key=True, autoincrement=False),
        Column("at", Moment(), nullable=False),
        *_texts("outcome"),
        Column("status", Integer()),
        Column("latency_ms", Integer()),
        Column("detail", Text(), nullable=False, server_default=""),
    )
