from collections.abc import AsyncIterator

import pytest

from contracts.system.tickets import TicketDesk
from tests.system_apis.jira.site import Site, boarded, fresh, opened


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A simulated site, asked without a socket."""
    async with fresh() as found:
        yield found


@pytest.fixture
async def desk(site: Site) -> AsyncIterator[TicketDesk]:
    """The room opened on the site, with one board."""
    async with opened(site) as found:
        yield await boarded(found)
