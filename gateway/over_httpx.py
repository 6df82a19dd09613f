"""Carries calls over httpx's transport, without its client: no redirects, cookies, proxies or fields of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import httpx
from opentelemetry.instrumentation.utils import suppress_http_instrumentation

from gateway.config import Onward
from gateway.upstream import Call, Failed
from kit.door.policy import Pair


class Streams(httpx.AsyncByteStream):
    """A body handed on piece by piece, as fast as it is taken."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each piece as it comes."""
        async for part in self._parts:
            yield part


class HttpxAnswer:
    """An answer out of an httpx transport, undecoded."""

    body: bytes | None = None

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: list[Pair] = [(name.lower(), value) for name, value in response.headers.raw]

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes, still packed if it was packed."""
        with _named():
            async for part in self._response.aiter_raw():
                yield part

    async def close(self) -> None:
        """Let go."""
        await self._response.aclose()


class HttpxUpstream:
    """Every tier over one httpx transport."""

    def __init__(
        self, addresses: Mapping[str, str], *, onward: Onward, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._bases = {tier: httpx.URL(address) for tier, address in addresses.items()}
        self._hosts = {tier: base.netloc for tier, base in self._bases.items()}
        self._roots = {tier: base.raw_path.rstrip(b"/") for tier, base in self._bases.items()}
        self._owned = transport is None
        self._transport = transport or httpx.AsyncHTTPTransport(
            trust_env=False,
            limits=httpx.Limits(
                max_connections=onward.connections,
                max_keepalive_connections=onward.connections,
                keepalive_expiry=onward.keep_alive_s,
            ),
        )
        self._timeout = {
            "connect": onward.connect_s,
            "read": onward.idle_s,
            "write": onward.idle_s,
            "pool": onward.pool_s,
        }

    async def ask(self, call: Call, /) -> HttpxAnswer:
        """Send the call and wait for the head of the answer."""
        target = self._roots[call.tier] + call.target
        stream, framing = _framed(call)
        request = httpx.Request(
            call.method,
            self._bases[call.tier].copy_with(raw_path=target),
            headers=[(b"host", self._hosts[call.tier]), *call.headers, *framing],
            stream=stream,
            extensions={"timeout": self._timeout, "target": target},  # else the URL would be spelt anew
        )
        try:
            async with asyncio.timeout(call.deadline_s):
                with _named(), suppress_http_instrumentation():  # the call bears the trace that the door gave it
                    response = await self._transport.handle_async_request(request)
        except TimeoutError:
            raise Failed("timeout") from None
        response.request = request
        return HttpxAnswer(response)

    async def close(self) -> None:
        """Close every connection, unless somebody else owns them."""
        if self._owned:
            await self._transport.aclose()


_NAMES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "connect_timeout"),
    (httpx.PoolTimeout, "busy"),
    (httpx.TimeoutException, "timeout"),
    (httpx.ConnectError, "unreachable"),
    (httpx.RemoteProtocolError, "malformed"),
    (httpx.TransportError, "reset"),
)


def _framed(call: Call) -> tuple[httpx.AsyncByteStream, list[Pair]]:
    if call.payload is None:
        return httpx.ByteStream(b""), []
    if isinstance(call.payload, bytes):
        return httpx.ByteStream(call.payload), [(b"content-length", b"%d" % len(call.payload))]
    if call.length is not None:
        return Streams(call.payload), [(b"content-length", call.length)]
    return Streams(call.payload), [(b"transfer-encoding", b"chunked")]


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as fault:
        code = next(name for kind, name in _NAMES if isinstance(fault, kind))
        if code == "malformed" and ("disconnected" in str(fault) or "closed" in str(fault)):
            code = "reset"  # h11 calls a connection closed in mid-answer a protocol error
        raise Failed(code) from fault
