from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.system.hr import Hr
from system_apis.workday.simulator import develop
from tests.system_apis.workday.tenant import Tenant, fresh, opened


@pytest.fixture(scope="session")
def landscape() -> dict[str, Any]:
    """Credentials and people, made once: keys take their time, and seeding leaves them as they are."""
    return develop("http://tenant.test")


@pytest.fixture
async def tenant(landscape: dict[str, Any]) -> AsyncIterator[Tenant]:
    """A simulated tenant, asked without a socket."""
    async with fresh(landscape) as found:
        yield found


@pytest.fixture
async def hr(tenant: Tenant) -> AsyncIterator[Hr]:
    """The room opened on the tenant."""
    async with opened(tenant) as found:
        yield found
