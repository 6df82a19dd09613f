"""Billing agreements in versions, and accounting periods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.append_only import guards
from kit.store.column import Moment

revision = "0007_billing_agreements"
down_revision = "0006_the_ledger_of_actuals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "billing_agreement",
        Column("tenant", Text(), primary_key=True),
        Column("project_id", Text(), primary_key=True),
        Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        Column("legal_entity_id", Text(), nullable=False),
        Column("agreement", Text(), nullable=False),
        Column("written_by", Text(), nullable=False),
        Column("written_at", Moment(), nullable=False),
    )
    op.create_index("ix_billing_agreement_entity", "billing_agreement", ["tenant", "legal_entity_id"])
    for statement in guards(op.get_context().dialect.name, "billing_agreement"):
        op.execute(statement)
    op.create_table(
        "accounting_period",
        Column("tenant", Text(), primary_key=True),
        Column("legal_entity_id", Text(), primary_key=True),
        Column("period", Text(), primary_key=True),
        Column("state", Text(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("changed_by", Text(), nullable=False),
        Column("changed_at", Moment(), nullable=False),
    )
