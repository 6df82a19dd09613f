"""The audit chain: its entries, texts, heads and checkpoints, and the order in which lines of the trail are read.

Lines that stand already are chained first, by the first worker of this version, as they are found.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.append_only import guards
from kit.store.column import CurrentTransaction, TransactionId

revision = "0010_the_audit_chain"
down_revision = "0009_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    dialect = op.get_context().dialect.name
    # SQLite adds a column only with a constant for those before it.
    default = sa.text("0") if dialect == "sqlite" else CurrentTransaction()
    op.add_column("audit", Column("xid", TransactionId(), nullable=False, server_default=default))
    op.create_index("ix_audit_xid_seq", "audit", ["xid", "seq"])
    _tables()
    for table in ("audit_entry", "audit_checkpoint"):
        for statement in guards(dialect, table):
            op.execute(statement)


def _tables() -> None:
    op.create_table(
        "audit_entry",
        *_keys("seq"),
        Column("source", sa.BigInteger()),
        *_texts("subject", "hash", "body"),
        sa.UniqueConstraint("source", name="uq_audit_entry_source"),
    )
    op.create_index("ix_audit_entry_tenant_subject", "audit_entry", ["tenant", "subject"])
    op.create_table("audit_text", *_keys("seq"), *_texts("texts"))
    op.create_table(
        "audit_head",
        Column("tenant", Text(), primary_key=True),
        Column("seq", sa.BigInteger(), nullable=False),
        *_texts("hash"),
    )
    op.create_table(
        "audit_checkpoint",
        *_keys("number"),
        Column("seq", sa.BigInteger(), nullable=False),
        *_texts("body", "signature"),
    )


def _keys(number: str) -> list[Column[str] | Column[int]]:
    return [
        Column("tenant", Text(), primary_key=True),
        Column(number, sa.BigInteger(), primary_key=True, autoincrement=False),
    ]


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text(), nullable=False) for name in names]
