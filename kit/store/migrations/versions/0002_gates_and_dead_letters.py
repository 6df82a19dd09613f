"""Shared vendor limits, cursors of change feeds, dead letters, kept journals, runs of schedules."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.column import Moment

revision = "0002_gates_and_dead_letters"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("case_file", Column("rewinds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("case_file", Column("journal_kept", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index("ix_case_file_tenant_process_business_key", "case_file", ["tenant", "process", "business_key"])
    _events()
    _runs()
    _vendors()


def _text(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False)


def _moment(name: str) -> Column[dt.datetime]:
    return Column(name, Moment(), nullable=False)


def _events() -> None:
    op.create_table(
        "feed_cursor",
        _text("name"),
        _text("cursor"),
        _moment("at"),
        sa.PrimaryKeyConstraint("name", name="pk_feed_cursor"),
    )
    op.create_table(
        "dead_letter",
        _text("consumer"),
        _text("source"),
        _text("event_id"),
        _text("type"),
        _text("event"),
        _text("state"),
        Column("attempts", sa.Integer(), nullable=False),
        _text("error"),
        _moment("first_at"),
        _moment("last_at"),
        sa.PrimaryKeyConstraint("consumer", "source", "event_id", name="pk_dead_letter"),
    )
    op.create_index("ix_dead_letter_state_last_at", "dead_letter", ["state", "last_at"])


def _runs() -> None:
    op.create_table(
        "kept_journal",
        _text("case_id"),
        Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _moment("at"),
        _text("actor"),
        _text("reason"),
        _text("journal"),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_kept_journal"),
    )
    op.create_table(
        "schedule_run",
        _text("schedule"),
        _text("due"),
        _text("case_id"),
        _moment("at"),
        sa.PrimaryKeyConstraint("schedule", "due", name="pk_schedule_run"),
    )


def _vendors() -> None:
    op.create_table(
        "vendor_gate",
        _text("connection"),
        Column("free_at_s", sa.Double(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("connection", name="pk_vendor_gate"),
    )
    op.create_table(
        "vendor_slot",
        _text("holder"),
        _text("connection"),
        Column("priority", sa.Integer(), nullable=False),
        Column("asked_s", sa.Double(), nullable=False),
        Column("expires_s", sa.Double(), nullable=False),
        Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("holder", name="pk_vendor_slot"),
    )
    op.create_index("ix_vendor_slot_connection_held", "vendor_slot", ["connection", "held"])
