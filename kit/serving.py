"""Serve an ASGI application inside the running loop and stop it cleanly; refuses to wait for a head without end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Literal

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_START_DEADLINE_S = 30.0
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to whoever owns the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def free_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Bind a listening socket; port 0 lets the system choose a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, else no TCP_NODELAY
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


class _Watched(HttpToolsProtocol):
    """uvicorn's protocol with a time limit on heads; uvicorn itself waits for the end of a head for ever.

    It also shows the application an absolute target as it was sent, and refuses a body after an upgrade.
    """

    head_s: ClassVar[float] = 10.0

    def connection_made(self, transport: Any) -> None:
        self._heading = True
        super().connection_made(transport)
        self._slow: asyncio.TimerHandle | None = self.loop.call_later(self.head_s, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._heading:
            self._in_time()
        elif self._slow is None:
            self._slow = self.loop.call_later(self.head_s, self._too_slow)

    def on_message_begin(self) -> None:
        self._heading = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._heading = False
        if self.parser.should_upgrade() and any(name in _FRAMING for name, _ in self.headers):
            raise ValueError("a body that another protocol would read differently")
        super().on_headers_complete()
        if not self.url.startswith(b"/"):  # uvicorn drops the host of an absolute target; somebody has to compare it
            self.scope["raw_path"] = self.url.partition(b"?")[0]

    def _in_time(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _too_slow(self) -> None:
        self._slow = None
        self.transport.close()


@asynccontextmanager
async def serving(
    app: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    server: Literal["uvicorn", "granian"] = "uvicorn",
    head_s: float = 10.0,
    **options: Any,
) -> AsyncIterator[str]:
    """Run `app` until the block ends; yields its base URL.

    Args:
        app: an ASGI application.
        host: where to listen.
        port: 0 chooses a free one.
        server: which one; `options` are uvicorn's.
        head_s: seconds within which the head of a request has to arrive.
        options: further settings of uvicorn.

    Raises:
        RuntimeError: the application's start-up failed.

    """
    around = _granian(app, host, port, head_s) if server == "granian" else _uvicorn(app, host, port, head_s, options)
    async with around as url:
        yield url


@asynccontextmanager
async def _uvicorn(app: Any, host: str, port: int, head_s: float, options: dict[str, Any]) -> AsyncIterator[str]:
    listener = free_socket(host, port)
    config = uvicorn.Config(
        app,
        interface="asgi3",
        log_level="critical",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=3,
        http=type("Watched", (_Watched,), {"head_s": head_s}),
        ws="none",
        proxy_headers=False,  # the gateway itself decides whom to believe about the client
        server_header=False,
        **options,
    )
    server = _Server(config)
    task = asyncio.create_task(_run(server, listener))
    try:
        async with asyncio.timeout(_START_DEADLINE_S):
            while not server.started:
                if task.done():
                    await task
                    raise RuntimeError("the application stopped before it was ready")
                await asyncio.sleep(0.005)
        scheme = "https" if config.is_ssl else "http"
        yield f"{scheme}://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task
        listener.close()


@asynccontextmanager
async def _granian(app: Any, host: str, port: int, head_s: float) -> AsyncIterator[str]:
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 - only whoever chose it loads it
    from granian.http import HTTP1Settings  # noqa: PLC0415 - loaded only where granian was chosen
    from granian.server.embed import Server  # noqa: PLC0415 - loaded only where granian was chosen

    if not port:
        with free_socket(host) as probe:
            port = probe.getsockname()[1]
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=4_096,
        http1_settings=HTTP1Settings(header_read_timeout=int(head_s * 1000)),
        log_enabled=False,
    )
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(_START_DEADLINE_S):
            while not await _answers(host, port):
                if task.done():
                    await task
                    raise RuntimeError("the application stopped before it was ready")
                await asyncio.sleep(0.01)
        yield f"http://{host}:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves it untyped
        await task


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _run(server: _Server, listener: socket.socket) -> None:
    """A start-up that failed is an error of this task; uvicorn would end the whole process."""
    try:
        await server.serve(sockets=[listener])
    except SystemExit:
        raise RuntimeError("the application refused to start") from None
