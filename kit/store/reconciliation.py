"""The tables of reconciliation: runs, how far each source was read, what was read, and the breaks.

What a run read (`recon_holding`) is kept for a few runs only; breaks are kept.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from kit.store.column import Moment
from kit.store.tables import METADATA

RECON_RUN: Final = Table(
    "recon_run",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("run", Text, nullable=False),
    Index("ix_recon_run_started", "tenant", "started_at"),
)

RECON_SOURCE: Final = Table(
    "recon_source",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("lacking", Text, nullable=False),
)

RECON_HOLDING: Final = Table(
    "recon_holding",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("amount", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("more", Text, nullable=False),
    sqlite_with_rowid=False,
)

RECON_BREAK: Final = Table(
    "recon_break",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("break_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("break_class", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("legal_entity_id", Text, nullable=False),
    Column("deal_id", Text, nullable=False),
    Column("said_on", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("amount", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("resolution", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("closed_by", Text, nullable=False, server_default=""),
    Column("closed_at", Moment),
    Index("ix_recon_break_state", "tenant", "state", "first_seen_at", "break_id"),
    Index("ix_recon_break_run", "tenant", "run_id"),
    Index("ix_recon_break_deal", "tenant", "deal_id"),
)
