"""The tables of billing around the ledger: agreements in versions, and months that were closed."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table, Text

from kit.store.append_only import guarded
from kit.store.column import Moment
from kit.store.tables import METADATA

BILLING_AGREEMENT: Final = guarded(
    Table(
        "billing_agreement",
        METADATA,
        Column("tenant", Text, primary_key=True),
        Column("project_id", Text, primary_key=True),
        Column("version", sa.Integer, primary_key=True, autoincrement=False),
        Column("legal_entity_id", Text, nullable=False),
        Column("agreement", Text, nullable=False),
        Column("written_by", Text, nullable=False),
        Column("written_at", Moment, nullable=False),
        Index("ix_billing_agreement_entity", "tenant", "legal_entity_id"),
    )
)

ACCOUNTING_PERIOD: Final = Table(
    "accounting_period",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("legal_entity_id", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
