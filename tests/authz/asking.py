"""Asks the gateway as the application that it is: thousands of questions, and no client and server beside them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

App = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    text: str

    @property
    def document(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)

    @property
    def is_success(self) -> bool:
        """Whether it was let in and done."""
        return 200 <= self.status < 300


async def asked(
    app: App,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    query: Mapping[str, str] | None = None,
    body: Any = None,
) -> Answer:
    """One request to its end."""
    content = b"" if body is None else json.dumps(body).encode()
    fields = {"host": "gateway.internal", **{name.lower(): value for name, value in headers.items()}}
    if body is not None:
        fields |= {"content-type": "application/json", "content-length": str(len(content))}
    told: list[dict[str, Any]] = []
    left = asyncio.Event()
    coming = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not coming:
            await left.wait()  # the client stays until it is answered
        return coming.pop() if coming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path, safe="/-_.~").encode(),
        "query_string": urlencode(query or {}).encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        "client": ("127.0.0.1", 1),
        "server": ("gateway.internal", 80),
    }
    await app(scope, receive, send)
    left.set()
    return Answer(told[0]["status"], b"".join(each.get("body", b"") for each in told[1:]).decode())
