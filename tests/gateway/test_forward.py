import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from tests.gateway.conftest import Opens
from tests.gateway.street import Behaviour, Seen, body_of, good

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


@pytest.mark.req(1, 17, 30, 297)
async def test_a_request_reaches_its_tier_under_the_tiers_path_with_a_token_for_that_tier(
    street: Opens, server: str, tmp_path: Path
) -> None:
    """The prefix is gone, the query is as sent, the outside token stays outside, the trace goes on and comes back."""
    async with street(tmp_path) as place:
        sent = {
            "X-Forwarded-For": "6.6.6.6",
            "X-Sluice-Caller": "root",
            "Connection": "x-drop",
            "X-Drop": "1",
            "Accept": "a/b",
        }
        answer = await place.get("/shop/orders?limit=5&tag=a%20b", headers=sent)
        assert (200, {"ok": True}) == (answer.status_code, answer.json())
        (seen,) = place.tier.seen
        assert b"GET /orders?limit=5&tag=a%20b HTTP/1.1" == seen.line
        caller = place.verifier.verify(seen.header("authorization"))
        assert ("ann", ("gateway",)) == (caller.subject, caller.actor)
        assert {"orders:read", "orders:write"} == set(caller.scopes)
        assert ("127.0.0.1", "a/b") == (seen.header("x-forwarded-for"), seen.header("accept"))
        assert (None, None) == (seen.header("x-sluice-caller"), seen.header("x-drop"))
        assert answer.headers["x-trace-id"] == str(seen.header("traceparent")).split("-")[1]
        assert answer.headers["x-request-id"] == seen.header("x-request-id")
        assert ("granian" if server == "granian" else None) == answer.headers.get("server")  # it signs itself
        assert "ratelimit" in answer.headers


async def test_a_checked_body_arrives_byte_for_byte(street: Opens, tmp_path: Path) -> None:
    """What was validated is what is forwarded, framed anew."""
    body = b'{ "customer": {"name":"\\u00e4"}, "lines":[{"sku":"x","quantity":1}] }'
    async with street(tmp_path) as place:
        answer = await place.post("/shop/orders", content=body, headers={"Content-Type": "application/json"})
        assert 200 == answer.status_code
        assert body == place.tier.seen[0].body
        assert str(len(body)) == place.tier.seen[0].header("content-length")


async def test_a_target_is_forwarded_as_it_was_spelt(street: Opens, server: str, tmp_path: Path) -> None:
    """What the policies looked at is what the tier gets, to the letter; granian takes only what RFC 3986 lets pass."""
    async with street(tmp_path) as place:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        field = f"Authorization: {place.bearer()['Authorization']}".encode()
        odd = b"" if server == "granian" else b"|{}^`<>"
        spelt = b"/orders?tag=%7e" + odd + b"&tag=%E4%BD%A0'()!*"
        try:
            writer.write(b"GET /shop" + spelt + b" HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n")
            assert b"HTTP/1.1 200 OK" == (await reader.readline()).strip()
        finally:
            writer.close()
        assert b"GET " + spelt + b" HTTP/1.1" == place.tier.seen[0].line


async def test_head_is_answered_without_a_body_and_the_connection_lives(street: Opens, tmp_path: Path) -> None:
    """HEAD is asked of the tier as GET; the length is told; the next request is served on the same connection."""
    async with street(tmp_path) as place:
        answer = await place.client.head("/shop/orders/7", headers=place.bearer())
        assert (200, "11", b"") == (answer.status_code, answer.headers["content-length"], answer.content)
        assert 200 == (await place.get("/shop/orders/7")).status_code
        assert b"GET /orders/7 HTTP/1.1" == place.tier.seen[0].line


def says(raw: bytes, *, close: bool = True) -> Behaviour:
    """Read the request, say exactly this, and hang up unless told otherwise."""

    async def behave(seen: Seen, reader: Reader, writer: Writer) -> None:
        await body_of(seen, reader)
        writer.write(raw)
        await writer.drain()
        if close:
            writer.close()

    return behave


async def resets(seen: Seen, reader: Reader, writer: Writer) -> None:
    """Break the connection without a word."""
    writer.transport.abort()


async def stalls(seen: Seen, reader: Reader, writer: Writer) -> None:
    """Say nothing until the other side hangs up."""
    await reader.read()


