"""Which commands are under way and how the last ones ended; refuses to let one key stand for two commands.

A key is claimed before the command runs and settled or released when it has ended. A claim that nobody settles
(its process died) lapses by itself, and the command may then be sent again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from kit.clock import Clock
from kit.door.link import Link
from kit.door.policy import Pair


class Kept(Struct, frozen=True, kw_only=True, array_like=True):
    """A claim, or how a command ended when `status` is not 0."""

    fingerprint: str
    status: int = 0
    headers: tuple[Pair, ...] = ()
    body: bytes = b""


Claim: TypeAlias = Literal["new"] | Kept


class Replays(Protocol):
    """Where claims and answers are kept."""

    async def claim(self, key: str, /, *, fingerprint: str, lease_s: float) -> Claim:
        """Claim a key; gives what it stands for already, if anything."""
        ...

    async def settle(self, key: str, kept: Kept, /, *, keep_s: float) -> None:
        """Keep how the command ended."""
        ...

    async def release(self, key: str, /) -> None:
        """Let the key be claimed again."""
        ...


class LocalReplays:
    """In this process, so many bytes at most; the oldest are forgotten first."""

    def __init__(self, clock: Clock, *, limit_bytes: int = 67_108_864) -> None:
        self._clock = clock
        self._limit = limit_bytes
        self._size = 0
        self._kept: OrderedDict[str, tuple[float, Kept]] = OrderedDict()

    async def claim(self, key: str, /, *, fingerprint: str, lease_s: float) -> Claim:
        """Claim a key."""
        return self.claimed(key, fingerprint=fingerprint, lease_s=lease_s)

    async def settle(self, key: str, kept: Kept, /, *, keep_s: float) -> None:
        """Keep how it ended."""
        self.settled(key, kept, keep_s=keep_s)

    async def release(self, key: str, /) -> None:
        """Forget it."""
        self._drop(key)

    def claimed(self, key: str, /, *, fingerprint: str, lease_s: float) -> Claim:
        """Claim a key, at once."""
        found = self._kept.get(key)
        if found is not None and found[0] > self._clock.monotonic():
            return found[1]
        self._put(key, Kept(fingerprint=fingerprint), until=self._clock.monotonic() + lease_s)
        return "new"

    def settled(self, key: str, kept: Kept | None, /, *, keep_s: float) -> None:
        """Keep how it ended, at once; None: forget it."""
        if kept is None:
            self._drop(key)
        else:
            self._put(key, kept, until=self._clock.monotonic() + keep_s)

    def _put(self, key: str, kept: Kept, *, until: float) -> None:
        self._drop(key)
        self._kept[key] = (until, kept)
        self._size += _size(key, kept)
        while self._size > self._limit and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._size -= _size(key, found[1])


class SharedReplays:
    """In Redis, for all processes.

    Raises:
        LinkDown: the store is away.
        ConnectionError: it went away in the midst of it.

    """

    def __init__(self, link: Link) -> None:
        self._link = link

    async def claim(self, key: str, /, *, fingerprint: str, lease_s: float) -> Claim:
        """Claim a key."""
        if not self._link.ready:
            await self._link.opened()
        name, claim = _name(key), msgspec.msgpack.encode(Kept(fingerprint=fingerprint))
        for _ in range(2):  # what stood there may have lapsed between the two questions
            if await self._link.ask("SET", name, claim, "NX", "PX", int(lease_s * 1000)) is not None:
                return "new"
            found = await self._link.ask("GET", name)
            if isinstance(found, bytes):
                return msgspec.msgpack.decode(found, type=Kept)
        return Kept(fingerprint=fingerprint)

    async def settle(self, key: str, kept: Kept, /, *, keep_s: float) -> None:
        """Keep how it ended."""
        await self._link.ask("SET", _name(key), msgspec.msgpack.encode(kept), "PX", int(keep_s * 1000))

    async def release(self, key: str, /) -> None:
        """Forget it."""
        await self._link.ask("DEL", _name(key))


def _name(key: str) -> str:
    return f"{{sluice}}:replay:{key}"


def _size(key: str, kept: Kept) -> int:
    return 200 + len(key) + len(kept.body) + sum(len(name) + len(value) for name, value in kept.headers)
