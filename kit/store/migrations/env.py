"""Runs the revisions on the connection that `kit.store.migrate` opened."""

from __future__ import annotations

from alembic import context

from kit.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table="sluice_revision",
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
