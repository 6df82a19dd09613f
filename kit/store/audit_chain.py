"""The tables of the audit chain: entries and checkpoints that are only added, texts that may be taken away."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table, Text

from kit.store.append_only import guarded
from kit.store.tables import METADATA

AUDIT_ENTRY: Final = guarded(
    Table(
        "audit_entry",
        METADATA,
        Column("tenant", Text, primary_key=True),
        Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("source", sa.BigInteger, unique=True),
        Column("subject", Text, nullable=False),
        Column("hash", Text, nullable=False),
        Column("body", Text, nullable=False),
        Index(None, "tenant", "subject"),
    )
)
"""`source` is the line of the trail that it holds, empty where the entry was written to the chain itself."""

AUDIT_TEXT: Final = Table(
    "audit_text",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("texts", Text, nullable=False),
)

AUDIT_HEAD: Final = Table(
    "audit_head",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("seq", sa.BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

AUDIT_CHECKPOINT: Final = guarded(
    Table(
        "audit_checkpoint",
        METADATA,
        Column("tenant", Text, primary_key=True),
        Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("seq", sa.BigInteger, nullable=False),
        Column("body", Text, nullable=False),
        Column("signature", Text, nullable=False),
    )
)