async def stalls_in_the_body(seen: Seen, reader: Reader, writer: Writer) -> None:
    """Begin an answer and never end it."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345")
    await reader.read()


FAULTS: list[tuple[Behaviour, str, int, int]] = [
    (resets, "forward.reset", 502, 2),
    (says(b""), "forward.reset", 502, 2),
    (stalls, "forward.timeout", 504, 1),
    (says(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345"), "forward.short", 502, 1),
    (stalls_in_the_body, "forward.timeout", 504, 1),
    (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "forward.malformed", 502, 1),
    (says(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"), "forward.malformed", 502, 1),
    (says(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"), "forward.malformed", 502, 1),
]


@pytest.mark.req(7)
@pytest.mark.parametrize(("behave", "code", "status", "asked"), FAULTS)
async def test_each_way_a_tier_fails_has_its_own_answer(  # noqa: PLR0917 - a row of the table
    street: Opens, tmp_path: Path, behave: Behaviour, code: str, status: int, asked: int
) -> None:
    """502, 503 and 504 as problems, never 500, never hanging; a read is asked again once after a reset only."""
    async with street(tmp_path, behave=behave, onward={"idle_s": 0.5}) as place:
        answer = await place.get("/shop/orders/7")
        problem = answer.json()
        assert (status, code, "forward") == (answer.status_code, problem["code"], problem["policy"])
        assert "application/problem+json" == answer.headers["content-type"]
        assert answer.headers["x-trace-id"] == problem["trace_id"]
        assert asked == len(place.tier.seen)


@pytest.mark.req(7, 242)
@pytest.mark.parametrize(("behave", "status"), [(resets, 502), (stalls, 504)])
async def test_a_command_that_may_have_taken_effect_is_sent_once(
    street: Opens, tmp_path: Path, behave: Behaviour, status: int
) -> None:
    """It is called an unknown outcome, and nobody repeats it but the caller."""
    async with street(tmp_path, behave=behave) as place:
        headers = {"Idempotency-Key": "k", "If-Match": '"1"'}
        answer = await place.post("/shop/orders/7/approval", headers=headers)
        assert (status, "unknown_outcome") == (answer.status_code, answer.json()["kind"])
        assert 1 == len(place.tier.seen)


@pytest.mark.req(7)
async def test_a_tier_that_is_not_there_is_unavailable(street: Opens, tmp_path: Path) -> None:
    """503 with Retry-After: nothing was sent, so repeating is safe, also for a command."""
    async with street(tmp_path, tier_url="http://127.0.0.1:1") as place:
        headers = {"Idempotency-Key": "k", "If-Match": '"1"'}
        answer = await place.post("/shop/orders/7/approval", headers=headers)
        assert (503, "forward.unreachable", "later") == (
            answer.status_code,
            answer.json()["code"],
            answer.json()["retry"],
        )
        assert "1" == answer.headers["retry-after"]


@pytest.mark.req(7)
async def test_what_a_tier_refuses_passes_as_it_is(street: Opens, tmp_path: Path) -> None:
    """Its status, its problem and its fields are not translated."""
    raw = b'HTTP/1.1 418 Teapot\r\ncontent-type: application/problem+json\r\netag: "7"\r\ncontent-length: 2\r\n\r\n{}'
    async with street(tmp_path, behave=says(raw)) as place:
        answer = await place.get("/shop/orders/7")
        assert (418, "application/problem+json", '"7"') == (
            answer.status_code,
            answer.headers["content-type"],
            answer.headers["etag"],
        )


async def test_an_early_hint_is_not_taken_for_the_answer(street: Opens, tmp_path: Path) -> None:
    """A 1xx is passed over."""
    raw = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    async with street(tmp_path, behave=says(raw)) as place:
        assert "ok" == (await place.get("/shop/orders/7")).text


async def test_hop_by_hop_fields_of_the_answer_stay_behind(street: Opens, tmp_path: Path) -> None:
    """Those of the standard and those Connection names; a tier cannot speak for the door either."""
    raw = (
        b"HTTP/1.1 200 OK\r\nconnection: close, x-inner\r\nx-inner: 1\r\nx-powered-by: php\r\n"
        b"x-trace-id: forged\r\ncontent-length: 2\r\n\r\nok"
    )
    async with street(tmp_path, behave=says(raw)) as place:
        answer = await place.get("/shop/orders/7")
        assert "ok" == answer.text
        assert not {"x-inner", "x-powered-by"} & set(answer.headers)
        assert "forged" != answer.headers["x-trace-id"]


async def pours(seen: Seen, reader: Reader, writer: Writer) -> None:
    """Answer without end, as fast as it is taken."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


