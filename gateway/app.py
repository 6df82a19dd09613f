"""The data plane: receive, decide, forward; refuses in problem+json, and refuses everything when it fails itself."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, Final, Protocol

from contracts.problem import Kind, Problem
from gateway.answer import Send, answer_problem
from gateway.chain import Door, Memory, door
from gateway.config import Config
from gateway.forward import AnswerBroken, ClientLeft, Forward
from gateway.office import PREFIX, Office
from gateway.published import read_documents
from gateway.snapshot import SnapshotRefused, compile_snapshot
from gateway.upstream import Answer, Upstream
from gateway.watch import Heard, Watch, Word
from kit.door.policy import Message, OrderRefused, Request, Verdict, broken

Receive = Callable[[], Awaitable[Message]]
OWN: Final = (PREFIX, b"/portal", b"/oauth/", b"/.well-known/", b"/static/")
"""Where the gateway answers for itself; no product may have such a prefix."""
Close = Callable[[], Awaitable[None]]
Living = Callable[[], AbstractAsyncContextManager[None]]


class Aside(Protocol):
    """Pages and endpoints of the gateway's own, beside the data plane."""

    async def __call__(self, request: Request, send: Send, /) -> int:
        """Answer; gives the status."""
        ...


class Gateway:
    """An ASGI application; one snapshot at a time, each request on the one it began with."""

    def __init__(
        self,
        config: Config,
        *,
        memory: Memory,
        documents: Mapping[str, Mapping[str, Any]],
        upstream: Upstream,
        closing: tuple[Close, ...] = (),
        heard: Heard | None = None,
    ) -> None:
        """Compile the first snapshot; `heard` is told what other processes say of keys and revocations.

        Raises:
            SnapshotRefused: it cannot be offered; the gateway does not start.
            OrderRefused: a policy cannot be shadowed.

        """
        self._config = config
        self._memory = memory
        self._closing = closing
        self._refused = ""
        self._documents = documents
        self._folder = Path(config.documents) if config.documents else None
        self._routes = Path(config.routes) if config.routes else Path(__file__).with_name("routes.toml")
        self.upstream = upstream
        self.forward = Forward(upstream, onward=config.onward, body_bytes=config.max_body_bytes)
        self._door = self._compiled(documents, routes=None)
        self.watch = Watch(
            self,
            settings=config.watch,
            routes=self._routes,
            folder=self._folder,
            keeps=bool(config.routes),
            name=secrets.token_hex(8),
            heard=heard or _deaf,
        )
        self.living: list[Living] = [self.watch.living]
        self.aside: Aside | None = None
        apply, reload = self.watch.apply, self.swap_beside
        usage = memory.stores.meter.snapshot
        self._office = Office(clock=memory.clock, shadowed=config.shadow, apply=apply, reload=reload, usage=usage)

    @property
    def door(self) -> Door:
        """What is served now."""
        return self._door

    def swap(self, documents: Mapping[str, Mapping[str, Any]] | None = None) -> str:
        """Read the files again and take the new snapshot in whole; gives its hash.

        Raises:
            SnapshotRefused: the last good one stays, and the status says why.

        """
        try:
            return self._taken(self._compiled(documents, routes=None))
        except SnapshotRefused as refused:
            self._refused = str(refused)
            raise

    async def swap_beside(self, *, routes: str | None = None) -> str:
        """The same, or with these routes, compiled in a thread beside the traffic.

        Raises:
            SnapshotRefused: the last good one stays, and the status says why.

        """
        try:
            return self._taken(await asyncio.to_thread(self._compiled, None, routes=routes))
        except SnapshotRefused as refused:
            self._refused = str(refused)
            raise

    def _taken(self, proposed: Door) -> str:
        self._door = proposed
        self._refused = ""
        return proposed.snapshot.hash

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or live through start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "no operation is offered here"})
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        current = self._door
        request = self.request(scope, receive)
        await self.conclude(request, send, current=current, verdict=decided(current, request))

    def request(self, scope: Message, receive: Receive) -> Request:
        """A request that arrives now."""
        return Request(scope, receive, arrived=self._memory.clock.monotonic())

    async def conclude(
        self,
        request: Request,
        send: Send,
        *,
        current: Door,
        verdict: Verdict | Awaitable[Verdict],
        answer: Answer | None = None,
    ) -> None:
        """Bring a request to its end.

        Args:
            request: the request.
            send: to the client.
            current: the door it came to.
            verdict: what the door said, or will have said.
            answer: what the tier has answered already, where it has been asked.

        Raises:
            Exception: the answer had begun when something broke; the connection has to say so.

        """
        status = 0
        try:
            outcome = await self._outcome(request, send, current, verdict, answer)
            status = outcome if isinstance(outcome, int) else outcome.status
            if isinstance(outcome, Problem):
                await answer_problem(outcome, request=request, send=send)
        except ClientLeft:
            request.code = "client.left"
        except AnswerBroken:
            request.code = "forward.answer_broken"
            raise
        except Exception as fault:
            problem = request.refuse(broken(fault), policy="gateway")
            if request.started:
                raise
            status = await answer_problem(problem, request=request, send=send)
        finally:
            current.threshold.ended(request, status=status)

    async def _outcome(
        self,
        request: Request,
        send: Send,
        current: Door,
        verdict: Verdict | Awaitable[Verdict],
        answer: Answer | None,
    ) -> int | Problem:
        if verdict is not None and not isinstance(verdict, Problem):
            try:
                verdict = await verdict
            except Exception as fault:  # noqa: BLE001 - a policy that fails must not let pass
                verdict = request.refuse(broken(fault), policy="gateway")
        if verdict is not None:
            return verdict
        if request.target.startswith(PREFIX):
            problem = await self._office(request, send, door=current, refused=self._refused)
            return 200 if problem is None else request.refuse(problem, policy="office")
        if request.target.startswith(OWN):
            return await self._beside(request, send)
        through = send if request.tap is None else request.tap(send)
        outcome = await self.forward(request, through, answer=answer)
        return request.refuse(outcome, policy="forward") if isinstance(outcome, Problem) else outcome

    async def _beside(self, request: Request, send: Send) -> int | Problem:
        if self.aside is not None:
            return await self.aside(request, send)
        return request.refuse(Problem(Kind.NOT_FOUND, "office.path_unknown", "nothing is here"), policy="office")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            for close in reversed(self._closing):
                stack.push_async_callback(close)
            for alive in self.living:
                await stack.enter_async_context(alive())
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _compiled(self, documents: Mapping[str, Mapping[str, Any]] | None, *, routes: str | None) -> Door:
        if documents is None:
            documents = read_documents(self._folder) if self._folder else self._documents
        config = self._config
        snapshot = compile_snapshot(
            routes=self._routes,
            text=routes,
            documents=documents,
            upstreams=config.upstreams,
            now=self._memory.clock.now(),
        )
        compiled = door(snapshot, config=config, memory=self._memory)
        self._documents = documents
        return compiled


async def _deaf(_word: Word) -> None:
    return None


def decided(current: Door, request: Request) -> Verdict | Awaitable[Verdict]:
    """What the door says: to pass, the problem, or an awaitable of either where something has to be waited for."""
    try:
        verdict = current.threshold.decide(request)
        if verdict is None:
            return None if request.target.startswith(OWN) else current.road.decide(request)
    except Exception as fault:  # noqa: BLE001 - a policy that fails must not let pass
        return request.refuse(broken(fault), policy="gateway")
    return verdict if isinstance(verdict, Problem) else _decided_later(verdict, current, request)


async def _decided_later(first: Awaitable[Verdict], current: Door, request: Request) -> Verdict:
    verdict = await first
    if verdict is not None or request.target.startswith(OWN):
        return verdict
    second = current.road.decide(request)
    return second if second is None or isinstance(second, Problem) else await second


__all__ = ["Gateway", "OrderRefused", "SnapshotRefused"]
