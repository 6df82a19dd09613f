"""Holds one connection to Redis and brings it back by itself; refuses to let anybody wait for a store that is away.

Whoever asks has an answer, or `LinkDown`, within `wait_s`. A store that stalls is treated like one that is gone:
the connection is dropped, so that no late answer is mistaken for another, and opened anew in the background.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final

from redis.connection import parse_url

from kit.door.resp import Part, Reply, Wire

_CONNECT_S: Final = 1.0
_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 0.5
_GRACE_S: Final = 0.003

Greeting = Callable[["Link"], Awaitable[None]]


class LinkDown(Exception):
    """There is no store at present; nothing is known about what was asked last."""


class Memory:
    """What a Redis server says of itself: which run it is, and whether it keeps what it acknowledged."""

    __slots__ = ("keeps", "loading", "run")

    def __init__(self, info: bytes = b"") -> None:
        said = dict(line.split(":", 1) for line in info.decode("utf-8", "replace").splitlines() if ":" in line)
        self.run = said.get("run_id", "")
        self.loading = said.get("loading") == "1"  # and until it has read its file it denies having one
        promoted = said.get("second_repl_offset", "-1") != "-1"
        self.keeps = said.get("aof_enabled") == "1" and not promoted


class Link:
    """One connection, shared by everybody in this process; opened by the first who asks."""

    def __init__(self, url: str, *, wait_s: float = 0.05) -> None:
        self.wait_s = wait_s
        self.memory = Memory()
        self._target: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]  # redis ships it without types
        self._greetings: list[Greeting] = []
        self._wire: Wire | None = None
        self._ready = False
        self._keeper: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self._up = asyncio.Event()
        self._watch: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def ready(self) -> bool:
        """Whether the store can be asked now."""
        return self._ready

    def greet(self, greeting: Greeting) -> None:
        """Have something done on every new connection before anybody else may ask."""
        self._greetings.append(greeting)

    def begin(self) -> None:
        """Start to connect, unless that has begun."""
        if self._keeper is None and not self._closed:
            self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def opened(self) -> bool:
        """Wait, no longer than for an answer, until the store can be asked; says whether it can."""
        self.begin()
        try:
            async with asyncio.timeout(self.wait_s):
                await self._up.wait()
        except TimeoutError:
            return False
        return self._ready

    def ask(self, *parts: Part) -> asyncio.Future[Reply]:
        """Send a command.

        Raises:
            LinkDown: there is no connection. The future itself holds ConnectionError when it is lost meanwhile.

        """
        if not self._ready or self._wire is None:
            self.begin()
            raise LinkDown
        return self.urgent(*parts)

    def urgent(self, *parts: Part) -> asyncio.Future[Reply]:
        """Send a command even while the connection is being greeted; for greetings."""
        if self._wire is None:
            raise LinkDown
        future = self._wire.ask(*parts)
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(self.wait_s, self._look)
        return future

    def renew(self) -> None:
        """Drop the connection and open another: what it says is of no use."""
        self._lose()

    async def close(self) -> None:
        """End it for good."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._lose()

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            self._gone.clear()
            try:
                async with asyncio.timeout(_CONNECT_S):
                    await self._connect()
                    await self._greet()
                self._ready = True
                self._up.set()
                pause = _FIRST_PAUSE_S
                await self._gone.wait()
            except Exception:  # noqa: BLE001 - whatever ails the store, the next attempt comes
                self._lose()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _connect(self) -> None:
        loop, target = asyncio.get_running_loop(), self._target
        if "path" in target:
            _, self._wire = await loop.create_unix_connection(lambda: Wire(self._lost), target["path"])
            return
        is_secure = "SSL" in getattr(target.get("connection_class"), "__name__", "")
        secure = ssl.create_default_context() if is_secure else None
        _, self._wire = await loop.create_connection(
            lambda: Wire(self._lost), target.get("host", "localhost"), target.get("port", 6379), ssl=secure
        )

    async def _greet(self) -> None:
        target = self._target
        if target.get("password"):
            await self.urgent("AUTH", target.get("username") or "default", target["password"])
        if target.get("db"):
            await self.urgent("SELECT", target["db"])
        said = await asyncio.gather(*(self.urgent("INFO", part) for part in ("server", "persistence", "replication")))
        self.memory = Memory(b"\n".join(part for part in said if isinstance(part, bytes)))
        if self.memory.loading:
            raise LinkDown
        for greeting in self._greetings:
            await greeting(self)

    def _lost(self, wire: Wire) -> None:
        if wire is self._wire:
            self._lose()

    def _lose(self) -> None:
        self._ready = False
        self._up.clear()
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.drop()
        self._gone.set()

    def _look(self, *, again: bool = False) -> None:
        self._watch = None
        wire, loop = self._wire, asyncio.get_running_loop()
        if wire is None or wire.oldest is None:
            return
        left = wire.oldest + self.wait_s - loop.time()
        if left > 0:
            self._watch = loop.call_later(left, self._look)
        elif not again:  # if this process was busy, the answer may lie in the socket: read that first
            self._watch = loop.call_later(_GRACE_S, lambda: self._look(again=True))
        else:
            self._lose()
