"""Bring a database to the schema of today; refuses to run half-way: each revision is one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from kit.store.database import use_wal
from kit.store.url import blocking_url

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(url: str, *, revision: str = "head") -> None:
    """Apply every migration up to `revision`; safe to repeat. Blocks: call it from a thread or a job."""
    use_wal(url)
    engine = sa.create_engine(blocking_url(url))
    try:
        with engine.begin() as connection:
            command.upgrade(configured(connection), revision)
    finally:
        engine.dispose()


def configured(connection: sa.Connection) -> Config:
    """The migration tool's settings for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
