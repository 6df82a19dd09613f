"""The environment's HTTP edge: tokens and user info, the account's API at its site, the screen of those who sign."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from kit.sandbox import Sandbox

from .account import Account
from .auth import Door
from .errors import Denied, Lost, Refusal, unreadable
from .signing import Screen

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_API: Final = re.compile(r"(.*)/restapi/v2\.1/accounts/([^/]+)(/.*)")
_SCREEN: Final = re.compile(r"/signing/([^/]+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, JSON or bytes with their media type, and headers."""

    status: int
    body: Any = None
    media: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Edge:
    """The ASGI application around one environment with one account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._door = Door(sandbox)
        self._account = Account(sandbox)
        self._screen = Screen(self._account.store)
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
            self._account.store.expire()
            await _reply(
                send, self._answer(scope, headers, body), trace=f"{self._sandbox.random.getrandbits(128):032x}"
            )
            await self._account.connect.deliver()

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Answer:
        method, path = scope["method"], unquote(scope["path"])
        try:
            if path == "/oauth/token" and method == "POST":
                return Answer(200, self._door.token(body, host=headers.get("host", "")))
            if path == "/oauth/userinfo" and method == "GET":
                return Answer(200, self._door.admit(headers.get("authorization", "")))
            person = _SCREEN.fullmatch(path)
            if person and method == "POST":
                authorization = headers.get("authorization", "")
                return Answer(200, self._screen.act(person[1], _json(body), authorization=authorization))
            query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
            return self._api(method, path, query, headers=headers, body=body)
        except Denied as denied:
            return Answer(400, denied.body)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body(), headers=self._account.limits.told())
        except Lost:
            return Answer(404, b"<html><body>404 - File or directory not found.</body></html>", "text/html")

    def _api(self, method: str, path: str, query: dict[str, str], *, headers: dict[str, str], body: bytes) -> Answer:
        found = _API.fullmatch(path)
        if found is None or not found[1].endswith(self._account.site):
            raise Lost
        user = self._door.admit(headers.get("authorization", ""))
        if all(found[2].lower() != each["account_id"] for each in user["accounts"]):
            message = "The specified User is not a member of the specified Account."
            raise Refusal(401, "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT", message)
        if found[2].lower() != self._account.id:
            raise Lost
        told = self._account.limits.count()
        status, result = self._account.answer(method, found[3], query, _json(body) if body else {})
        if isinstance(result, bytes):
            return Answer(status, result, "application/pdf", told)
        return Answer(status, result, headers=told)

    def _clear(self) -> None:
        self._door.clear()
        self._account.clear()
        self._screen.session = ""

    def _seed(self, document: dict[str, Any]) -> None:
        """Load apps, users, limits, a Connect configuration, the signers' session and how far a search lags behind."""
        self._door.seed(document)
        self._account.seed(document)
        self._screen.session = str(document.get("session", self._screen.session))


def build(sandbox: Sandbox) -> ASGIApp:
    """A Docusign environment to develop against: nobody may come in until it is seeded."""
    return Edge(sandbox)


def _json(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError as fault:
        raise unreadable(str(fault)) from None
    if not isinstance(decoded, dict):
        raise unreadable("")
    return decoded


async def _reply(send: Send, answer: Answer, *, trace: str) -> None:
    body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
    named = {"Content-Type": answer.media, "Content-Length": str(len(body)), "X-DocuSign-TraceToken": trace}
    raw = [(name.lower().encode(), value.encode()) for name, value in {**named, **answer.headers}.items()]
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
