"""Swaps of the running door: under load, on a changed file, on SIGHUP, by an administrator and by Redis."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.snapshot import SnapshotRefused
from tests.gateway.street import ROUTES, Street, street
from tests.redis import RedisServer

ODD = ROUTES.replace("10000/minute", "200000/minute")
EVEN = ROUTES.replace('prefix = "/shop"', 'prefix = "/store"').replace("10000/minute", "300000/minute")
BAD = ROUTES.replace('documents = ["shop"]', 'documents = ["shoes"]')
PATHS = ("/shop/orders", "/store/orders")
SWAPS = 100


@dataclass
class Progress:
    """Where the swaps stand; snapshot n is served between the end of swap n and the beginning of the next."""

    begun: int = 0
    ended: int = 0
    refused: int = 0
    visits: list[tuple[str, int, int, int]] = field(default_factory=list)
    """Path, swaps ended before it was asked for, swaps begun when the answer was there, status."""


@pytest.mark.swap
@pytest.mark.req(8, 11)
async def test_a_hundred_swaps_under_load_decide_nothing_wrongly(tmp_path: Path) -> None:
    """Each request of eight busy clients is decided as a snapshot of its own time says; bad ones change nothing."""
    progress = Progress()
    async with street(tmp_path, routes=EVEN, watch={"poll_s": 0}) as place:
        visitors = [asyncio.create_task(_visit(place, progress)) for _ in range(8)]
        for number in range(1, SWAPS + 1):
            if number % 10 == 0:
                await _refused(place, progress)
            progress.begun = number
            await place.gateway.watch.apply(ODD if number % 2 else EVEN)
            progress.ended = number
            await _more(progress, len(progress.visits) + 8)
        for visitor in visitors:
            visitor.cancel()
        ends = await asyncio.gather(*visitors, return_exceptions=True)
    assert [asyncio.CancelledError] * 8 == [type(end) for end in ends]
    assert [] == [visit for visit in progress.visits if not _right(*visit)]
    assert (SWAPS, SWAPS // 10) == (progress.ended, progress.refused)
    assert len(progress.visits) >= 8 * SWAPS
    assert EVEN == place.routes.read_text()


def _right(path: str, ended: int, begun: int, status: int) -> bool:
    """Whether one of the snapshots that were served meanwhile has this answer."""
    possible = {200 if (path == PATHS[0]) == bool(served % 2) else 404 for served in range(ended, begun + 1)}
    return status in possible


async def _visit(place: Street, progress: Progress) -> None:
    async with httpx.AsyncClient(base_url=place.url, trust_env=False, headers=place.bearer()) as client:
        for path in itertools.cycle(PATHS):
            ended = progress.ended
            answer = await client.get(path)
            progress.visits.append((path, ended, progress.begun, answer.status_code))


async def _refused(place: Street, progress: Progress) -> None:
    with pytest.raises(SnapshotRefused):
        await place.gateway.watch.apply(BAD)
    progress.refused += 1


async def _more(progress: Progress, wanted: int) -> None:
    async with asyncio.timeout(10):
        while len(progress.visits) < wanted:  # noqa: ASYNC110 - a list tells nobody
            await asyncio.sleep(0)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


async def _hash(place: Street) -> str:
    return str((await place.client.get("/_gateway/status")).json()["hash"])


@pytest.mark.req(11)
async def test_a_changed_file_is_served_and_a_broken_one_is_not(tmp_path: Path) -> None:
    """The file is looked at by itself; what cannot be offered leaves the last good one and says why, with the line."""
    async with street(tmp_path, watch={"poll_s": 0.02}) as place:
        first = await _hash(place)
        place.routes.write_text(EVEN)
        await _until(lambda: place.gateway.door.snapshot.hash != first)
        assert 200 == (await place.get("/store/orders")).status_code
        place.routes.write_text(BAD)
        async with asyncio.timeout(5):
            while not (status := (await place.client.get("/_gateway/status")).json())["refused"]:  # noqa: ASYNC110 - for the reason above
                await asyncio.sleep(0.005)
        assert "routes.toml:8: product shop: there is no document called shoes" in status["refused"]
        assert 200 == (await place.get("/store/orders")).status_code


async def test_sighup_asks_for_a_look(tmp_path: Path) -> None:
    """Without polling, the signal brings what the file says."""
    async with street(tmp_path, watch={"poll_s": 0}) as place:
        first = await _hash(place)
        place.routes.write_text(EVEN)
        os.kill(os.getpid(), signal.SIGHUP)
        await _until(lambda: place.gateway.door.snapshot.hash != first)


@pytest.mark.parametrize(
    ("scope", "body", "status", "code"),
    [
        ("gateway:apply", ODD, 200, None),
        ("gateway:*", ODD, 200, None),
        ("gateway:apply", BAD, 422, "office.snapshot_refused"),
        ("gateway:apply", "\xff", 400, "office.body"),
        ("gateway:read", ODD, 403, "office.scope_missing"),
        ("orders:write", ODD, 403, "office.scope_missing"),
        ("", ODD, 401, "authenticate.token_missing"),
    ],
)
async def test_an_administrator_applies_and_nobody_else(
    tmp_path: Path, scope: str, body: str, status: int, code: str | None
) -> None:
    """The scope decides; what is taken is kept in the file, what is refused changes nothing anywhere."""
    async with street(tmp_path, watch={"poll_s": 0}) as place:
        before = await _hash(place)
        headers = place.bearer(scope=scope) if scope else {}
        answer = await place.client.post("/_gateway/apply", content=body.encode("latin-1"), headers=headers)
        assert (status, code) == (answer.status_code, answer.json().get("code"))
        assert (status == 200) == (before != await _hash(place))
        assert (body if status == 200 else ROUTES) == place.routes.read_text()


async def test_what_is_offered_in_facts_is_for_those_who_may_read_it(tmp_path: Path) -> None:
    """Limits and scopes by operation, with `gateway:read`; the routes as they were written too."""
    async with street(tmp_path) as place:
        assert 401 == (await place.client.get("/_gateway/facts")).status_code
        headers = place.bearer(scope="gateway:read")
        facts = (await place.client.get("/_gateway/facts", headers=headers)).json()
        assert ("10000/minute", ["orders:read"]) == (
            facts["operations"]["shop.read"]["limits"],
            facts["operations"]["shop.read"]["scopes"],
        )
        assert ROUTES == (await place.client.get("/_gateway/routes", headers=headers)).text


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of our own, on a socket in a folder."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def _two(tmp_path: Path, redis_url: str) -> AsyncIterator[tuple[Street, Street]]:
    config: dict[str, Any] = {"watch": {"poll_s": 0, "sighup": False, "redis_url": redis_url, "again_s": 0.05}}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    async with street(tmp_path / "a", **config) as one, street(tmp_path / "b", **config) as other:
        yield one, other


@pytest.mark.req(11)
async def test_redis_carries_a_swap_to_every_process(tmp_path: Path, redis: RedisServer) -> None:
    """What one process took, the others take too, and keep; a Redis that dies and comes back is heard again."""
    async with _two(tmp_path, redis.url) as (one, other):
        await _until(lambda: one.gateway.watch.listens and other.gateway.watch.listens)
        taken = await one.gateway.watch.apply(ODD)
        await _until(lambda: other.gateway.door.snapshot.routes == ODD)
        await _until(lambda: ODD == other.routes.read_text())
        assert taken == one.gateway.door.snapshot.hash
        redis.kill()
        await _until(lambda: not other.gateway.watch.listens)
        await one.gateway.watch.apply(EVEN)
        redis.start()
        await _until(lambda: one.gateway.watch.listens and other.gateway.watch.listens)
        await one.gateway.watch.apply(ROUTES)
        await _until(lambda: other.gateway.door.snapshot.routes == ROUTES)
