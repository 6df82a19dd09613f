from collections.abc import AsyncIterator

import pytest

from contracts.system.signatures import Signatures
from tests.system_apis.docusign.desk import Desk, fresh, opened


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A simulated account, asked without a socket."""
    async with fresh() as found:
        yield found


@pytest.fixture
async def signing(desk: Desk) -> AsyncIterator[Signatures]:
    """The room opened on the account."""
    async with opened(desk) as found:
        yield found
