"""One POST to an outsider's address: connected to what was checked, never redirected, bounded in time and size.

Each call resolves anew, checks every address and connects to one of those, so that a name cannot lead elsewhere
between the check and the call. The name stays in Host, SNI and the check of the certificate. Proxies of the
environment are not looked at.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from kit.egress.guard import Forbidden, Guard, Target

_BODY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `excerpt` is the beginning of the body, with whatever is not text replaced."""

    status: int
    headers: Mapping[str, str]
    excerpt: str


class Failed(Exception):
    """No answer came. `code` is stable: forbidden codes of the guard, or timeout, unreachable, tls, cut_off."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Sender:
    """Sends to whatever its guard lets pass."""

    def __init__(
        self, guard: Guard, *, tls: ssl.SSLContext, deadline_s: float = 15.0, answer_bytes: int = 1_024
    ) -> None:
        """Make it.

        Args:
            guard: which addresses may be called.
            tls: whom to believe.
            deadline_s: seconds from the first question to the resolver until the head of the answer.
            answer_bytes: how much of an answer's body is read.

        """
        self._guard = guard
        self._deadline_s = deadline_s
        self._answer_bytes = answer_bytes
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=None, max_keepalive_connections=0, network_backend=_Pinned(guard)
        )

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body.

        Raises:
            Failed: no answer came, or the address may not be called.

        """
        try:
            target = self._guard.target(url)
            async with asyncio.timeout(self._deadline_s):
                response = await self._pool.handle_async_request(_request(target, headers, body))
        except Forbidden as refused:
            raise Failed(refused.code, refused.detail) from None
        except (TimeoutError, httpcore.TimeoutException):
            raise Failed("timeout", f"no answer within {self._deadline_s:g} s") from None
        except httpcore.ConnectError as fault:
            raise _unconnected(fault) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as fault:
            raise Failed("cut_off", type(fault).__name__) from None
        return Answer(
            status=response.status,
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers},
            excerpt=await self._excerpt(response),
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._pool.aclose()

    async def _excerpt(self, response: httpcore.Response) -> str:
        """The beginning of the body; one that drips, breaks or never ends takes nothing away from the answer."""
        held = bytearray()
        try:
            async with asyncio.timeout(_BODY_S):
                async for part in response.aiter_stream():
                    held += part
                    if len(held) >= self._answer_bytes:
                        break
        except (TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
            pass
        finally:
            await response.aclose()
        text = bytes(held[: self._answer_bytes]).decode(errors="replace")
        return "".join(sign if sign.isprintable() else " " for sign in text)


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to no name."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's; the deadline stands around it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, and try each address in turn."""
        fault: Exception = httpcore.ConnectError(host)
        for address in await self._guard.addresses(host, port):
            try:
                return await self._plain.connect_tcp(
                    str(address), port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except httpcore.ConnectError as refused:
                fault = refused
            except AttributeError as mistake:  # a socket that was reset as it was made has no peer to be asked for
                if mistake.obj is not None:
                    raise
                fault = httpcore.ConnectError("reset as it was made")
        raise fault

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> httpcore.Request:
    url = httpcore.URL(scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path)
    default = {"https": 443, "http": 80}[target.scheme]
    host = f"[{target.host}]" if ":" in target.host else target.host
    named = {"Host": host if target.port == default else f"{host}:{target.port}", "Content-Length": str(len(body))}
    sent = [(name.encode(), value.encode()) for name, value in {**named, **headers}.items()]
    return httpcore.Request("POST", url, headers=sent, content=body)


def _unconnected(fault: httpcore.ConnectError) -> Failed:
    cause = fault.__cause__ or fault.__context__
    if isinstance(cause, ssl.SSLError):
        return Failed("tls", getattr(cause, "verify_message", "") or cause.reason or "handshake failed")
    return Failed("unreachable", "nothing answers there")
