import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from kit.sandbox import Sandbox, sandboxed
from kit.sandbox.control import answer
from kit.serving import serving


class Shelf:
    """A tiny vendor: POST adds a thing, GET lists them."""

    def __init__(self) -> None:
        self.things: list[str] = []

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{word}.complete"})
            return
        if scope["method"] == "POST":
            self.things.append("thing")
        await answer(send, str(len(self.things)).encode() + b" things")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def http(shelf: Shelf) -> AsyncIterator[httpx.AsyncClient]:
    sandbox = Sandbox(seed=3)
    sandbox.on_reset(shelf.things.clear)
    sandbox.on_seed(lambda document: shelf.things.extend(document["things"]))
    sandbox.on_dump(lambda: {"things": shelf.things})

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await shelf.app(scope, receive, send)

    async with serving(sandboxed(app, sandbox)) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def test_a_simulator_can_be_seeded_looked_at_and_emptied(http: httpx.AsyncClient) -> None:
    """Seed, state, calls and reset are the same for every vendor."""
    await http.post("/_sandbox/seed", json={"things": ["a", "b"]})
    await http.get("/x")
    state = (await http.get("/_sandbox/state")).json()
    calls = (await http.get("/_sandbox/calls")).json()
    await http.post("/_sandbox/reset")

    assert {"things": ["a", "b"]} == state
    assert [{"method": "GET", "path": "/x", "status": 200}] == calls
    assert {"things": []} == (await http.get("/_sandbox/state")).json()


async def test_the_clock_moves_when_told(http: httpx.AsyncClient) -> None:
    """A day later is a call away, so that tokens can expire in a test."""
    before = (await http.get("/_sandbox/clock")).json()["now"]
    await http.post("/_sandbox/clock", json={"advance_s": 86_400})

    assert before[:10] < (await http.get("/_sandbox/clock")).json()["now"][:10]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [("drop_before", 0), ("drop_after", 1), ("truncate", 1)],
)
async def test_a_cut_connection_leaves_what_the_vendor_had_saved(
    http: httpx.AsyncClient, shelf: Shelf, kind: str, kept: int
) -> None:
    """The caller sees the same broken connection; whether the record was saved is the fault's choice."""
    await http.post("/_sandbox/faults", json={"kind": kind, "method": "POST"})
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/x")

    assert kept == len(shelf.things)
    assert f"{kept} things" == (await http.get("/x")).text


@pytest.mark.parametrize(("kind", "kept"), [("status", 0), ("status_after", 1)])
async def test_an_error_answer_may_lie(http: httpx.AsyncClient, shelf: Shelf, kind: str, kept: int) -> None:
    """A vendor may answer 503 without having acted, or after having saved."""
    await http.post("/_sandbox/faults", json={"kind": kind, "status": 503, "headers": {"retry-after": "2"}})
    refused = await http.post("/x")

    assert (503, "2", kept) == (refused.status_code, refused.headers["retry-after"], len(shelf.things))


async def test_a_fault_is_for_so_many_calls_after_so_many(http: httpx.AsyncClient) -> None:
    """Skip one, fail two, then good again; other paths are not touched."""
    await http.post("/_sandbox/faults", json={"kind": "status", "path": "/x", "skip": 1, "times": 2})

    assert 200 == (await http.get("/y")).status_code
    assert [200, 503, 503, 200] == [(await http.get("/x")).status_code for _ in range(4)]


async def test_an_unknown_control_path_is_refused(http: httpx.AsyncClient) -> None:
    """A misspelt control call must not look like success."""
    assert 404 == (await http.post("/_sandbox/sead", json={})).status_code


async def test_a_stale_read_gives_the_answer_of_the_time_before(http: httpx.AsyncClient) -> None:
    """The first GET of an address is true; a stale one repeats it although the vendor's books went on."""
    await http.get("/things")
    await http.post("/things")
    await http.post("/_sandbox/faults", json={"kind": "stale"})
    stale, fresh = await http.get("/things"), await http.get("/things")

    assert ("0 things", "1 things") == (stale.text, fresh.text)


async def test_a_stale_read_meets_only_reads(http: httpx.AsyncClient) -> None:
    """A POST is never answered from memory."""
    await http.post("/_sandbox/faults", json={"kind": "stale"})

    assert ["1 things", "2 things"] == [(await http.post("/things")).text for _ in range(2)]


async def test_disguised_throttling_lasts_for_its_seconds_and_no_call_gets_through(http: httpx.AsyncClient) -> None:
    """401 to everybody from the first call on, and then as if nothing had been."""
    await http.post("/_sandbox/faults", json={"kind": "unauthorized_for", "seconds": 0.2})
    refused = [(await http.post("/things")).status_code for _ in range(3)]
    deadline = asyncio.get_running_loop().time() + 5
    while (answered := await http.post("/things")).status_code == 401:
        assert asyncio.get_running_loop().time() < deadline

    assert [401, 401, 401] == refused
    assert "1 things" == answered.text


async def test_an_answer_may_come_late_though_the_record_is_saved(shelf: Shelf, http: httpx.AsyncClient) -> None:
    """What the caller takes for a timeout was committed."""
    await http.post("/_sandbox/faults", json={"kind": "delay_after", "seconds": 5})
    with pytest.raises(httpx.ReadTimeout):
        await http.post("/things", timeout=0.1)

    assert ["thing"] == shelf.things


async def test_healing_clears_every_fault_and_tells_what_was_met(http: httpx.AsyncClient) -> None:
    """What met a call is counted by kind; what met none is cleared."""
    await http.post("/_sandbox/faults", json={"kind": "status", "times": 2})
    await http.post("/_sandbox/faults", json={"kind": "status", "method": "DELETE"})
    await http.get("/things")
    healed = (await http.post("/_sandbox/heal")).json()

    assert {"met": {"status": 1}, "cleared": 2} == healed
    assert 200 == (await http.delete("/things")).status_code


async def test_a_person_at_the_vendors_own_screen_meets_no_fault(http: httpx.AsyncClient) -> None:
    """The calm header lets one call pass while programs meet the fault."""
    await http.post("/_sandbox/faults", json={"kind": "status"})
    calm = await http.get("/things", headers={"X-Sandbox-Calm": "1"})

    assert (200, 503) == (calm.status_code, (await http.get("/things")).status_code)
