"""The account's HTTP edge: license keys, a correlation id on every answer, and JSON whose amounts are numbers."""

import asyncio
import base64
import binascii
import json
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from kit.sandbox import Sandbox

from .addresses import resolve
from .books import Books
from .errors import Refusal
from .limits import Limits
from .transactions import Transactions

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_API: Final = re.compile(r"/api/v2(/.*)")


class Edge:
    """The ASGI application around one account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._books = Books(sandbox)
        self._limits = Limits(sandbox)
        self._transactions = Transactions(self._books)
        self._clear()
        sandbox.on_reset(self._clear)
        sandbox.on_seed(self._seed)
        sandbox.on_dump(lambda: {**self._books.dump(), "clients": sorted(self._clients)})

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            try:
                status, told = self._answer(scope, headers, body)
                extra: dict[str, str] = {}
            except Refusal as refusal:
                status, told, extra = refusal.status, refusal.body, refusal.headers
                if "TimeoutRequested" in str(told):
                    await asyncio.sleep(self._timeout_s)
            await self._reply(send, status, told, extra)

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        raw = scope.get("raw_path", scope["path"].encode()).decode().partition("?")[0]
        found = _API.fullmatch(raw)
        if found is None:
            raise Refusal(404, "IncorrectPathError", "There is nothing here.")
        self._clients.add(headers.get("x-avalara-client", ""))
        authorization = headers.get("authorization", "")
        if found[1] == "/utilities/ping":
            return 200, self._ping(authorization)
        self._admit(authorization)
        self._limits.count()
        method = scope["method"]
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        sent = _json(body) if body else None
        if found[1] == "/addresses/resolve" and method in {"GET", "POST"}:
            return 200, resolve(query if method == "GET" else sent or {})
        parts = [unquote(part) for part in found[1].strip("/").split("/")]
        return self._transactions.answer(method, parts, query, sent)

    def _ping(self, authorization: str) -> dict[str, Any]:
        """Always 200: whether somebody was let in stands inside."""
        known = self._known(authorization)
        told: dict[str, Any] = {"version": "26.10.0", "authenticated": known is not None}
        return told | ({"authenticationType": "LicenseKey", "authenticatedAccountId": int(known)} if known else {})

    def _admit(self, authorization: str) -> None:
        if not authorization:
            raise Refusal(401, "AuthenticationIncomplete", "Authentication incomplete.", target="HttpRequestHeaders")
        if self._known(authorization) is None:
            raise Refusal(401, "AuthenticationException", "Authentication failed.", target="HttpRequestHeaders")

    def _known(self, authorization: str) -> str | None:
        scheme, _, encoded = authorization.partition(" ")
        try:
            account, _, key = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return account if scheme == "Basic" and key and self._keys.get(account) == key else None

    async def _reply(self, send: Send, status: int, told: Any, extra: dict[str, str]) -> None:
        body = _ENCODER.encode(told)
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body)), **extra}
        if self._correlates:
            headers["x-correlation-id"] = str(uuid.UUID(int=self._sandbox.random.getrandbits(128)))
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    def _clear(self) -> None:
        self._books.clear()
        self._limits.clear()
        self._transactions.page_most = 1_000
        self._keys: dict[str, str] = {}
        self._clients: set[str] = set()
        self._correlates = True
        self._timeout_s = 30.0

    def _seed(self, document: dict[str, Any]) -> None:
        """Load accounts, companies, filed periods, limits, and quirks.

        `correlates` false leaves `x-correlation-id` out; `timeout_s` is how long `ForceTimeout` takes; `page_most`
        cuts pages.
        """
        self._keys |= {each["account_id"]: each["license_key"] for each in document.get("accounts", ())}
        self._books.seed(document)
        self._limits.seed(document)
        self._correlates = bool(document.get("correlates", self._correlates))
        self._timeout_s = float(document.get("timeout_s", self._timeout_s))
        self._transactions.page_most = int(document.get("page_most", self._transactions.page_most))


def build(sandbox: Sandbox) -> ASGIApp:
    """An AvaTax account to develop against: nobody may come in until it is seeded."""
    return Edge(sandbox)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal)
    except ValueError:
        raise Refusal(400, "JsonFormatError", "The JSON is not valid.", target="HttpRequest") from None


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
