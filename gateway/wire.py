"""One connection to a tier: one exchange at a time; refuses an answer whose end is in doubt, and never uses one twice.

Parsing is llhttp's, strict; what it leaves open is decided here: answers without a body, 1xx, an end by closing,
bytes nobody asked for. The clock is the pool's and ticks in tenths of a second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Protocol, TypeAlias, cast

import httptools

from gateway.upstream import Failed
from kit.door.policy import Pair

NEVER: Final = float("inf")
_HEAD_BYTES: Final = 65_536
_TRAILER_BYTES: Final = 16_384
_INTERIM: Final = 16
_HIGHEST: Final = 599  # RFC 9110, 15: the first of the three digits is 1 to 5
_HIGH_BYTES: Final = 262_144
_LOW_BYTES: Final = 65_536

Outcome: TypeAlias = "Reply | Failed"
Done: TypeAlias = Callable[["Reply | Failed"], None]


class Reply:
    """What a tier answered: whole in `body`, or still coming. `length` is what it declared."""

    __slots__ = ("_fault", "_finished", "_parts", "_size", "_wake", "_wire", "body", "headers", "length", "status")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.status = 0
        self.headers: list[Pair] = []
        self.length: int | None = None
        self.body: bytes | None = None
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._finished = False
        self._fault = ""
        self._wake: asyncio.Future[None] | None = None

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes; the tier is held back while nobody takes it."""
        if self.body:
            yield self.body
        while self.body is None:
            while self._parts:
                part = self._parts.popleft()
                self._size -= len(part)
                if self._size <= _LOW_BYTES:
                    self._wire.flow()
                yield part
            if self._fault:
                raise Failed(self._fault)
            if self._finished:
                return
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake

    async def close(self) -> None:
        """Let go; a body not read to its end costs the connection."""
        if not self._finished and not self._fault:
            self._wire.drop()

    def take(self, part: bytes) -> int:
        """Keep a piece; gives how many bytes are kept now."""
        self._parts.append(part)
        self._size += len(part)
        self.wake()
        return self._size

    def whole(self) -> None:
        """All pieces are here and nobody has begun to take them."""
        self._finished = True
        self.body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def end(self, fault: str = "") -> None:
        """No piece will come any more."""
        self._finished, self._fault = not fault, fault
        self.wake()

    def wake(self) -> None:
        """Tell whoever waits for a piece."""
        if self._wake is not None:
            if not self._wake.done():
                self._wake.set_result(None)
            self._wake = None


class Owner(Protocol):
    """Whom connections belong to."""

    def silent(self) -> float:
        """When a tier that says nothing from now on has been silent for too long."""
        ...

    def free(self, wire: Wire, /) -> None:
        """Take a connection back."""
        ...

    def lost(self, wire: Wire, /) -> None:
        """A connection is gone."""
        ...


