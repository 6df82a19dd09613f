"""Serve an ASGI application on loopback, on a free port, inside the running loop, and stop it cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

_START_DEADLINE_S = 30.0


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


@asynccontextmanager
async def serving(app: Any, *, host: str = "127.0.0.1", port: int = 0, **options: Any) -> AsyncIterator[str]:
    """Run `app` under uvicorn until the block ends; yields its base URL.

    Raises:
        RuntimeError: the application's start-up failed.

    """
    listener = free_socket(host, port)
    config = uvicorn.Config(
        app,
        interface="asgi3",
        log_level="critical",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=3,
        http="httptools",
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


async def _run(server: _Server, listener: socket.socket) -> None:
    """A start-up that failed is an error of this task; uvicorn would end the whole process."""
    try:
        await server.serve(sockets=[listener])
    except SystemExit:
        raise RuntimeError("the application refused to start") from None
