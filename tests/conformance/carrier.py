"""Carries calls to a real system, so that the faults of the sandbox can be laid around it as around a simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

_OWN: Final = frozenset({b"host", b"connection", b"transfer-encoding", b"content-length"})
App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


@asynccontextmanager
async def carrier(url: str) -> AsyncIterator[App]:
    """An application that passes every call on to `url` and its answer back, byte for byte."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:

        async def carry(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                await _live(receive, send)
                return
            body, more = b"", True
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
            target = httpx.URL(scope["path"], query=scope["query_string"])
            headers = [(name, value) for name, value in scope["headers"] if name not in _OWN]
            request = http.build_request(scope["method"], target, content=body, headers=httpx.Headers(headers))
            answer = await http.send(request, stream=True)
            try:
                raw = b"".join([chunk async for chunk in answer.aiter_raw()])
            finally:
                await answer.aclose()
            kept = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in _OWN]
            length = (b"content-length", str(len(raw)).encode())
            await send({"type": "http.response.start", "status": answer.status_code, "headers": [*kept, length]})
            await send({"type": "http.response.body", "body": raw})

        yield carry


async def _live(receive: Any, send: Any) -> None:
    """Nothing has to be done at the start or at the end."""
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
