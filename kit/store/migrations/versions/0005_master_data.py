"""Master data: records, agreed values, proposals, names elsewhere, suspects, drifts, trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.column import Moment

revision = "0005_master_data"
down_revision = "0004_keys_at_the_door"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _records()
    _proposals()
    _likeness()
    _drift()


def _keys(*names: str) -> list[Column[str]]:
    return [Column(name, Text(), primary_key=True) for name in names]


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text(), nullable=False) for name in names]


def _number() -> Column[int]:
    return Column("number", sa.BigInteger(), primary_key=True, autoincrement=False)


def _records() -> None:
    op.create_table("master_turn", *_keys("tenant"), Column("number", sa.BigInteger(), nullable=False))
    op.create_table(
        "master_record",
        *_keys("tenant", "noun", "our_id"),
        *_texts("state"),
        Column("merged_into", Text()),
        Column("created_at", Moment(), nullable=False),
    )
    op.create_index("ix_master_record_tenant_noun_merged_into", "master_record", ["tenant", "noun", "merged_into"])
    op.create_table(
        "master_field",
        *_keys("tenant", "noun", "our_id", "field"),
        *_texts("value", "connection"),
        Column("changed_at", Moment(), nullable=False),
    )
    op.create_index("ix_master_field_tenant_field", "master_field", ["tenant", "field"])
    op.create_table(
        "master_reference",
        *_keys("tenant", "noun", "our_id", "connection"),
        *_texts("external_id", "recorded_by"),
        Column("recorded_at", Moment(), nullable=False),
        sa.UniqueConstraint("tenant", "noun", "connection", "external_id"),
    )


def _proposals() -> None:
    op.create_table("master_change", *_keys("tenant"), _number(), *_texts("noun", "our_id", "state", "change"))
    op.create_index("ix_master_change_tenant_state_number", "master_change", ["tenant", "state", "number"])
    op.create_index("ix_master_change_tenant_noun_our_id", "master_change", ["tenant", "noun", "our_id"])
    op.create_table(
        "master_trail",
        *_keys("tenant"),
        _number(),
        *_texts("noun", "our_id"),
        Column("at", Moment(), nullable=False),
        *_texts("actor", "what", "detail"),
    )
    op.create_index("ix_master_trail_tenant_noun_our_id", "master_trail", ["tenant", "noun", "our_id"])


def _likeness() -> None:
    op.create_table("master_trait", *_keys("tenant", "noun", "our_id", "kind"), *_texts("value"))
    op.create_index("ix_master_trait_tenant_noun_kind_value", "master_trait", ["tenant", "noun", "kind", "value"])
    op.create_table(
        "master_suspect",
        *_keys("tenant"),
        _number(),
        *_texts("noun", "first_id", "second_id", "candidate_id", "state"),
        Column("score", sa.Double(), nullable=False),
        *_texts("reasons"),
        Column("found_at", Moment(), nullable=False),
        Column("decided_by", Text()),
        Column("decided_at", Moment()),
        Column("comment", Text(), nullable=False, server_default=""),
        sa.UniqueConstraint("tenant", "noun", "first_id", "second_id"),
    )
    op.create_index("ix_master_suspect_tenant_state_number", "master_suspect", ["tenant", "state", "number"])


def _drift() -> None:
    op.create_table(
        "master_snapshot",
        *_keys("tenant", "noun", "our_id", "connection", "field"),
        *_texts("value"),
        Column("taken_at", Moment(), nullable=False),
    )
    op.create_table(
        "master_drift",
        *_keys("tenant", "noun", "our_id", "field"),
        Column("since", Moment(), nullable=False),
        *_texts("drift", "place"),
    )
    op.create_index("ix_master_drift_tenant_since_place", "master_drift", ["tenant", "since", "place"])
