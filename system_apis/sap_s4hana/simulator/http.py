"""The tenant's HTTP face: sign-in, sessions and their tokens, throttling; what is answered is decided elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from system_apis.sap_s4hana.simulator import desk, sessions
from system_apis.sap_s4hana.simulator.dispatch import SERVICES, Answer, Ask, Desk
from system_apis.sap_s4hana.simulator.refusal import Refusal, absent
from system_apis.sap_s4hana.simulator.schema import Service
from system_apis.sap_s4hana.simulator.state import Session, Tenant

App = Callable[[Any, Any, Any], Awaitable[None]]
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BUSY: Final = b"<html><body>Service temporarily unavailable</body></html>"


def application(tenant: Tenant) -> App:
    """The whole HTTP surface of one tenant."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body = await _body(receive)
        answer = Face(tenant).answer(scope, body)
        await _send(send, answer, head_only=scope["method"] == "HEAD")

    return run


class Face:
    """Answers one request whole."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def answer(self, scope: Any, body: bytes) -> Answer:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path: str = scope["path"]
        service = _service(path)
        try:
            if path == sessions.TOKEN_PATH:
                granted = sessions.granted(self._tenant, headers, dict(parse_qsl(body.decode())))
                return Answer(200, msgspec.json.encode(granted))
            self._throttle()
            return self._inside(scope, headers, body, service)
        except Refusal as refusal:
            return self._refused(refusal, service)

    def _inside(self, scope: Any, headers: dict[str, str], body: bytes, service: Service | None) -> Answer:
        tenant, method = self._tenant, scope["method"]
        user = sessions.signed_in(tenant, headers)
        session = sessions.session_of(tenant, headers, user)
        told: dict[str, str] = {}
        if method in _READS:
            told = self._fetched(headers, user, session)
        else:
            sessions.check_token(session, headers)
        if service is None:
            return self._elsewhere(scope["path"], method, body)
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        query.pop("sap-client", None)
        root = f"{scope['scheme']}://{headers.get('host', '')}{service.path}"
        tail = scope["path"].removeprefix(service.path)
        ask = Ask("GET" if method == "HEAD" else method, tail, query, headers, body, root)
        counter = Desk(tenant, service)
        if tail.strip("/") == "$batch" and method == "POST":
            answer = counter.several(ask, mark=f"b_{tenant.guid()}")
        else:
            answer = counter.serve(ask)
        version = {"dataserviceversion": "2.0"} if service.version == 2 else {"odata-version": "4.0"}
        return Answer(
            answer.status, answer.body, {**version, **self._message(), **answer.headers, **told}, answer.media
        )

    def _fetched(self, headers: dict[str, str], user: str, session: Session | None) -> dict[str, str]:
        """A token for who asks for one; where there is no session one is opened."""
        if headers.get("x-csrf-token", "").lower() != sessions.FETCH:
            return {}
        if session is not None:
            return {"x-csrf-token": session.token}
        value, made = sessions.opened(self._tenant, user)
        return {"x-csrf-token": made.token, "set-cookie": f"{sessions.COOKIE}={value}; path=/; HttpOnly"}

    def _message(self) -> dict[str, str]:
        """An error told beside a good status, once for each time it was asked for."""
        said, self._tenant.settings.message_on_success = self._tenant.settings.message_on_success, ""
        return {"sap-message": said} if said else {}

    def _throttle(self) -> None:
        settings = self._tenant.settings
        if settings.throttled > 0:
            settings.throttled -= 1
            after = {"retry-after": settings.retry_after_s} if settings.retry_after_s else {}
            raise Refusal(settings.throttle_status, "429", "Too many requests", headers=after)

    def _elsewhere(self, path: str, method: str, body: bytes) -> Answer:
        if method == "POST" and path.startswith(desk.PATH):
            with self._tenant.unit_of_work():
                told = desk.act(self._tenant, path.removeprefix(desk.PATH), msgspec.json.decode(body))
            return Answer(200, msgspec.json.encode(told))
        raise absent(path)

    def _refused(self, refusal: Refusal, service: Service | None) -> Answer:
        if refusal.status in {403, 503} and not refusal.code:
            return Answer(refusal.status, refusal.text.encode(), refusal.headers, "text/plain;charset=utf-8")
        if refusal.status == 503:
            return Answer(503, _BUSY, refusal.headers, "text/html")
        moment = f"{self._tenant.world.now():%Y%m%d%H%M%S.%f}"
        version = 2 if service is None else service.version
        body = refusal.body(version=version, transaction=self._tenant.guid(), moment=moment)
        return Answer(refusal.status, msgspec.json.encode(body), refusal.headers)


def basic(user: str, password: str) -> str:
    """The header of basic credentials."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _service(path: str) -> Service | None:
    for root, service in SERVICES.items():
        if path == root or path.startswith(f"{root}/"):
            return service
    return None


async def _live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Any) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send(send: Any, answer: Answer, *, head_only: bool) -> None:
    named = {"content-type": answer.media, "content-length": str(len(answer.body)), **answer.headers}
    if answer.status == 204:
        del named["content-type"], named["content-length"]
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if head_only else answer.body})
