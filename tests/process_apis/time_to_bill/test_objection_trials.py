"""The five trials of every process, stood by what clients object to: answers are asked for, no books are changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal

import pytest
from msgspec import Struct

from contracts.canonical.money import Money
from kit.durable import Road
from kit.trials import TRIALS, Stage, Trial, completes
from process_apis.time_to_bill.disputing import (
    ObjectionSteps,
    StartDecline,
    StartDispute,
    decline_road,
    dispute_road,
)

ONE = Money(amount=Decimal("100.00"), currency="EUR")
OF = {"project_id": "prj-1", "customer_id": "cus-1", "legal_entity_id": "SG-DE", "reason": "it was a holiday"}
DISPUTE = StartDispute(dispute_id="dsp-1", invoice_id="inv-1", line_id="", amount=ONE, raised_by="colin", **OF)
DECLINE = StartDecline(decline_id="dcl-1", milestone_id="m-1", name="Design", amount=ONE, declined_by="clara", **OF)
ROADS = [
    pytest.param(dispute_road(ObjectionSteps(), version=1), DISPUTE, id="dispute"),
    pytest.param(decline_road(ObjectionSteps(), version=1), DECLINE, id="decline"),
]
ANSWERS = {"outcome": "upheld", "answer": "it is credited"}


def staged(road: Road, start: Struct) -> AbstractAsyncContextManager[Stage]:
    """A fresh run of a road, with people who answer."""

    @asynccontextmanager
    async def stage() -> AsyncIterator[Stage]:
        yield Stage(road=road, business_key="key-1", start=start, world=lambda: "as it was", answers=ANSWERS)

    return stage()


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: str(trial.__name__))
@pytest.mark.parametrize(("road", "start"), ROADS)
async def test_the_road_stands_the_trial(road: Road, start: Struct, trial: Trial) -> None:
    """Whatever breaks, it completes or is let go."""
    await trial(lambda: staged(road, start))


@pytest.mark.req(286)
@pytest.mark.parametrize(("road", "start"), ROADS)
async def test_a_case_keeps_the_answer_and_what_is_at_stake(road: Road, start: Struct) -> None:
    """For whoever looks at it later."""
    case = await completes(lambda: staged(road, start))

    assert ("it is credited", ONE) == (case.facts["answer"], case.summary.at_stake)
