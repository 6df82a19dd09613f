"""Carries a request that was let in to its tier and the answer back; refuses to hang, and to answer nobody.

Only GET and HEAD are sent a second time, once, over a fresh connection, and only when not a byte came back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from contracts.problem import Kind, Problem
from gateway.config import Onward
from gateway.editing import edited
from gateway.translate import call_for, fields_back, is_bare, is_worth_repeating, length_of, problem_of, tunnel_refused
from gateway.upstream import Answer, Call, Failed, Upstream
from kit.door.policy import Message, Pair, Request

Send: TypeAlias = Callable[[Message], Awaitable[None]]

_LOOK_S: Final = 0.1


class ClientLeft(Exception):
    """Nobody is left to answer."""


class AnswerBroken(Exception):
    """The answer had begun when the tier broke off: the connection is all that can still say so."""


class _BodyRefused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class _Flight:
    """How far one exchange has come: all of the request has been read; the last of the answer is on its way."""

    __slots__ = ("answered", "gone", "request", "seen", "send", "taken", "task", "watch")

    def __init__(self, request: Request, send: Send) -> None:
        self.request = request
        self.send = send
        self.task: asyncio.Task[Any] | None = asyncio.current_task()
        self.taken = request.body is not None
        self.answered = self.gone = self.seen = False
        self.watch: asyncio.Task[None] | None = None

    async def begin(self, status: int, headers: list[Pair]) -> None:
        self.request.started = True
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def end(self, body: bytes = b"") -> None:
        self.answered = True  # from here on a server may report the client as gone
        await self.send({"type": "http.response.body", "body": body})


class _Vigil:
    """Notices clients that leave. Only exchanges that last are watched: a task for each would cost more than most."""

    def __init__(self) -> None:
        self._flights: dict[_Flight, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, flight: _Flight) -> None:
        self._flights[flight] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def leave(self, flight: _Flight) -> None:
        del self._flights[flight]
        if flight.watch is not None:
            flight.watch.cancel()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        for flight in self._flights:
            if flight.seen and flight.taken and flight.watch is None:
                flight.watch = loop.create_task(_left(flight))
            flight.seen = True
        self._timer = loop.call_later(_LOOK_S, self._look) if self._flights else None


class Forward:
    """The last step: not a policy, since it decides nothing."""

    def __init__(self, upstream: Upstream, *, onward: Onward, body_bytes: int) -> None:
        self._upstream = upstream
        self._held_bytes = onward.held_bytes
        self.edited_bytes = onward.edited_bytes
        self._body_bytes = body_bytes
        self._vigil = _Vigil()

    async def __call__(self, request: Request, send: Send, *, answer: Answer | None = None) -> int | Problem:
        """Exchange with the tier and answer; gives the status, or a problem while nothing has been answered.

        Args:
            request: was let in.
            send: to the client.
            answer: what the tier has answered already, where somebody else has asked it.

        Raises:
            ClientLeft: the client went away; the exchange with the tier was broken off.
            AnswerBroken: the tier went away in mid-answer.

        """
        refused = tunnel_refused(request)
        if refused is not None:
            return refused
        flight = _Flight(request, send)
        self._vigil.enter(flight)
        try:
            return await self._exchange(flight, answer)
        except asyncio.CancelledError:
            if flight.gone and flight.task is not None and flight.task.uncancel() == 0:
                raise ClientLeft from None
            raise
        finally:
            self._vigil.leave(flight)

    async def _exchange(self, flight: _Flight, answer: Answer | None) -> int | Problem:
        request = flight.request
        if answer is None:
            try:
                answer = await self._asked(flight)
            except Failed as failed:
                return problem_of(failed.code, request, sent=failed.sent)
            except _BodyRefused as refused:
                request.close = True
                return refused.problem
        try:
            return await self._answered(answer, flight)
        finally:
            await answer.close()

    async def _asked(self, flight: _Flight) -> Answer:
        call = self._call(flight)
        try:
            return await self._upstream.ask(call)
        except Failed as failed:
            if not is_worth_repeating(failed, flight.request):
                raise
        return await self._upstream.ask(replace(call, fresh=True))

    def _call(self, flight: _Flight) -> Call:
        request = flight.request
        if request.body is not None:
            return call_for(request, payload=request.body or None)
        return call_for(request, payload=self._streamed(flight), length=request.fields.get(b"content-length"))

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
                flight.taken = True
                return

    async def _answered(self, answer: Answer, flight: _Flight) -> int | Problem:
        request = flight.request
        length = length_of(answer)
        bare = is_bare(answer, request)
        body = answer.body
        if request.edits:
            declared = None if length is None else int(length)
            changed = await edited(answer, request, length=declared, held=self._held_bytes, most=self.edited_bytes)
            if isinstance(changed, Problem):
                return changed
            if changed is not None:
                body, length = changed, b"%d" % len(changed)
        headers = fields_back(answer, request, length=length)
        if body is None and length is not None and int(length) <= self._held_bytes:
            try:
                body = b"".join([part async for part in answer.parts()])
            except Failed as failed:
                return problem_of("timeout" if failed.code == "timeout" else "short", request, sent=True)
        await flight.begin(answer.status, headers)
        if bare or body is not None:
            await flight.end(b"" if bare or body is None else body)
            return answer.status
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
    while (await flight.request.receive())["type"] != "http.disconnect":
        pass
    if not flight.answered and flight.task is not None:
        flight.gone = True
        flight.task.cancel()
