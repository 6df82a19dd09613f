"""A short storm over everything on each store; and a mistake planted in the product, which the storm must bring out."""

from pathlib import Path

import pytest

from kit.sandbox.faults import FaultKind
from tests.crash.campaign import Plan, campaign
from tests.crash.schedule import Blow, Planned, schedule

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(180)]
FAULTS = 40
SEED = 14


@pytest.mark.req(241, 250, 111)
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_nothing_is_lost_doubled_or_stuck(store: str, tmp_path: Path) -> None:
    """Kills, pauses, lies and broken wires; PostgreSQL is restarted as after a power cut as well."""
    outcome = await campaign(Plan(faults=FAULTS, seed=SEED, store=store, drain_s=90), tmp_path)

    assert outcome.sound, outcome.told()
    assert FAULTS == sum(outcome.dealt.values())
    assert sum(ends.get(-9, 0) for ends in outcome.deaths.values()) > 0
    assert outcome.met[Blow.LIE] > 0
    assert outcome.met[Blow.NETWORK] > 0
    assert ("store restarts" in outcome.dealt) is (store == "postgres")


async def test_a_planted_mistake_is_brought_out(tmp_path: Path) -> None:
    """A client that repeats what it may not repeat doubles records at a vendor that saves and loses its answer."""
    loses = {"kind": FaultKind.DROP_AFTER.value, "method": "POST", "path": "/api/v1/workspaces.json"}
    storm = [Planned(gap_s=0.2, blow=Blow.LIE, target="psa-main", fault=loses) for _ in range(3)]
    plan = Plan(faults=0, drain_s=5, every_lie_met=True, module="tests.crash.planted")
    outcome = await campaign(plan, tmp_path, planned=storm)

    assert [] != outcome.found["duplicated effects"]


def test_the_short_storm_holds_a_restart_of_the_store() -> None:
    """The seed of the short campaign was chosen so that it holds every kind of fault."""
    assert set(Blow) == {each.blow for each in schedule(SEED, faults=FAULTS, store_restarts=True)}
