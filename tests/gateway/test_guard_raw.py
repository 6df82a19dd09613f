"""The guard rules through a real socket: a test client builds a clean scope and would prove nothing."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gateway.conftest import Opens
from tests.gateway.street import Street
from tests.gateway.tokens import token

SERVERS = [("uvicorn", "pool"), ("granian", "pool"), ("protocol", "pool")]
GET = b"GET /shop/orders/7 HTTP/1.1\r\n"
POST = b"POST /shop/files HTTP/1.1\r\nContent-Type: application/octet-stream\r\n"
SMUGGLED = b"GET /shop/orders/666 HTTP/1.1\r\nHost: a\r\n\r\n"


async def exchange(place: Street, raw: bytes, *, answers: int = 1) -> tuple[list[int], bytes]:
    """Send these bytes; statuses of as many answers as were asked for, or as came before the end; and the last body."""
    bearer = f"Authorization: Bearer {token(datetime.now(UTC))}\r\n".encode()
    raw = raw.replace(b"Host: a\r\n", b"Host: a\r\n" + bearer).replace(b"@PORT", str(place.port).encode())
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    statuses: list[int] = []
    body = b""
    try:
        writer.write(raw)
        async with asyncio.timeout(5):
            while len(statuses) < answers and (line := await reader.readline()):
                statuses.append(int(line.split()[1]))
                length = 0
                while field := (await reader.readline()).strip().lower():
                    if field.startswith(b"content-length:"):
                        length = int(field.split(b":")[1])
                body = await reader.readexactly(0 if raw.startswith(b"HEAD") else length)
    except ConnectionError:
        pass
    finally:
        writer.close()
    return statuses, body


PROBES: list[tuple[str, bytes, list[int], int]] = [
    ("plain", GET + b"Host: a\r\n\r\n", [200], 1),
    ("two pipelined", (GET + b"Host: a\r\n\r\n") * 2, [200, 200], 2),
    (
        "CL and TE, one smuggled",
        POST + b"Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        [400],
        0,
    ),
    ("TE chunked, identity", POST + b"Host: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", [400], 0),
    ("TE xchunked", POST + b"Host: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", [400], 0),
    (
        "two TE",
        POST + b"Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        [400],
        0,
    ),
    ("space before the colon", POST + b"Host: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", [400], 0),
    ("two CL, differing", POST + b"Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", [400], 0),
    ("two CL, equal", POST + b"Host: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", [400], 0),
    ("CL +2", POST + b"Host: a\r\nContent-Length: +2\r\n\r\nab", [400], 0),
    ("CL 2, 2", POST + b"Host: a\r\nContent-Length: 2, 2\r\n\r\nab", [400], 0),
    ("bare LF", b"GET /shop/orders/7 HTTP/1.1\nHost: a\n\n", [400], 0),
    ("obs-fold", GET + b"Host: a\r\nX-A: b\r\n c\r\n\r\n", [400], 0),
    ("NUL in a field", GET + b"Host: a\r\nX-A: b\x00c\r\n\r\n", [400], 0),
    ("no Host", GET + b"\r\n", [400], 0),
    ("two Hosts", GET + b"Host: a\r\nHost: b\r\n\r\n", [400], 0),
    (
        "HTTP/1.0 with TE",
        POST.replace(b"1.1", b"1.0") + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        [400],
        0,
    ),
    ("chunk size 0x3", POST + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", [400], 0),
    ("wrong chunk end", POST + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n", [400], 0),
    (
        "bare LF in a chunk extension",
        POST + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
        [400],
        0,
    ),
    ("chunked", POST + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", [200], 1),
    ("GET with a body", GET + b"Host: a\r\nContent-Length: 3\r\n\r\nabc", [400], 0),
    ("a body that will not be read", POST + b"Host: a\r\nContent-Length: 99999999\r\n\r\n", [413], 0),
    ("absolute form, same host", GET.replace(b"/shop", b"http://a/shop") + b"Host: a\r\n\r\n", [200], 1),
    ("encoded dots", b"GET /shop/%2e%2e/admin HTTP/1.1\r\nHost: a\r\n\r\n", [400], 0),
    ("plain dots", b"GET /shop/../admin HTTP/1.1\r\nHost: a\r\n\r\n", [400], 0),
    ("encoded slash", b"GET /shop/orders%2f7 HTTP/1.1\r\nHost: a\r\n\r\n", [400], 0),
    ("encoded NUL", b"GET /shop/orders/7%00 HTTP/1.1\r\nHost: a\r\n\r\n", [400], 0),
    (
        "h2c upgrade",
        GET
        + b"Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        [200],
        1,
    ),
    ("a websocket upgrade", GET + b"Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", [501], 0),
    ("CONNECT", b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", [400], 0),
    ("absolute form, another host", GET.replace(b"/shop", b"http://b/shop") + b"Host: a\r\n\r\n", [400], 0),
    ("HTTP/1.0 without Host", GET.replace(b"1.1", b"1.0") + b"\r\n", [401], 0),
    ("HEAD", GET.replace(b"GET", b"HEAD") + b"Host: a\r\n\r\n", [200], 1),
    ("rubbish after a GET", GET + b"Host: a\r\n\r\nrubbish\r\n\r\n", [200], 1),
    ("TE on a body-less method", GET + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", [400], 0),
    (
        "an upgrade with a body",
        POST + b"Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        [400],
        0,
    ),
    ("a header of 70 KB", GET + b"Host: a\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n", [431], 0),
]


# What servers are known to do differently. It is survivable, since framing towards the tier is made anew.
GRANIAN: dict[str, tuple[list[int], int | None]] = {
    "absolute form, another host": ([200], 1),  # the authority is dropped before the application could compare it
    "an upgrade with a body": ([200], 1),  # passes the upgrade over and reads the body, as it may
    "CL and TE, one smuggled": (
        [200],
        1,
    ),  # read as chunked; the connection closes after it, nothing smuggled is served
    "two CL, equal": ([200], 1),  # folded into one before the application sees them
    "bare LF": ([401], 0),  # taken for an end of line; not to be seen in the scope
    "chunk size 0x3": ([400], 1),  # the application has begun when the chunk breaks: the tier's exchange is cut
    "wrong chunk end": ([400], 1),  # likewise
    "bare LF in a chunk extension": ([400], 1),  # likewise
}
UVICORN: dict[str, tuple[list[int], int | None]] = {
    "rubbish after a GET": ([400], None),  # answers the rubbish at once and closes; the GET may have been forwarded
}


@pytest.mark.req(2, 12)
@pytest.mark.smuggling
@pytest.mark.parametrize("probe", PROBES, ids=[probe[0] for probe in PROBES])
@pytest.mark.parametrize("street", SERVERS, indirect=True, ids=lambda way: way[0])
async def test_what_two_parsers_could_read_differently_goes_no_further(
    street: Opens, server: str, tmp_path: Path, probe: tuple[str, bytes, list[int], int]
) -> None:
    """Each probe gets its status, and the tier sees what was meant and nothing that was smuggled."""
    name, raw, *_ = probe
    known = {"granian": GRANIAN, "uvicorn": UVICORN}.get(server, {})
    statuses, reached = known.get(name, probe[2:])
    async with street(tmp_path) as place:
        found, _ = await exchange(place, raw, answers=2 if SMUGGLED in raw else len(statuses))
        assert statuses == found
        assert reached in {None, len(place.tier.seen)}
        assert not any(b"666" in seen.line for seen in place.tier.seen)


@pytest.mark.smuggling
@pytest.mark.parametrize("street", SERVERS, indirect=True, ids=lambda way: way[0])
async def test_a_body_broken_off_is_not_forwarded_as_if_it_were_whole(street: Opens, tmp_path: Path) -> None:
    """A JSON body that ends early is 400 in the log, and no tier is asked."""
    async with street(tmp_path) as place:
        raw = b"POST /shop/orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        bearer = f"Authorization: Bearer {token(datetime.now(UTC))}\r\n".encode()
        _, writer = await asyncio.open_connection("127.0.0.1", place.port)
        writer.write(raw.replace(b"Host: a\r\n", b"Host: a\r\n" + bearer))
        await writer.drain()
        writer.close()
        (line,) = await place.lines(1)
        assert ("receive.broken", 400) == (line["decision"], line["status"])
        assert [] == place.tier.seen
