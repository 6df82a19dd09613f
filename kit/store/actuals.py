"""The tables of the ledger: actuals, invoices and their lines, holds, caps and legal numbers.

Actuals, what caps were charged, and posted invoices are append-only: the database refuses to change or delete them.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, UniqueConstraint

from kit.store.append_only import guarded
from kit.store.column import Moment
from kit.store.tables import METADATA

ACTUAL: Final = guarded(
    Table(
        "actual",
        METADATA,
        Column("tenant", Text, primary_key=True),
        Column("actual_id", Text, primary_key=True),
        Column("source_system", Text, nullable=False),
        Column("source_id", Text, nullable=False),
        Column("customer_id", Text, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("side", Text, nullable=False),
        Column("chargeability", Text, nullable=False),
        Column("is_reversal", Boolean, nullable=False),
        Column("reversal_of", Text),
        Column("project_id", Text, nullable=False),
        Column("contract_line_id", Text, nullable=False),
        Column("work_date", Date, nullable=False),
        Column("accounting_date", Date, nullable=False),
        Column("line", Text, nullable=False),
        Column("written_at", Moment, nullable=False),
        UniqueConstraint(
            "tenant",
            "source_system",
            "source_id",
            "customer_id",
            "revision",
            "side",
            "chargeability",
            "is_reversal",
            name="uq_actual_purpose",
        ),
        UniqueConstraint("tenant", "reversal_of", name="uq_actual_reversal"),
        sa.ForeignKeyConstraint(
            ["tenant", "reversal_of"], ["actual.tenant", "actual.actual_id"], name="fk_actual_reversal"
        ),
        Index("ix_actual_contract_line", "tenant", "contract_line_id", "work_date"),
        Index("ix_actual_project", "tenant", "project_id"),
    )
)

INVOICE: Final = guarded(
    Table(
        "invoice",
        METADATA,
        Column("tenant", Text, primary_key=True),
        Column("invoice_id", Text, primary_key=True),
        Column("state", Text, nullable=False),
        Column("legal_entity_id", Text, nullable=False),
        Column("series", Text),
        Column("number", sa.BigInteger),
        Column("invoice", Text, nullable=False),
        Column("written_at", Moment, nullable=False),
        UniqueConstraint("tenant", "legal_entity_id", "series", "number", name="uq_invoice_number"),
        Index("ix_invoice_state", "tenant", "state"),
    ),
    when="old.state = 'posted'",
)

INVOICE_LINE: Final = guarded(
    Table(
        "invoice_line",
        METADATA,
        Column("tenant", Text, primary_key=True),
        Column("invoice_id", Text, primary_key=True),
        Column("line_id", Text, primary_key=True),
        Column("actual_id", Text, nullable=False),
        Column("line", Text, nullable=False),
        Index("ix_invoice_line_actual", "tenant", "actual_id"),
    )
)

ACTUAL_HOLD: Final = Table(
    "actual_hold",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("actual_id", Text, primary_key=True),
    Column("invoice_id", Text, nullable=False),
    Index("ix_actual_hold_invoice", "tenant", "invoice_id"),
)

CAP: Final = Table(
    "cap",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("cap_id", Text, primary_key=True),
    Column("contract_id", Text, nullable=False),
    Column("term", Text, nullable=False),
    Column("committed", Text, nullable=False),
    Column("invoiced", Text, nullable=False),
    Index("ix_cap_contract", "tenant", "contract_id"),
)

CAP_USE: Final = guarded(
    Table(
        "cap_use",
        METADATA,
        Column("tenant", Text, primary_key=True),
        Column("cap_id", Text, primary_key=True),
        Column("use_id", Text, primary_key=True),
        Column("committed", Text, nullable=False),
        Column("invoiced", Text, nullable=False),
        Column("written_at", Moment, nullable=False),
    )
)

NUMBER_SERIES: Final = Table(
    "number_series",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("legal_entity_id", Text, primary_key=True),
    Column("series", Text, primary_key=True),
    Column("last", sa.BigInteger, nullable=False),
)
