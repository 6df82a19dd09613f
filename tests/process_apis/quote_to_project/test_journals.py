"""Journals of the road as it was deployed, walked again by the road of today.

A change in the sequence of steps makes these fail: cases on their way would not survive it. Give the changed road a new
version beside the old one. Before a version was ever deployed, `--update-census` records its journals anew.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from kit.durable import Road
from kit.durable.replaying import kept, recording_of, replay
from tests.process_apis.quote_to_project.running import DEAL, Journey, journey
from tests.process_apis.quote_to_project.story import deal, untaxed
from tests.process_apis.quote_to_project.world import World

JOURNALS: Final = Path(__file__).parent / "journals"


async def provisioned(told: Journey) -> str:
    """Everything stands."""
    return await told.provision()


async def waiting(told: Journey) -> str:
    """The tax role has not decided yet."""
    return await told.start()


async def refused(told: Journey) -> str:
    """The tax role refused, and nothing was put anywhere."""
    case_id = await told.start()
    await told.decide(case_id, approve=False, comment="no treaty")
    return case_id


async def fixed(told: Journey) -> str:
    """A tax code was missing; somebody gave it, and then everything was provisioned."""
    told.world.crm.deals[DEAL] = deal(customer=untaxed())
    case_id = await told.start()
    (item,) = await told.exceptions()
    await told.fix(item, tax_code="EU-RC")
    await told.decide(case_id)
    return case_id


SCENES: Final[dict[str, Callable[[Journey], Awaitable[str]]]] = {
    scene.__name__: scene for scene in (provisioned, waiting, refused, fixed)
}


@pytest.mark.parametrize("scene", SCENES)
async def test_the_road_still_fits_its_journals(scene: str, update_census: bool) -> None:
    """Today's road takes the very turns that were recorded, answers and waits included."""
    async with journey(World()) as told:
        if update_census:
            await _record(told, scene)
        recorded = sorted(JOURNALS.glob(f"*-{scene}.json"))
        assert recorded, f"no journal of {scene} is kept; record it with --update-census"
        for path in recorded:
            await replay(path.read_bytes(), _road(told, path))


async def _record(told: Journey, scene: str) -> None:
    case_id = await SCENES[scene](told)
    case = await told.case(case_id)
    journal = await told.durable.recorded(case_id)
    recording = recording_of(told.road, journal, closed=case.summary.closed_at is not None)
    JOURNALS.mkdir(exist_ok=True)
    (JOURNALS / f"{told.road.name}-{scene}.json").write_bytes(kept(recording))


def _road(told: Journey, path: Path) -> Road:
    """The registered road that a journal is of."""
    name = path.name.partition("-")[0]
    assert told.road.name == name, f"{name} has journals and is registered no longer"
    return told.road
