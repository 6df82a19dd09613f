import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import trustme

from gateway.config import Onward
from gateway.pool import Pool
from gateway.upstream import Call, Failed

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Says = Callable[[int, Reader, Writer], Awaitable[None]]
GET = Call(tier="t", method="GET", target=b"/x", headers=[(b"accept", b"a/b")], payload=None)
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Tier:
    """A tier that answers the n-th connection as it is told, and counts."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.opened = 0
        self.ended = 0
        self.url = ""

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """One connection."""
        self.opened += 1
        try:
            await self.says(self.opened, reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.ended += 1
            writer.close()


@asynccontextmanager
async def tier(says: Says, *, secure: ssl.SSLContext | None = None, **onward: Any) -> AsyncIterator[tuple[Tier, Pool]]:
    """A tier and a pool before it."""
    found = Tier(says)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=secure)
    found.url = f"http{'s' if secure else ''}://localhost:{server.sockets[0].getsockname()[1]}/base"
    pool = Pool({"t": found.url}, onward=Onward(**onward))
    async with server:
        try:
            yield found, pool
        finally:
            await pool.close()


async def head(reader: Reader) -> bytes:
    """Read a request's head."""
    return await reader.readuntil(b"\r\n\r\n")


async def until(true: Callable[[], bool]) -> None:
    """Poll with a deadline."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - sockets tell nobody
            await asyncio.sleep(0.005)


def always(raw: bytes, *, close: bool = False) -> Says:
    """Answer each request with these bytes."""

    async def says(_number: int, reader: Reader, writer: Writer) -> None:
        while True:
            await head(reader)
            writer.write(raw)
            await writer.drain()
            if close:
                return

    return says


async def whole(pool: Pool, call: Call) -> tuple[int, bytes]:
    """Ask, and read to the end."""
    answer = await pool.ask(call)
    try:
        return answer.status, b"".join([part async for part in answer.parts()])
    finally:
        await answer.close()


WELL: list[tuple[str, bytes, bool, bytes]] = [
    ("length", OK, False, b"ok"),
    ("chunked with trailers", CHUNKED + b"2\r\nok\r\n0\r\nx-t: 1\r\n\r\n", False, b"ok"),
    ("until it closes", b"HTTP/1.1 200 OK\r\n\r\nok", True, b"ok"),
    ("HTTP/1.0", b"HTTP/1.0 200 OK\r\n\r\nok", True, b"ok"),
    ("204", b"HTTP/1.1 204 No Content\r\n\r\n", False, b""),
    ("304 with a length", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n", False, b""),
    ("hints first", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK, False, b"ok"),
    ("100 first", b"HTTP/1.1 100 Continue\r\n\r\n" + OK, False, b"ok"),
    ("nothing", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", False, b""),
]  # fmt: skip  # a table, one answer in a line


@pytest.mark.parametrize(("raw", "close", "body"), [row[1:] for row in WELL], ids=[row[0] for row in WELL])
async def test_each_way_to_end_an_answer_is_understood_and_the_connection_used_again(
    raw: bytes, close: bool, body: bytes
) -> None:
    """Three in a row: on one connection where that is allowed, else on three."""
    async with tier(always(raw, close=close)) as (found, pool):
        for _ in range(3):
            assert body == (await whole(pool, GET))[1]
        assert (3 if close else 1) == found.opened


async def test_an_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    """Nothing is waited for, and the connection is not used again."""
    async with tier(always(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n")) as (found, pool):
        for _ in range(2):
            assert (200, b"") == await whole(pool, replace(GET, method="HEAD"))
        assert 2 == found.opened


ILL: list[tuple[str, bytes, str]] = [
    ("no HTTP", b"SSH-2.0\r\n\r\n", "malformed"),
    ("length and chunked", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n", "malformed"),
    ("another coding", b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nab", "malformed"),
    ("chunked on 1.0", b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "malformed"),
    ("two lengths", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok", "malformed"),
    ("bare LF", b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok", "malformed"),
    ("a fold", b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nok", "malformed"),
    ("NUL", b"HTTP/1.1 200 OK\r\nx: a\x00\r\ncontent-length: 2\r\n\r\nok", "malformed"),
    ("101 nobody asked for", b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", "malformed"),
    ("hints without end", b"HTTP/1.1 103 E\r\n\r\n" * 40, "malformed"),
    ("a head without end", b"HTTP/1.1 200 OK\r\n" + b"x-a: %b\r\n" % (b"a" * 1_000) * 80, "malformed"),
    ("silence", b"", "reset"),
    ("half a head", b"HTTP/1.1 200 OK\r\ncont", "short"),
    ("half a body", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", "short"),
]


@pytest.mark.smuggling
@pytest.mark.parametrize(("raw", "code"), [row[1:] for row in ILL], ids=[row[0] for row in ILL])
async def test_an_answer_in_doubt_is_a_failure_with_a_name(raw: bytes, code: str) -> None:
    """Never an answer, never a hang, and the connection is gone."""
    async with tier(always(raw, close=True)) as (found, pool):
        with pytest.raises(Failed) as failed:
            await whole(pool, GET)
        assert code == failed.value.code
        await until(lambda: found.ended == found.opened)


@pytest.mark.smuggling
async def test_bytes_nobody_asked_for_answer_nobody() -> None:
    """A second answer behind the first is dropped with its connection, at once or later."""
    evil = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"

    async def says(number: int, reader: Reader, writer: Writer) -> None:
        await head(reader)
        writer.write(OK + evil if number == 1 else OK)
        await writer.drain()
        if number == 2:
            writer.write(evil)
        await reader.read()

    async with tier(says) as (found, pool):
        assert b"ok" == (await whole(pool, GET))[1]
        assert b"ok" == (await whole(pool, GET))[1]
        await until(lambda: found.ended == 2)
        assert b"ok" == (await whole(pool, GET))[1]
        assert 3 == found.opened


async def test_a_connection_that_has_gone_stale_is_not_taken() -> None:
    """Closed by the tier while it was free: the next call opens another and nobody notices."""
    async with tier(always(OK, close=True)) as (found, pool):
        for _ in range(3):
            assert b"ok" == (await whole(pool, GET))[1]
            await until(lambda: not pool._sites["t"].wires)
        assert 3 == found.opened


async def test_the_connection_given_back_last_is_taken_first_and_old_ones_are_closed() -> None:
    """Of three only the one in use stays."""
    async with tier(always(OK), keep_alive_s=0.3) as (found, pool):
        await asyncio.gather(*(whole(pool, GET) for _ in range(3)))
        assert 3 == found.opened
        async with asyncio.timeout(5):
            while found.ended < 2:
                await whole(pool, GET)
                await asyncio.sleep(0.01)
        assert (3, 2) == (found.opened, found.ended)


async def test_no_more_connections_are_opened_than_allowed_and_who_waits_too_long_is_told() -> None:
    """Two at a time; ten calls all get through; when the two hang, the third is told that all are busy."""
    hang = asyncio.Event()

    async def says(_number: int, reader: Reader, writer: Writer) -> None:
        while await head(reader):
            if hang.is_set():
                await reader.read()
            writer.write(OK)

    async with tier(says, connections=2, pool_s=0.2) as (found, pool):
        await asyncio.gather(*(whole(pool, GET) for _ in range(10)))
        assert 2 == found.opened
        hang.set()
        stuck = [asyncio.create_task(whole(pool, GET)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Failed) as failed:
            await whole(pool, GET)
        assert ("busy", False) == (failed.value.code, failed.value.sent)
        for each in stuck:
            each.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        hang.clear()
        assert b"ok" == (await whole(pool, GET))[1]


async def test_a_call_given_up_breaks_its_connection_off() -> None:
    """The tier sees the end, and the next call does not get the answer of the one given up."""
    asked = asyncio.Event()

    async def says(number: int, reader: Reader, writer: Writer) -> None:
        await head(reader)
        if number == 1:
            asked.set()
            await reader.read()
        writer.write(OK)

    async with tier(says) as (found, pool):
        call = asyncio.create_task(whole(pool, GET))
        await asked.wait()
        call.cancel()
        await until(lambda: found.ended == 1)
        assert b"ok" == (await whole(pool, GET))[1]


async def test_a_tier_is_believed_over_tls_only_with_a_certificate_for_its_name(tmp_path: Path) -> None:
    """With the authority given it answers; without, it cannot be reached, and nothing was sent."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    async with tier(always(OK), secure=context, ca_file=str(file)) as (_, pool):
        assert b"ok" == (await whole(pool, GET))[1]
    async with tier(always(OK), secure=context) as (_, pool):
        with pytest.raises(Failed) as failed:
            await whole(pool, GET)
        assert ("unreachable", False) == (failed.value.code, failed.value.sent)


