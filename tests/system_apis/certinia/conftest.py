from collections.abc import AsyncIterator

import pytest

from tests.system_apis.certinia.org import Org, opened


@pytest.fixture
async def org() -> AsyncIterator[Org]:
    """An org with the package and nothing in it."""
    async with opened() as found:
        yield found


@pytest.fixture
async def staffed(org: Org) -> Org:
    """The project of the story stands, and the architect may book time on it."""
    await org.project()
    org.assigned = await org.assignment()
    return org
