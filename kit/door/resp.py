"""Speaks to Redis over one connection, questions sent as they come and answers matched in order.

Refuses an answer it does not understand by dropping the connection: after that nothing would match any more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias, cast

Reply: TypeAlias = bytes | int | None
Part: TypeAlias = bytes | str | int

_END: Final = b"\r\n"


class Refused(Exception):
    """Redis understood and said no; the message begins with its code, "NOSCRIPT"."""


class Wire(asyncio.Protocol):
    """One connection. Arrays are not among the answers: what is asked here answers in one piece."""

    def __init__(self, lost: Callable[[Wire], None]) -> None:
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._awaited: deque[tuple[asyncio.Future[Reply], float]] = deque()
        self._buffer = bytearray()
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def connection_lost(self, _fault: Exception | None) -> None:
        """Fail everything that still waits, and say so once."""
        self._transport = None
        self._fail()
        self._lost(self)

    def ask(self, *parts: Part) -> asyncio.Future[Reply]:
        """Send a command; the future holds its answer, Refused, or ConnectionError."""
        future: asyncio.Future[Reply] = self._loop.create_future()
        if self._transport is None or self._transport.is_closing():
            future.set_exception(ConnectionError("not connected"))
            return future
        self._awaited.append((future, self._loop.time()))
        self._transport.write(encoded(parts))
        return future

    @property
    def oldest(self) -> float | None:
        """When the question was sent that waits longest; in the loop's time."""
        return self._awaited[0][1] if self._awaited else None

    def drop(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()
        self._fail()

    def data_received(self, data: bytes) -> None:
        """Match answers with questions."""
        self._buffer += data
        try:
            while self._awaited and (found := _parsed(self._buffer)) is not None:
                reply, size = found
                del self._buffer[:size]
                future = self._awaited.popleft()[0]
                if future.done():
                    continue
                if isinstance(reply, Refused):
                    future.set_exception(reply)
                else:
                    future.set_result(reply)
        except ValueError:
            self.drop()

    def _fail(self) -> None:
        while self._awaited:
            future = self._awaited.popleft()[0]
            if not future.done():
                future.set_exception(ConnectionError("the connection broke"))


def encoded(parts: tuple[Part, ...]) -> bytes:
    """A command as Redis wants it."""
    out = [b"*%d\r\n" % len(parts)]
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        out.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(out)


def _parsed(buffer: bytearray) -> tuple[Reply | Refused, int] | None:
    end = buffer.find(_END)
    if end < 0:
        return None
    mark, line = buffer[:1], bytes(buffer[1:end])
    begin = end + 2
    if mark == b"$":
        size = int(line)
        if size < 0:
            return None, begin
        if len(buffer) < begin + size + 2:
            return None
        return bytes(buffer[begin : begin + size]), begin + size + 2
    if mark == b":":
        return int(line), begin
    if mark == b"+":
        return line, begin
    if mark == b"-":
        return Refused(line.decode("utf-8", "replace")), begin
    raise ValueError("an answer of a kind that was not asked for")
