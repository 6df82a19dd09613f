"""A street for the door: a tier that records and misbehaves at will, an issuer, the gateway on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

import gateway.server as protocol
from gateway import Config, build
from gateway.app import Gateway
from kit.clock import SystemClock
from kit.serving import serving
from kit.settings import decode_hook
from kit.trust import Signer, Verifier, new_key_pair, public_pem
from tests.gateway.shop import DOCUMENT
from tests.gateway.tokens import AUDIENCE, ISSUER, jwks, public, token

Behaviour = Callable[["Seen", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ROUTES = """
[[product]]
name = "shop"
title = "Shop"
owner = "shop-team"
prefix = "/shop"
upstream = "process"
documents = ["shop"]
limits = "10000/minute"
deadline_s = 1.0
"""


@dataclass
class Seen:
    """One request as a tier saw it."""

    line: bytes
    headers: list[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a field that was sent once."""
        found = [value for key, value in self.headers if key == name]
        return found[0] if len(found) == 1 else None


@dataclass
class Tier:
    """A hand-written HTTP server: reads one request at a time and then does what it was told."""

    behave: Behaviour
    seen: list[Seen] = field(default_factory=list)
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a connection to us ended while we still had something to say."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while (line := await reader.readline()).strip():
                seen = Seen(line.strip(), [])
                while field_line := (await reader.readline()).strip():
                    name, _, value = field_line.decode("latin-1").partition(": ")
                    seen.headers.append((name.lower(), value))
                self.seen.append(seen)
                await self.behave(seen, reader, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):  # the last: a chunk's size that never came
            self.cut.set()
        finally:
            writer.close()


async def body_of(seen: Seen, reader: asyncio.StreamReader) -> bytes:
    """Read the body a request declares, by length or by chunks."""
    if (length := seen.header("content-length")) is not None:
        seen.body = await reader.readexactly(int(length))
    elif seen.header("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).strip(), 16):
            seen.body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    return seen.body


async def good(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read all, answer 200 with a little JSON."""
    await body_of(seen, reader)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nserver: secret/1.0\r\ncontent-length: 11\r\n\r\n"
    writer.write(head + b'{"ok":true}')


@dataclass
class Street:
    """What a test holds in its hands."""

    gateway: Gateway
    url: str
    tier: Tier
    client: httpx.AsyncClient
    log: Path
    verifier: Verifier
    routes: Path

    @property
    def port(self) -> int:
        """Where the gateway listens."""
        return int(self.url.rsplit(":", 1)[1])

    def bearer(self, **options: Any) -> dict[str, str]:
        """A good token as a header field."""
        return {"Authorization": f"Bearer {token(datetime.now(UTC), **options)}"}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """GET with a good token."""
        return await self.client.get(path, headers={**self.bearer(), **options.pop("headers", {})}, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        """POST with a good token."""
        return await self.client.post(path, headers={**self.bearer(), **options.pop("headers", {})}, **options)

    async def lines(self, count: int) -> list[dict[str, Any]]:
        """The decisions written so far, as soon as there are so many."""
        async with asyncio.timeout(5):
            while len(found := self.log.read_bytes().splitlines()) < count:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.005)
        return [json.loads(line) for line in found]


async def _keys(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": jwks(public("RS256", "k1"))})


def served(gateway: Gateway, server: str, head_s: float) -> AbstractAsyncContextManager[str]:
    """The gateway under one of the servers it may run under."""
    if server == "protocol":
        return protocol.serving(gateway, patience=protocol.Patience(head_s=head_s))
    return serving(gateway, server="granian" if server == "granian" else "uvicorn", head_s=head_s)


@asynccontextmanager
async def street(
    folder: Path,
    *,
    behave: Behaviour = good,
    routes: str = ROUTES,
    tier_url: str = "",
    server: str = "uvicorn",
    head_s: float = 10.0,
    **config: Any,
) -> AsyncIterator[Street]:
    """Everything up on free ports until the block ends."""
    tier = Tier(behave)
    listener = await asyncio.start_server(tier.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    private, _ = new_key_pair()
    clock = SystemClock()
    log, file = folder / "decisions.jsonl", folder / "routes.toml"
    file.write_text(routes)
    async with listener, serving(_keys) as keys_url:
        issuer = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": f"{keys_url}/jwks"}
        given = {
            "issuers": [issuer],
            "upstreams": {"process": tier_url or f"http://127.0.0.1:{port}"},
            "routes": str(file),
            "decision_log": str(log),
            **config,
        }
        gateway = build(
            msgspec.convert(given, Config, dec_hook=decode_hook),
            signer=Signer(issuer="gateway", private_key_pem=private, clock=clock),
            clock=clock,
            documents={"shop": DOCUMENT},
        )
        verifier = Verifier(audience="process", public_keys={"gateway": public_pem(private)}, clock=clock)
        async with served(gateway, server, head_s) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield Street(gateway, url, tier, client, log, verifier, file)
