from collections.abc import AsyncIterator, Iterator
from functools import cache

import pytest
from jwt.algorithms import RSAAlgorithm

from contracts.system.signatures import Signatures
from tests.system_apis.docusign.desk import Desk, fresh, opened


@pytest.fixture(scope="module", autouse=True)
def keys_read_once() -> Iterator[None]:
    """Each sign-in reads the app's key and proves that its factors are primes; here it is the same key every time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(RSAAlgorithm, "prepare_key", cache(RSAAlgorithm.prepare_key))
        yield


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
