"""A tier for machines without nginx: answers everything at once, and the issuer's keys; `PORT` is its argument."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, cast

import httptools
import uvloop

from load.gateway.traffic import answer


class Tier(asyncio.Protocol):
    """One connection."""

    def __init__(self, *, answered: bytes, keys: bytes) -> None:
        self._answers = {True: keys, False: answered}
        self._url = b""
        self._parser: Any = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_message_complete(self) -> None:
        self._transport.write(self._answers[self._url == b"/jwks"])


def _whole(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(port: int) -> None:
    answered, keys = _whole(answer().encode()), _whole((Path(os.environ["FOLDER"]) / "jwks.json").read_bytes())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Tier(answered=answered, keys=keys), "127.0.0.1", port, backlog=4_096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
