"""The account's HTTP edge: versions, tokens, allowances, and JSON or HTML as the vendor answers it."""

import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from kit.sandbox import Sandbox

from . import associations, batch, objects, search, settings
from .auth import Denied, Door
from .errors import Page, Refusal, no_page
from .limits import Limits
from .router import DATES, Account, Answer, Call, Router, canonical

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_LONGEST_URI: Final = 15_000
_TOKEN: Final = re.compile(rf"/oauth/(v1|{'|'.join(DATES)})/token")


class Edge:
    """The ASGI application around one account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._account = Account(sandbox)
        self._door = Door(sandbox)
        self._limits = Limits(sandbox)
        routes = (*associations.ROUTES, *batch.ROUTES, *search.ROUTES, *objects.ROUTES, *settings.ROUTES)
        self._router = Router(self._account, routes)
        sandbox.on_reset(self._clear)
        sandbox.on_seed(self._seed)
        sandbox.on_dump(self._account.store.dump)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            await _reply(send, self._answer(scope, headers, body))
            await self._account.store.hooks.deliver()

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Answer | Page:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").partition("?")[0]
        query: str = scope["query_string"].decode()
        try:
            if len(path) + len(query) > _LONGEST_URI:
                return Page(414, "414 Request-URI Too Large")
            if _TOKEN.fullmatch(path):
                return self._token(scope["method"], path, body)
            return self._data(scope["method"], path, query, headers=headers, body=body)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body(str(uuid.UUID(int=self._sandbox.random.getrandbits(128)))))
        except Page as page:
            return page

    def _token(self, method: str, path: str, body: bytes) -> Answer:
        if method != "POST":
            raise Refusal(405, "Method not allowed. Allowed: POST")
        if self._account.next_release and path.startswith("/oauth/v1/"):
            raise no_page()
        try:
            return Answer(200, self._door.token(body), {"Cache-Control": "no-store"})
        except Denied as denied:
            return Answer(400, denied.body)

    def _data(self, method: str, path: str, query: str, *, headers: dict[str, str], body: bytes) -> Answer:
        inner = canonical(path, next_release=self._account.next_release)
        guest = self._door.admit(headers.get("authorization", ""))
        told = self._limits.count(guest, search=inner.endswith("/search"))
        media = headers.get("content-type", "application/json")
        if body and "json" not in media:
            raise Refusal(415, f"Unsupported media type {media}")
        query_values = parse_qs(query, keep_blank_values=True)
        call = Call(method=method, path=inner, address=path, query=query_values, body=body)
        answer = self._router.dispatch(call, scopes=guest.scopes)
        return Answer(answer.status, answer.body, {**answer.headers, **told})

    def _clear(self) -> None:
        self._account.store.clear()
        self._account.owners.clear()
        self._account.currency, self._account.next_release = "EUR", False
        self._door.clear()
        self._limits.clear()

    def _seed(self, document: dict[str, Any]) -> None:
        """Load credentials, settings, limits and rows.

        `next_release` takes away what the vendor has announced to end, `index_lag_s` has search lag behind, `millis`
        names the properties that are told in milliseconds, `association_page` is how many associations a page has.
        """
        account, store = self._account, self._account.store
        self._door.seed(document)
        self._limits.seed(document)
        store.hooks.seed(document)
        account.next_release = bool(document.get("next_release", account.next_release))
        account.currency = str(document.get("currency", account.currency))
        store.index_lag_s = float(document.get("index_lag_s", store.index_lag_s))
        store.as_millis = frozenset(document.get("millis", store.as_millis))
        store.links.page = int(document.get("association_page", store.links.page))
        account.owners |= {owner["id"]: {"archived": False, **owner} for owner in document.get("owners", ())}
        for given in document.get("schemas", ()):
            store.schema.add_kind(given)
        for name, definitions in document.get("properties", {}).items():
            for definition in definitions:
                store.schema.add_property(store.schema.kind(name), definition)
        for given in document.get("association_types", ()):
            store.links.define(given)
        for name, rows in document.get("rows", {}).items():
            for row in rows:
                store.create(store.schema.kind(name), row["properties"], row_id=row.get("id", ""), source="IMPORT")


def build(sandbox: Sandbox) -> ASGIApp:
    """A HubSpot account to develop against: empty until seeded."""
    return Edge(sandbox)


async def _reply(send: Send, answer: Answer | Page) -> None:
    if isinstance(answer, Page):
        body, media, named = answer.html.encode(), "text/html;charset=utf-8", {}
    else:
        body = b"" if answer.body is None else msgspec.json.encode(answer.body)
        media, named = "application/json;charset=utf-8", dict(answer.headers)
    headers = {"Content-Type": media, **named}
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
