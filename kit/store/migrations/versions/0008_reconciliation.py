"""Runs of reconciliation, how far each source was read, what was read, and the breaks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.column import Moment

revision = "0008_reconciliation"
down_revision = "0007_billing_agreements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recon_run",
        Column("tenant", Text(), primary_key=True),
        Column("run_id", Text(), primary_key=True),
        Column("started_at", Moment(), nullable=False),
        Column("ended_at", Moment()),
        Column("run", Text(), nullable=False),
    )
    op.create_index("ix_recon_run_started", "recon_run", ["tenant", "started_at"])
    op.create_table(
        "recon_source",
        *(Column(name, Text(), primary_key=True) for name in ("tenant", "run_id", "source")),
        Column("cursor", Text(), nullable=False),
        *(Column(name, sa.Integer(), nullable=False) for name in ("done", "rows", "agreed")),
        Column("lacking", Text(), nullable=False),
    )
    op.create_table(
        "recon_holding",
        *(Column(name, Text(), primary_key=True) for name in ("tenant", "run_id", "kind", "key", "system")),
        Column("external_id", Text(), primary_key=True),
        *(Column(name, Text(), nullable=False) for name in ("amount", "currency", "hours", "state", "more")),
        sqlite_with_rowid=False,
    )
    _breaks()


def _breaks() -> None:
    said = ("kind", "key", "break_class", "state", "legal_entity_id", "deal_id", "said_on", "fingerprint")
    op.create_table(
        "recon_break",
        Column("tenant", Text(), primary_key=True),
        Column("break_id", Text(), primary_key=True),
        *(Column(name, Text(), nullable=False) for name in (*said, "amount", "currency", "run_id")),
        Column("first_seen_at", Moment(), nullable=False),
        Column("last_seen_at", Moment(), nullable=False),
        Column("occurrence", sa.Integer(), nullable=False),
        Column("case_id", Text(), nullable=False),
        Column("found", Text(), nullable=False),
        *(Column(name, Text(), nullable=False, server_default="") for name in ("resolution", "reason", "closed_by")),
        Column("closed_at", Moment()),
    )
    op.create_index("ix_recon_break_state", "recon_break", ["tenant", "state", "first_seen_at", "break_id"])
    op.create_index("ix_recon_break_run", "recon_break", ["tenant", "run_id"])
    op.create_index("ix_recon_break_deal", "recon_break", ["tenant", "deal_id"])
