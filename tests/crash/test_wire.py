"""Each trouble of the faulty wire is what a caller would take it for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from kit.sandbox.control import answer
from kit.serving import serving
from tests.crash.wire import Trouble, Wire, wire

BODY = b"x" * 4096


class Shop:
    """Answers everything with the same body, and counts."""

    def __init__(self) -> None:
        self.served = 0

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{word}.complete"})
            return
        self.served += 1
        await answer(send, BODY)


@asynccontextmanager
async def laid(shop: Shop) -> AsyncIterator[tuple[Wire, httpx.AsyncClient]]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await shop.app(scope, receive, send)

    async with serving(app) as url, wire("w") as between, httpx.AsyncClient(base_url=between.url) as client:
        between.target = url
        yield between, client


async def test_a_sound_wire_changes_nothing() -> None:
    """What went in comes out, and no trouble is counted."""
    async with laid(Shop()) as (between, client):
        assert BODY == (await client.get("/")).content
        assert 0 == between.met


async def test_a_cut_wire_refuses_and_then_serves_again() -> None:
    """Old connections are reset, new ones too, until it heals."""
    async with laid(Shop()) as (between, client):
        await client.get("/")
        between.trouble(Trouble.CUT, lasts_s=60)
        with pytest.raises(httpx.TransportError):
            await client.get("/")
        between.heal()
        assert 200 == (await client.get("/")).status_code
        assert 1 == between.met


async def test_a_half_open_wire_swallows_and_the_caller_waits() -> None:
    """Nothing arrives and nobody says so; the caller's own patience ends it."""
    shop = Shop()
    async with laid(shop) as (between, client):
        between.trouble(Trouble.HALF_OPEN, lasts_s=60)
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/", timeout=0.1)
        assert (0, 1) == (shop.served, between.met)


async def test_a_reset_in_the_middle_of_an_answer_comes_after_the_act() -> None:
    """The far side has served; the caller has half an answer. The next call is whole again."""
    shop = Shop()
    async with laid(shop) as (between, client):
        between.trouble(Trouble.RESET, lasts_s=60)
        with pytest.raises(httpx.TransportError):
            await client.get("/")
        assert (1, 1) == (shop.served, between.met)
        assert BODY == (await client.get("/")).content


@pytest.mark.parametrize("slow", [Trouble.DELAY, Trouble.TRICKLE])
async def test_a_slow_wire_delivers_all_the_same(slow: Trouble) -> None:
    """Late, and whole."""
    async with laid(Shop()) as (between, client):
        between.trouble(slow, lasts_s=60, seconds=0.05)
        answered = await client.get("/")
        assert (BODY, 1) == (answered.content, between.met)
        assert answered.elapsed.total_seconds() > 0.05


async def test_a_trouble_ends_by_itself() -> None:
    """After its time the wire is sound."""
    async with laid(Shop()) as (between, client):
        between.trouble(Trouble.CUT, lasts_s=0.0)
        assert 200 == (await client.get("/")).status_code
