"""The ground an engine stands on: schemas of today, SQLite in WAL, an environment that overrides nothing."""

from __future__ import annotations

import os
from typing import Final

from dbos import DBOS

from kit.durable.port import DurableSettings
from kit.store import migrate, use_wal
from kit.store.url import plain_url

_OVERRIDES: Final = ("DBOS__VMID", "DBOS__APPVERSION", "DBOS__CLOUD")


def prepare(settings: DurableSettings) -> None:
    """Make a database fit to be opened; blocks."""
    use_wal(settings.url)
    if settings.migrate:
        migrate_all(settings.url)


def migrate_all(url: str) -> None:
    """Bring our tables and the engine's to the schema of today; a job runs it before a rollout."""
    migrate(url)
    DBOS.migrate(plain_url(url))


def check_environment() -> None:
    """Refuse an environment that would change who this process is.

    Raises:
        RuntimeError: such a variable is set.

    """
    found = [name for name in _OVERRIDES if name in os.environ]
    if found:
        message = f"{', '.join(found)} would override who this process is; unset it"
        raise RuntimeError(message)
