"""API4:2023, unrestricted resource consumption: requests that are cheap to send and dear to answer."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.authz.ground import Ground
from tests.authz.top10.attacking import PARTNERS, Attacker, endpoint
from tests.gateway.street import ROUTES, street

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(4, 300)]
AT = f"{PARTNERS}/webhook-endpoints"


async def test_large_deep_and_packed_bodies_are_refused_before_they_are_read(house: Ground) -> None:
    """Two megabytes, ten thousand brackets, and a bomb of zeros in gzip: no 2xx, no 5xx."""
    partner = Attacker(house, "partner")
    fields = {"content-type": "application/json", "idempotency-key": "api4", "sluice-version": "2026-11-20"}
    token = (await partner.ask("GET", AT)).request.headers["authorization"]
    bomb = gzip.compress(b"0" * 20_000_000)
    answers = [
        await house.door.post(AT, content=body, headers={**fields, "authorization": token, **more})
        for body, more in (
            (b'{"url":"' + b"x" * 2_000_000 + b'"}', {}),
            (b"[" * 10_000 + b"]" * 10_000, {}),
            (bomb, {"content-encoding": "gzip"}),
        )
    ]

    assert [413, 400, 415] == [each.status_code for each in answers]


async def test_lists_texts_and_pages_have_an_end(house: Ground) -> None:
    """A page of a million, an address of three thousand signs, an array of a thousand: each is refused."""
    partner = Attacker(house, "partner")
    answers = [
        await partner.ask("GET", f"{PARTNERS}/projects?limit=1000000"),
        await partner.ask("POST", AT, endpoint(f"https://8.8.8.8/{'x' * 3_000}"), key="api4-long"),
        await partner.ask("POST", AT, {**endpoint(), "event_types": ["invoice.posted"] * 1_000}, key="api4-many"),
    ]

    assert {400, 422} >= {each.status_code for each in answers}


async def test_more_than_is_agreed_waits(tmp_path: Path) -> None:
    """The sixth call of a minute that has five is told when to come again; another consumer is not held up by it."""
    routes = ROUTES.replace("10000/minute", "5/minute")
    async with street(tmp_path, routes=routes) as shop:
        codes = [(await shop.client.get("/shop/orders", headers=shop.bearer(sub="greedy"))) for _ in range(6)]
        other = await shop.client.get("/shop/orders", headers=shop.bearer(sub="modest"))

    assert [200] * 5 + [429] == [each.status_code for each in codes]
    assert int(codes[-1].headers["retry-after"]) > 0
    assert 200 == other.status_code
