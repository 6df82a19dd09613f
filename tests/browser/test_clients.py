"""Clients and partners in a real browser: a milestone is accepted, an invoice read, a webhook replayed.

Both stories stand in one file, so that the landscape with a deal that is won and billed is raised once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from kit.cli.demo.play import Cast, tell
from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.serving import serving
from tests.browser.walked import walked
from tests.journeys.test_client_portal import Stage, agreed, billed, worked
from tests.node import chromium

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Estate atlantic with the project of the main story, one milestone accepted and billed with two days of work."""
    chromium()
    async with embedded(estate("atlantic")) as landscape:
        told = await tell(landscape, watch=lambda case, acts: None)
        cast = Cast(landscape)
        project = f"prj-{told.journey.opportunity_id}"
        agreement = await agreed(cast, project, told.journey.opportunity_id)
        await worked(cast, project)
        points = [each.milestone_id for each in agreement.milestones]
        async with httpx.AsyncClient(base_url=landscape.addresses["gateway"], timeout=30, trust_env=False) as door:
            made = Stage(landscape, cast, project, points, door)
            path = f"/engagements/{project}/milestones/{points[0]}/acceptance"
            assert 200 == (await made.ask("clara.client", "PUT", path, {})).status_code
            await billed(made)
            yield made
        await cast.close()


@pytest.mark.req(175, 176, 210, 215)
async def test_a_client_accepts_a_milestone_and_reads_disputes_and_prints_the_invoice(stage: Stage) -> None:
    """No violation of WCAG 2.2 AA, nothing wider than its screen, no error; figures as each reader writes them.

    The sponsor decides and disputes, without a script too; the project lead sees no money; a rival finds nothing.
    """
    found = await walked(
        "clients", stage.landscape.addresses["gateway"], project=stage.project, milestones=stage.milestones
    )

    assert [] == found["violations"]
    assert [] == found["wide"]
    assert ([], []) == (found["requests"], found["errors"])
    assert 18 == found["pages"]
    assert "1.420.000,00 EUR" in found["home"]
    assert "50.400,00 EUR" in found["home"]
    assert ["Engagements", "Invoices", "Payments", "Disputes"] == found["way"]
    assert "2.400,00 EUR of 5.000,00 EUR" in found["engagement"]
    assert "??" == found["kept"]
    assert "50.400,00 EUR" in found["invoices"]
    assert "Engineer" in found["invoice"]
    assert found["file"][0].endswith(".xml")
    assert found["file"][1]
    assert [False, False, True] == found["printed"]
    assert "1.000,00 EUR" in found["dispute"]
    assert "the kick-off was half a day" in found["dispute"]
    assert "50.400,00 EUR" in found["payments"]
    assert "Finance answers the dispute" in found["after"]
    assert "accepted" in found["accepted"]
    assert "The depot in Lyon" in found["change"]
    assert "20 000,50 EUR" in found["change"].replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "Invoices" not in found["lead"]
    assert "1 420 000" not in found["lead"].replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "16 hours charged" in found["lead"]
    assert "none of your roles may do this" in found["refused"]
    assert stage.project not in found["rival"] or "refused" in found["rival"]


class Hook:
    """An endpoint of a partner: takes every message and keeps it."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take one message."""
        if scope["type"] == "lifespan":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.taken.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body.decode()))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def signed(headers: dict[str, str], body: str, *, secret: str) -> bool:
    """Whether one of the signatures is that of a secret, as Standard Webhooks says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split()


@pytest.mark.req(212, 217)
async def test_a_partner_rotates_keys_and_replays_a_webhook(stage: Stage) -> None:
    """A secret is shown once; what happened before the endpoint was there is sent; a replay bears both signatures."""
    gateway, hook = stage.landscape.addresses["gateway"], Hook()
    async with serving(hook) as address:
        found = await walked("partners", gateway, project=stage.project, hook=f"{address}/in")
    version = {"sluice-version": "2026-11-20"}
    opened = [
        (await stage.door.get("/experience/partners/projects", headers={"x-api-key": key, **version})).status_code
        for key in found["keys"]
    ]
    (first, second), told = found["secrets"], hook.taken
    projects = [each for each in told if "project.provisioned" in each[1]]

    assert [] == found["violations"]
    assert [] == found["wide"]
    assert ([], []) == (found["requests"], found["errors"])
    assert 14 == found["pages"]
    assert [200, 200] == opened
    assert (f"{address}/in", first, False) == (found["typed"], found["again"], found["hidden"])
    assert "Noted" in found["project"]
    assert first != second
    assert "signed with the older secrets too" in found["overlap"]
    assert 2 == len(projects)
    assert 1 == len({headers["webhook-id"] for headers, _ in projects})
    assert [(True, False), (True, True)] == [
        (signed(*each, secret=first), signed(*each, secret=second)) for each in projects
    ]
    assert "You are told nowhere yet." in found["left"]