class Wire(asyncio.Protocol):
    """A connection; `due` is when the tier has been silent for too long."""

    __slots__ = (
        "_coding",
        "_complete",
        "_done",
        "_head",
        "_headless",
        "_held",
        "_interim",
        "_keep",
        "_parser",
        "_paused",
        "_received",
        "_reply",
        "_stray",
        "_trailers",
        "_transport",
        "_unsent",
        "_writable",
        "closed",
        "due",
        "idle_since",
        "site",
    )

    def __init__(self, site: Owner) -> None:
        self.site = site
        self.due = NEVER
        self.idle_since = 0.0
        self.closed = False
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._parser: Any = httptools.HttpResponseParser(self)
        self._done: Done | None = None
        self._reply: Reply | None = None
        self._writable: asyncio.Future[None] | None = None
        self._paused = False
        self._stray = False
        self._clear()

    def _clear(self) -> None:
        self._head = self._complete = self._headless = self._keep = self._unsent = False
        self._coding = b""
        self._held = self._interim = self._received = self._trailers = 0

    # ------------------------------------------------------------ what the pool asks

    def start(self, done: Done, *, raw: bytes, due: float, headless: bool, held: int, unsent: bool) -> None:
        """Send a request; `done` is called once: with the answer, or with what went wrong."""
        self._clear()
        self._done = done
        self._reply = Reply(self)
        self._headless, self._held, self._unsent = headless, held, unsent
        self.due = NEVER if unsent else due
        self._transport.write(raw)

    def more(self, raw: bytes) -> None:
        """Send a piece of the request's body."""
        self._transport.write(raw)

    def sent(self, *, due: float) -> None:
        """The request has gone out whole."""
        self._unsent = False
        self.due = due

    async def writable(self) -> None:
        """Wait until the tier takes more."""
        if self._writable is not None and not self.closed:
            self.due = self.site.silent()
            await self._writable
            self.due = NEVER

    def drop(self) -> None:
        """Break off without telling anybody."""
        self._done = None
        self._reply = None
        self._abort()

    def fail(self, code: str) -> None:
        """Break off, and tell whoever waits."""
        done, reply = self._done, self._reply
        self._done = self._reply = None
        self._abort()
        if done is not None:
            done(Failed(code))
        elif reply is not None:
            reply.end(code)

    def flow(self) -> None:
        """Whoever takes the answer has caught up."""
        if self._paused and not self.closed:
            self._paused = False
            self.due = self.site.silent()
            self._transport.resume_reading()

    def usable(self) -> bool:
        """Whether another exchange may begin."""
        return not (self.closed or self._transport.is_closing())

    def _abort(self) -> None:
        self.due = NEVER
        if not self.closed:
            self.closed = True
            self._transport.abort()
            self.site.lost(self)

    # ------------------------------------------------------------ what the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        was_closed, self.closed = self.closed, True
        self.due = NEVER
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        if not was_closed:
            self.site.lost(self)
        if self._reply is None:
            return
        if exc is None and self._head and self._reply.length is None and not self._coding:
            self._finish()  # an answer that declares no end ends here
        elif self._head:
            self.fail("short")
        else:
            self.fail("short" if self._received else "reset")

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def data_received(self, data: bytes) -> None:
        if self._reply is None:
            self._abort()  # nobody asked: it would be taken for the next one's answer
            return
        if self._headless and not self._head:
            data = self._without_body(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._keep = False
            if not self._complete:
                self.fail("malformed")
                return
        self._received += len(data)
        if self._complete:
            self._finish()
        elif not self._head:
            if self._received > _HEAD_BYTES:
                self.fail("malformed")
        else:
            self._going_on()

    def _going_on(self) -> None:
        reply = self._reply
        if reply is None:
            return
        if self._trailers > _TRAILER_BYTES:
            self.fail("malformed")
            return
        if not self._paused:
            self.due = self.site.silent()
        if self._done is not None and (reply.length is None or reply.length > self._held):
            done, self._done = self._done, None
            done(reply)

    def _finish(self) -> None:
        reply, done = self._reply, self._done
        self._reply = self._done = None
        self.due = NEVER
        if self._keep and not self._stray and not self._unsent and not self.closed:
            if self._paused:
                self._paused = False
                self._transport.resume_reading()
            self.site.free(self)
        else:
            self._abort()
        if reply is None:
            return
        if done is not None:
            reply.whole()
            done(reply)
        else:
            reply.end()

    def _without_body(self, data: bytes) -> bytes:
        """Llhttp cannot be told that the answer to HEAD has no body: what follows the head is not shown to it."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return data
        self._stray = True  # the parser still waits for the body, so this connection is used up
        return data[: end + 4]

    # ------------------------------------------------------------ what the parser tells

    def on_message_begin(self) -> None:
        if self._complete:
            self._stray = True

    def on_header(self, name: bytes, value: bytes) -> None:
        reply = self._reply
        if self._head or reply is None:
            self._trailers += len(name) + len(value)
            return
        name = name.lower()
        if name == b"content-length":
            reply.length = int(value)
        elif name == b"transfer-encoding":
            self._coding = value.lower() if not self._coding else b"several"
        reply.headers.append((name, value))

    def on_headers_complete(self) -> None:
        reply = self._reply
        if reply is None or self._complete:
            return
        status: int = self._parser.get_status_code()
        if status < 200:
            self._interim += 1
            if status == 101 or self._interim > _INTERIM:
                raise ValueError("an answer nobody asked for")
            reply.headers, reply.length, self._coding = [], None, b""
            return
        if status > _HIGHEST:
            raise ValueError("a status that is none")  # a server that sends it on would break off without a word
        if self._coding and (self._coding != b"chunked" or self._parser.get_http_version() == "1.0"):
            raise ValueError("an answer whose end is in doubt")
        reply.status = status
        self._head = True
        if self._headless:
            self._complete = True

    def on_body(self, body: bytes) -> None:
        if self._reply is None or self._complete:
            self._stray = True
        elif self._reply.take(body) > _HIGH_BYTES and self._done is None and not self._paused:
            self._paused = True
            self.due = NEVER  # whom we hold back we do not blame
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._head and not self._complete:
            self._complete = True
            self._keep = self._parser.should_keep_alive()
