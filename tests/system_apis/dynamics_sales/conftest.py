from collections.abc import AsyncIterator

import pytest

from contracts.system.crm import Crm
from tests.system_apis.dynamics_sales.environment import Environment, opened, raised


@pytest.fixture
async def env() -> AsyncIterator[Environment]:
    """A simulated environment."""
    async with raised() as found:
        yield found


@pytest.fixture
async def crm(env: Environment) -> AsyncIterator[Crm]:
    """The room opened on it."""
    async with opened(env) as found:
        yield found
