"""Refusals of a tier, all as problem details; and the door that lets only verified callers in."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from contracts.problem import MEDIA_TYPE, Kind, Problem, Retry
from kit.caller import Caller, calling
from kit.telemetry import trace_id
from kit.trust import Verifier

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
OPEN_PATHS: Final = ("/health/", "/openapi.json")
_LOG = logging.getLogger("sluice.tier")
_KINDS: Final = {
    400: (Kind.INVALID, "request_malformed"),
    404: (Kind.NOT_FOUND, "path_unknown"),
    405: (Kind.INVALID, "method_not_allowed"),
    413: (Kind.TOO_LARGE, "body_too_large"),
}


def body_of(problem: Problem, path: str) -> bytes:
    """A problem as it goes over the wire."""
    return msgspec.json.encode(problem.details(instance=path, trace_id=trace_id()))


def headers_of(problem: Problem) -> dict[str, str]:
    """Headers that belong to a problem."""
    return {} if problem.retry_after_s is None else {"Retry-After": str(max(1, round(problem.retry_after_s)))}


def on_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """A refusal in our own terms."""
    path = request.url.path
    return Response(
        body_of(problem, path), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers_of(problem)
    )


def on_http_exception(request: Request[Any, Any, Any], fault: HTTPException) -> Response[bytes]:
    """A refusal of the framework, in our terms."""
    kind, code = _KINDS.get(fault.status_code, (Kind.UNEXPECTED, "request_refused"))
    return on_problem(request, Problem(kind, code, fault.detail, status=fault.status_code))


def on_exception(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """A fault of ours: logged whole, told without its inside."""
    _LOG.error("unexpected failure at %s", request.url.path, exc_info=fault)
    problem = Problem(
        Kind.UNEXPECTED,
        "unexpected",
        "something failed on our side",
        hint="quote the trace id to operations",
        retry=Retry.LATER,
    )
    return on_problem(request, problem)


def trusted(app: ASGIApp, verifier: Verifier, *, tenant: str) -> ASGIApp:
    """The tier behind its door: no verified internal token, no entry; and none for the people of another tenant.

    A tier holds the objects of one tenant, so whoever comes for another is refused before any object is looked for.
    """

    async def door(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OPEN_PATHS):
            await app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        try:
            caller = verifier.verify(given[0].decode("latin-1") if len(given) == 1 else None)
            _must_be_of(tenant, caller)
        except Problem as problem:
            await _refuse(problem, scope["path"], send)
            return
        with calling(caller):
            await app(scope, receive, send)

    return door


def _must_be_of(tenant: str, caller: Caller) -> None:
    if caller.tenant != tenant:
        detail = "the token is of another tenant than the one that is served here"
        raise Problem(Kind.FORBIDDEN, "tenant_other", detail, hint="use the gateway of your own tenant")


async def _refuse(problem: Problem, path: str, send: Any) -> None:
    body = body_of(problem, path)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
