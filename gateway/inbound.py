"""One connection from a client: requests in their order, one at a time; refuses what is no HTTP/1.1 with a problem.

Whatever can be decided and asked without waiting is done right here, with no task: that is most requests.
The rest runs as a task, by the same code as under any ASGI server.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable
from typing import Any, Final, cast

import httptools
import msgspec

from contracts.problem import MEDIA_TYPE, Kind, Problem
from gateway.answer import problem_answer
from gateway.app import OWN, decided
from gateway.chain import Door
from gateway.direct import Direct
from gateway.forward import AnswerBroken
from gateway.incoming import Incoming
from kit.door.policy import Pair, Request, Verdict
from kit.door.tapping import Collected

_LOG: Final = logging.getLogger(__name__)


class Inbound(asyncio.Protocol):
    """The client's end. `since` is when it began to owe us something: a head, its next request, its reading."""

    __slots__ = (
        "_bad",
        "_buffered",
        "_fields",
        "_going",
        "_head_bytes",
        "_linger",
        "_parser",
        "_paused",
        "_peer",
        "_queue",
        "_reading",
        "_scheme",
        "_task",
        "_transport",
        "_url",
        "_writable",
        "current",
        "desk",
        "direct",
        "heading",
        "since",
    )

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.current: Incoming | None = None
        self.direct: Direct | None = None
        self.heading = True
        self.since: float = desk.now
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._queue: deque[Incoming] = deque()
        self._reading: Incoming | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._fields: list[Pair] = []
        self._url = self._bad = b""
        self._paused = self._going = self._linger = False
        self._head_bytes = self._buffered = 0
        self._peer: tuple[str, int] = ("", 0)
        self._scheme = "http"

    # ------------------------------------------------------------ what the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._peer = transport.get_extra_info("peername")[:2]
        self._scheme = "https" if transport.get_extra_info("ssl_object") else "http"
        self.desk.inbounds.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.desk.inbounds.discard(self)
        self.resume_writing()
        self._linger = True
        self._queue.clear()
        direct, self.direct = self.direct, None
        if self._reading is not None:
            self._reading.lose()
        if self.current is not None:
            self.current.lose()
        if direct is not None:
            self.current = None
            direct.left()

    def pause_writing(self) -> None:
        self.since, self._buffered = self.desk.now, self._transport.get_write_buffer_size()
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._linger or self._bad:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._stop(b"upgrade")
        except httptools.HttpParserError:
            self._stop(b"http.malformed")
        if self.heading:
            self._head_bytes += len(data)
            if self._head_bytes > self.desk.head_bytes and not self._bad:
                self._stop(b"http.head_too_large")
        if self.current is None:
            self._go()
        if self._queue:
            self._pause()

    def _stop(self, why: bytes) -> None:
        """Nothing more is read; what came whole before is still answered."""
        self._bad = why
        self.heading = False
        if self._reading is not None:
            self._reading.spoil()

    def _go(self) -> None:
        """Begin with the next request, if there is one and none is under way."""
        if self._going:
            return
        self._going = True
        while self.current is None and self._queue and not self._linger:
            self.current = self._queue.popleft()
            if self.current.broken:
                self._hang_up(self._bad)
            else:
                self._serve(self.current)
        self._going = False
        if self.current is None and not self._linger:
            if self._bad:
                self._hang_up(self._bad)
            elif not self.keeps():
                self._transport.close()
            else:
                self._resume()

    # ------------------------------------------------------------ one request

    def _serve(self, incoming: Incoming) -> None:
        gateway = self.desk.gateway
        current: Door = gateway.door
        request = gateway.request(incoming.scope, incoming.receive)
        request.whole = incoming.whole
        verdict: Verdict | Awaitable[Verdict] = decided(current, request)
        if isinstance(verdict, Problem):
            self._answered(incoming, request, verdict, current=current)
        elif (
            verdict is None
            and incoming.complete
            and request.body is not None
            and (request.tap is None or (isinstance(request.tap, Collected) and request.tap.looks_on))
            and self.desk.pool is not None
            and not request.target.startswith(OWN)
            and b"upgrade" not in request.fields
        ):
            self.direct = Direct(self, incoming, request, current=current)
            self.direct.ask()
        else:
            coming = gateway.conclude(request, incoming.send, current=current, verdict=verdict)
            self.spawn(coming, incoming)

    def refused(self, incoming: Incoming, request: Request, problem: Problem, *, current: Door, policy: str) -> None:
        """Answer with a problem that some policy did not think of."""
        self.direct = None
        self._answered(incoming, request, request.refuse(problem, policy=policy), current=current)

    def _answered(self, incoming: Incoming, request: Request, problem: Problem, *, current: Door) -> None:
        headers, body = problem_answer(problem, request)
        if request.close:
            incoming.keep = False
            headers.pop()  # the closing is written by whoever closes
        request.started = True
        incoming.answer(problem.status, headers, b"" if request.method == "HEAD" else body)
        current.threshold.ended(request, status=problem.status)

    def spawn(self, coming: Awaitable[None], incoming: Incoming) -> None:
        """Go on in a task."""
        self._task = asyncio.get_running_loop().create_task(self._run(coming, incoming))

    async def _run(self, coming: Awaitable[None], incoming: Incoming) -> None:
        try:
            await coming
        except AnswerBroken:
            pass
        except Exception:  # noqa: BLE001 - what a task raises nobody would see
            _LOG.exception("an answer could not be finished")
        if not incoming.answered:
            self._transport.abort()  # so that what there is of it does not look whole

    # ------------------------------------------------------------ what a request asks of its connection

    def write(self, raw: bytes) -> None:
        """Send."""
        self._transport.write(raw)

    async def writable(self) -> None:
        """Wait until the client takes more."""
        if self._writable is not None:
            await self._writable

    def flow(self) -> None:
        """The body has been taken as far as it is here."""
        if not self._queue:
            self._resume()

    def keeps(self) -> bool:
        """Whether further requests will be taken on this connection."""
        return not self.desk.draining and (not self._bad or bool(self._queue))

    def stamp(self) -> bytes:
        """The Date field."""
        stamp: bytes = self.desk.stamp
        return stamp

    def ended(self, incoming: Incoming, *, close: bool) -> None:
        """The answer has gone out whole."""
        self.current = None
        self.since = self.desk.now
        if not close:
            self._go()
        elif incoming.complete:
            self._linger = True
            self._transport.close()
        else:
            self._see_off()

    # ------------------------------------------------------------ endings

    def _hang_up(self, why: bytes) -> None:
        code = why.decode()
        if code == "upgrade":
            self._transport.close()
            return
        large = code == "http.head_too_large"
        problem = Problem(
            Kind.TOO_LARGE if large else Kind.INVALID,
            code,
            "the head of a request may not be so large" if large else "this is no HTTP/1.1 request",
            status=431 if large else 400,
        )
        self._say(problem)

    def too_slow(self) -> None:
        """The head of a request did not come in time."""
        self._say(Problem(Kind.TIMEOUT, "http.head_slow", "the request did not arrive in time", status=408))

    def _say(self, problem: Problem) -> None:
        body = msgspec.json.encode(problem.details())
        incoming = Incoming(self, {"method": "GET", "http_version": "1.1"}, keep=False, expects=False)
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
        self.current = incoming
        incoming.answer(problem.status, headers, body)

    def _see_off(self) -> None:
        """A client that still sends would lose our answer if the connection just closed."""
        self._linger = True
        self.since = self.desk.now
        self._resume()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def look(self, now: float) -> None:
        """Time has passed."""
        desk, waited = self.desk, now - self.since
        if self._linger:
            if waited > desk.linger_s:
                self._transport.abort()
        elif self._writable is not None:
            left = self._transport.get_write_buffer_size()
            if left != self._buffered:
                self.since, self._buffered = now, left
            elif waited > desk.stall_s:
                self._transport.abort()
        elif self.current is None and self.heading and self._head_bytes:
            if waited > desk.head_s:
                self.too_slow()
        elif self.current is None and waited > (desk.idle_s if self._url else desk.head_s):
            self._linger = True
            self._transport.close()

    def drain(self) -> None:
        """Take no further request."""
        if self.current is None and not self._linger:
            self._linger = True
            self._transport.close()

    def cut(self) -> None:
        """Wait no longer."""
        self._transport.abort()

    def _pause(self) -> None:
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    # ------------------------------------------------------------ what the parser tells

    def on_message_begin(self) -> None:
        self._url, self._fields = b"", []
        self.heading = True
        self.since = self.desk.now

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.heading:  # else it is a trailer, which nobody here believes
            self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.heading = False
        self._head_bytes = 0
        parser, fields = self._parser, self._fields
        expects = framed = False
        for name, value in fields:
            if name == b"expect":
                expects = value.lower() == b"100-continue"
            elif name in {b"content-length", b"transfer-encoding"}:
                framed = True
        upgrades: bool = parser.should_upgrade()
        if upgrades and framed:
            raise ValueError("a body that another protocol would read differently")
        version: str = parser.get_http_version()
        url = self._url
        path, _, query = url.partition(b"?")
        if b"#" in query:
            path, query = url, b""  # which the guard refuses
        scope = {
            "type": "http",
            "method": parser.get_method().decode("ascii"),
            "raw_path": path,
            "query_string": query,
            "headers": fields,
            "http_version": version,
            "scheme": self._scheme,
            "client": self._peer,
        }
        keep = version == "1.1" and not upgrades and parser.should_keep_alive()
        incoming = Incoming(self, scope, keep=keep, expects=expects)
        self._reading = incoming
        self._queue.append(incoming)

    def on_body(self, body: bytes) -> None:
        if self._reading is not None and self._reading.take(body):
            self._pause()

    def on_message_complete(self) -> None:
        if self._reading is not None:
            self._reading.end()
            self._reading = None
