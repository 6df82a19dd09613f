"""The partner console over real HTTP: what it shows of amounts, and what it offers, by the scopes of who looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from litestar import Litestar, Router

from contracts.canonical.deal import BillingMethod
from contracts.canonical.webhooks import Delivery, DeliveryState, Endpoint, EndpointState, EventType, SecretShown
from contracts.problem import Kind, Problem
from contracts.process import engagements as below
from contracts.process.webhooks import ChangeEndpoint
from experience_apis.partners.pages import partner_pages
from experience_apis.partners.service import PartnersService
from kit.caller import Caller
from kit.clock import ManualClock
from kit.serving import serving
from kit.tier.answers import trusted
from kit.trust import Signer, Verifier, new_key_pair
from tests.experience_apis.partners.test_partners import DEMAND, INVOICE, NOW, SUMMARY, VALUE

POINT = below.BillingPoint(
    point_id="1", name="Kick-off", method=BillingMethod.MILESTONE, due_on=dt.date(2027, 1, 8), amount=VALUE
)
ENGAGEMENT = below.Engagement(
    summary=SUMMARY,
    starts_on=dt.date(2027, 1, 4),
    ends_on=dt.date(2027, 2, 28),
    service_line="S",
    delivery_owner="d@x.example",
    order_reference="SOW-1",
)
ENDPOINT = Endpoint(
    endpoint_id="whe-1",
    client_id="acme",
    url="https://hooks.partner.example/<in>",
    description="ours",
    event_types=[EventType.INVOICE_POSTED],
    state=EndpointState.PAUSED,
    reason="",
    created_by="pia",
    created_at=NOW,
    changed_at=NOW,
    etag="7",
)
DELIVERY = Delivery(
    message_id="msg_1",
    endpoint_id="whe-1",
    type="ping",
    state=DeliveryState.PENDING,
    attempts=0,
    replays=0,
    occurred_at=NOW,
    created_at=NOW,
)


class Processes:
    """Engagements and webhooks in one: answers from memory, remembers what it was told to do."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        answers: dict[str, Any] = {
            "projects": below.EngagementPage(items=[SUMMARY]),
            "project": ENGAGEMENT,
            "staffing": below.StaffingDemands(items=[DEMAND]),
            "billing": below.BillingStanding(
                project_id="prj-a", booked=True, booked_lines=1, total=VALUE, points=[POINT]
            ),
            "invoices": below.ProjectInvoicePage(items=[INVOICE]),
            "endpoint": ENDPOINT,
            "ping": DELIVERY,
            "rotate_secret": SecretShown(endpoint_id="whe-1", number=2, secret="whsec_bm90LWEtc2VjcmV0"),
        }

        async def answer(**asked: Any) -> Any:
            self.asked.append((name, asked))
            if name == "change_endpoint" and asked["if_match"] != ENDPOINT.etag:
                raise Problem(Kind.PRECONDITION_FAILED, "endpoint_changed", "it was changed since you read it")
            return answers.get(name)

        return answer


@asynccontextmanager
async def console(below_: Processes, *scopes: str) -> AsyncIterator[httpx.AsyncClient]:
    """The pages as a tier serves them, for somebody with these scopes."""
    private, public = new_key_pair()
    clock, asked = ManualClock(), below_
    some: Any = asked
    pages = partner_pages(PartnersService(some, some), room="partners", clock=clock)
    app = Litestar(
        route_handlers=[Router("/partners/pages", route_handlers=[pages.router])],
        openapi_config=None,
        logging_config=None,
    )
    verifier = Verifier(audience="experience", public_keys={"gateway": public}, clock=clock)
    signer = Signer(issuer="gateway", private_key_pem=private, clock=clock)
    token = signer.mint(audience="experience", caller=Caller(subject="pia", scopes=frozenset(scopes)))
    headers = {"authorization": f"Bearer {token}", "x-forwarded-prefix": "/partner", "accept-language": "de"}
    async with (
        serving(trusted(app, verifier, tenant="default")) as url,
        httpx.AsyncClient(base_url=f"{url}/partners/pages", headers=headers, trust_env=False) as client,
    ):
        yield client


@pytest.mark.req(212, 291)
async def test_amounts_stand_there_only_for_the_scope_that_sees_them() -> None:
    """Neither in the list nor on a page of a project; everything else stays."""
    seen = {}
    for scopes in (("engagements:read",), ("engagements:read", "finance:read")):
        async with console(Processes(), *scopes) as client:
            pages = [await client.get(path) for path in ("/", "/projects/prj-a")]
        assert [200, 200] == [page.status_code for page in pages]
        seen[len(scopes)] = [("300,00" in page.text, "04.01.2027" in page.text) for page in pages]

    assert {1: [(False, False), (False, True)], 2: [(True, False), (True, True)]} == seen


async def test_whoever_only_reads_is_offered_nothing_to_do() -> None:
    """Forms are for the scope that keeps endpoints; what a partner typed once is escaped."""
    async with console(Processes(), "webhooks:read") as client:
        read = await client.get("/webhooks/whe-1")
    async with console(Processes(), "webhooks:*") as client:
        kept = await client.get("/webhooks/whe-1")

    assert (False, True) == ("Rotate the secret" in read.text, "Rotate the secret" in kept.text)
    assert "/&lt;in&gt;" in kept.text
    assert "<in>" not in kept.text


async def test_what_is_done_to_an_endpoint_carries_the_key_and_the_version_that_its_reader_saw() -> None:
    """A form sent twice is one command; a form that is older than the endpoint changes nothing and says so."""
    processes = Processes()
    async with console(processes, "webhooks:*") as client:
        pinged = await client.post("/webhooks/whe-1/ping", data={"_key": "k-1"})
        stale = await client.post("/webhooks/whe-1/resume", data={"etag": "6"})
        resumed = await client.post("/webhooks/whe-1/resume", data={"etag": "7"})
        rotated = await client.post("/webhooks/whe-1/secret", data={"_key": "k-2", "overlap_h": "0"})
        kept = await client.post("/webhooks/whe-1/remove", data={})
    asked = dict(processes.asked)

    assert (303, "/partner/webhooks/whe-1/deliveries?told=pinged") == (pinged.status_code, pinged.headers["location"])
    assert ("k-1", "k-2", 0) == (
        asked["ping"]["idempotency_key"],
        asked["rotate_secret"]["idempotency_key"],
        asked["rotate_secret"]["body"].overlap_h,
    )
    assert (412, True) == (stale.status_code, "it was changed since you read it" in stale.text)
    assert 303 == resumed.status_code
    assert (
        ChangeEndpoint(url=ENDPOINT.url, event_types=ENDPOINT.event_types, description="ours", paused=False)
        == asked["change_endpoint"]["body"]
    )
    assert ("no-store", True) == (rotated.headers["cache-control"], "whsec_bm90LWEtc2VjcmV0" in rotated.text)
    assert (422, False) == (kept.status_code, "remove_endpoint" in asked)
