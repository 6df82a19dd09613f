"""A room of webhooks over an empty store of each kind, and a receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.store import Store
from kit.store.tables import METADATA
from kit.store.url import blocking_url
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


@pytest.fixture
async def shared(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A store that several workers use at once: a file, or what a test is parametrised with."""
    url = f"sqlite:///{tmp_path / 'sluice.db'}"
    if getattr(request, "param", "") == "postgres":
        url = str(request.getfixturevalue("postgres_url"))
    engine = sa.create_engine(blocking_url(url))
    METADATA.create_all(engine)  # that the migrations make the same is for the tests of the store
    engine.dispose()
    store = Store.at(url)
    yield store
    await store.close()
