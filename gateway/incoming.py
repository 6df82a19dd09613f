"""One request as it comes in and its answer as it goes out; refuses to frame an answer in two ways.

Speaks to the application in ASGI's words, so that whatever takes its time is the same code under every server.
"""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Final, Protocol

from kit.door.policy import Message, Pair

_HELD_BYTES: Final = 65_536
_CHUNKED: Final[Pair] = (b"transfer-encoding", b"chunked")
_FIELD: Final = b": ".join
_CLOSE: Final = b"connection: close\r\n\r\n"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_REASONS: Final = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}


class Line(Protocol):
    """The connection a request came by."""

    def write(self, raw: bytes, /) -> None:
        """Send."""
        ...

    async def writable(self) -> None:
        """Wait until the client takes more."""
        ...

    def flow(self) -> None:
        """The body has been taken as far as it is here."""
        ...

    def ended(self, incoming: Incoming, /, *, close: bool) -> None:
        """The answer has gone out whole."""
        ...

    def keeps(self) -> bool:
        """Whether further requests will be taken on this connection."""
        ...

    def stamp(self) -> bytes:
        """The Date field, with the end of its line."""
        ...


class Incoming:
    """A request whose head is here."""

    __slots__ = (
        "_chunked",
        "_continue",
        "_declared",
        "_given",
        "_line",
        "_parts",
        "_size",
        "_start",
        "_wake",
        "answered",
        "broken",
        "complete",
        "keep",
        "lost",
        "scope",
    )

    def __init__(self, line: Line, scope: Message, *, keep: bool, expects: bool) -> None:
        self._line = line
        self.scope = scope
        self.keep = keep
        self.complete = self.broken = self.lost = self.answered = False
        self._continue = expects
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._wake: asyncio.Future[None] | None = None
        self._start: tuple[int, list[Pair]] | None = None
        self._chunked = self._given = False
        self._declared: int | None = None

    # ------------------------------------------------------------ the body

    def take(self, part: bytes) -> bool:
        """Keep a piece of the body; whether no more should be read for now."""
        self._parts.append(part)
        self._size += len(part)
        self.wake()
        return self._size > _HELD_BYTES

    def end(self) -> None:
        """The body is here to its end."""
        self.complete = True
        self.wake()

    def spoil(self) -> None:
        """The body will not come to its end, but somebody waits for an answer."""
        self.broken = True
        self.wake()

    def lose(self) -> None:
        """Nobody sends or waits any more."""
        self.broken = self.lost = True
        self.wake()

    def wake(self) -> None:
        """Tell whoever waits."""
        if self._wake is not None:
            if not self._wake.done():
                self._wake.set_result(None)
            self._wake = None

    async def receive(self) -> Message:
        """What has come of the body; once it is taken, the end of the connection."""
        while not self._parts or (self.broken and not self.complete):
            if self.broken:
                return {"type": "http.disconnect"}
            if self.complete and not self._given:
                break
            if self._continue and not self.complete:
                self._continue = False
                self._line.write(_CONTINUE)
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        part = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        self._given = self.complete
        self._line.flow()
        return {"type": "http.request", "body": part, "more_body": not self.complete}

    def whole(self) -> bytes | None:
        """The body without waiting, if it is here to its end and nobody has taken any of it."""
        if not self.complete or self.lost or self._given:
            return None
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        self._given = True
        self._line.flow()
        return body

    # ------------------------------------------------------------ the answer

    async def send(self, message: Message) -> None:
        """Send a piece of the answer; silently nothing when nobody is left."""
        if self.lost or self.answered:
            return
        if message["type"] == "http.response.start":
            self._start = message["status"], message["headers"]
            return
        more: bool = message.get("more_body", False)
        body: bytes = message.get("body", b"")
        self._line.write(self._begun(body, more=more) + self._framed(body, more=more))
        if more:
            await self._line.writable()
        else:
            self._finish()

    def answer(self, status: int, headers: list[Pair], body: bytes) -> None:
        """Send a whole answer in one write; its length is among the fields, or it has none."""
        self._line.write(self._head(status, headers) + body)
        self._finish()

    def _begun(self, body: bytes, *, more: bool) -> bytes:
        if self._start is None:
            return b""
        (status, headers), self._start = self._start, None
        declared = [value for name, value in headers if name == b"content-length"]
        bare = self.scope["method"] == "HEAD" or status in {204, 304}
        if declared:
            self._declared = 0 if bare else int(declared[0])
        elif not bare and not more:
            headers, self._declared = [*headers, (b"content-length", b"%d" % len(body))], len(body)
        elif not bare and self.scope["http_version"] == "1.1":
            headers, self._chunked = [*headers, _CHUNKED], True
        elif not bare:
            self.keep = False  # an answer to HTTP/1.0 of unknown length ends with the connection
        else:
            self._declared = 0
        if any(name == b"connection" for name, _ in headers):
            headers = [pair for pair in headers if pair[0] != b"connection"]
            self.keep = False
        return self._head(status, headers)

    def _head(self, status: int, headers: list[Pair]) -> bytes:
        self.keep = self.keep and self.complete and self._line.keeps()
        first = _REASONS.get(status) or b"HTTP/1.1 %d \r\n" % status
        fields = b"\r\n".join(map(_FIELD, headers)) + b"\r\n" if headers else b""
        return b"".join((first, fields, self._line.stamp(), b"\r\n" if self.keep else _CLOSE))

    def _framed(self, body: bytes, *, more: bool) -> bytes:
        if self._chunked:
            framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            return framed if more else framed + b"0\r\n\r\n"
        if self._declared is not None:
            body = body[: self._declared]  # what is more than was declared would be read as the next answer
            self._declared -= len(body)
        return body

    def _finish(self) -> None:
        self.answered = True
        short = self._declared is not None and self._declared > 0
        self._line.ended(self, close=short or not self.keep)
