"""Carries a request that passed the threshold to the gateway's own pages; refuses to let them answer undressed.

The pages are an ordinary ASGI application. It gets a scope made from what the guard has checked, and every answer
bears the ids of the request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

from gateway.answer import Send
from kit.door.policy import Message, Request

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
KEY: Final = "sluice.request"


class Pages:
    """An application beside the data plane."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, request: Request, send: Send, /) -> int:
        """Answer; gives the status."""
        status = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                request.started = True
                message = {**message, "headers": [*message.get("headers", []), *request.answer]}
            await send(message)

        await self._app(_scope(request), request.receive, dressed)
        return status


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.http_version,
        "method": request.method,
        "scheme": request.scheme,
        "path": unquote(request.target.decode("ascii")),
        "raw_path": request.target,
        "query_string": request.query,
        "root_path": "",
        "headers": [(bytes(name), bytes(value)) for name, value in request.headers],
        "client": (request.client_ip, 0),
        "server": None,
        "state": {},
        KEY: request,
    }
