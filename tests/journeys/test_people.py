"""People from HR through the door, in the estate that has an HR system."""

from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.system.hr import Hr
from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.cli.landscape import Landscape, Visitor


@pytest.fixture
async def landscape() -> AsyncIterator[Landscape]:
    """Estate atlantic."""
    async with embedded(estate("atlantic")) as raised:
        yield raised


@pytest.mark.slow
@pytest.mark.req(44, 83)
async def test_people_are_read_through_the_door(landscape: Landscape) -> None:
    """The platform team reads workers and rates from Workday's sandbox; somebody without the scope is refused."""
    gateway, people = landscape.addresses["gateway"], landscape.people
    admin = Visitor(gateway, people["platform-admin"])
    try:
        hr = admin.at(Hr, "/system/hr-main/hr")
        worker = await hr.worker(worker_id="21002")
        changes = (await hr.worker_changes()).changes
        rates = (await hr.cost_rates(worker_id="21002")).rates
    finally:
        await admin.close()
    headers = {"Authorization": f"Bearer {people['felix.finance']}"}
    async with httpx.AsyncClient(base_url=gateway, headers=headers, trust_env=False) as stranger:
        refused = await stranger.get("/system/hr-main/hr/workers/21002")

    assert worker in [change.worker for change in changes]
    assert {"21001", "21002", "21003", "21004"} == {change.worker_id for change in changes}
    assert ["EUR", "EUR"] == [rate.hourly_rate.currency for rate in rates]
    assert 403 == refused.status_code
