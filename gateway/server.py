"""Serves the door on a socket without a framework between; refuses slow heads, large heads and clients that stall.

HTTP/1.1 only. For HTTP/2 and for TLS with many clients put a proxy in front, or choose another server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Final

from msgspec import Struct

from gateway.app import Gateway
from gateway.inbound import Inbound
from gateway.pool import Pool
from kit.door.policy import Message

_TICK_S: Final = 0.2
_BACKLOG: Final = 4_096


class Patience(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client may take; seconds and bytes."""

    head_s: float = 10.0
    """From the first byte of a head to its last, and from connecting to the first request."""
    idle_s: float = 65.0
    """Between two requests of one connection."""
    stall_s: float = 60.0
    """Without reading any of an answer that waits."""
    linger_s: float = 2.0
    """To read an answer given before the request had been sent whole."""
    drain_s: float = 8.0
    """To finish what is under way when the server is asked to stop."""
    head_bytes: int = 65_536
    """Most bytes of a head."""


class Desk:
    """What the connections share."""

    def __init__(self, gateway: Gateway, patience: Patience) -> None:
        self.gateway = gateway
        self.pool = gateway.upstream if isinstance(gateway.upstream, Pool) else None
        self.inbounds: set[Inbound] = set()
        self.draining = False
        self.now = 0.0
        self.stamp = b""
        self.head_s, self.idle_s, self.stall_s = patience.head_s, patience.idle_s, patience.stall_s
        self.linger_s, self.head_bytes = patience.linger_s, patience.head_bytes
        self._timer: asyncio.TimerHandle | None = None

    def tick(self) -> None:
        """Look at the time for all of them."""
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        self.stamp = b"date: " + formatdate(usegmt=True).encode() + b"\r\n"
        for inbound in tuple(self.inbounds):
            inbound.look(self.now)
        self._timer = loop.call_later(_TICK_S, self.tick)

    async def drain(self, seconds: float) -> None:
        """Let what is under way end, and nothing begin."""
        self.draining = True
        deadline = asyncio.get_running_loop().time() + seconds
        for inbound in tuple(self.inbounds):
            inbound.drain()
        while self.inbounds and self.now < deadline:  # noqa: ASYNC110 - the last connection to go tells nobody
            await asyncio.sleep(_TICK_S / 4)
        for inbound in tuple(self.inbounds):
            inbound.cut()
        if self._timer is not None:
            self._timer.cancel()


@asynccontextmanager
async def serving(
    gateway: Gateway, *, host: str = "127.0.0.1", port: int = 0, patience: Patience | None = None
) -> AsyncIterator[str]:
    """Serve the door until the block ends; yields its base URL, and closes the gateway in the end.

    Raises:
        OSError: the address is not to be had.
        RuntimeError: the application's start-up failed.

    """
    chosen = patience or Patience()
    desk = Desk(gateway, chosen)
    async with _living(gateway):
        desk.tick()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Inbound(desk), host, port, backlog=_BACKLOG)
        try:
            yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            await desk.drain(chosen.drain_s)


@asynccontextmanager
async def _living(gateway: Gateway) -> AsyncIterator[None]:
    """Take the application through its lifespan, as any ASGI server would."""
    asked: asyncio.Queue[Message] = asyncio.Queue()
    answers: asyncio.Queue[Message] = asyncio.Queue()
    asked.put_nowait({"type": "lifespan.startup"})
    life = asyncio.ensure_future(gateway({"type": "lifespan"}, asked.get, answers.put))
    begun = asyncio.ensure_future(answers.get())
    await asyncio.wait((life, begun), return_when=asyncio.FIRST_COMPLETED)
    if not begun.done():
        begun.cancel()
        await life
        raise RuntimeError("the application stopped before it was ready")
    try:
        yield
    finally:
        asked.put_nowait({"type": "lifespan.shutdown"})
        await life
