"""The same tests on every engine: in memory, on SQLite, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.durable.bench import Opened, in_memory, on
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - pytest finds fixtures by name


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """An engine of each kind."""
    if request.param == "memory":
        return in_memory
    return on(_url(request, tmp_path))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    return _url(request, tmp_path)


def _url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sluice.db'}"
    return str(request.getfixturevalue("postgres_url"))
