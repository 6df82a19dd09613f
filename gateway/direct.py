"""An exchange with a tier that needs no task; refuses to leave a client without an answer when it fails itself."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from contracts.problem import Problem
from gateway.chain import Door
from gateway.editing import edited_whole
from gateway.incoming import Incoming
from gateway.pool import Ticket
from gateway.translate import call_for, fields_back, is_bare, is_worth_repeating, length_of, problem_of
from gateway.upstream import Failed
from gateway.wire import Outcome, Reply
from kit.door.policy import Request, broken
from kit.door.tapping import Collected


class Client(Protocol):
    """The client's connection, as far as an exchange has to do with it."""

    desk: Any
    direct: Direct | None

    def refused(self, incoming: Incoming, request: Request, problem: Problem, *, current: Door, policy: str) -> None:
        """Answer with a problem that some policy did not think of."""
        ...

    def spawn(self, coming: Awaitable[None], incoming: Incoming, /) -> None:
        """Go on in a task."""
        ...


class Direct:
    """An exchange with a tier that needs no task: asked here, answered from the tier's own reading."""

    __slots__ = ("_again", "_call", "_current", "_inbound", "_incoming", "request", "ticket")

    def __init__(self, inbound: Client, incoming: Incoming, request: Request, *, current: Door) -> None:
        self._inbound = inbound
        self._incoming = incoming
        self._current = current
        self._again = False
        self.request = request
        self._call = call_for(request, payload=request.body or None)
        self.ticket: Ticket | None = None

    def ask(self) -> None:
        """Ask the tier."""
        self.ticket = self._inbound.desk.pool.begin(self._call, self._done)

    def left(self) -> None:
        """The client is gone."""
        if self.ticket is not None:
            self.ticket.cancel()
        self.request.code = "client.left"
        self._current.threshold.ended(self.request, status=0)

    def _done(self, outcome: Outcome) -> None:
        try:
            self._told(outcome)
        except Exception as fault:  # noqa: BLE001 - the loop would drop it, and the client would wait for ever
            self._inbound.refused(self._incoming, self.request, broken(fault), current=self._current, policy="gateway")

    def _told(self, outcome: Outcome) -> None:
        request = self.request
        if isinstance(outcome, Failed):
            if is_worth_repeating(outcome, request) and not self._again:
                self._again = self._call.fresh = True
                self.ask()
                return
            problem = problem_of(outcome.code, request, sent=outcome.sent)
            self._inbound.refused(self._incoming, request, problem, current=self._current, policy="forward")
        elif outcome.body is None:
            self._inbound.direct = None
            gateway, send = self._inbound.desk.gateway, self._incoming.send
            going_on = gateway.conclude(request, send, current=self._current, verdict=None, answer=outcome)
            self._inbound.spawn(going_on, self._incoming)
        else:
            self._back(outcome, outcome.body)

    def _back(self, reply: Reply, body: bytes) -> None:
        request, length = self.request, length_of(reply)
        if request.edits:
            most = self._inbound.desk.gateway.forward.edited_bytes
            changed = edited_whole(reply, body, request, most=most)
            if isinstance(changed, Problem):
                self._inbound.refused(self._incoming, request, changed, current=self._current, policy="forward")
                return
            if changed is not None:
                body, length = changed, b"%d" % len(changed)
        headers = fields_back(reply, request, length=length)
        self._inbound.direct = None
        if is_bare(reply, request):
            body = b""
        if isinstance(request.tap, Collected):
            request.tap.saw(reply.status, headers, body)
        self._incoming.answer(reply.status, headers, body)
        self._current.threshold.ended(request, status=reply.status)
