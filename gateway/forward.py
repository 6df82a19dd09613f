"""Carries a request that was let in to its tier and the answer back; refuses to hang, and never says 500 for a tier.

A tier that cannot be reached is 503, one that is too slow 504, one that breaks off or babbles 502. What may
have had an effect is called an unknown outcome. Only GET and HEAD are sent a second time, once, and only when
the connection broke before the answer began.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeAlias

from contracts.problem import Kind, Problem
from gateway.config import Onward
from gateway.upstream import Answer, Call, Failed, Upstream
from kit.door.policy import Message, Pair, Request
from policies.guard import HOP_BY_HOP

Send: TypeAlias = Callable[[Message], Awaitable[None]]

_READS: Final = frozenset({"GET", "HEAD"})
_REGENERATED: Final = HOP_BY_HOP | {b"content-length", b"date", b"server", b"x-powered-by", b"via"}
_STATUS: Final = {"timeout": 504, "reset": 502, "malformed": 502, "short": 502}
_DETAIL: Final = {
    "unreachable": "the tier cannot be reached",
    "connect_timeout": "the tier does not take connections",
    "busy": "all connections to the tier are in use",
    "timeout": "the tier did not answer in time",
    "reset": "the tier broke the connection",
    "malformed": "the tier's answer is not HTTP",
    "short": "the tier's answer broke off",
}


class ClientLeft(Exception):
    """Nobody is left to answer."""


class AnswerBroken(Exception):
    """The answer had begun when the tier broke off: the connection is all that can still say so."""


class _BodyRefused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class _Flight:
    """How far one exchange has come: the request is with the tier; the last of the answer is on its way."""

    __slots__ = ("answered", "request", "send", "sent")

    def __init__(self, request: Request, send: Send) -> None:
        self.request = request
        self.send = send
        self.sent = asyncio.Event()
        self.answered = False

    async def begin(self, status: int, headers: list[Pair]) -> None:
        self.request.started = True
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def end(self, body: bytes = b"") -> None:
        self.answered = True  # from here on a server may report the client as gone
        await self.send({"type": "http.response.body", "body": body})


class Forward:
    """The last step: not a policy, since it decides nothing."""

    def __init__(self, upstream: Upstream, *, onward: Onward, body_bytes: int) -> None:
        self._upstream = upstream
        self._held_bytes = onward.held_bytes
        self._body_bytes = body_bytes

    async def __call__(self, request: Request, send: Send) -> int | Problem:
        """Exchange with the tier and answer; gives the status, or a problem while nothing has been answered.

        Raises:
            ClientLeft: the client went away; the exchange with the tier was broken off.
            AnswerBroken: the tier went away in mid-answer.

        """
        flight = _Flight(request, send)
        exchange = asyncio.ensure_future(self._exchange(flight))
        watch = asyncio.ensure_future(_left(flight))
        try:
            await asyncio.wait((exchange, watch), return_when=asyncio.FIRST_COMPLETED)
            if not exchange.done() and not flight.answered:
                raise ClientLeft
            return await exchange
        finally:
            exchange.cancel()
            watch.cancel()
            await asyncio.gather(exchange, watch, return_exceptions=True)

    async def _exchange(self, flight: _Flight) -> int | Problem:
        request = flight.request
        try:
            answer = await self._asked(flight)
        except Failed as failed:
            return _problem(failed.code, request, sent=failed.sent)
        except _BodyRefused as refused:
            request.close = True
            return refused.problem
        try:
            return await self._answered(answer, flight)
        finally:
            await answer.close()

    async def _asked(self, flight: _Flight) -> Answer:
        request = flight.request
        deadline_s = request.matched.deadline_s
        try:
            async with asyncio.timeout(deadline_s):
                try:
                    return await self._upstream.ask(self._call(flight))
                except Failed as failed:
                    if failed.code != "reset" or request.method not in _READS or request.body is None:
                        raise
                return await self._upstream.ask(self._call(flight))
        except TimeoutError:
            raise Failed("timeout") from None

    def _call(self, flight: _Flight) -> Call:
        request = flight.request
        operation = request.matched
        query = b"?" + request.query if request.query else b""
        payload: bytes | AsyncIterator[bytes] | None = request.body or None
        length = None
        if request.body is None:
            payload, length = self._streamed(flight), request.fields.get(b"content-length")
        else:
            flight.sent.set()
        if payload is None and request.method not in _READS:
            payload = b""
        return Call(
            tier=operation.upstream,
            method=operation.method,  # HEAD is asked as GET: tiers offer what their contract states, and no more
            target=request.target[operation.strip :] + query,
            headers=_onward(request),
            payload=payload,
            length=length,
        )

    async def _streamed(self, flight: _Flight) -> AsyncIterator[bytes]:
        size = 0
        while True:
            message = await flight.request.receive()
            if message["type"] == "http.disconnect":
                problem = Problem(Kind.INVALID, "forward.body_broken", "the body broke off", status=400)
                raise _BodyRefused(problem)
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > self._body_bytes:
                detail = f"a body may have {self._body_bytes} bytes"
                raise _BodyRefused(Problem(Kind.TOO_LARGE, "forward.body", detail))
            if part:
                yield part
            if not message.get("more_body", False):
                flight.sent.set()
                return

    async def _answered(self, answer: Answer, flight: _Flight) -> int | Problem:
        request = flight.request
        bare = request.method == "HEAD" or answer.status in {204, 304}
        length = _length(answer)
        headers = _back(answer, request, length)
        small = length is not None and int(length) <= self._held_bytes
        if bare and not small:
            await flight.begin(answer.status, headers)
            await flight.end()
            return answer.status
        if small:
            try:
                body = b"".join([part async for part in answer.parts()])
            except Failed as failed:
                return _problem("timeout" if failed.code == "timeout" else "short", request, sent=True)
            await flight.begin(answer.status, headers)
            await flight.end(b"" if bare else body)
            return answer.status
        await flight.begin(answer.status, headers)
        return await _streamed_back(answer, flight)


async def _streamed_back(answer: Answer, flight: _Flight) -> int:
    try:
        async for part in answer.parts():
            await flight.send({"type": "http.response.body", "body": part, "more_body": True})
    except Failed as failed:
        raise AnswerBroken(failed.code) from failed
    await flight.end()
    return answer.status


async def _left(flight: _Flight) -> None:
    await flight.sent.wait()
    while (await flight.request.receive())["type"] != "http.disconnect":
        pass


def _onward(request: Request) -> list[Pair]:
    return [
        *request.onward,
        (b"authorization", b"Bearer " + request.token.encode()),
        (b"x-forwarded-for", request.client_ip.encode()),
        (b"x-forwarded-proto", request.scheme.encode()),
        (b"x-forwarded-host", request.fields.get(b"host", b"")),
    ]


def _back(answer: Answer, request: Request, length: bytes | None) -> list[Pair]:
    dropped = set(_REGENERATED).union(name for name, _ in request.answer)
    for name, value in answer.headers:
        if name == b"connection":
            dropped.update(each.strip().lower() for each in value.split(b","))
    kept = [pair for pair in answer.headers if pair[0] not in dropped]
    framing = [] if length is None else [(b"content-length", length)]
    return [*kept, *framing, *request.answer]


def _length(answer: Answer) -> bytes | None:
    lengths = [value for name, value in answer.headers if name == b"content-length"]
    coded = any(name == b"transfer-encoding" for name, _ in answer.headers)
    if coded or len(lengths) != 1 or not lengths[0].isdigit():
        return None
    return lengths[0]


def _problem(code: str, request: Request, *, sent: bool) -> Problem:
    if not sent:
        kind = Kind.TIMEOUT if code == "connect_timeout" else Kind.UNAVAILABLE
        problem = Problem(kind, f"forward.{code}", _DETAIL[code], retry_after_s=1.0)
    elif request.method in _READS:
        kind = Kind.TIMEOUT if code == "timeout" else Kind.UNAVAILABLE
        problem = Problem(kind, f"forward.{code}", _DETAIL[code], status=_STATUS[code])
    else:
        hint = "it may have taken effect: look first, or repeat with the same Idempotency-Key"
        kind = Kind.UNKNOWN_OUTCOME
        problem = Problem(kind, f"forward.{code}", _DETAIL[code], status=_STATUS[code], hint=hint)
    return problem
