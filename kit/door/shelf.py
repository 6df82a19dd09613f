"""Answers kept for a while in this process; the least recently asked for give way when they grow too many."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from msgspec import Struct

from kit.clock import Clock
from kit.door.policy import Pair

Key: TypeAlias = tuple[object, ...]


class Stored(Struct, frozen=True, kw_only=True):
    """One answer; `at` and `until` are of the clock that only grows."""

    headers: tuple[Pair, ...]
    body: bytes
    etag: bytes
    at: float
    until: float


class Shelf:
    """So many bytes at most."""

    def __init__(self, clock: Clock, *, limit_bytes: int = 33_554_432) -> None:
        self._clock = clock
        self._limit = limit_bytes
        self._size = 0
        self._stored: OrderedDict[Key, Stored] = OrderedDict()
        self._generations: dict[str, int] = {}

    def now(self) -> float:
        """The moment it is."""
        return self._clock.monotonic()

    def find(self, key: Key) -> Stored | None:
        """What is kept under a key and still fresh."""
        stored = self._stored.get(key)
        if stored is None:
            return None
        if stored.until <= self._clock.monotonic():
            self._drop(key)
            return None
        self._stored.move_to_end(key)
        return stored

    def keep(self, key: Key, stored: Stored) -> None:
        """Keep an answer."""
        self._drop(key)
        self._stored[key] = stored
        self._size += _size(stored)
        while self._size > self._limit and self._stored:
            self._drop(next(iter(self._stored)))

    def generation(self, topic: str) -> int:
        """Part of the keys of a topic: what was kept before its last change is found no more."""
        return self._generations.get(topic, 0)

    def changed(self, topic: str) -> None:
        """Something of a topic was written."""
        self._generations[topic] = self._generations.get(topic, 0) + 1

    def __len__(self) -> int:
        return len(self._stored)

    def _drop(self, key: Key) -> None:
        stored = self._stored.pop(key, None)
        if stored is not None:
            self._size -= _size(stored)


def _size(stored: Stored) -> int:
    return 300 + len(stored.body) + sum(len(name) + len(value) for name, value in stored.headers)
