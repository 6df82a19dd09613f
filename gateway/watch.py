"""Brings the running gateway to what its files say now, or to what an administrator proposes; keeps the last good one.

Three things ask for a look: a file that changed (time, size, then hash), SIGHUP, and a word on Redis from another
process of the gateway. A proposal is compiled first, then written where the routes are kept, then told to the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.published import files_of, mark_of
from gateway.snapshot import SnapshotRefused
from kit.settings import Secret

CHANNEL: Final = "sluice:gateway"
_LOG: Final = logging.getLogger(__name__)


class Watching(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the gateway looks for a new snapshot, and whom it tells."""

    poll_s: float = 2.0
    """Seconds between looks at the files; 0 to look only when asked."""
    sighup: bool = True
    """Whether SIGHUP asks for a look."""
    redis_url: Secret = Secret("")
    """Where the gateway's processes tell each other; empty when there is one."""
    again_s: float = 2.0
    """Seconds until Redis is tried again after it was lost."""
    forget_s: float = 5.0
    """Seconds between looks at what other processes have revoked."""


class Word(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one process tells the others."""

    kind: Literal["snapshot", "keys", "revoked"]
    sender: str = ""
    """Set on the way out, so that nobody hears themselves."""
    routes: str = ""
    """The whole text of the new routes."""
    prefix: str = ""
    """The key to look up anew."""


class Swaps(Protocol):
    """Who can be given a new snapshot."""

    async def swap_beside(self, *, routes: str | None = None) -> str:
        """Compile beside the traffic and swap; gives the hash.

        Raises:
            SnapshotRefused: the last good one stays.

        """
        ...


Heard = Callable[[Word], Awaitable[None]]


class Bell:
    """Tells the other processes, once there is somebody to carry the word."""

    def __init__(self) -> None:
        self.carry: Heard | None = None

    async def __call__(self, word: Word, /) -> None:
        """Tell them."""
        if self.carry is not None:
            await self.carry(word)


class Watch:
    """Looks, listens and tells, as long as the gateway lives."""

    def __init__(
        self,
        swaps: Swaps,
        *,
        settings: Watching,
        routes: Path,
        folder: Path | None,
        keeps: bool,
        name: str,
        heard: Heard,
    ) -> None:
        """Watch these files; `keeps` says whether routes that were proposed are written to theirs."""
        self._swaps = swaps
        self._settings = settings
        self._routes = routes
        self._folder = folder
        self._keeps = keeps
        self._name = name
        self._heard = heard
        self._turn = asyncio.Lock()
        self._asked = asyncio.Event()
        self._mark = mark_of(files_of(routes, folder))
        self.listens = False
        """Whether what others tell is heard at this moment."""
        self._redis = Redis.from_url(settings.redis_url.reveal()) if settings.redis_url.reveal() else None

    def ask(self) -> None:
        """Look at the files now, whether or not they seem to have changed."""
        self._asked.set()

    async def apply(self, routes: str) -> str:
        """Take these routes, keep them and tell the other processes; gives the hash.

        Raises:
            SnapshotRefused: they cannot be offered; nothing was changed anywhere.

        """
        async with self._turn:
            taken = await self._swaps.swap_beside(routes=routes)
            await asyncio.to_thread(self._keep, routes)
        await self.tell(Word(kind="snapshot", routes=routes))
        return taken

    async def tell(self, word: Word) -> None:
        """Tell the other processes; without Redis, or while it is out, they find out by themselves."""
        if self._redis is None:
            return
        with contextlib.suppress(RedisError, OSError):
            await self._redis.publish(CHANNEL, msgspec.json.encode(replace(word, sender=self._name)))

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Look and listen until the block ends."""
        loop = asyncio.get_running_loop()
        hears_signals = self._settings.sighup and _hears(loop, self.ask)
        tasks = [asyncio.create_task(self._look())]
        if self._redis is not None:
            tasks.append(asyncio.create_task(self._listen(self._redis)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if hears_signals:
                loop.remove_signal_handler(signal.SIGHUP)
            if self._redis is not None:
                await self._redis.aclose()

    async def _look(self) -> None:
        while True:
            asked = await self._waited()
            mark = await asyncio.to_thread(mark_of, files_of(self._routes, self._folder), earlier=self._mark)
            if asked or mark.digest != self._mark.digest:
                await self._reread()
            self._mark = mark

    async def _waited(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.poll_s or None):
                await self._asked.wait()
        asked = self._asked.is_set()
        self._asked.clear()
        return asked

    async def _reread(self) -> None:
        async with self._turn:
            try:
                taken = await self._swaps.swap_beside()
                _LOG.info("snapshot %s is served", taken[:12])
            except SnapshotRefused as refused:
                _LOG.warning("the new snapshot is refused, the last good one stays: %s", refused)

    def _keep(self, routes: str) -> None:
        if not self._keeps:
            return
        draft = self._routes.with_suffix(".proposed")
        try:
            draft.write_text(routes, encoding="utf-8")
            draft.replace(self._routes)
        except OSError as fault:
            _LOG.warning("the routes are served and could not be kept in %s: %s", self._routes, fault)
        self._mark = mark_of(files_of(self._routes, self._folder))

    async def _listen(self, redis: Redis) -> None:
        while True:
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    self.listens = True
                    async for message in pubsub.listen():
                        await self._hear(message["data"])
            except (RedisError, OSError):
                self.listens = False
                await asyncio.sleep(self._settings.again_s)

    async def _hear(self, data: bytes) -> None:
        try:
            word = msgspec.json.decode(data, type=Word)
        except msgspec.DecodeError:
            return
        if word.sender == self._name:
            return
        if word.kind != "snapshot":
            await self._heard(word)
            return
        async with self._turn:
            try:
                await self._swaps.swap_beside(routes=word.routes)
                await asyncio.to_thread(self._keep, word.routes)
            except SnapshotRefused as refused:
                _LOG.warning("a snapshot that was told of is refused here: %s", refused)


def _hears(loop: asyncio.AbstractEventLoop, ask: Callable[[], None]) -> bool:
    try:
        loop.add_signal_handler(signal.SIGHUP, ask)
    except (NotImplementedError, RuntimeError, ValueError):  # not the main thread, or a system without it
        return False
    return True
