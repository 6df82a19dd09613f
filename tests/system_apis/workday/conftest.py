from collections.abc import AsyncIterator

import pytest

from contracts.system.hr import Hr
from tests.system_apis.workday.tenant import Tenant, fresh, opened


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    """A simulated tenant, asked without a socket."""
    async with fresh() as found:
        yield found


@pytest.fixture
async def hr(tenant: Tenant) -> AsyncIterator[Hr]:
    """The room opened on the tenant."""
    async with opened(tenant) as found:
        yield found
