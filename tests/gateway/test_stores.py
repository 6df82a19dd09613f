"""The door with its stores, through real sockets."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.door.meter import read_usage
from tests.gateway.street import ROUTES, Seen, good, street
from tests.redis import RedisServer, redis_server

ORDER = {"customer": {"name": "A"}, "lines": [{"sku": "x", "quantity": 1}]}
KEYED = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
PLAN = """
[[plan]]
name = "gold"
title = "Gold"
quota = "%s"
[[plan.of]]
claim = "subject"
value = "ann"
"""


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.mark.limiter
@pytest.mark.req(3)
async def test_two_gateways_on_one_redis_count_as_one(tmp_path: Path, server: RedisServer) -> None:
    """Of forty at once, twenty at each, exactly ten get through."""
    routes = ROUTES.replace("10000/minute", "10/hour;1000/day")
    storing = {"redis_url": server.url, "wait_s": 2.0}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with (
        street(tmp_path / "a", routes=routes, storing=storing) as one,
        street(tmp_path / "b", routes=routes, storing=storing) as two,
    ):
        answers = await asyncio.gather(*(place.get(f"/shop/orders/{n}") for n in range(20) for place in (one, two)))
        statuses = [answer.status_code for answer in answers]
        assert (10, 30) == (statuses.count(200), statuses.count(429))


@pytest.mark.limiter
@pytest.mark.req(3, 246)
@pytest.mark.parametrize(("choice", "statuses"), [("closed", {503}), ("open", {200}), ("local", {200, 429})])
async def test_a_redis_that_was_never_there_is_met_as_declared(tmp_path: Path, choice: str, statuses: set[int]) -> None:
    """Never a 500, and nobody waits for it."""
    routes = ROUTES.replace("10000/minute", "10/hour") + f'\non_outage = "{choice}"\n'
    storing = {"redis_url": f"unix://{tmp_path}/nothing.sock"}
    async with street(tmp_path, routes=routes, storing=storing) as place:
        async with asyncio.timeout(10):
            found = {(await place.get("/shop/orders/7")).status_code for _ in range(20)}
        assert statuses == found


@pytest.mark.req(243)
@pytest.mark.parametrize("server", ["uvicorn", "protocol"])
async def test_a_command_is_replayed_and_reaches_the_tier_once(tmp_path: Path, server: str) -> None:
    """Marked; with ids of its own; another body under the key is 422."""
    async with street(tmp_path, server=server) as place:
        first = await place.post("/shop/orders", json=ORDER, headers=KEYED)
        again = await place.post("/shop/orders", json=ORDER, headers=KEYED)
        other = await place.post("/shop/orders", json={**ORDER, "note": "n"}, headers=KEYED)
        assert (200, 200, 422) == (first.status_code, again.status_code, other.status_code)
        assert (None, "true") == tuple(each.headers.get("idempotency-replayed") for each in (first, again))
        assert first.content == again.content
        assert first.headers["x-trace-id"] != again.headers["x-trace-id"]
        assert "replay.other_command" == other.json()["code"]
        assert 1 == len(place.tier.seen)
        lines = await place.lines(3)
        assert ["ok", "replay.answered", "replay.other_command"] == [line["decision"] for line in lines]


@pytest.mark.req(243)
async def test_a_command_under_way_is_a_conflict(tmp_path: Path) -> None:
    """And when it has failed with 5xx it may be sent again."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def fails(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        writer.write(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")

    async with street(tmp_path, behave=fails) as place:
        flying = asyncio.create_task(place.post("/shop/orders/7/approval", headers=KEYED))
        await asked.wait()
        meanwhile = await place.post("/shop/orders/7/approval", headers=KEYED)
        assert (409, "replay.in_flight") == (meanwhile.status_code, meanwhile.json()["code"])
        go_on.set()
        assert 500 == (await flying).status_code
        place.tier.behave = good
        assert 200 == (await place.post("/shop/orders/7/approval", headers=KEYED)).status_code


@pytest.mark.req(3)
async def test_a_quota_is_counted_in_units_and_survives_the_gateway(tmp_path: Path) -> None:
    """Ten units, listing costs four: two lists and two reads, whichever process is asked, today."""
    routes = ROUTES + "costs = { list = 4 }\n" + PLAN % "10/day"
    storing = {"ledger_url": f"sqlite:///{tmp_path}/ledger.db"}
    answers = []
    for path in ("/shop/orders", "/shop/orders", "/shop/orders", "/shop/orders/7", "/shop/orders/7", "/shop/orders/7"):
        async with street(tmp_path, routes=routes, storing=storing) as place:
            answers.append(await place.get(path))
    assert [200, 200, 429, 200, 200, 429] == [answer.status_code for answer in answers]
    answer, problem = answers[-1], answers[-1].json()
    assert ("quota.exceeded", True) == (problem["code"], problem["type"].endswith("#quota-exceeded"))
    assert '"gold-day";q=10;w=86400;qu="units"' in answer.headers["ratelimit-policy"]
    assert '"orders-60s";q=10000;w=60' in answer.headers["ratelimit-policy"]


