import asyncio
import resource
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.gateway.conftest import Opens
from tests.gateway.street import ROUTES, Seen, good
from tests.gateway.street import street as one_street

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
SERVERS = [("uvicorn", "pool"), ("granian", "pool"), ("protocol", "pool")]
servers = pytest.mark.parametrize("street", SERVERS, indirect=True, ids=lambda way: way[0])
MIB = 1_048_576


async def asked(port: int, raw: bytes) -> tuple[Reader, Writer]:
    """A connection that has sent these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4_096)
    writer.write(raw)
    await writer.drain()
    return reader, writer


@pytest.mark.smuggling
@servers
@pytest.mark.parametrize("raw", [b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET /", b""], ids=["a field", "a word", "nothing"])
async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(
    street: Opens, tmp_path: Path, raw: bytes
) -> None:
    """Closed within the time that was set, whichever server; others are served meanwhile."""
    async with street(tmp_path, head_s=0.5) as place:
        reader, writer = await asked(place.port, raw)
        try:
            assert 200 == (await place.get("/shop/orders/7")).status_code
            async with asyncio.timeout(4):
                told = await reader.read()
            assert told == b"" or b" 408 " in told.split(b"\r\n")[0]
        finally:
            writer.close()


@servers
async def test_a_slow_head_in_time_is_served(street: Opens, tmp_path: Path) -> None:
    """Byte by byte, and again on the same connection."""
    async with street(tmp_path, head_s=5.0) as place:
        bearer = f"Authorization: {place.bearer()['Authorization']}\r\n".encode()
        raw = b"GET /shop/orders/7 HTTP/1.1\r\nHost: a\r\n" + bearer + b"\r\n"
        reader, writer = await asked(place.port, b"")
        try:
            for _ in range(2):
                for at in range(0, len(raw), 40):
                    writer.write(raw[at : at + 40])
                    await writer.drain()
                    await asyncio.sleep(0)
                assert b"HTTP/1.1 200 OK\r\n" == await reader.readline()
                await reader.readuntil(b'{"ok":true}')
        finally:
            writer.close()


@servers
async def test_a_hundred_slow_readers_cost_buffers_and_no_more(street: Opens, tmp_path: Path) -> None:
    """Each is poured an endless answer and reads nothing: memory stays bounded, and others are served."""

    async def pours(seen: Seen, reader: Reader, writer: Writer) -> None:
        if b"/666" not in seen.line:
            await good(seen, reader, writer)
            return
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()

    patient = ROUTES.replace("deadline_s = 1.0", "deadline_s = 20.0")  # one loop pours, carries and asks
    async with street(tmp_path, routes=patient, behave=pours, onward={"connections": 128}) as place:
        bearer = f"Authorization: {place.bearer()['Authorization']}\r\n".encode()
        raw = b"GET /shop/orders/666 HTTP/1.1\r\nHost: a\r\n" + bearer + b"\r\n"
        before = _rss()
        readers = await asyncio.gather(*(asked(place.port, raw) for _ in range(100)))
        try:
            async with asyncio.timeout(20):
                for reader, _ in readers:
                    assert b"HTTP/1.1 200 OK\r\n" == await reader.readline()
            for _ in range(20):
                assert 200 == (await place.get("/shop/orders/7")).status_code
            assert _rss() - before < 150 * MIB
        finally:
            for _, writer in readers:
                writer.close()
        async with asyncio.timeout(20):
            assert 102 <= len(await place.lines(120))


@servers
async def test_large_bodies_stream_both_ways_in_bounded_memory(street: Opens, tmp_path: Path) -> None:
    """64 MiB up and 64 MiB down, counted at both ends; none of it is gathered on the way."""
    got = 0

    async def counts(seen: Seen, reader: Reader, writer: Writer) -> None:
        nonlocal got
        left = int(seen.header("content-length") or 0)
        while left:
            part = await reader.read(min(left, 65_536))
            got, left = got + len(part), left - len(part)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ncontent-length: %d\r\n\r\n" % (64 * MIB))
        for _ in range(1_024):
            writer.write(b"y" * 65_536)
            await writer.drain()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1_024):
            yield b"x" * 65_536

    routes = {"max_body_bytes": 128 * MIB, "routes": _PATIENT}
    async with street(tmp_path, behave=counts, **routes) as place:
        kind = {"Content-Type": "application/octet-stream", "Content-Length": str(64 * MIB), **place.bearer()}
        before, received = _rss(), 0
        async with place.client.stream("POST", "/shop/files", content=pieces(), headers=kind, timeout=60) as answer:
            assert 200 == answer.status_code
            async for part in answer.aiter_raw():
                received += len(part)
        assert (64 * MIB, 64 * MIB) == (got, received)
        assert _rss() - before < 40 * MIB


@servers
async def test_an_event_stream_arrives_event_by_event(street: Opens, tmp_path: Path) -> None:
    """Nothing waits for a buffer to fill."""
    go_on = asyncio.Event()

    async def events(seen: Seen, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for number in range(3):
            writer.write(b"9\r\ndata: %d\n\n\r\n" % number)
            await writer.drain()
            await go_on.wait()
            go_on.clear()
        writer.write(b"0\r\n\r\n")

    async with (
        street(tmp_path, behave=events, routes=_PATIENT) as place,
        place.client.stream("GET", "/shop/orders/7", headers=place.bearer()) as answer,
    ):
        told = answer.aiter_raw()
        for number in range(3):
            assert b"data: %d\n\n" % number == await anext(told)
            go_on.set()


@servers
async def test_whoever_announces_a_body_is_told_to_go_on(street: Opens, tmp_path: Path) -> None:
    """100 first, then the answer; the tier hears nothing of the announcement."""
    async with street(tmp_path) as place:
        bearer = f"Authorization: {place.bearer()['Authorization']}\r\n".encode()
        raw = b"POST /shop/files HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 3\r\n"
        reader, writer = await asked(place.port, raw + b"Expect: 100-continue\r\n" + bearer + b"\r\n")
        try:
            async with asyncio.timeout(5):
                assert b"HTTP/1.1 100 Continue\r\n" == await reader.readline()
                await reader.readline()
                writer.write(b"abc")
                assert b"HTTP/1.1 200 OK\r\n" == await reader.readline()
        finally:
            writer.close()
        (seen,) = place.tier.seen
        assert (b"abc", None) == (seen.body, seen.header("expect"))


async def test_a_server_asked_to_stop_ends_what_is_under_way_and_begins_nothing(tmp_path: Path) -> None:
    """The answer comes and says that the connection closes; an idle connection is closed at once."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def waits(seen: Seen, reader: Reader, writer: Writer) -> None:
        begun.set()
        await go_on.wait()
        await good(seen, reader, writer)

    around = one_street(tmp_path, behave=waits, routes=_PATIENT, server="protocol")
    place = await around.__aenter__()
    bearer = f"Authorization: {place.bearer()['Authorization']}\r\n".encode()
    reader, writer = await asked(place.port, b"GET /shop/orders/7 HTTP/1.1\r\nHost: a\r\n" + bearer + b"\r\n")
    idle, other = await asked(place.port, b"")
    stopping: asyncio.Task[object] | None = None
    try:
        await begun.wait()
        stopping = asyncio.create_task(around.__aexit__(None, None, None))
        async with asyncio.timeout(5):
            assert b"" == await idle.read()
            go_on.set()
            told = await reader.read()
        assert b"HTTP/1.1 200 OK" == told.split(b"\r\n")[0]
        assert b"\r\nconnection: close\r\n" in told
    finally:
        writer.close()
        other.close()
        await (around.__aexit__(None, None, None) if stopping is None else stopping)


def _rss() -> int:
    """What this process holds; the gateway, the tier and the clients of a test are all in it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


_PATIENT = """
[[product]]
name = "shop"
title = "Shop"
owner = "shop-team"
prefix = "/shop"
upstream = "process"
documents = ["shop"]
deadline_s = 60.0
"""
