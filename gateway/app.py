"""The data plane: receive, decide, forward; refuses in problem+json, and refuses everything when it fails itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from contracts.problem import Problem
from gateway.answer import Send, answer_problem
from gateway.chain import Door, Memory, door
from gateway.config import Config
from gateway.forward import AnswerBroken, ClientLeft, Forward
from gateway.office import PREFIX, Office
from gateway.snapshot import SnapshotRefused, compile_snapshot
from gateway.upstream import Upstream
from kit.door.policy import Chain, Message, OrderRefused, Request, Verdict, broken

Receive = Callable[[], Awaitable[Message]]
Close = Callable[[], Awaitable[None]]


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
    ) -> None:
        """Compile the first snapshot.

        Raises:
            SnapshotRefused: it cannot be offered; the gateway does not start.
            OrderRefused: a policy cannot be shadowed.

        """
        self._config = config
        self._memory = memory
        self._closing = closing
        self._refused = ""
        self._office = Office(clock=memory.clock, shadowed=config.shadow)
        self._forward = Forward(upstream, onward=config.onward, body_bytes=config.max_body_bytes)
        self._door = self._compiled(documents)

    def swap(self, documents: Mapping[str, Mapping[str, Any]]) -> str:
        """Read the routes again and take the new snapshot in whole; gives its hash.

        Raises:
            SnapshotRefused: the last good one stays, and the status says why.

        """
        try:
            self._door = self._compiled(documents)
        except SnapshotRefused as refused:
            self._refused = str(refused)
            raise
        self._refused = ""
        return self._door.snapshot.hash

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
        request = Request(scope, receive, arrived=self._memory.clock.monotonic())
        status = 0
        try:
            outcome = await self._outcome(request, send, current)
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

    async def _outcome(self, request: Request, send: Send, current: Door) -> int | Problem:
        verdict = await _decided(current.threshold, request)
        if verdict is not None:
            return verdict
        if request.target.startswith(PREFIX):
            problem = await self._office(request, send, door=current, refused=self._refused)
            return 200 if problem is None else request.refuse(problem, policy="office")
        verdict = await _decided(current.road, request)
        if verdict is not None:
            return verdict
        outcome = await self._forward(request, send)
        return request.refuse(outcome, policy="forward") if isinstance(outcome, Problem) else outcome

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for close in self._closing:
            await close()
        await send({"type": "lifespan.shutdown.complete"})

    def _compiled(self, documents: Mapping[str, Mapping[str, Any]]) -> Door:
        config = self._config
        routes = Path(config.routes) if config.routes else Path(__file__).with_name("routes.toml")
        snapshot = compile_snapshot(
            routes=routes, documents=documents, upstreams=config.upstreams, now=self._memory.clock.now()
        )
        return door(snapshot, config=config, memory=self._memory)


async def _decided(chain: Chain, request: Request) -> Verdict:
    try:
        verdict = chain.decide(request)
        if verdict is None or isinstance(verdict, Problem):
            return verdict
        return await verdict
    except Exception as fault:  # noqa: BLE001 - a policy that fails must not let pass
        return request.refuse(broken(fault), policy="gateway")


__all__ = ["Gateway", "OrderRefused", "SnapshotRefused"]
