"""Call a contract over HTTP as if it were an object: typed arguments in, structs out, problems raised as problems."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote

import httpx
import msgspec
from typing_extensions import TypeForm

from contracts.port import Download
from contracts.problem import MEDIA_TYPE, Kind, Problem, ProblemDetails
from kit.ports.shape import Parameter, Shape, shapes

P = TypeVar("P")
Authorize = Callable[[str], Mapping[str, str]]
"""The headers that authorise a call needing a scope."""

_TRIES: Final = 2


class Caller:
    """Stands at the caller's end of a contract; has one coroutine for each of its operations."""

    def __init__(self, contract: type, http: httpx.AsyncClient, *, prefix: str, authorize: Authorize) -> None:
        self._http = http
        self._prefix = prefix.rstrip("/")
        self._authorize = authorize
        for shape in shapes(contract):
            setattr(self, shape.name, self._call(shape))

    def _call(self, shape: Shape) -> Callable[..., Awaitable[Any]]:
        async def call(**values: Any) -> Any:
            return await self._send(shape, values)

        call.__name__ = shape.name
        return call

    async def _send(self, shape: Shape, values: dict[str, Any]) -> Any:
        endpoint = shape.operation.endpoint
        path = endpoint.path
        for parameter in shape.of("path"):
            path = path.replace(f"{{{parameter.wire}}}", quote(_text(values[parameter.name]), safe=""))
        headers = {**self._authorize(endpoint.scope), **_given(shape.of("header"), values)}
        content = msgspec.json.encode(values["body"]) if shape.body is not None else None
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = self._http.build_request(
            endpoint.method,
            self._prefix + path,
            params=_given(shape.of("query"), values),
            headers=headers,
            content=content,
        )
        response = await self._exchange(request, repeatable=endpoint.repeatable)
        return _answer(shape, response)

    async def _exchange(self, request: httpx.Request, *, repeatable: bool) -> httpx.Response:
        """Send; a connection that died before anything was sent is tried once more, a repeatable call as well."""
        for attempt in range(1, _TRIES + 1):
            try:
                return await self._http.send(request)
            except httpx.TimeoutException:
                raise Problem(Kind.TIMEOUT, "tier_timeout", f"{request.url.path} did not answer in time") from None
            except httpx.ConnectError:
                fault = Problem(Kind.UNAVAILABLE, "tier_unreachable", f"nothing answers at {request.url.path}")
            except httpx.TransportError as cut:
                fault = Problem(Kind.UNKNOWN_OUTCOME, "tier_cut_off", f"{request.url.path}: {type(cut).__name__}")
                if not repeatable:
                    raise fault from None
            if attempt == _TRIES:
                raise fault
        raise AssertionError("unreachable: the loop returns or raises")


def _nothing(scope: str) -> dict[str, str]:
    del scope
    return {}


def connect(contract: TypeForm[P], http: httpx.AsyncClient, *, prefix: str = "", authorize: Authorize = _nothing) -> P:
    """A typed caller of `contract` at `http`'s address; `authorize` gives the headers of each call."""
    return cast("P", Caller(cast("type", contract), http, prefix=prefix, authorize=authorize))


def _given(parameters: tuple[Parameter, ...], values: dict[str, Any]) -> dict[str, str]:
    return {p.wire: _text(values[p.name]) for p in parameters if values.get(p.name) is not None}


def _text(value: Any) -> str:
    return str(msgspec.to_builtins(value, str_keys=True))


def _answer(shape: Shape, response: httpx.Response) -> Any:
    if response.is_success:
        if shape.returns is type(None):
            return None
        if shape.returns is Download:
            following = response.links.get("next", {}).get("url", "")
            cursor = httpx.URL(following).params.get("cursor", "") if following else ""
            return Download(content=response.content, next_cursor=cursor)
        try:
            return msgspec.json.decode(response.content, type=shape.returns)
        except msgspec.DecodeError as fault:
            raise Problem(Kind.UNEXPECTED, "answer_unreadable", f"{shape.name}: {fault}") from None
    if response.headers.get("content-type", "").startswith(MEDIA_TYPE):
        try:
            raise Problem.of(msgspec.json.decode(response.content, type=ProblemDetails))
        except msgspec.DecodeError:
            pass
    kind = Kind.UNAVAILABLE if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR else Kind.UNEXPECTED
    raise Problem(kind, "tier_answered_oddly", f"{shape.name}: HTTP {response.status_code}")
