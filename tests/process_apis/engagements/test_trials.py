"""The five trials of every process, stood by a change request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kit.trials import TRIALS, Stage, Trial, completes
from process_apis.engagements.changing import ChangeSteps, StartChange, change_road

START = StartChange(
    request_id="chr-1",
    project_id="prj-1",
    customer_id="cus-1",
    title="A second site",
    text="Lyon as well",
    asked_by="celine",
    due_in_h=120,
)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A fresh request, with somebody who decides."""
    road = change_road(ChangeSteps(), version=1)
    yield Stage(road=road, business_key="chr-1", start=START, world=lambda: "as it was")


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: str(trial.__name__))
async def test_the_road_stands_the_trial(trial: Trial) -> None:
    """Whatever breaks, it completes or is let go."""
    await trial(stage)


@pytest.mark.req(133)
async def test_the_case_keeps_what_was_decided() -> None:
    """Approved, and by whom."""
    case = await completes(stage)

    assert "approved" == case.facts["outcome"]
    assert case.facts["decided_by"]
