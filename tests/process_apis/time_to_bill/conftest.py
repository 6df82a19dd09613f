"""A store of each kind with the schema of today."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.store import Store, migrate
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - pytest finds fixtures by name


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    url = f"sqlite:///{tmp_path / 'sluice.db'}"
    if request.param == "postgres":
        url = str(request.getfixturevalue("postgres_url"))
    migrate(url)
    opened = Store.at(url)
    yield opened
    await opened.close()
