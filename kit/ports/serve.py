"""Answer a contract: one Litestar route for each operation, scope checked, problems as problems."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, Router
from litestar.handlers import HTTPRouteHandler

from contracts.port import Download
from contracts.problem import Kind, Problem
from kit.caller import current_caller
from kit.ports import parts
from kit.ports.reading import arguments
from kit.ports.shape import Shape, shapes

Watch = Callable[[Shape, Mapping[str, Any], Any], Awaitable[None]]
"""Told of each answer to a read before it goes out: the operation, what it was given, what it answers."""


def serve(contract: type, service: object, prefix: str, *, watch: Watch | None = None) -> Router:
    """The routes of `contract` under `prefix`, answered by `service`; `watch` sees what reads answer.

    Raises:
        TypeError: the service lacks a method that the contract promises.

    """
    handlers = []
    for shape in shapes(contract):
        method = getattr(service, shape.name, None)
        if method is None:
            raise TypeError(f"{type(service).__name__} does not answer {contract.__name__}.{shape.name}")
        handlers.append(_route(shape, method, watch if shape.operation.endpoint.reads else None))
    return Router(path=prefix, route_handlers=handlers)


def _route(shape: Shape, method: Callable[..., Awaitable[Any]], watch: Watch | None) -> HTTPRouteHandler:
    endpoint = shape.operation.endpoint
    path = endpoint.path
    for parameter in shape.of("path"):
        path = path.replace(f"{{{parameter.wire}}}", f"{{{parameter.wire}:str}}")

    async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
        _allow(endpoint.scope)
        values = arguments(
            shape,
            path=request.path_params,
            query=request.query_params.multi_items(),
            headers=request.headers,
            body=await request.body() if shape.body is not None else b"",
        )
        result = await method(**values)
        if watch is not None:
            await watch(shape, values, result)
        if isinstance(result, Download):
            return parts.answered(result, media=endpoint.media, headers=request.headers)
        return _answer(result, status=endpoint.status)

    handle.__name__ = f"{shape.name}_route"
    # The response carries its own status; a route declared 204 could not return one.
    method_name = HttpMethod(endpoint.method)
    return HTTPRouteHandler(path, http_method=method_name, status_code=200, include_in_schema=False)(handle)


def _allow(scope: str) -> None:
    if not current_caller().may(scope):
        raise Problem(
            Kind.FORBIDDEN,
            "scope_missing",
            f"this call needs the scope {scope}",
            hint="ask for the scope, or for another role",
        )


def _answer(result: Any, *, status: int) -> Response[bytes]:
    if result is None:
        return Response(b"", status_code=status)
    etag = getattr(result, "etag", None)
    headers = {"ETag": f'"{etag}"'} if isinstance(etag, str) else {}
    if getattr(result, "NO_STORE", False):  # it shows a secret once; whoever stands in between keeps nothing of it
        headers["Cache-Control"] = "no-store"
    return Response(msgspec.json.encode(result), status_code=status, media_type="application/json", headers=headers)
