"""The ledger of actuals: lines, invoices, holds, caps and legal numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.append_only import guards
from kit.store.column import Moment

revision = "0006_the_ledger_of_actuals"
down_revision = "0005_master_data"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _actuals()
    _invoices()
    _caps()
    _guard("actual")
    _guard("invoice", when="old.state = 'posted'")
    _guard("invoice_line")
    _guard("cap_use")


def _keys(*names: str) -> list[Column[str]]:
    return [Column(name, Text(), primary_key=True) for name in names]


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text(), nullable=False) for name in names]


def _guard(table: str, *, when: str = "") -> None:
    for statement in guards(op.get_context().dialect.name, table, when=when):
        op.execute(statement)


def _actuals() -> None:
    op.create_table(
        "actual",
        *_keys("tenant", "actual_id"),
        *_texts("source_system", "source_id", "customer_id"),
        Column("revision", sa.Integer(), nullable=False),
        *_texts("side", "chargeability"),
        Column("is_reversal", sa.Boolean(), nullable=False),
        Column("reversal_of", Text()),
        *_texts("project_id", "contract_line_id"),
        Column("work_date", sa.Date(), nullable=False),
        Column("accounting_date", sa.Date(), nullable=False),
        *_texts("line"),
        Column("written_at", Moment(), nullable=False),
        sa.UniqueConstraint(
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
        sa.UniqueConstraint("tenant", "reversal_of", name="uq_actual_reversal"),
        sa.ForeignKeyConstraint(
            ["tenant", "reversal_of"], ["actual.tenant", "actual.actual_id"], name="fk_actual_reversal"
        ),
    )
    op.create_index("ix_actual_contract_line", "actual", ["tenant", "contract_line_id", "work_date"])
    op.create_index("ix_actual_project", "actual", ["tenant", "project_id"])
    op.create_table("actual_hold", *_keys("tenant", "actual_id"), *_texts("invoice_id"))
    op.create_index("ix_actual_hold_invoice", "actual_hold", ["tenant", "invoice_id"])


def _invoices() -> None:
    op.create_table(
        "invoice",
        *_keys("tenant", "invoice_id"),
        *_texts("state", "legal_entity_id"),
        Column("series", Text()),
        Column("number", sa.BigInteger()),
        *_texts("invoice"),
        Column("written_at", Moment(), nullable=False),
        sa.UniqueConstraint("tenant", "legal_entity_id", "series", "number", name="uq_invoice_number"),
    )
    op.create_index("ix_invoice_state", "invoice", ["tenant", "state"])
    op.create_table("invoice_line", *_keys("tenant", "invoice_id", "line_id"), *_texts("actual_id", "line"))
    op.create_index("ix_invoice_line_actual", "invoice_line", ["tenant", "actual_id"])
    op.create_table(
        "number_series",
        *_keys("tenant", "legal_entity_id", "series"),
        Column("last", sa.BigInteger(), nullable=False),
    )


def _caps() -> None:
    op.create_table("cap", *_keys("tenant", "cap_id"), *_texts("contract_id", "term", "committed", "invoiced"))
    op.create_index("ix_cap_contract", "cap", ["tenant", "contract_id"])
    op.create_table(
        "cap_use",
        *_keys("tenant", "cap_id", "use_id"),
        *_texts("committed", "invoiced"),
        Column("written_at", Moment(), nullable=False),
    )
