from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.deal import DeliveryState
from contracts.process.quote_to_project import StartQuoteToProject
from kit.trials import TRIALS, Stage, Trial
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.process import road
from process_apis.quote_to_project.reversal import reversal_road
from process_apis.quote_to_project.standing import reversal_of
from process_apis.quote_to_project.steps import Steps
from process_apis.quote_to_project.undoing import Undoing
from tests.process_apis.quote_to_project.running import DEAL, journey
from tests.process_apis.quote_to_project.story import deal, untaxed
from tests.process_apis.quote_to_project.test_shapes import ABROAD, BRITAIN, LATER, extension
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


@asynccontextmanager
async def parts() -> AsyncIterator[Stage]:
    """Two sellers in two currencies, terms that depart, and a tax code missing for one of them."""
    world = World()
    bare = replace(BRITAIN, tax_code=None)
    world.crm.deals[DEAL] = replace(ABROAD, lines=[ABROAD.lines[0], bare], special_terms="Unlimited liability")
    steps = Steps(crm=world.crm, erp=world.erp, psa=world.psa, config=Config())  # type: ignore[arg-type] # as above
    yield Stage(
        road=road(steps, version=1),
        business_key=DEAL,
        start=StartQuoteToProject(opportunity_id=DEAL),
        world=lambda: (world.standing(), world.created_twice()),
        answers={"tax_code_SG-GB": "EXPORT-0"},
    )


@asynccontextmanager
async def renewal() -> AsyncIterator[Stage]:
    """A renewal of a project that stands, with people and rates of its own."""
    world = World()
    for key in ("prj-006A000001",):
        world.erp.projects.put(key, "stands")
        world.psa.projects.put(key, "stands")
    world.crm.deals[LATER] = extension(staffing=deal().staffing)
    steps = Steps(crm=world.crm, erp=world.erp, psa=world.psa, config=Config())  # type: ignore[arg-type] # as above
    nothing: dict[str, Any] = {}

    def told() -> Any:
        added = [shelf.get("prj-006A000001", nothing).keys() for shelf in (world.erp.added, world.psa.added)]
        kept = {kind: keys for kind, keys in world.standing().items() if kind != "cards"}
        return kept, world.created_twice(), [sorted(keys) for keys in added]

    yield Stage(
        road=road(steps, version=1),
        business_key=LATER,
        start=StartQuoteToProject(opportunity_id=LATER),
        world=told,
    )


@asynccontextmanager
async def reversal() -> AsyncIterator[Stage]:
    """A deal whose schedule was invoiced is lost, so finance is asked; nothing of it is taken back in its turn."""
    world = World()
    async with journey(world) as trip:
        case_id = await trip.provision()
        start = reversal_of(await trip.case(case_id), reason="the deal was lost")
    world.erp.invoiced["bsc-006A000001"] = Decimal("240000.00")
    undoing = Undoing(crm=world.crm, erp=world.erp, psa=world.psa, config=Config())  # type: ignore[arg-type] # as above
    yield Stage(
        road=reversal_road(undoing, version=1),
        business_key=DEAL,
        start=start,
        world=lambda: (world.standing(), world.created_twice(), dict(world.erp.credited)),
    )


@pytest.mark.trials
@pytest.mark.parametrize("stages", [parts, renewal, reversal], ids=lambda stages: stages.__name__)
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
async def test_every_shape_stands_the_trial(trial: Trial, stages: Any) -> None:
    """Several parts, an addition to what stands, and the road back stand the same five."""
    await trial(stages)


@pytest.mark.req(243)
@pytest.mark.trials
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
async def test_the_process_stands_the_trial(trial: Trial) -> None:
    """Completed, taken back from everywhere and twice, settled in doubt, done twice: the world is as it should be."""
    await trial(stages)
