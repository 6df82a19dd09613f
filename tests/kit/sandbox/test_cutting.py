"""A wire that is cut at one call: the far side has acted, the caller hears nothing, everything else passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from kit.sandbox.control import answer
from kit.sandbox.cutting import Cutter, cutter
from kit.serving import serving


class Shop:
    """Keeps what is ordered, and tells how much that is."""

    def __init__(self) -> None:
        self.orders = 0

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{word}.complete"})
            return
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        self.orders += scope["method"] == "POST"
        await answer(send, b"x" * 200_000 + str(self.orders).encode(), status=201 if scope["method"] == "POST" else 200)


@asynccontextmanager
async def laid(shop: Shop) -> AsyncIterator[tuple[Cutter, httpx.AsyncClient]]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await shop.app(scope, receive, send)

    async with serving(app) as url, cutter() as wire, httpx.AsyncClient(base_url=wire.url) as client:
        wire.target = url
        yield wire, client


@pytest.mark.req(245)
async def test_the_call_is_served_and_its_answer_is_not_heard() -> None:
    """The second order is cut and stands; reads are not counted; the next call passes on a new connection."""
    shop = Shop()
    async with laid(shop) as (wire, client):
        wire.cut(2)
        await client.post("/orders", content=b"y" * 200_000)
        await client.get("/orders")
        with pytest.raises(httpx.TransportError):
            await client.post("/orders", content=b"y" * 200_000)
        after = await client.get("/orders?page=1")

    assert 2 == shop.orders
    assert after.text.endswith("x2")
    assert [("POST", 201, False), ("GET", 200, False), ("POST", 201, True), ("GET", 200, False)] == [
        (each.method, each.status, each.cut) for each in wire.exchanges
    ]
    assert ["POST /orders → 201", "POST /orders → cut", "GET /orders → 200"] == [
        each.said for each in (wire.exchanges[0], wire.exchanges[2], wire.exchanges[3])
    ]


async def test_nothing_is_cut_unasked_nor_once_it_was_called_off() -> None:
    """A wire that nobody cuts changes nothing."""
    async with laid(Shop()) as (wire, client):
        first = await client.post("/orders")
        wire.cut(1)
        wire.cut(0)
        second = await client.post("/orders")

    assert [True, True] == [each.is_success for each in (first, second)]


async def test_a_vendor_that_is_gone_is_a_lost_connection() -> None:
    """Nobody listens behind the wire: the caller is refused as it would be there."""
    async with laid(Shop()) as (wire, client):
        wire.target = "http://127.0.0.1:1"
        with pytest.raises(httpx.TransportError):
            await client.get("/orders")
