"""The tables of business truth: one schema, the same on SQLite and PostgreSQL.

The engine's own tables are its journal and are never read for business.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from kit.store.column import CurrentTransaction, Moment, TransactionId

METADATA: Final = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


CASE_FILE: Final = Table(
    "case_file",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    _words("title"),
    Column("state", Text, nullable=False),
    _words("step"),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("at_stake_amount", Text),
    Column("at_stake_currency", Text),
    Column("legal_entity_id", Text),
    _words("trace_id"),
    _words("cancel_reason"),
    _words("cancel_by"),
    Column("rewinds", Integer, nullable=False, server_default="0"),
    Column("journal_kept", Boolean, nullable=False, server_default=sa.true()),
    Index(None, "tenant", "changed_at", "case_id"),
    Index(None, "tenant", "process", "business_key"),
)

CASE_FACT: Final = Table(
    "case_fact",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

CASE_STEP: Final = Table(
    "case_step",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("key", Text, nullable=False),
    _words("system"),
    _words("external_id"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("elapsed_ms", Integer, nullable=False, server_default="0"),
    Column("outside_ms", Integer, nullable=False, server_default="0"),
    _words("detail"),
)

CASE_WAIT: Final = Table(
    "case_wait",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("cause", Text, nullable=False),
    _words("owner_role"),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    _words("detail"),
)

EFFECT: Final = Table(
    "effect",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("case_id", Text, nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("pivot", Boolean, nullable=False),
    Column("arguments_hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    _words("external_id"),
    Column("result", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("intended_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

BUSINESS_EXCEPTION: Final = Table(
    "business_exception",
    METADATA,
    Column("exception_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("case_id", Text, nullable=False, index=True),
    Column("park", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("owner_role", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("fixed_at", Moment),
    Column("fixed_by", Text),
    Column("answers", Text),
    _words("note"),
    Column("severity", Text, nullable=False, server_default="medium"),
    Column("resume", Text, nullable=False, server_default="same_step"),
    Column("four_eyes", Boolean, nullable=False, server_default=sa.false()),
    Column("escalation", Text, nullable=False, server_default="[]"),
    Column("escalated", Integer, nullable=False, server_default="0"),
    Column("escalates_at", Moment),
    Column("assigned_to", Text),
    Column("proposed", Text),
    Column("proposed_by", Text),
    Column("confirmed_by", Text),
    Index(None, "tenant", "state", "due_at", "exception_id"),
    Index(None, "tenant", "state", "escalates_at"),
)

APPROVAL: Final = Table(
    "approval",
    METADATA,
    Column("approval_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("case_id", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("etag", Text, nullable=False),
    Column("at_stake_amount", Text),
    Column("at_stake_currency", Text),
    Column("decided_at", Moment),
    Column("decided_by", Text),
    _words("comment"),
    _words("object"),
    _words("attribute"),
    Column("legal_entity_id", Text),
    Column("flags", Text, nullable=False, server_default="[]"),
    _words("rule"),
    Column("route", Text, nullable=False, server_default="[]"),
    Column("step", Integer, nullable=False, server_default="1"),
    Column("verdicts", Text, nullable=False, server_default="[]"),
    _words("submitted_by"),
    Column("assigned_to", Text),
    _words("question"),
    Column("escalated", Integer, nullable=False, server_default="0"),
    Column("escalates_at", Moment),
    Column("expires_at", Moment),
    Column("broken_glass", Boolean, nullable=False, server_default=sa.false()),
    Index(None, "tenant", "state", "due_at", "approval_id"),
    Index(None, "tenant", "state", "escalates_at"),
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("seq", sa.BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    _words("detail"),
    Column("xid", TransactionId, nullable=False, server_default=CurrentTransaction()),
    UniqueConstraint("case_id", "ref"),
    Index(None, "xid", "seq"),
)

ANSWERED: Final = Table(
    "answered",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

EVENT_LOG: Final = Table(
    "event_log",
    METADATA,
    Column("seq", sa.BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("xid", TransactionId, nullable=False, server_default=CurrentTransaction()),
    Column("tenant", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("event", Text, nullable=False),
    UniqueConstraint("source", "event_id"),
    Index(None, "xid", "seq"),
    sqlite_autoincrement=True,
)

CONSUMER_CURSOR: Final = Table(
    "consumer_cursor",
    METADATA,
    Column("consumer", Text, primary_key=True),
    Column("xid", TransactionId, nullable=False),
    Column("seq", sa.BigInteger, nullable=False),
)

INBOX: Final = Table(
    "inbox",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("received_at", Moment, nullable=False),
)

EXECUTOR_LEASE: Final = Table(
    "executor_lease",
    METADATA,
    Column("executor_id", Text, primary_key=True),
    Column("beat_s", sa.Double, nullable=False),
)

FEED_CURSOR: Final = Table(
    "feed_cursor",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

DEAD_LETTER: Final = Table(
    "dead_letter",
    METADATA,
    Column("consumer", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index(None, "state", "last_at"),
)

KEPT_JOURNAL: Final = Table(
    "kept_journal",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("journal", Text, nullable=False),
)

SCHEDULE_RUN: Final = Table(
    "schedule_run",
    METADATA,
    Column("schedule", Text, primary_key=True),
    Column("due", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

VENDOR_GATE: Final = Table(
    "vendor_gate",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("free_at_s", sa.Double, nullable=False, server_default="0"),
)

VENDOR_SLOT: Final = Table(
    "vendor_slot",
    METADATA,
    Column("holder", Text, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("asked_s", sa.Double, nullable=False),
    Column("expires_s", sa.Double, nullable=False),
    Column("held", Boolean, nullable=False),
    Index(None, "connection", "held"),
)
