"""The store of business truth: tables, short transactions and migrations, on SQLite and PostgreSQL."""

from kit.store import (  # noqa: F401 - their tables belong to the one schema
    actuals,
    agreements,
    audit_chain,
    keyring,
    master,
    people,
    reconciliation,
    webhooks,
)
from kit.store.database import Store, insert_once, insert_once_now, put, use_wal
from kit.store.migrate import migrate

__all__ = ["Store", "insert_once", "insert_once_now", "migrate", "put", "use_wal"]
