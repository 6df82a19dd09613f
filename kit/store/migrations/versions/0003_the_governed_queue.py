"""The governed queue: assignment, four eyes, escalation, steps of approvals, delegation, remarks, break glass."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

from kit.store.column import Moment

revision = "0003_the_governed_queue"
down_revision = "0002_gates_and_dead_letters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _exceptions()
    _approvals()
    _audience()
    _remarks()
    _delegations()
    _break_glass()


def _text(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False)


def _maybe(name: str) -> Column[str]:
    return Column(name, Text())


def _given(name: str, default: str) -> Column[str]:
    return Column(name, Text(), nullable=False, server_default=default)


def _moment(name: str) -> Column[dt.datetime]:
    return Column(name, Moment(), nullable=False)


def _number(name: str, default: str) -> Column[int]:
    return Column(name, sa.Integer(), nullable=False, server_default=default)


def _no(name: str) -> Column[bool]:
    return Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _add(table: str, *columns: Column[Any]) -> None:
    for column in columns:
        op.add_column(table, column)


def _exceptions() -> None:
    _add(
        "business_exception",
        _given("severity", "medium"),
        _given("resume", "same_step"),
        _no("four_eyes"),
        _given("escalation", "[]"),
        _number("escalated", "0"),
        Column("escalates_at", Moment()),
        _maybe("assigned_to"),
        _maybe("proposed"),
        _maybe("proposed_by"),
        _maybe("confirmed_by"),
    )
    op.create_index(
        "ix_business_exception_tenant_state_escalates_at", "business_exception", ["tenant", "state", "escalates_at"]
    )


def _approvals() -> None:
    _add(
        "approval",
        _given("object", ""),
        _given("attribute", ""),
        _maybe("legal_entity_id"),
        _given("flags", "[]"),
        _given("rule", ""),
        _given("route", "[]"),
        _number("step", "1"),
        _given("verdicts", "[]"),
        _given("submitted_by", ""),
        _maybe("assigned_to"),
        _given("question", ""),
        _number("escalated", "0"),
        Column("escalates_at", Moment()),
        Column("expires_at", Moment()),
        _no("broken_glass"),
    )
    op.create_index("ix_approval_tenant_state_escalates_at", "approval", ["tenant", "state", "escalates_at"])


def _audience() -> None:
    op.create_table(
        "approval_audience",
        _text("approval_id"),
        Column("step", sa.Integer(), autoincrement=False, nullable=False),
        _text("role"),
        _number("escalated", "0"),
        sa.PrimaryKeyConstraint("approval_id", "step", "role", name="pk_approval_audience"),
    )
    op.create_index("ix_approval_audience_role", "approval_audience", ["role"])
    # approvals of yesterday have one step and one role
    op.execute("insert into approval_audience (approval_id, step, role) select approval_id, 1, role from approval")


def _remarks() -> None:
    op.create_table(
        "remark",
        _text("remark_id"),
        _text("tenant"),
        _text("about"),
        _text("case_id"),
        _text("kind"),
        _text("by"),
        _moment("at"),
        _text("text"),
        sa.PrimaryKeyConstraint("remark_id", name="pk_remark"),
    )
    op.create_index("ix_remark_tenant_about_at", "remark", ["tenant", "about", "at"])


def _delegations() -> None:
    op.create_table(
        "delegation",
        _text("delegation_id"),
        _text("tenant"),
        _text("delegator"),
        _text("delegate"),
        _text("roles"),
        _moment("starts_at"),
        _moment("ends_at"),
        _text("reason"),
        _moment("made_at"),
        Column("revoked_at", Moment()),
        sa.PrimaryKeyConstraint("delegation_id", name="pk_delegation"),
    )
    op.create_index("ix_delegation_tenant_delegate", "delegation", ["tenant", "delegate"])
    op.create_index("ix_delegation_tenant_delegator", "delegation", ["tenant", "delegator"])


def _break_glass() -> None:
    op.create_table(
        "break_glass",
        _text("approval_id"),
        _text("tenant"),
        _text("case_id"),
        _text("subject"),
        _text("etag"),
        _text("opened_by"),
        _moment("opened_at"),
        _text("reason"),
        _maybe("confirmed_by"),
        Column("confirmed_at", Moment()),
        sa.PrimaryKeyConstraint("approval_id", name="pk_break_glass"),
    )
    op.create_index(
        "ix_break_glass_tenant_opened_at_approval_id", "break_glass", ["tenant", "opened_at", "approval_id"]
    )
