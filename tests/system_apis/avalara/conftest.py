from collections.abc import AsyncIterator

import pytest

from contracts.system.tax import Tax
from tests.system_apis.avalara.account import Account, fresh, opened


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    """A simulated account, asked without a socket."""
    async with fresh() as found:
        yield found


@pytest.fixture
async def tax(account: Account) -> AsyncIterator[Tax]:
    """The room opened on the account."""
    async with opened(account) as found:
        yield found
