"""The `/_sandbox/…` paths and the faults, wrapped around any simulator as plain ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from kit.sandbox.faults import Fault, FaultKind
from kit.sandbox.state import Sandbox

ASGIScope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

PREFIX: Final = "/_sandbox/"
CALM: Final = b"x-sandbox-calm"
"""A call with this header meets no fault: a person at the vendor's own screen, while programs suffer."""


def sandboxed(app: ASGIApp, sandbox: Sandbox) -> ASGIApp:
    """The simulator with control paths, latency and faults around it."""

    async def run(scope: ASGIScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"].startswith(PREFIX):
            await _control(sandbox, scope, receive, send)
        else:
            await _simulate(app, sandbox, scope, receive, send)

    return run


async def _simulate(app: ASGIApp, sandbox: Sandbox, scope: ASGIScope, receive: Receive, send: Send) -> None:
    call = {"method": scope["method"], "path": scope["path"], "status": 0}
    sandbox.calls.append(call)
    if sandbox.latency_ms:
        await asyncio.sleep(sandbox.latency_ms / 1000)
    calm = any(name == CALM for name, _ in scope["headers"])
    fault = None if calm else sandbox.fault_for(method=scope["method"], path=scope["path"])

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            call["status"] = message["status"]
        await send(message)

    if fault is None:
        await _truly(app, sandbox, scope, receive, noting)
    elif fault.kind is FaultKind.STALE:
        await _stale(app, sandbox, scope, receive, noting)
    else:
        await _fail(fault, app, scope, receive, noting)


async def _truly(app: ASGIApp, sandbox: Sandbox, scope: ASGIScope, receive: Receive, send: Send) -> None:
    """Answer; what a GET was told is remembered, for a stale read may tell it again."""
    if scope["method"] != "GET":
        await app(scope, receive, send)
        return
    told: list[Message] = []

    async def telling(message: Message) -> None:
        told.append(message)
        await send(message)

    await app(scope, receive, telling)
    sandbox.remember(_address(scope), told)


async def _stale(app: ASGIApp, sandbox: Sandbox, scope: ASGIScope, receive: Receive, send: Send) -> None:
    """Answer a GET as the last time, though the world went on; who asks for the first time hears the truth."""
    before = sandbox.answers.get(_address(scope))
    if before is None:
        await _truly(app, sandbox, scope, receive, send)
        return
    for message in before:
        await send(message)


def _address(scope: ASGIScope) -> str:
    return f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"


async def _fail(fault: Fault, app: ASGIApp, scope: ASGIScope, receive: Receive, send: Send) -> None:
    if fault.kind is FaultKind.DELAY:
        await asyncio.sleep(fault.seconds)
        await app(scope, receive, send)
    elif fault.kind is FaultKind.DELAY_AFTER:
        kept = await _kept(app, scope, receive)
        await asyncio.sleep(fault.seconds)
        for message in kept:
            await send(message)
    elif fault.kind is FaultKind.UNAUTHORIZED_FOR:
        await answer(send, fault.body.encode(), status=401, headers=fault.headers)
    elif fault.kind is FaultKind.STATUS:
        await answer(send, fault.body.encode(), status=fault.status, headers=fault.headers)
    elif fault.kind is FaultKind.STATUS_AFTER:
        await app(scope, receive, _swallow)
        await answer(send, fault.body.encode(), status=fault.status, headers=fault.headers)
    elif fault.kind is FaultKind.DROP_BEFORE:
        await _cut(send)
    elif fault.kind is FaultKind.DROP_AFTER:
        await app(scope, receive, _swallow)
        await _cut(send)
    else:
        await _truncate(app, scope, receive, send)


async def _kept(app: ASGIApp, scope: ASGIScope, receive: Receive) -> list[Message]:
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await app(scope, receive, keep)
    return kept


async def _swallow(message: Message) -> None:
    del message


async def _cut(send: Send) -> None:
    """Promise a body and never send it: the server has to drop the connection."""
    headers = [(b"content-length", b"64"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _truncate(app: ASGIApp, scope: ASGIScope, receive: Receive, send: Send) -> None:
    """Send the true head, with its true length, and half of the body."""
    kept = await _kept(app, scope, receive)
    body = b"".join(m.get("body", b"") for m in kept if m["type"] == "http.response.body")
    start = next(m for m in kept if m["type"] == "http.response.start")
    headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
    await send({**start, "headers": [*headers, (b"content-length", str(max(len(body), 2)).encode())]})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _control(sandbox: Sandbox, scope: ASGIScope, receive: Receive, send: Send) -> None:
    what = scope["path"].removeprefix(PREFIX)
    if scope["method"] == "GET":
        shown: dict[str, Callable[[], Any]] = {
            "state": sandbox.dump,
            "calls": lambda: list(sandbox.calls),
            "clock": lambda: {"now": sandbox.now()},
            "faults": lambda: sandbox.faults,
        }
        if what in shown:
            await answer(send, msgspec.json.encode(shown[what]()))
            return
    elif scope["method"] == "POST":
        body = await _body(receive)
        if what == "heal":
            await answer(send, msgspec.json.encode(sandbox.heal()))
            return
        acts: dict[str, Callable[[], None]] = {
            "reset": sandbox.reset,
            "seed": lambda: sandbox.seed(msgspec.json.decode(body)),
            "clock": lambda: sandbox.advance(msgspec.json.decode(body)["advance_s"]),
            "latency": lambda: setattr(sandbox, "latency_ms", float(msgspec.json.decode(body)["ms"])),
            "faults": lambda: sandbox.faults.append(msgspec.json.decode(body, type=Fault)),
        }
        if what in acts:
            acts[what]()
            await answer(send, b"{}")
            return
    await answer(send, b'{"error":"no such control path"}', status=404)


async def answer(send: Send, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
    """Send one whole JSON answer."""
    named = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    raw = [(k.lower().encode(), v.encode()) for k, v in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
