"""Keys at the door: partners' keys as hashes, revoked tokens."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

from kit.store.column import Moment

revision = "0004_keys_at_the_door"
down_revision = "0003_the_governed_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_key",
        Column("prefix", Text(), primary_key=True),
        *(Column(name, Text(), nullable=False) for name in ("client_id", "name", "owner", "salt", "digest")),
        *(Column(name, Text(), nullable=False) for name in ("scopes", "plan", "tenant")),
        Column("created_at", Moment(), nullable=False),
        Column("expires_at", Moment(), nullable=False),
        Column("revoked_at", Moment()),
        Column("replaced_by", Text(), nullable=False, server_default=""),
    )
    op.create_index("ix_api_key_owner_created_at", "api_key", ["owner", "created_at"])
    op.create_table(
        "revoked_token",
        Column("issuer", Text(), primary_key=True),
        Column("token_id", Text(), primary_key=True),
        Column("until", Moment(), nullable=False),
    )
    op.create_index("ix_revoked_token_until", "revoked_token", ["until"])
