"""An approver in a real browser: on a phone, without a script, without a network, and at a desk; held against WCAG."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.canonical.casework import Approval, ApprovalState
from contracts.experience.approvals import Approvals
from kit.cli.demo.play import Cast, tell
from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.cli.landscape import Landscape
from tests.node import chromium, node

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "approvals"
WISHES = {"One": "20000.00", "Two": "3000.00", "Three": "500.00", "Four": "125000.00"}
DEADLINE_S = 30.0


async def _wished(landscape: Landscape, project: str) -> None:
    """A client asks for four changes; delivery has to decide each."""
    headers = {"Authorization": f"Bearer {landscape.people['celine.client']}"}
    async with httpx.AsyncClient(base_url=landscape.addresses["gateway"], headers=headers, trust_env=False) as client:
        for title, budget in WISHES.items():
            asked = await client.post(
                f"/experience/portals/engagements/{project}/change-requests",
                json={"title": title, "text": f"{title} more site", "budget": budget},
                headers={"Idempotency-Key": title},
            )
            assert asked.status_code in {200, 201, 202}, asked.text


async def _waiting(desk: Approvals) -> list[Approval]:
    began = time.monotonic()
    while time.monotonic() - began < DEADLINE_S:
        found = (await desk.queue()).items
        if len(found) == len(WISHES):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("the changes did not come before delivery in time")


async def _walked(base: str) -> dict[str, Any]:
    chosen = node()
    PICTURES.mkdir(parents=True, exist_ok=True)
    told = {"base": base, "chromium": chromium(), "folder": str(PICTURES), "person": "dora.delivery"}
    process = await asyncio.create_subprocess_exec(
        chosen.program,
        HERE / "approve.mjs",
        json.dumps(told),
        env=chosen.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert 0 == process.returncode, complained.decode()[-2_000:]
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.req(211, 142)
@pytest.mark.timeout(300)
async def test_an_approver_decides_on_a_phone_without_a_script_and_without_a_network() -> None:
    """No violation of WCAG 2.2 AA, nothing wider than its screen; each decision arrives once, with its comment."""
    chromium()
    async with embedded(estate("atlantic")) as landscape:
        told = await tell(landscape, watch=lambda case, acts: None)
        await _wished(landscape, f"prj-{told.journey.opportunity_id}")
        cast = Cast(landscape)
        desk = cast.of("dora.delivery").at(Approvals, "/experience/approvals")
        waiting = await _waiting(desk)
        found = await _walked(landscape.addresses["gateway"])
        decided = [await desk.card(approval_id=each.approval_id) for each in waiting]
        await cast.close()
    said = found["said"]
    assert [] == found["violations"]
    assert [] == found["wide"]
    assert ([], []) == (found["requests"], found["errors"])
    assert 15 == found["pages"]
    assert (4, "say why it is rejected", 3) == (said["before"], said["refused"], said["after"])
    assert "Taken back." in said["undone"]
    assert "Rejected, with your reason." == said["rejected"]
    assert "2 of 2 decided" == said["together"]
    assert "You are offline." in said["offline"]
    assert ("1 decision waits to be sent.", 0, 0) == (said["waits"], said["left"], said["remembers"])
    assert {
        "One": (ApprovalState.REJECTED, "not within this budget"),
        "Two": (ApprovalState.APPROVED, "agreed in the steering group"),
        "Three": (ApprovalState.APPROVED, "agreed in the steering group"),
        "Four": (ApprovalState.APPROVED, "decided in the train"),
    } == {each.subject.rpartition(" ")[2]: (each.state, each.comment) for each in decided}
