"""API10:2023, unsafe consumption of APIs: a system below that answers what it should not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.gateway.street import Seen, body_of, street

pytestmark = [pytest.mark.authz, pytest.mark.req(300)]
JSON = b"content-type: application/json\r\n"


def answering(head: bytes, body: bytes = b"", *, length: int | None = None) -> object:
    """A tier that answers so, whatever it is asked."""

    async def behave(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await body_of(seen, reader)
        said = len(body) if length is None else length
        writer.write(b"HTTP/1.1 " + head + b"content-length: %d\r\n\r\n" % said + body)
        if length is not None:
            writer.close()

    return behave


async def test_a_redirect_from_below_is_not_followed(tmp_path: Path) -> None:
    """Nobody is called for it: where a tier points, the gateway does not go."""
    heard: list[str] = []

    async def inside(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readline()).decode())
        writer.close()

    trap = await asyncio.start_server(inside, "127.0.0.1", 0)
    port = trap.sockets[0].getsockname()[1]
    head = b"302 Found\r\nlocation: http://127.0.0.1:%d/metadata\r\n" % port
    async with trap, street(tmp_path, behave=answering(head)) as shop:  # type: ignore[arg-type] # a behaviour
        answer = await shop.get("/shop/orders")

    assert ([], 302) == (heard, answer.status_code)


@pytest.mark.parametrize(
    ("head", "body", "length"),
    [
        (b"200 OK\r\n" + JSON, b'{"ok":', 100),
        (b"200 OK\r\nx-injected: a\r\n b\x00\r\n" + JSON, b"{}", None),
        (b"999 Strange\r\n" + JSON, b"{}", None),
    ],
    ids=["cut short", "a field that is none", "a status that is none"],
)
async def test_an_answer_that_is_none_is_a_bad_gateway(
    tmp_path: Path, head: bytes, body: bytes, length: int | None
) -> None:
    """What cannot be read as HTTP is not passed on: 502, with nothing of it."""
    async with street(tmp_path, behave=answering(head, body, length=length)) as shop:  # type: ignore[arg-type] # a behaviour
        answer = await shop.get("/shop/orders")

    assert 502 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert "ok" not in answer.text.partition('"code"')[0]


async def test_fields_of_a_tier_that_speak_for_the_door_are_dropped(tmp_path: Path) -> None:
    """Cookies, origins and products that a tier names do not reach the client."""
    head = b"200 OK\r\nset-cookie: a=b\r\nserver: secret/1.0\r\nx-powered-by: old\r\n" + JSON
    async with street(tmp_path, behave=answering(head, b"[]")) as shop:  # type: ignore[arg-type] # a behaviour
        answer = await shop.get("/shop/orders")

    assert 200 == answer.status_code
    assert "secret" not in str(answer.headers)
