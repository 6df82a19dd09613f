"""The first schema: cases, effects, exceptions, approvals, audit, events."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.column import CurrentTransaction, Moment, TransactionId

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _cases()
    _effects()
    _exceptions()
    _approvals()
    _audit()
    _events()


def _text(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False)


def _words(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False, server_default="")


def _maybe(name: str) -> Column[str]:
    return Column(name, Text())


def _moment(name: str) -> Column[dt.datetime]:
    return Column(name, Moment(), nullable=False)


def _cases() -> None:
    op.create_table(
        "case_file",
        _text("case_id"),
        _text("tenant"),
        _text("process"),
        Column("version", sa.Integer(), nullable=False),
        _text("business_key"),
        Column("revision", sa.Integer(), nullable=False),
        _words("title"),
        _text("state"),
        _words("step"),
        _moment("opened_at"),
        _moment("changed_at"),
        Column("closed_at", Moment()),
        _maybe("at_stake_amount"),
        _maybe("at_stake_currency"),
        _maybe("legal_entity_id"),
        _words("trace_id"),
        _words("cancel_reason"),
        _words("cancel_by"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_file"),
    )
    op.create_index("ix_case_file_tenant_changed_at_case_id", "case_file", ["tenant", "changed_at", "case_id"])
    op.create_table(
        "case_fact",
        _text("case_id"),
        _text("name"),
        _text("value"),
        sa.PrimaryKeyConstraint("case_id", "name", name="pk_case_fact"),
    )
    op.create_table(
        "case_step",
        _text("case_id"),
        Column("position", sa.Integer(), autoincrement=False, nullable=False),
        _text("name"),
        _text("state"),
        _text("key"),
        _words("system"),
        _words("external_id"),
        Column("attempts", sa.Integer(), server_default="0", nullable=False),
        Column("started_at", Moment()),
        Column("ended_at", Moment()),
        Column("elapsed_ms", sa.Integer(), server_default="0", nullable=False),
        Column("outside_ms", sa.Integer(), server_default="0", nullable=False),
        _words("detail"),
        sa.PrimaryKeyConstraint("case_id", "position", name="pk_case_step"),
    )
    op.create_table(
        "case_wait",
        _text("case_id"),
        _text("ref"),
        _text("cause"),
        _words("owner_role"),
        _moment("started_at"),
        Column("ended_at", Moment()),
        _words("detail"),
        sa.PrimaryKeyConstraint("case_id", "ref", name="pk_case_wait"),
    )


def _effects() -> None:
    op.create_table(
        "effect",
        _text("key"),
        _text("case_id"),
        Column("position", sa.Integer(), nullable=False),
        _text("step"),
        Column("pivot", sa.Boolean(), nullable=False),
        _text("arguments_hash"),
        _text("state"),
        _words("external_id"),
        _maybe("result"),
        Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _moment("intended_at"),
        Column("ended_at", Moment()),
        sa.PrimaryKeyConstraint("key", name="pk_effect"),
    )
    op.create_index("ix_effect_case_id", "effect", ["case_id"])


def _exceptions() -> None:
    op.create_table(
        "business_exception",
        _text("exception_id"),
        _text("tenant"),
        _text("case_id"),
        _text("park"),
        _text("code"),
        _text("state"),
        _text("step"),
        _text("owner_role"),
        _text("title"),
        _text("detail"),
        _text("hint"),
        _text("cause"),
        _text("context"),
        _text("form"),
        _moment("raised_at"),
        _moment("due_at"),
        Column("fixed_at", Moment()),
        _maybe("fixed_by"),
        _maybe("answers"),
        _words("note"),
        sa.PrimaryKeyConstraint("exception_id", name="pk_business_exception"),
    )
    op.create_index("ix_business_exception_case_id", "business_exception", ["case_id"])
    op.create_index(
        "ix_business_exception_tenant_state_due_at_exception_id",
        "business_exception",
        ["tenant", "state", "due_at", "exception_id"],
    )


def _approvals() -> None:
    op.create_table(
        "approval",
        _text("approval_id"),
        _text("tenant"),
        _text("case_id"),
        _text("subject"),
        _text("reason"),
        _text("role"),
        _text("state"),
        _text("evidence"),
        _moment("requested_at"),
        _moment("due_at"),
        _text("etag"),
        _maybe("at_stake_amount"),
        _maybe("at_stake_currency"),
        Column("decided_at", Moment()),
        _maybe("decided_by"),
        _words("comment"),
        sa.PrimaryKeyConstraint("approval_id", name="pk_approval"),
    )
    op.create_index("ix_approval_case_id", "approval", ["case_id"])
    op.create_index(
        "ix_approval_tenant_state_due_at_approval_id", "approval", ["tenant", "state", "due_at", "approval_id"]
    )


def _audit() -> None:
    op.create_table(
        "audit",
        Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _text("case_id"),
        _text("ref"),
        _moment("at"),
        _text("actor"),
        _text("what"),
        _words("detail"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("case_id", "ref", name="uq_audit_case_id_ref"),
    )
    op.create_table(
        "answered",
        _text("scope"),
        _text("key"),
        _text("fingerprint"),
        _text("answer"),
        _moment("at"),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_answered"),
    )


def _events() -> None:
    op.create_table(
        "event_log",
        Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        Column("xid", TransactionId(), server_default=CurrentTransaction(), nullable=False),
        _text("tenant"),
        _text("source"),
        _text("event_id"),
        _text("type"),
        _text("subject"),
        _text("event"),
        sa.PrimaryKeyConstraint("seq", name="pk_event_log"),
        sa.UniqueConstraint("source", "event_id", name="uq_event_log_source_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_log_xid_seq", "event_log", ["xid", "seq"])
    op.create_table(
        "consumer_cursor",
        _text("consumer"),
        Column("xid", TransactionId(), nullable=False),
        Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name="pk_consumer_cursor"),
    )
    op.create_table(
        "inbox",
        _text("source"),
        _text("event_id"),
        _moment("received_at"),
        sa.PrimaryKeyConstraint("source", "event_id", name="pk_inbox"),
    )
    op.create_table(
        "executor_lease",
        _text("executor_id"),
        Column("beat_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_executor_lease"),
    )
