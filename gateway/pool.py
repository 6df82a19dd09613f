"""Connections to the tiers, used again; refuses to open more than it may, and to wait for one without end.

The one given back last is taken first, so that those not needed grow old and are closed. Time is looked at every
tenth of a second for all of them together: a timer for each request would cost more than the request's parsing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.config import Onward
from gateway.upstream import Call, Failed
from gateway.wire import Done, Outcome, Reply, Wire

TICK_S: Final = 0.1
_FIELD: Final = b": ".join


class Ticket:
    """A call on its way: waiting for a connection, or on one. `settled` is set once somebody knows how it ended."""

    __slots__ = ("_done", "_opened", "call", "due", "settled", "wire")

    def __init__(self, call: Call, done: Done, *, due: float) -> None:
        self.call = call
        self.due = due
        self.wire: Wire | None = None
        self.settled = False
        self._done = done
        self._opened: asyncio.Future[None] | None = None

    def settle(self, outcome: Outcome) -> None:
        """Tell the caller, once."""
        if self.settled:
            return
        self.settled = True
        self.ready()
        self._done(outcome)

    def cancel(self) -> None:
        """Nobody waits any more: an exchange under way is broken off."""
        if self.settled:
            return
        self.settled = True
        if self.wire is not None:
            self.wire.drop()

    def ready(self) -> None:
        """A connection is there, or none will be."""
        if self._opened is not None and not self._opened.done():
            self._opened.set_result(None)

    async def opened(self) -> None:
        """Wait for a connection, or for the end."""
        if self.wire is None and not self.settled:
            self._opened = asyncio.get_running_loop().create_future()
            await self._opened


class Site:
    """Where one tier is, with the connections to it that are free."""

    __slots__ = ("free_wires", "host", "line", "pool", "port", "root", "secure", "wires")

    def __init__(self, address: str, *, pool: Pool, secure: ssl.SSLContext | None) -> None:
        parts = urlsplit(address)
        tls = parts.scheme == "https"
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{address!r} is no address of a tier")
        self.host = parts.hostname
        self.port = parts.port or (443 if tls else 80)
        self.root = parts.path.rstrip("/").encode()
        self.secure = secure if tls else None
        self.line = b" HTTP/1.1\r\nhost: " + parts.netloc.rpartition("@")[2].encode() + b"\r\n"
        self.pool = pool
        self.free_wires: list[Wire] = []
        self.wires: set[Wire] = set()

    def head(self, call: Call) -> bytes:
        """The request as it goes out; a body that is here already goes with it."""
        payload = call.payload
        fields = b"\r\n".join(map(_FIELD, call.headers)) + b"\r\n" if call.headers else b""
        if payload is None:
            framing, payload = b"\r\n", b""
        elif isinstance(payload, bytes):
            framing = b"content-length: %d\r\n\r\n" % len(payload)
        else:
            framing, payload = b"transfer-encoding: chunked\r\n\r\n", b""
            if call.length is not None:
                framing = b"content-length: %b\r\n\r\n" % call.length
        return b"".join((call.method.encode(), b" ", self.root, call.target, self.line, fields, framing, payload))

    def silent(self) -> float:
        """When a tier that says nothing from now on has been silent for too long."""
        return self.pool.now + self.pool.idle_s

    def free(self, wire: Wire) -> None:
        """Take a connection back."""
        self.pool.back(self, wire)

    def lost(self, wire: Wire) -> None:
        """A connection is gone."""
        if wire in self.wires:  # else it never came to be, and whoever opened it says so
            self.wires.remove(wire)
            with contextlib.suppress(ValueError):
                self.free_wires.remove(wire)
            self.pool.gone()


class Pool:
    """Every connection to every tier."""

    def __init__(self, addresses: Mapping[str, str], *, onward: Onward) -> None:
        """Take note of the tiers; nothing is opened yet.

        Raises:
            ValueError: an address is none.
            OSError: the file of certificates cannot be read.

        """
        secure = ssl.create_default_context(cafile=onward.ca_file or None) if _any_tls(addresses) else None
        self._sites = {tier: Site(address, pool=self, secure=secure) for tier, address in addresses.items()}
        self._most, self._held = onward.connections, onward.held_bytes
        self._connect_s, self._pool_s, self._keep_alive_s = onward.connect_s, onward.pool_s, onward.keep_alive_s
        self._count = 0
        self._waiting: deque[Ticket] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self.idle_s = onward.idle_s
        self.now = 0.0

    # ------------------------------------------------------------ calls

    def begin(self, call: Call, done: Done) -> Ticket:
        """Start a call; `done` is told the answer or what went wrong, at once or later, and once only."""
        if self._timer is None:
            self._tick()
        ticket = Ticket(call, done, due=self.now + min(self._pool_s, call.deadline_s))
        site = self._sites[call.tier]
        free = site.free_wires
        while free and not call.fresh:
            wire = free.pop()
            if wire.usable():
                self._assign(ticket, wire, site)
                return ticket
        if self._closed:
            ticket.settle(Failed("unreachable"))
        elif self._count < self._most or self._evicted():
            self._open(ticket, site)
        else:
            self._waiting.append(ticket)
        return ticket

    async def ask(self, call: Call, /) -> Reply:
        """Send the call and wait for the head of the answer."""
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome) -> None:
            if not waiter.done():
                waiter.set_result(outcome)

        ticket = self.begin(call, done)
        try:
            if call.payload is None or isinstance(call.payload, bytes):
                outcome = await waiter
            else:
                outcome = await self._uploaded(ticket, call.payload, waiter)
        finally:
            if not waiter.done() or waiter.cancelled():
                ticket.cancel()
        if isinstance(outcome, Failed):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        for task in tuple(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        while self._waiting:
            self._waiting.popleft().settle(Failed("unreachable"))
        for site in self._sites.values():
            for wire in tuple(site.wires):
                wire.fail("reset")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _uploaded(self, ticket: Ticket, parts: AsyncIterator[bytes], waiter: asyncio.Future[Outcome]) -> Outcome:
        call = ticket.call
        try:
            async with asyncio.timeout(call.deadline_s):
                await ticket.opened()
                wire = ticket.wire
                if wire is not None and await _all_sent(wire, parts, call=call, waiter=waiter):
                    wire.sent(due=min(self.now + self.idle_s, self.now + call.deadline_s) + TICK_S)
                return await waiter
        except TimeoutError:
            raise Failed("timeout") from None

    # ------------------------------------------------------------ connections

    def back(self, site: Site, wire: Wire) -> None:
        """A connection is free again: for whoever has waited longest, else for later."""
        while self._waiting:
            ticket = self._waiting.popleft()
            if ticket.settled:
                continue
            wanted = self._sites[ticket.call.tier]
            if wanted is site and not ticket.call.fresh:
                self._assign(ticket, wire, site)
                return
            self._waiting.appendleft(ticket)
            wire.drop()  # which makes room, and calls `gone`
            return
        wire.idle_since = self.now
        site.free_wires.append(wire)

    def gone(self) -> None:
        """There is room for one more."""
        self._count -= 1
        while self._waiting and self._count < self._most and not self._closed:
            ticket = self._waiting.popleft()
            if not ticket.settled:
                self._open(ticket, self._sites[ticket.call.tier])

    def _assign(self, ticket: Ticket, wire: Wire, site: Site) -> None:
        call = ticket.call
        ticket.wire = wire
        silent = min(self.now + self.idle_s, self.now + call.deadline_s) + TICK_S
        streamed = not (call.payload is None or isinstance(call.payload, bytes))
        wire.start(
            ticket.settle,
            raw=site.head(call),
            due=silent,
            headless=call.method == "HEAD",
            held=self._held,
            unsent=streamed,
        )
        ticket.ready()

    def _evicted(self) -> bool:
        """Close the connection that has been free for longest, wherever it leads."""
        oldest = min(
            (site.free_wires[0] for site in self._sites.values() if site.free_wires),
            key=lambda wire: wire.idle_since,
            default=None,
        )
        if oldest is not None:
            oldest.drop()
        return oldest is not None

    def _open(self, ticket: Ticket, site: Site) -> None:
        self._count += 1
        task = asyncio.get_running_loop().create_task(self._opened(ticket, site))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _opened(self, ticket: Ticket, site: Site) -> None:
        loop = asyncio.get_running_loop()
        options: dict[str, Any] = {"ssl": site.secure, "server_hostname": site.host} if site.secure else {}
        wire = Wire(site)
        try:
            async with asyncio.timeout(min(self._connect_s, ticket.call.deadline_s)):
                await loop.create_connection(lambda: wire, site.host, site.port, **options)
        except TimeoutError:
            self._failed(ticket, "connect_timeout")
        except OSError:
            self._failed(ticket, "unreachable")
        except BaseException:
            self._failed(ticket, "unreachable")
            raise
        else:
            if wire.closed:
                self._failed(ticket, "unreachable")
                return
            site.wires.add(wire)
            if ticket.settled:
                self.back(site, wire)
            else:
                self._assign(ticket, wire, site)

    def _failed(self, ticket: Ticket, code: str) -> None:
        ticket.settle(Failed(code))
        self.gone()

    # ------------------------------------------------------------ time

    def _tick(self) -> None:
        loop = self._loop or asyncio.get_running_loop()
        self._loop, self.now = loop, loop.time()
        for ticket in [ticket for ticket in self._waiting if ticket.settled or ticket.due < self.now]:
            self._waiting.remove(ticket)
            ticket.settle(Failed("busy"))
        for site in self._sites.values():
            for wire in [wire for wire in site.wires if wire.due < self.now]:
                wire.fail("timeout")
            old = self.now - self._keep_alive_s
            for wire in [wire for wire in site.free_wires if wire.idle_since < old]:
                wire.drop()
        needed = self._count or self._waiting or self._timer is None
        self._timer = loop.call_later(TICK_S, self._tick) if needed else None


async def _all_sent(wire: Wire, parts: AsyncIterator[bytes], *, call: Call, waiter: asyncio.Future[Outcome]) -> bool:
    """Whether the body went out whole, with nothing answered meanwhile; a length that was lied about is a reset."""
    sent = 0
    async for part in parts:
        if waiter.done():
            return False
        sent += len(part)
        wire.more(part if call.length is not None else b"%x\r\n%b\r\n" % (len(part), part))
        await wire.writable()
    if call.length is None:
        wire.more(b"0\r\n\r\n")
    elif sent != int(call.length):
        wire.fail("reset")
        return False
    return not waiter.done()


def _any_tls(addresses: Mapping[str, str]) -> bool:
    return any(address.startswith("https:") for address in addresses.values())
