"""One database URL, spelt for each driver; refuses databases the house is not tried on."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa


def plain_url(url: str) -> str:
    """The URL without a driver, as the durable engine wants it.

    Raises:
        ValueError: neither SQLite nor PostgreSQL.

    """
    return _with_driver(url, sqlite="sqlite", postgresql="postgresql")


def blocking_url(url: str) -> str:
    """The URL for code that runs in a thread of its own: migrations, the lease."""
    return _with_driver(url, sqlite="sqlite", postgresql="postgresql+psycopg")


def async_url(url: str) -> str:
    """The URL for everything else."""
    return _with_driver(url, sqlite="sqlite+aiosqlite", postgresql="postgresql+psycopg")


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL, or None for PostgreSQL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _with_driver(url: str, *, sqlite: str, postgresql: str) -> str:
    parsed = sa.make_url(url)
    drivers = {"sqlite": sqlite, "postgresql": postgresql}
    backend = parsed.get_backend_name()
    if backend not in drivers:
        message = f"the store is SQLite or PostgreSQL, not {backend}"
        raise ValueError(message)
    return parsed.set(drivername=drivers[backend]).render_as_string(hide_password=False)
