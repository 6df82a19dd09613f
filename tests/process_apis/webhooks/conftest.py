"""A room of webhooks over an empty store of each kind, and a receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.store import Store, migrate
from tests.kit.egress.receiver import Receiver, receiving
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - pytest finds fixtures by name
from tests.process_apis.webhooks.world import World, world


@pytest.fixture
async def here() -> AsyncIterator[World]:
    """A room whose store is in memory."""
    store = await Store.in_memory()
    made = world(store)
    yield made
    await made.delivering.sender.close()
    await store.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver without TLS; that is for the tests of the guard."""
    async with receiving() as one:
        yield one


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def shared(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A store of each kind that several workers use at once."""
    url = f"sqlite:///{tmp_path / 'sluice.db'}"
    if request.param == "postgres":
        url = str(request.getfixturevalue("postgres_url"))
    await asyncio.to_thread(migrate, url)
    store = Store.at(url)
    yield store
    await store.close()
