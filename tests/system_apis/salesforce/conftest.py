from collections.abc import AsyncIterator

import pytest

from contracts.system.crm import Crm
from tests.system_apis.salesforce.org import Org, in_process, opened, served


@pytest.fixture
async def org() -> AsyncIterator[Org]:
    """A simulated org, asked without a socket."""
    async with in_process() as found:
        yield found


@pytest.fixture
async def live() -> AsyncIterator[Org]:
    """A simulated org behind a socket."""
    async with served() as found:
        yield found


@pytest.fixture
async def crm(live: Org) -> AsyncIterator[Crm]:
    """The room opened on the org behind a socket."""
    async with opened(live) as found:
        yield found
