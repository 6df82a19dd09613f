"""A receiver of calls on this machine: what it heard, and what it answers, as bytes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trustme

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True)
class Heard:
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Heard, asyncio.StreamWriter], object]


def saying(answer: bytes) -> Answer:
    """Say these bytes and close."""
    return lambda _heard, writer: writer.write(answer)


def resetting(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.transport.abort()


@dataclass
class Receiver:
    """`says` answers in turn, and its last again and again."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    says: list[Answer] = field(default_factory=lambda: [saying(OK)])
    names: list[str | None] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear one request and answer it."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            heard = await _read(reader)
            self.heard.append(heard)
            says = self.says.pop(0) if len(self.says) > 1 else self.says[0]
            done = says(heard, writer)
            if asyncio.iscoroutine(done):
                await done
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver()
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: receiver.names.append(name)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


def certified(*hosts: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server that bears these names and of a client that believes its authority."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert(*hosts).configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def _read(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = [line.split(": ", 1) for line in head[1:] if line]
    headers = {name.lower(): value for name, value in pairs}
    return Heard(head[0], headers, await reader.readexactly(int(headers.get("content-length", 0))))
