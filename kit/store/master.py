"""The tables of master data: records, agreed values, proposals, names elsewhere, suspects, drifts, trail."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from kit.store.column import Moment
from kit.store.tables import METADATA

MASTER_TURN: Final = Table(
    "master_turn",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("number", sa.BigInteger, nullable=False),
)

MASTER_RECORD: Final = Table(
    "master_record",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("our_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("merged_into", Text),
    Column("created_at", Moment, nullable=False),
    Index(None, "tenant", "noun", "merged_into"),
)

MASTER_FIELD: Final = Table(
    "master_field",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("our_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "tenant", "field"),
)

MASTER_CHANGE: Final = Table(
    "master_change",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("noun", Text, nullable=False),
    Column("our_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("change", Text, nullable=False),
    Index(None, "tenant", "state", "number"),
    Index(None, "tenant", "noun", "our_id"),
)

MASTER_REFERENCE: Final = Table(
    "master_reference",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("our_id", Text, primary_key=True),
    Column("connection", Text, primary_key=True),
    Column("external_id", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    UniqueConstraint("tenant", "noun", "connection", "external_id"),
)

MASTER_TRAIT: Final = Table(
    "master_trait",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("our_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "tenant", "noun", "kind", "value"),
)

MASTER_SUSPECT: Final = Table(
    "master_suspect",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("noun", Text, nullable=False),
    Column("first_id", Text, nullable=False),
    Column("second_id", Text, nullable=False),
    Column("candidate_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("score", sa.Double, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("comment", Text, nullable=False, server_default=""),
    UniqueConstraint("tenant", "noun", "first_id", "second_id"),
    Index(None, "tenant", "state", "number"),
)

MASTER_SNAPSHOT: Final = Table(
    "master_snapshot",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("our_id", Text, primary_key=True),
    Column("connection", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("taken_at", Moment, nullable=False),
)

MASTER_DRIFT: Final = Table(
    "master_drift",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("our_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("drift", Text, nullable=False),
    Column("place", Text, nullable=False),
    Index(None, "tenant", "since", "place"),
)

MASTER_TRAIL: Final = Table(
    "master_trail",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("noun", Text, nullable=False),
    Column("our_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "tenant", "noun", "our_id"),
)
