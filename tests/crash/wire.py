"""A faulty wire: a TCP proxy of our own that delays, cuts, swallows, trickles, or resets in the middle of an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

_CHUNK: Final = 65_536
_DROPS: Final = 256
_DROP_S: Final = 0.02
_RESET_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Trouble(StrEnum):
    """What may befall a wire."""

    DELAY = "delay"
    CUT = "cut"
    HALF_OPEN = "half_open"
    TRICKLE = "trickle"
    RESET = "reset"


class Cut(Exception):
    """The wire ends this connection."""


@dataclass
class Wire:
    """Carries one way of the landscape; listens on a port of its own. `met` counts the troubles that met traffic."""

    name: str
    url: str = ""
    target: str = ""
    met: int = 0
    _trouble: Trouble | None = None
    _until: float = 0.0
    _seconds: float = 0.0
    _counted: bool = True
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def trouble(self, kind: Trouble, *, lasts_s: float, seconds: float = 0.05) -> None:
        """Begin a trouble; `seconds` is how much each piece is delayed. It replaces one that still lasts."""
        self._trouble, self._until, self._seconds = kind, time.monotonic() + lasts_s, seconds
        self._counted = False
        if kind is Trouble.CUT:
            if self._open:
                self._count()
            self._abort_all()

    def heal(self) -> None:
        """No trouble any more; what was swallowed stays lost, so its connections are reset."""
        if self._trouble is Trouble.HALF_OPEN:
            self._abort_all()
        self._trouble = None

    @property
    def _now(self) -> Trouble | None:
        if self._trouble is not None and time.monotonic() >= self._until:
            self.heal()
        return self._trouble

    def _count(self) -> None:
        if not self._counted:
            self.met += 1
            self._counted = True

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        self._open.add(writer)
        try:
            if self._now is Trouble.CUT or not self.target:
                self._count()
                raise Cut  # noqa: TRY301 - one way out for all cuts
            found = urlsplit(self.target)
            below_reader, below_writer = await asyncio.open_connection(found.hostname, found.port)
        except (OSError, Cut):
            self._open.discard(writer)
            _reset(writer)
            return
        self._open.add(below_writer)
        ways = [
            asyncio.create_task(self._carry(reader, below_writer, back=False)),
            asyncio.create_task(self._carry(below_reader, writer, back=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if any(way.done() and way.exception() is not None for way in ways):
                _reset(writer)
                _reset(below_writer)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for each in (writer, below_writer):
                self._open.discard(each)
                each.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool) -> None:
        while data := await reader.read(_CHUNK):
            trouble = self._now
            if trouble is not None and trouble is not Trouble.RESET:
                self._count()
            if trouble is Trouble.DELAY:
                await asyncio.sleep(self._seconds)
            elif trouble is Trouble.HALF_OPEN:
                await self._swallow()
            elif trouble is Trouble.TRICKLE:
                await self._trickle(data, writer)
                continue
            elif trouble is Trouble.RESET and back:
                self._count()
                self._trouble = None
                writer.write(data[: len(data) // 2])
                with suppress(ConnectionError):
                    await writer.drain()
                raise Cut
            writer.write(data)
            await writer.drain()

    async def _swallow(self) -> None:
        """Take what came and give nothing on: the other end is gone and nobody said so."""
        await asyncio.sleep(max(0.0, self._until - time.monotonic()))
        raise Cut

    async def _trickle(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        for at in range(0, len(data), _DROPS):
            writer.write(data[at : at + _DROPS])
            await writer.drain()
            if self._now is Trouble.TRICKLE:
                await asyncio.sleep(_DROP_S)

    def _abort_all(self) -> None:
        for writer in list(self._open):
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    """End with RST instead of FIN, as a machine that has died."""
    taken = writer.get_extra_info("socket")
    if taken is not None:
        with suppress(OSError, ValueError):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
    writer.transport.abort()


@asynccontextmanager
async def wire(name: str) -> AsyncIterator[Wire]:
    """A wire on a free port until the block ends; tell it its target before anybody calls."""
    laid = Wire(name)
    server = await asyncio.start_server(laid.accept, "127.0.0.1", 0)
    laid.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield laid
    finally:
        server.close()
        laid._abort_all()
        await server.wait_closed()
