from collections.abc import AsyncIterator

import pytest

from contracts.system.documents import Documents
from tests.system_apis.sharepoint.library import Library, opened, raised


@pytest.fixture
async def library() -> AsyncIterator[Library]:
    """A simulated library."""
    async with raised() as found:
        yield found


@pytest.fixture
async def space(library: Library) -> AsyncIterator[Documents]:
    """The room opened on it."""
    async with opened(library) as found:
        yield found