@pytest.mark.parametrize("server", ["uvicorn", "protocol"])
async def test_an_answer_is_kept_where_routes_say_so(tmp_path: Path, server: str) -> None:
    """The tier is asked once; If-None-Match is answered at the door."""
    routes = ROUTES + '[[product.cache]]\noperations = ["read"]\nmax_age_s = 60.0\n'
    async with street(tmp_path, routes=routes, server=server) as place:
        first = await place.get("/shop/orders/7")
        again = await place.get("/shop/orders/7")
        known = await place.get("/shop/orders/7", headers={"If-None-Match": first.headers["etag"]})
        assert (200, 200, 304) == (first.status_code, again.status_code, known.status_code)
        assert (first.content, b"") == (again.content, known.content)
        assert 1 == len(place.tier.seen)
        assert "" == (await place.client.head("/shop/orders/7", headers=place.bearer())).text
        assert 200 == (await place.get("/shop/orders")).status_code
        assert 2 == len(place.tier.seen)


@pytest.mark.req(246)
@pytest.mark.parametrize("server", ["uvicorn", "protocol"])
async def test_a_tier_that_is_down_is_left_alone(tmp_path: Path, server: str) -> None:
    """After some failures the door refuses by itself, and tells when to come back."""
    breaker = {"calls": 4, "open_s": 30.0}
    async with street(tmp_path, tier_url="http://127.0.0.1:9", policies={"breaker": breaker}, server=server) as place:
        answers = [await place.get("/shop/orders/7") for _ in range(6)]
        codes = [answer.json()["code"] for answer in answers]
        assert ["forward.unreachable"] * 4 + ["breaker.open"] * 2 == codes
        assert 25 <= int(answers[-1].headers["retry-after"]) <= 30


async def test_a_deadline_goes_on_to_the_tier(tmp_path: Path) -> None:
    """What is left of the caller's own, or of the product's."""
    async with street(tmp_path) as place:
        await place.get("/shop/orders/7", headers={"Sluice-Deadline-Ms": "700"})
        await place.get("/shop/orders/7")
        told = [int(seen.header("sluice-deadline-ms") or 0) for seen in place.tier.seen]
        assert 500 < told[0] <= 700 < told[1] <= 1_000


async def test_a_browser_is_answered_by_origin(tmp_path: Path) -> None:
    """A preflight needs no token; an address that is denied gets nothing at all."""
    policies: dict[str, Any] = {"cors": {"origins": ["https://portal.example"]}}
    fields = {"Origin": "https://portal.example", "Access-Control-Request-Method": "POST"}
    async with street(tmp_path, policies=policies) as place:
        answer = await place.client.options("/shop/orders", headers=fields)
        assert (204, "https://portal.example") == (answer.status_code, answer.headers["access-control-allow-origin"])
    async with street(tmp_path, policies={"ip": {"deny": ["127.0.0.0/8"]}}) as place:
        assert "ip.denied" == (await place.get("/shop/orders/7")).json()["code"]


async def test_usage_is_shown_to_those_with_the_scope_and_written_down(tmp_path: Path) -> None:
    """By consumer and operation; refused calls are not among it."""
    path = tmp_path / "usage.jsonl"
    async with street(tmp_path, policies={"meter": {"path": str(path)}}) as place:
        for _ in range(3):
            await place.get("/shop/orders/7")
        await place.get("/shop/orders/x")
        assert 401 == (await place.client.get("/_gateway/usage")).status_code
        assert 403 == (await place.get("/_gateway/usage")).status_code
        shown = await place.client.get("/_gateway/usage", headers=place.bearer(scope="gateway:read"))
        assert [("shop.read", 3)] == [(row["operation"], row["count"]) for row in shown.json()]
    assert [("shop.read", 3)] == [(row.operation, row.count) for row in read_usage(path)]


async def test_a_canary_and_a_mirror_are_reached(tmp_path: Path) -> None:
    """The pilot's calls go to the next version; copies of reads go to the mirror and change nothing."""
    (tmp_path / "next").mkdir()
    async with street(tmp_path / "next") as other:
        assert 200 == (await other.get("/shop/orders/7")).status_code
        next_url = other.gateway._config.upstreams["process"]
        balance = {"addresses": [{"url": next_url, "canary": True}], "canary_consumers": ["*|ann"], "health_path": ""}
        async with street(tmp_path, balance={"process": balance}) as place:
            assert 200 == (await place.get("/shop/orders/7")).status_code
            assert ([], 2) == (place.tier.seen, len(other.tier.seen))
        async with street(tmp_path, mirror={"process": {"url": next_url}}, retry={"attempts": 2}) as place:
            assert 200 == (await place.get("/shop/orders/7")).status_code
            async with asyncio.timeout(5):
                while len(other.tier.seen) < 3:  # noqa: ASYNC110 - a copy tells nobody
                    await asyncio.sleep(0.005)
            assert ("1", 1) == (other.tier.seen[-1].header("sluice-mirrored"), len(place.tier.seen))
