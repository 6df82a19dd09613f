"""The account's HTTP face: sign-in, the shared pool, content types; what is answered is decided elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar, Request, Response, get, post, route
from litestar.types import ASGIApp

from system_apis.netsuite.simulator import jobs, suiteql, tokens
from system_apis.netsuite.simulator.reading import RECORDS, page_of, paged
from system_apis.netsuite.simulator.records import COLLECTION, Answer, Ask, answer
from system_apis.netsuite.simulator.refusal import ERROR_TYPE, Refusal, invalid_login
from system_apis.netsuite.simulator.signatures import Signed, check_signature
from system_apis.netsuite.simulator.state import Account

SUITEQL: Final = "/services/rest/query/v1/suiteql"
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")

Ruling = Callable[[Ask], Answer]
Asked = Request[Any, Any, Any]


def application(account: Account) -> ASGIApp:
    """The whole HTTP surface of one account."""
    door = Door(account)

    @post(tokens.PATH, status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Response[bytes]:
        form = dict(parse_qsl((await request.body()).decode()))
        endpoint = _origin(request) + tokens.PATH
        try:
            granted = tokens.grant(account, form, endpoint=endpoint)
        except tokens.TokenRefusal as refusal:
            body = msgspec.json.encode({"error": refusal.code})
            return Response(body, status_code=400, media_type="application/json")
        return Response(msgspec.json.encode(granted), status_code=200, media_type="application/json")

    @post(SUITEQL, status_code=200)
    async def query(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door.serve(request, lambda ask: _queried(account, ask))

    @route(
        [RECORDS, RECORDS + "/{tail:path}"],
        http_method=["GET", "POST", "PATCH", "PUT", "DELETE"],
        status_code=200,
    )
    async def record(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door.serve(request, lambda ask: _recorded(account, ask))

    @get(jobs.PATH + "/{tail:path}")
    async def job(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door.serve(request, lambda ask: jobs.shown(account, ask.path, origin=ask.origin))

    return Litestar(route_handlers=[token, query, record, job], openapi_config=None, logging_config=None)


class Door:
    """Lets a request in when it is signed in and the account's pool has room."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._inside = 0

    async def serve(self, request: Asked, ruling: Ruling) -> Response[Any]:
        body = await request.body()
        try:
            self._sign_in(request, body)
            async with self._slot():
                return _told(ruling(_ask(request, body)))
        except Refusal as refusal:
            content = _ENCODER.encode(refusal.body())
            return Response(content, status_code=refusal.status, headers=refusal.headers, media_type=ERROR_TYPE)

    def _sign_in(self, request: Asked, body: bytes) -> None:
        header = request.headers.get("authorization", "")
        if header.startswith("Bearer "):
            tokens.check_bearer(self._account, header.removeprefix("Bearer "))
        elif header.startswith("OAuth "):
            raw = request.scope.get("raw_path") or request.url.path.encode()
            url = _origin(request) + raw.decode().partition("?")[0]
            query = request.scope["query_string"].decode()
            check_signature(self._account, header, Signed(request.method, url, query, body))
        else:
            raise invalid_login()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        settings = self._account.settings
        others = settings.background_slots if settings.background_calls > 0 else 0
        settings.background_calls = max(0, settings.background_calls - 1)
        if self._inside + others >= settings.concurrency:
            raise self._crowded()
        self._inside += 1
        try:
            if settings.service_time_s:
                await asyncio.sleep(settings.service_time_s)
            yield
        finally:
            self._inside -= 1

    def _crowded(self) -> Refusal:
        if self._account.settings.throttle == "login_401":
            return invalid_login()
        detail = "Concurrency limit exceeded. The request was blocked."
        return Refusal(429, "CONCURRENCY_LIMIT_EXCEEDED", detail)


def _recorded(account: Account, ask: Ask) -> Answer:
    if "respond-async" in ask.headers.get("prefer", ""):
        return jobs.accept(account, ask)
    if "type=collection" in ask.headers.get("content-type", ""):
        raise Refusal(400, "INVALID_HEADER", "A batch needs Prefer: respond-async.", header="Prefer")
    return answer(account, ask)


def _queried(account: Account, ask: Ask) -> Answer:
    if "transient" not in ask.headers.get("prefer", ""):
        detail = "The required request header 'Prefer' is missing or not 'transient'."
        raise Refusal(400, "INVALID_HEADER", detail, header="Prefer")
    text = ask.body.get("q") if isinstance(ask.body, dict) else None
    if not isinstance(text, str):
        raise Refusal(400, "INVALID_CONTENT", "The request body must hold a query.", path="q")
    limit, offset = page_of(ask.query)
    page = paged(suiteql.rows(account, text), limit=limit, offset=offset, here=ask.origin + SUITEQL)
    return Answer(200, page, media_type=COLLECTION)


def _ask(request: Asked, body: bytes) -> Ask:
    path = request.scope["path"]
    tail = path.removeprefix(RECORDS).removeprefix(jobs.PATH).strip("/")
    try:
        decoded = _DECODER.decode(body) if body else None
    except msgspec.DecodeError:
        raise Refusal(400, "INVALID_CONTENT", "The request body is not valid JSON.") from None
    return Ask(
        method=request.method,
        path=tuple(part for part in tail.split("/") if part),
        query=dict(parse_qsl(request.scope["query_string"].decode())),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=decoded,
        origin=_origin(request),
    )


def _told(said: Answer) -> Response[Any]:
    content = None if said.body is None else _ENCODER.encode(said.body)
    return Response(content, status_code=said.status, headers=dict(said.headers), media_type=said.media_type)


def _origin(request: Asked) -> str:
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}"
