"""Answers from the gateway itself; refuses to send an error in any form but problem+json, or a page to people."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import msgspec

from contracts.problem import MEDIA_TYPE, Problem
from kit.door.page import is_navigation
from kit.door.policy import Message, Pair, Ready, Request
from kit.web.headers import HTML, SECURITY
from kit.web.refusal import refusal_page

Send: TypeAlias = Callable[[Message], Awaitable[None]]

_NO_STORE: Final[Pair] = (b"cache-control", b"no-store")


def problem_answer(problem: Problem, request: Request) -> tuple[list[Pair], bytes]:
    """Header fields and body of a problem, with the ids of the request and all that policies want said."""
    if isinstance(problem, Ready):
        return _ready(problem, request)
    if request.operation is not None and request.operation.page is not None and is_navigation(request.fields):
        return _page(problem, request)
    instance = request.target.decode("ascii", "replace")
    body = msgspec.json.encode(problem.details(instance=instance, trace_id=request.trace_id))
    return _fields(body, media=MEDIA_TYPE, request=request, extra=_of_problem(problem, request)), body


def _page(problem: Problem, request: Request) -> tuple[list[Pair], bytes]:
    """The same for a person, as a page."""
    body = refusal_page(problem, back=request.matched.path).encode()
    policy = [(name.encode(), value.encode()) for name, value in SECURITY.items() if name.startswith("content-sec")]
    return _fields(
        body, media=f"{HTML}; charset=utf-8", request=request, extra=policy + _of_problem(problem, request)
    ), body


def _of_problem(problem: Problem, request: Request) -> list[Pair]:
    extra: list[Pair] = []
    if problem.retry_after_s is not None:
        extra.append((b"retry-after", b"%d" % max(1, math.ceil(problem.retry_after_s))))
    if request.close:
        extra.append((b"connection", b"close"))
    return extra


def _ready(ready: Ready, request: Request) -> tuple[list[Pair], bytes]:
    own = {name for name, _ in request.answer}
    headers = [pair for pair in ready.headers if pair[0] not in own or pair[0] == b"vary"]
    if ready.status not in {204, 304}:
        headers.append((b"content-length", b"%d" % len(ready.body)))
    headers += request.answer
    if request.close:
        headers.append((b"connection", b"close"))
    return headers, ready.body


async def answer_problem(problem: Problem, *, request: Request, send: Send) -> int:
    """Send a problem; gives its status."""
    headers, body = problem_answer(problem, request)
    await _answer(headers, body, status=problem.status, request=request, send=send)
    return problem.status


async def answer_json(
    body: bytes,
    *,
    request: Request,
    send: Send,
    status: int = 200,
    media: str = "application/json",
    extra: list[Pair] | None = None,
) -> None:
    """Send a document."""
    headers = _fields(body, media=media, request=request, extra=extra or [])
    await _answer(headers, body, status=status, request=request, send=send)


def _fields(body: bytes, *, media: str, request: Request, extra: list[Pair]) -> list[Pair]:
    return [
        (b"content-type", media.encode()),
        (b"content-length", b"%d" % len(body)),
        _NO_STORE,
        (b"x-content-type-options", b"nosniff"),
        *request.answer,
        *extra,
    ]


async def _answer(headers: list[Pair], body: bytes, *, status: int, request: Request, send: Send) -> None:
    request.started = True
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
