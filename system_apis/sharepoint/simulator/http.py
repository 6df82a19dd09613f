"""The site's HTTP edge: Entra's door, Graph with its limits and batches, and the addresses that carry content."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from kit.sandbox import Sandbox

from . import batch, items, routing, uploads
from .call import Answer, Call
from .door import NOBODY, Denied, Door
from .hooks import Hooks
from .limits import Limits, cost
from .refusal import Refusal
from .seeding import dumped, seeded
from .shown import moment
from .state import Site

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_TOKEN: Final = re.compile(r"/([^/]+)/oauth2/v2\.0/token")
_OPENID: Final = re.compile(r"/([^/]+)/v2\.0/\.well-known/openid-configuration")
_CARRIED: Final = re.compile(r"/_api/v2\.0/drives/[^/]+/items/[^/]+/(uploadSession|download)")
_VERSION: Final = "/v1.0"
_SUBSCRIPTIONS: Final = "/subscriptions"
_JSON: Final = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


class Edge:
    """The ASGI application around one site."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._door = Door(sandbox)
        self._limits = Limits(sandbox)
        self._clear()
        sandbox.on_reset(self._clear)
        sandbox.on_seed(self._seed)
        sandbox.on_dump(lambda: dumped(self._site))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            given = await self._answer(scope, headers, body)
            await _reply(send, given)
            await self._hooks.deliver()

    async def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Answer:
        path: str = scope["path"]
        host = f"{scope['scheme']}://{headers.get('host', '')}"
        if token := _TOKEN.fullmatch(path):
            return self._token(scope["method"], token.group(1), body)
        if described := _OPENID.fullmatch(path):
            return Answer(200, self._door.described(described.group(1), host=host))
        request_id = self._fresh_id()
        told = {"request-id": request_id, "client-request-id": headers.get("client-request-id", request_id)}
        call = Call(
            method=scope["method"],
            path=path,
            host=host,
            actor=NOBODY,
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers=headers,
            body=body,
        )
        try:
            given = await self._served(call)
        except Refusal as refusal:
            given = self._refused(refusal, told)
        return replace(given, headers={**told, **given.headers})

    async def _served(self, call: Call) -> Answer:
        if carried := _CARRIED.fullmatch(call.path):
            token = call.query.get("tempauth", "")
            if carried.group(1) == "download":
                return items.fetched(self._site, token)
            return uploads.answer(self._site, call, token)
        if not call.path.startswith(f"{_VERSION}/"):
            raise Refusal(400, "BadRequest", "Invalid version.")
        actor = self._door.admit(call.headers.get("authorization", ""))
        call = replace(call, path=call.path.removeprefix(_VERSION), actor=actor)
        if call.path == "/$batch":
            return batch.answer(self._site, call, one=self._part)
        left = self._limits.take(cost(call.method, call.path))
        if call.path.startswith(_SUBSCRIPTIONS):
            return await self._hooks.answer(call, call.path.removeprefix(_SUBSCRIPTIONS).strip("/"))
        given = routing.answer(self._site, call)
        return replace(given, headers={**left, **given.headers})

    def _part(self, call: Call) -> Answer:
        """A part of a batch: counted by itself, and refused by itself."""
        fault = self._sandbox.fault_for(method=call.method, path=f"/$batch{call.path}")
        if fault is not None:
            body = msgspec.json.decode(fault.body) if fault.body else None
            return Answer(fault.status, body, fault.headers)
        try:
            self._limits.take(cost(call.method, call.path))
            return routing.answer(self._site, call)
        except Refusal as refusal:
            request_id = self._fresh_id()
            return self._refused(refusal, {"request-id": request_id, "client-request-id": request_id})

    def _token(self, method: str, tenant: str, body: bytes) -> Answer:
        try:
            return Answer(200, self._door.token(method, tenant, body), {"Cache-Control": "no-store, no-cache"})
        except Denied as denied:
            return Answer(denied.status, denied.body(self._sandbox.now()))

    def _refused(self, refusal: Refusal, told: dict[str, str]) -> Answer:
        date = moment(self._sandbox.now()).removesuffix("Z")
        ids = {"request_id": told["request-id"], "client_request_id": told["client-request-id"]}
        return Answer(refusal.status, refusal.body(date=date, **ids), refusal.headers)

    def _fresh_id(self) -> str:
        return f"{self._sandbox.random.getrandbits(128):032x}"

    def _clear(self) -> None:
        self._site = Site(self._sandbox)
        self._hooks = Hooks(self._site)
        self._door.clear()
        self._limits.clear()

    def _seed(self, document: dict[str, Any]) -> None:
        self._door.seed(document)
        self._limits.seed(document)
        seeded(self._site, document)


def build(sandbox: Sandbox) -> ASGIApp:
    """A site to develop against: empty until seeded."""
    return Edge(sandbox)


async def _reply(send: Send, given: Answer) -> None:
    raw = isinstance(given.body, bytes)
    body: bytes = given.body if raw else b"" if given.body is None else msgspec.json.encode(given.body)
    headers = dict(given.headers)
    if body and not raw:
        headers["Content-Type"] = _JSON
    if given.status not in {204, 304}:
        headers["Content-Length"] = str(len(body))
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": given.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
