"""A room of master data over an empty store of each kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.store import Store, migrate
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - pytest finds fixtures by name
from tests.process_apis.master_data.world import World, world


@pytest.fixture
async def here() -> AsyncIterator[World]:
    """A room whose store is in memory."""
    store = await Store.in_memory()
    yield world(store)
    await store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def raced(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A room whose store many may write at once."""
    url = f"sqlite:///{tmp_path / 'sluice.db'}"
    if request.param == "postgres":
        url = str(request.getfixturevalue("postgres_url"))
    await asyncio.to_thread(migrate, url)
    store = Store.at(url)
    yield world(store)
    await store.close()
