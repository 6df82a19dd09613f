from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.canonical.reference import Reference
from kit.durable import Effect, Road, step
from kit.trials import TRIALS, Stage, TrialFailed, doubt_is_settled, twice_equals_once, unwinds_from_every_step
from tests.kit.durable.deal import Deal, DealSteps, StartDeal, World, deal_road, road


@asynccontextmanager
async def staged(steps: type[DealSteps] = DealSteps, **start: Any) -> AsyncIterator[Stage]:
    world = World()
    way = Road(process="deal_to_budget", version=1, run=deal_road, steps=steps(world), starts=StartDeal)
    order = StartDeal(deal_id="006A1", **start)
    answers = {"tax_code": "EU-RC"}
    yield Stage(road=way, business_key="006A1", start=order, world=world.standing, answers=answers)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
@pytest.mark.parametrize("pivot", [False, True])
async def test_a_good_process_stands(trial: Any, pivot: bool) -> None:
    """A process whose steps are keyed and undone stands all five, with exceptions, approvals and a pivot."""
    await trial(lambda: staged(tax_known=False, approval=True, pivot=pivot))


class Careless(DealSteps):
    """Opens another project whenever it is called."""

    @step(undo="close_project", system="psa")
    async def open_project(self, effect: Effect, deal: Deal) -> Reference:
        self.world.records[f"{effect.key}-{len(self.world.records)}"] = "project"
        return Reference(our_id=deal.deal_id, external_id="P-1")


class Forgetful(DealSteps):
    """Says that it closes the project, and does not."""

    async def close_project(self, effect: Effect, deal: Deal) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("steps", "trial"),
    [(Careless, twice_equals_once), (Careless, doubt_is_settled), (Forgetful, unwinds_from_every_step)],
)
async def test_a_bad_process_is_caught(steps: type[DealSteps], trial: Any) -> None:
    """A step that is not idempotent, or an undo that undoes nothing, does not stand."""
    with pytest.raises(TrialFailed):
        await trial(lambda: staged(steps))


def test_an_undo_must_exist() -> None:
    """A step that names an undo nobody wrote is refused when the road is made."""

    class Wrong:
        @step(undo="nowhere")
        async def act(self, effect: Effect) -> None:
            """Act."""

    with pytest.raises(ValueError, match="nowhere"):
        Road(process="deal_to_budget", version=1, run=deal_road, steps=Wrong(), starts=StartDeal)


async def test_a_step_outside_a_road() -> None:
    """Outside a road a step refuses; `.raw` reaches the function."""
    steps = DealSteps(World())
    with pytest.raises(RuntimeError, match="inside a road"):
        await steps.read_deal("006A1")
    effect = Effect(key="k", case_id="c", tenant="t", business_key="b", attempt=1, revision=1, fixes={})
    assert "006A1" == (await steps.read_deal.raw(effect, "006A1")).deal_id
    assert "deal_to_budget_v1" == road(World()).name
