from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.canonical.deal import DeliveryState
from contracts.process.quote_to_project import StartQuoteToProject
from kit.trials import TRIALS, Stage, Trial
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.process import road
from process_apis.quote_to_project.steps import Steps
from tests.process_apis.quote_to_project.running import DEAL
from tests.process_apis.quote_to_project.story import deal, untaxed
from tests.process_apis.quote_to_project.world import World


@asynccontextmanager
async def stages() -> AsyncIterator[Stage]:
    """The story: a tax code is missing and the sale crosses a border, so people are asked twice."""
    world = World()
    world.crm.deals[DEAL] = deal(customer=untaxed())
    steps = Steps(crm=world.crm, erp=world.erp, psa=world.psa, config=Config())  # type: ignore[arg-type] # answer what the road asks, not whole roles

    def told() -> Any:
        reports = world.crm.reports.get(DEAL, [])
        undelivered = not reports or reports[-1].state is DeliveryState.CANCELLED
        return world.standing(), world.created_twice(), undelivered

    yield Stage(
        road=road(steps, version=1),
        business_key=DEAL,
        start=StartQuoteToProject(opportunity_id=DEAL),
        world=told,
        answers={"tax_code": "EU-RC"},
    )


@pytest.mark.req(243)
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
async def test_the_process_stands_the_trial(trial: Trial) -> None:
    """Completed, taken back from everywhere and twice, settled in doubt, done twice: the world is as it should be."""
    await trial(stages)