async def test_a_tier_that_answers_before_the_body_has_come_is_heard() -> None:
    """The upload ends there, and the connection with it."""

    async def says(_number: int, reader: Reader, writer: Writer) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536
            await asyncio.sleep(0)

    async with tier(says) as (found, pool):
        upload = replace(GET, method="POST", payload=endless())
        assert (413, b"") == await whole(pool, upload)
        await until(lambda: found.ended == 1)


async def test_what_is_sent_is_framed_by_us_alone() -> None:
    """Target under the tier's base, Host of the tier, one framing."""
    seen: list[bytes] = []

    async def says(_number: int, reader: Reader, writer: Writer) -> None:
        seen.append(await head(reader))
        writer.write(OK)

    async with tier(says) as (found, pool):
        await whole(pool, replace(GET, method="POST", payload=b"abc"))
        authority = found.url.removeprefix("http://").removesuffix("/base").encode()
        expected = b"POST /base/x HTTP/1.1\r\nhost: %b\r\naccept: a/b\r\ncontent-length: 3\r\n\r\n" % authority
        assert [expected] == seen


def test_an_address_that_is_none_is_refused() -> None:
    """Before anything is opened."""
    with pytest.raises(ValueError, match="no address"):
        Pool({"t": "ftp://x"}, onward=Onward())
