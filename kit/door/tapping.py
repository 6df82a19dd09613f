"""Collects an answer as it goes by, up to a size; what is larger, or breaks off, is not whole and says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from kit.door.policy import Message, Pair, Request, Send


class Collected:
    """A tap that looks on and changes nothing."""

    looks_on: ClassVar[bool] = True
    """Whether `saw` may stand for the whole of it, where an answer goes out in one piece."""

    def __init__(self, request: Request, *, limit_bytes: int) -> None:
        self._request = request
        self._limit = limit_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self.status = 0
        self.headers: tuple[Pair, ...] = ()
        self.is_whole = False

    @property
    def body(self) -> bytes:
        """What has gone by."""
        return b"".join(self._parts)

    def __call__(self, send: Send, /) -> Send:
        """Stand between."""

        async def through(message: Message) -> None:
            self._see(message)
            await send(message)

        return through

    def saw(self, status: int, headers: Sequence[Pair], body: bytes) -> None:
        """The answer went out at once."""
        self.status, self.headers = status, tuple(headers)
        self._size = len(body)
        self.is_whole = self._size <= self._limit
        self._parts = [body] if self.is_whole else []

    def kept_headers(self, names: Collection[bytes]) -> tuple[Pair, ...]:
        """Fields of these names that the tier gave, none that the door put there for this one request."""
        own = {name for name, _ in self._request.answer}
        return tuple(pair for pair in self.headers if pair[0] in names and pair[0] not in own)

    def _see(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = tuple(message["headers"])
            return
        part: bytes = message.get("body", b"")
        self._size += len(part)
        if self._size <= self._limit:
            self._parts.append(part)
        else:
            self._parts.clear()
        self.is_whole = not message.get("more_body", False) and self._size <= self._limit
