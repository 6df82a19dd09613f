"""The tables of what people do about cases: who may act on what, what was said, delegated and forced."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from kit.store.column import Moment
from kit.store.tables import METADATA

APPROVAL_AUDIENCE: Final = Table(
    "approval_audience",
    METADATA,
    Column("approval_id", Text, primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("role", Text, primary_key=True),
    Column("escalated", Integer, nullable=False, server_default="0"),
    Index(None, "role"),
)

REMARK: Final = Table(
    "remark",
    METADATA,
    Column("remark_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "tenant", "about", "at"),
)

DELEGATION: Final = Table(
    "delegation",
    METADATA,
    Column("delegation_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("delegator", Text, nullable=False),
    Column("delegate", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Index(None, "tenant", "delegate"),
    Index(None, "tenant", "delegator"),
)

BREAK_GLASS: Final = Table(
    "break_glass",
    METADATA,
    Column("approval_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("confirmed_by", Text),
    Column("confirmed_at", Moment),
    Index(None, "tenant", "opened_at", "approval_id"),
)
