"""The environment's HTTP edge: Entra's door, the Web API's versions, service protection, and JSON as OData has it."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from kit.sandbox import Sandbox

from . import routing
from .call import DECODER, Answer, Call, Environment
from .catalogue import TABLES
from .door import Denied, Door
from .limits import Limits
from .payload import accepted
from .refusal import Refusal, no_segment
from .state import Key, Store

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_TOKEN: Final = re.compile(r"/([^/]+)/oauth2/v2\.0/token")
_OPENID: Final = re.compile(r"/([^/]+)/v2\.0/\.well-known/openid-configuration")
_DATA: Final = re.compile(r"/api/data/(v9\.[0-2])(?:/(.*))?", re.DOTALL)
_JSON: Final = "application/json; odata.metadata=minimal"
_SYSTEM: Final = "7d5a0000-0000-4000-8000-0000000000ff"


class Edge:
    """The ASGI application around one environment."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._environment = Environment(sandbox, Store(sandbox))
        self._door = Door(sandbox)
        self._limits = Limits(sandbox)
        sandbox.on_reset(self._clear)
        sandbox.on_seed(self._seed)
        sandbox.on_dump(self._dump)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            await _reply(send, self._answer(scope, headers, body))

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Answer:
        path: str = scope["path"]
        host = f"{scope['scheme']}://{headers.get('host', '')}"
        token = _TOKEN.fullmatch(path)
        if token is not None:
            return self._token(scope["method"], token.group(1), body, host=host)
        described = _OPENID.fullmatch(path)
        if described is not None:
            return Answer(200, self._door.described(described.group(1), host=host))
        try:
            return self._data(scope, headers, body, host=host)
        except Refusal as refusal:
            silent = refusal.status == 401
            return Answer(refusal.status, None if silent else refusal.body(), refusal.headers)

    def _token(self, method: str, tenant: str, body: bytes, *, host: str) -> Answer:
        try:
            granted = self._door.token(method, tenant, body, host=host)
            return Answer(200, granted, {"Cache-Control": "no-store, no-cache"})
        except Denied as denied:
            return Answer(denied.status, denied.body(self._sandbox.now()))

    def _data(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes, *, host: str) -> Answer:
        found = _DATA.fullmatch(scope["path"])
        if found is None:
            raise no_segment(scope["path"])
        user = self._door.admit(headers.get("authorization", ""), host=host)
        left = self._limits.take(user)
        call = Call(
            method=scope["method"],
            path=(found.group(2) or "").rstrip("/"),
            root=f"{host}/api/data/{found.group(1)}",
            user=user,
            again=lambda inner: routing.answer(self._environment, inner),
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers=headers,
            body=body,
        )
        given = routing.answer(self._environment, call)
        request_id = f"{self._sandbox.random.getrandbits(128):032x}"
        return Answer(given.status, given.body, {**given.headers, **left, "x-ms-service-request-id": request_id})

    def _clear(self) -> None:
        self._environment.store.clear()
        self._environment.cursors.clear()
        self._environment.duplicate_rules.clear()
        self._environment.tags.clear()
        self._door.clear()
        self._limits.clear()

    def _seed(self, document: dict[str, Any]) -> None:
        """Load credentials, limits, alternate keys, rules of duplicates, and rows as a body would name them."""
        self._door.seed(document)
        self._limits.seed(document)
        self._environment.duplicate_rules |= document.get("duplicate_rules", {})
        for key in document.get("keys", ()):
            self._environment.store.keys.append(Key(key["table"], tuple(key["columns"]), key.get("status", "Active")))
        for record in document.get("records", ()):
            table = TABLES[record["@odata.type"]]
            if self._environment.store.find(table.name, record.get(table.key)):
                continue
            body = DECODER.decode(_ENCODER.encode(record))
            values = accepted(self._environment, table, body, creating=True)
            self._environment.store.create(table, values, user=_SYSTEM)

    def _dump(self) -> dict[str, Any]:
        return {**self._environment.store.dump(), "tags": list(self._environment.tags)}


def build(sandbox: Sandbox) -> ASGIApp:
    """An environment to develop against: empty until seeded."""
    return Edge(sandbox)


async def _reply(send: Send, given: Answer) -> None:
    raw = isinstance(given.body, bytes)
    body: bytes = given.body if raw else b"" if given.body is None else _ENCODER.encode(given.body)
    headers = {"OData-Version": "4.0", **given.headers}
    if body and not raw:
        headers["Content-Type"] = _JSON
    if given.status != 204:
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