async def test_a_client_that_leaves_ends_the_exchange_with_the_tier(street: Opens, tmp_path: Path) -> None:
    """The tier's connection is cut while it is still pouring, and the log says the client left."""
    async with street(tmp_path, behave=pours) as place:
        async with place.client.stream("GET", "/shop/orders/7", headers=place.bearer()) as answer:
            await anext(answer.aiter_raw())
        async with asyncio.timeout(5):
            await place.tier.cut.wait()
        (line,) = await place.lines(1)
        assert ("client.left", 0) == (line["decision"], line["status"])


async def test_a_client_that_leaves_while_the_tier_thinks_ends_the_exchange_too(street: Opens, tmp_path: Path) -> None:
    """Nothing is waited for on behalf of nobody."""
    left = asyncio.Event()

    async def thinks(seen: Seen, reader: Reader, writer: Writer) -> None:
        await reader.read()
        left.set()

    async with street(tmp_path, behave=thinks, routes=_PATIENT) as place:
        with pytest.raises(httpx.ReadTimeout):
            await place.get("/shop/orders/7", timeout=0.2)
        async with asyncio.timeout(5):
            await left.wait()
        (line,) = await place.lines(1)
        assert "client.left" == line["decision"]


async def test_an_answer_streams_as_the_tier_gives_it(street: Opens, tmp_path: Path) -> None:
    """The first piece arrives while the tier still holds the second back."""
    go_on = asyncio.Event()

    async def halves(seen: Seen, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await go_on.wait()
        writer.write(b"6\r\nsecond\r\n0\r\n\r\n")

    async with (
        street(tmp_path, behave=halves) as place,
        place.client.stream("GET", "/shop/orders/7", headers=place.bearer()) as answer,
    ):
        pieces = answer.aiter_raw()
        assert b"first" == await anext(pieces)
        go_on.set()
        assert b"second" == b"".join([piece async for piece in pieces])


async def test_an_answer_broken_in_the_middle_is_broken_for_the_client_too(street: Opens, tmp_path: Path) -> None:
    """A chunked answer that ends early does not look whole."""
    raw = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n"
    async with street(tmp_path, behave=says(raw)) as place:
        with pytest.raises(httpx.RemoteProtocolError):
            await place.get("/shop/orders/7")
        (line,) = await place.lines(1)
        assert "forward.answer_broken" == line["decision"]


async def test_a_slow_client_slows_the_tier_down(street: Opens, tmp_path: Path) -> None:
    """Of an endless answer the tier gets rid of no more than the buffers between hold: back-pressure."""
    poured = 0

    async def counts(seen: Seen, reader: Reader, writer: Writer) -> None:
        nonlocal poured
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(4_000):
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()
            poured += 1

    async with street(tmp_path, behave=counts) as place:
        async with place.client.stream("GET", "/shop/orders/7", headers=place.bearer()):
            before = -1
            async with asyncio.timeout(20):
                while poured != before or poured == 0:
                    before = poured
                    await asyncio.sleep(0.2)
        assert poured < 400


async def test_an_upload_streams_and_is_capped_on_the_way(street: Opens, tmp_path: Path) -> None:
    """Without a declared length it is chunked to the tier; over the cap it is 413 and the tier's exchange ends."""

    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * 1_000

    async with street(tmp_path, max_body_bytes=10_000) as place:
        kind = {"Content-Type": "application/octet-stream"}
        answer = await place.post("/shop/files", content=pieces(9), headers=kind)
        assert (200, 9_000) == (answer.status_code, len(place.tier.seen[0].body))
        assert "chunked" == place.tier.seen[0].header("transfer-encoding")
        answer = await place.post("/shop/files", content=pieces(11), headers=kind)
        assert (413, "forward.body") == (answer.status_code, answer.json()["code"])


async def test_connections_to_a_tier_are_used_again(street: Opens, tmp_path: Path) -> None:
    """Many requests, one connection: what was read whole leaves it clean."""
    opened: set[Any] = set()

    async def counts(seen: Seen, reader: Reader, writer: Writer) -> None:
        opened.add(writer.get_extra_info("peername"))
        await good(seen, reader, writer)

    async with street(tmp_path, behave=counts) as place:
        for _ in range(20):
            assert 200 == (await place.get("/shop/orders/7")).status_code
    assert 1 == len(opened)


_PATIENT = """
[[product]]
name = "shop"
title = "Shop"
owner = "shop-team"
prefix = "/shop"
upstream = "process"
documents = ["shop"]
deadline_s = 30.0
"""
