"""The house that every risk is tried on; one engine runs in a process, so it is closed when the package is left."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.authz.ground import Ground, without_systems


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def house() -> AsyncIterator[Ground]:
    """The house without systems."""
    async with without_systems() as made:
        yield made
