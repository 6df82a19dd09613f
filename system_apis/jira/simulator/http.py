"""The site's HTTP edge: two ways in, two versions, allowances, and JSON as the vendor answers it."""

import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from kit.sandbox import Sandbox

from . import comments, issues, meta, projects, search
from .auth import Door, Guest
from .errors import Refusal, no_page
from .fields import moment
from .limits import Limits
from .router import Answer, Call, dispatch
from .state import Site

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_ROUTES: Final = (*search.ROUTES, *issues.ROUTES, *comments.ROUTES, *projects.ROUTES, *meta.ROUTES)
_API: Final = re.compile(r"(?:/ex/jira/(?P<cloud>[^/]+))?/rest/api/(?P<version>[23]|latest)(?P<path>/.*)")
_READS: Final = ("/search/jql", "/issue/bulkfetch", "/comment/list")


class Edge:
    """The ASGI application around one site."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._site = Site(sandbox)
        self._door = Door(sandbox)
        self._limits = Limits(sandbox)
        for clear in (self._site.clear, self._door.clear, self._limits.clear):
            sandbox.on_reset(clear)
        for seed in (self._site.seed, self._door.seed, self._limits.seed, self._act):
            sandbox.on_seed(seed)
        sandbox.on_dump(self._site.dump)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            await _reply(send, self._answer(scope, headers, body))
            await self._site.hooks.deliver()

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Answer:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").partition("?")[0]
        request_id = {"X-ARequestId": uuid.UUID(int=self._sandbox.random.getrandbits(128)).hex}
        try:
            answer = self._routed(scope, path, headers, body)
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.body, refusal.headers)
        return Answer(answer.status, answer.body, {**answer.headers, **request_id})

    def _routed(self, scope: MutableMapping[str, Any], path: str, headers: dict[str, str], body: bytes) -> Answer:
        method: str = scope["method"]
        if path == "/oauth/token" and method == "POST":
            return Answer(200, self._door.token(body))
        if path == "/oauth/token/accessible-resources":
            self._door.by_bearer(headers.get("authorization", ""), write=False)
            return Answer(200, self._door.sites())
        found = _API.fullmatch(path)
        if found is None:
            raise no_page(path, at=str(moment(self._site.now())))
        inner = found["path"]
        guest = self._admitted(found["cloud"], headers, write=method != "GET" and inner not in _READS)
        told = self._limits.count(guest, method, inner)
        if body and "json" not in headers.get("content-type", ""):
            raise Refusal(415, body={"status-code": 415, "message": "HTTP 415 Unsupported Media Type"})
        call = Call(
            method=method,
            path=inner,
            version=2 if found["version"] == "2" else 3,
            base=f"{scope.get('scheme', 'http')}://{headers.get('host', 'site')}",
            guest=guest,
            query=parse_qs(scope["query_string"].decode(), keep_blank_values=True),
            body=body,
        )
        answer = dispatch(self._site, _ROUTES, call)
        if answer is None:
            raise no_page(path, at=str(moment(self._site.now())))
        return Answer(answer.status, answer.body, {**answer.headers, **told})

    def _admitted(self, cloud: str | None, headers: dict[str, str], *, write: bool) -> Guest:
        authorization = headers.get("authorization", "")
        if cloud is None:
            return self._door.by_token(authorization)
        if cloud != self._door.cloud_id:
            raise Refusal(404, body={"code": 404, "message": "Not Found"})
        return self._door.by_bearer(authorization, write=write)

    def _act(self, document: dict[str, Any]) -> None:
        """What people do at the screen that no client asks for: `moved` puts an issue into another project."""
        for given in document.get("moved", ()):
            self._site.move(self._site.issue(given["issue"]), self._site.project(given["to"]))


def build(sandbox: Sandbox) -> ASGIApp:
    """A Jira Cloud site to develop against: empty until seeded."""
    return Edge(sandbox)


async def _reply(send: Send, answer: Answer) -> None:
    body = b"" if answer.body is None else msgspec.json.encode(answer.body)
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
