"""The org's HTTP edge: versions, sessions, the daily allowance, and JSON as the vendor writes it."""

import datetime as dt
import re
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from kit.sandbox.state import Sandbox

from . import composite, reads, rows
from .auth import Denied, Door
from .errors import Refusal, absent
from .formats import known_id
from .router import Answer, Call, Org, Route, Router
from .rules import Rules
from .schema import Schema

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_VERSIONED: Final = re.compile(r"/services/data/(v(\d+)\.0)(/.*)?")
_OLDEST, _NEWEST = 31, 68
_LONGEST_URI: Final = 16_384
_DAY: Final = dt.timedelta(hours=24)
_SEASONS: Final = ("Spring", "Summer", "Winter")


class Edge:
    """The ASGI application around one org."""

    def __init__(self, sandbox: Sandbox, schema: Schema, rules: Rules, *, routes: tuple[Route, ...] = ()) -> None:
        self._sandbox = sandbox
        self._org = Org(sandbox, schema, rules)
        self._door = Door(sandbox)
        self._router = Router(self._org, (*routes, *composite.ROUTES, *reads.ROUTES, *rows.ROUTES))
        self._served: deque[dt.datetime] = deque()
        self._crowded = 0
        sandbox.on_reset(self._clear)
        sandbox.on_seed(self._seed)
        sandbox.on_dump(self._org.store.dump)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            await _reply(send, self._answer(scope, headers, body))

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Answer:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").partition("?")[0]
        query: str = scope["query_string"].decode()
        try:
            _check_length(path, query)
            if path == "/services/oauth2/token":
                return self._token(scope, headers, body)
            if path.rstrip("/") == "/services/data":
                return Answer(200, _versions())
            return self._data(scope["method"], path, query, headers=headers, body=body)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body())

    def _token(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Answer:
        if scope["method"] != "POST":
            raise Refusal(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed. Allowed are POST")
        host = f"{scope['scheme']}://{headers.get('host', '')}"
        try:
            granted = self._door.token(body, authorization=headers.get("authorization", ""), host=host)
        except Denied as denied:
            return Answer(400, denied.body)
        return Answer(200, granted, {"Cache-Control": "no-store"})

    def _data(self, method: str, path: str, query: str, *, headers: dict[str, str], body: bytes) -> Answer:
        found = _VERSIONED.fullmatch(path)
        if found is None:
            raise absent()
        number = int(found.group(2))
        if number < _OLDEST:
            raise Refusal(410, "UNSUPPORTED_API_VERSION", "The API version has been retired")
        if number > _NEWEST:
            raise absent()
        session = self._door.admit(headers.get("authorization", ""))
        self._org.store.actor = self._door.user_id(session)
        self._count()
        media = headers.get("content-type", "application/json")
        if body and method in {"POST", "PATCH", "PUT"} and "json" not in media:
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type {media} is not supported")
        call = Call(
            method=method,
            path=found.group(3) or "/",
            version=found.group(1),
            again=self._router.dispatch,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=headers,
            body=body,
        )
        answer = self._router.dispatch(call)
        usage = f"api-usage={len(self._served)}/{self._org.daily_requests}"
        return Answer(answer.status, answer.body, {**answer.headers, "Sforce-Limit-Info": usage})

    def _count(self) -> None:
        """Take one request from the rolling day; refuse with 403 and nothing that says when to return."""
        now = self._sandbox.now()
        while self._served and self._served[0] <= now - _DAY:
            self._served.popleft()
        if self._crowded > 0:
            self._crowded -= 1
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", message)
        if len(self._served) >= self._org.daily_requests:
            raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self._served.append(now)
        self._org.requests_left = self._org.daily_requests - len(self._served)

    def _clear(self) -> None:
        self._org.store.clear()
        self._org.store.rules.clear()
        self._org.reading.clear()
        self._door.clear()
        self._served.clear()
        self._crowded = 0
        self._org.daily_requests = self._org.requests_left = 100_000

    def _seed(self, document: dict[str, Any]) -> None:
        """Load credentials, limits and records; `crowded` refuses so many calls as one too many at once."""
        self._door.seed(document)
        self._org.store.rules.seed(document)
        self._crowded = int(document.get("crowded", self._crowded))
        self._org.daily_requests = int(document.get("daily_requests", self._org.daily_requests))
        for record in document.get("records", ()):
            body = {name: value for name, value in record.items() if name != "Id"}
            kind = self._org.store.schema.entities[record["attributes"]["type"]]
            row_id = record.get("Id")
            if row_id and self._org.store.find(kind.name, known_id(row_id)):
                continue
            self._org.store.create(kind, body, row_id=row_id)


def _check_length(path: str, query: str) -> None:
    if len(path) + len(query) > _LONGEST_URI:
        raise Refusal(414, "URI_TOO_LONG", "URI exceeds 16384 bytes")


def _versions() -> list[dict[str, str]]:
    numbers = range(_OLDEST, _NEWEST + 1)
    return [
        {
            "label": f"{_SEASONS[number % 3]} '{(number + 13) // 3:02}",
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in numbers
    ]


async def _reply(send: Send, answer: Answer) -> None:
    body = b"" if answer.body is None else _ENCODER.encode(answer.body)
    headers = {"Content-Type": "application/json;charset=UTF-8", **answer.headers}
    if answer.status != 204:
        headers["Content-Length"] = str(len(body))
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
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
