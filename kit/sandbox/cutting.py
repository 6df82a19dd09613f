"""A wire that is cut at one call: the far side has done what it was asked, and its answer never arrives.

It carries TCP and reads of HTTP/1.1 only what a call begins with, so that it fits any vendor, simulated or real.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_CHUNK: Final = 65_536
_RESET_AT_ONCE: Final = struct.pack("ii", 1, 0)
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Exchange:
    """One call that went over the wire; `status` is what was answered, whether or not it was let through."""

    method: str
    path: str
    status: int
    cut: bool

    @property
    def said(self) -> str:
        """The call in words."""
        return f"{self.method} {self.path} → {'cut' if self.cut else self.status}"


@dataclass
class Cutter:
    """Listens on a port of its own and carries every call on to `target`, a URL; `exchanges` tells of each."""

    url: str = ""
    target: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    _left: int = 0

    def cut(self, nth: int) -> None:
        """Cut the answer of the nth call from now that is not a plain read; 0 cuts none."""
        self._left = nth

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        found = urlsplit(self.target)
        try:
            below_reader, below_writer = await asyncio.open_connection(found.hostname, found.port)
        except OSError:
            _reset(writer)
            return
        asked = bytearray()
        ways = [
            asyncio.create_task(self._ask(reader, below_writer, asked)),
            asyncio.create_task(self._answer(below_reader, writer, asked)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for each in (writer, below_writer):
                each.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray) -> None:
        while data := await reader.read(_CHUNK):
            asked += data
            writer.write(data)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray) -> None:
        """An answer begins with the first bytes that come back once something was asked."""
        while data := await reader.read(_CHUNK):
            if asked:
                cut = self._met(bytes(asked), data)
                asked.clear()
                if cut:
                    _reset(writer)
                    return
            writer.write(data)
            await writer.drain()

    def _met(self, asked: bytes, answered: bytes) -> bool:
        method, path, *_ = asked.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        status = int(answered.split(b" ", 2)[1])
        cut = False
        if method not in _READING and self._left:
            self._left -= 1
            cut = not self._left
        self.exchanges.append(Exchange(method, path.split("?")[0], status, cut))
        return cut


@asynccontextmanager
async def cutter() -> AsyncIterator[Cutter]:
    """A wire on a free port until the block ends; tell it its target before anybody calls."""
    laid = Cutter()
    server = await asyncio.start_server(laid.accept, "127.0.0.1", 0)
    laid.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield laid
    finally:
        server.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End with RST instead of FIN, as a machine that has died."""
    taken = writer.get_extra_info("socket")
    if taken is not None:
        with suppress(OSError, ValueError):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
    writer.transport.abort()
