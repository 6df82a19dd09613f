"""What a policy is, and the chain of them; refuses an order in which one needs what nobody earlier gives.

A policy is called with a `Request` and answers None (pass), a `Problem` (refused), or an awaitable of either
(it has to wait for something: a key, a counter, a body). As long as nobody has to wait, a decision is one
plain call without a task switch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.door.operation import Operation
from kit.door.returned import Edits

Pair: TypeAlias = tuple[bytes, bytes]
Message: TypeAlias = dict[str, Any]
Verdict: TypeAlias = Problem | None
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class Request:
    """One request on its way through the chain: what arrived, and what policies have found out about it.

    Policies write only what their `gives` names, `answer` (header fields of the answer) and `close`.
    `started` says that the answer has begun, so that no other can be given. `edits` are what policies want done to
    the answer; like an onion's skins they are passed on the way back in the opposite order.
    """

    __slots__ = (
        "_name",
        "_named",
        "answer",
        "arrived",
        "body",
        "caller",
        "client_ip",
        "close",
        "code",
        "edits",
        "entrusted",
        "fields",
        "headers",
        "http_version",
        "method",
        "onward",
        "operation",
        "path_values",
        "peer",
        "query",
        "receive",
        "refused_by",
        "request_id",
        "scheme",
        "shadowed",
        "started",
        "superseded",
        "tap",
        "target",
        "token",
        "trace_id",
        "version",
        "whole",
    )

    def __init__(self, scope: Message, receive: Callable[[], Awaitable[Message]], *, arrived: float) -> None:
        self.method: str = scope["method"]
        self.target: bytes = scope.get("raw_path") or scope["path"].encode()
        self.query: bytes = scope.get("query_string", b"")
        self.headers: Sequence[Pair] = scope["headers"]
        self.http_version: str = scope.get("http_version", "1.1")
        self.scheme: str = scope.get("scheme", "http")
        client = scope.get("client")
        self.peer: str = client[0] if client else ""
        self.receive = receive
        self.arrived = arrived
        self.whole: Callable[[], bytes | None] | None = None
        """Gives the body without waiting, if it is here to its end; None where nobody can tell."""
        self.fields: dict[bytes, bytes] = {}
        self.onward: list[Pair] = []
        self.client_ip = ""
        self.trace_id = ""
        self.request_id = ""
        self.operation: Operation | None = None
        self.path_values: tuple[str, ...] = ()
        self.caller: Caller | None = None
        self._named: Caller | None = None
        self.body: bytes | None = None
        self.token = ""
        self.answer: list[Pair] = []
        self.close = False
        self.started = False
        self.shadowed: list[str] = []
        self.refused_by = ""
        self.code = "ok"
        self.version = ""
        """The dated version that is spoken; empty where there are none."""
        self.superseded: list[str] = []
        """What of an older shape the request used."""
        self.edits: Edits = ()
        self.tap: Tap | None = None
        self.entrusted = False
        """Whether a tier's breaker let it pass and waits to hear how it ended."""

    @property
    def matched(self) -> Operation:
        """The operation that was matched; only for policies that need "operation".

        Raises:
            LookupError: nothing was matched, so the chain was put together wrongly.

        """
        if self.operation is None:
            raise LookupError("no operation was matched")
        return self.operation

    @property
    def known(self) -> Caller:
        """The caller who was authenticated; only for policies that need "caller".

        Raises:
            LookupError: nobody was authenticated, so the chain was put together wrongly.

        """
        if self.caller is None:
            raise LookupError("no caller was authenticated")
        return self.caller

    @property
    def consumer(self) -> str:
        """Whose share is used up and whose name stands in the log; empty while nobody is known."""
        caller = self.caller
        if caller is None:
            return ""
        if self._named is not caller:
            self._named, self._name = caller, f"{caller.issuer}|{caller.subject}"
        return self._name

    def refuse(self, problem: Problem, *, policy: str) -> Problem:
        """Note who refused and why, and stamp it on the problem."""
        self.refused_by = policy
        self.code = problem.code
        problem.policy = policy
        problem.trace_id = self.trace_id
        return problem


class Ready(Problem):
    """Not a failure, though it ends the chain like one: an answer that is at hand, so that no tier need be asked."""

    def __init__(self, code: str, *, status: int, headers: Sequence[Pair] = (), body: bytes = b"") -> None:
        """`code` begins with the policy's name and says where the answer comes from."""
        super().__init__(Kind.CONFLICT, code, status=status)
        self.headers = tuple(headers)
        self.body = body


class Tap(Protocol):
    """Sees an answer on its way from the tier to the client."""

    def __call__(self, send: Send, /) -> Send:
        """Stand between."""
        ...


class Policy(Protocol):
    """One rule of the door."""

    needs: ClassVar[tuple[str, ...]]
    """What earlier policies must have found out."""
    gives: ClassVar[tuple[str, ...]]
    """What this one finds out, when it lets pass."""

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Decide; a refusal has a stable code that begins with the policy's name."""
        ...


@runtime_checkable
class Substitute(Protocol):
    """A policy that gives something and can be shadowed, since it knows what to give when it would refuse."""

    def instead(self, request: Request, /) -> None:
        """Give what later policies need, in its least powerful form."""
        ...


@runtime_checkable
class Restful(Protocol):
    """A policy that may have nothing to do as it is configured, and is then not asked."""

    @property
    def rests(self) -> bool:
        """Whether it would let everything pass, whatever came; settled when it was made."""
        ...


@runtime_checkable
class Observer(Protocol):
    """A policy that also looks at how the request ended."""

    def ended(self, request: Request, /, *, status: int) -> None:
        """Take note; `status` is 0 when nobody was left to answer."""
        ...


class OrderRefused(Exception):
    """The policies cannot work in this order, or not in this mode; the message says which and why."""


def name_of(policy: Policy) -> str:
    """A policy is called what its class is called, in small letters."""
    return type(policy).__name__.lower()


class Chain:
    """Policies in their order, as one decision."""

    def __init__(
        self,
        policies: Iterable[Policy],
        *,
        shadowed: Collection[str] = (),
        given: Collection[str] = (),
        observers: Iterable[Policy] = (),
    ) -> None:
        """Put the policies together.

        Args:
            policies: in the order in which they are asked.
            shadowed: names of those that decide and are noted, but let pass.
            given: what has been found out before this chain begins.
            observers: policies of another chain who are to be told the end as well.

        Raises:
            OrderRefused: someone needs what nobody earlier gives, or cannot be shadowed.

        """
        self._steps = tuple((name_of(policy), policy) for policy in policies)
        self._busy = tuple(step for step in self._steps if not (isinstance(step[1], Restful) and step[1].rests))
        self._decides = tuple(policy.__call__ for _, policy in self._busy)  # bound once, not for every request
        self._shadowed = frozenset(shadowed)
        everyone = (*(policy for _, policy in self._steps), *observers)
        self._observers = tuple(policy for policy in everyone if isinstance(policy, Observer))
        self.gives = _checked(self._steps, self._shadowed, given=given)

    def decide(self, request: Request) -> Verdict | Awaitable[Verdict]:
        """None to let pass, the problem otherwise; awaitable only if someone has to wait."""
        at = 0
        for decides in self._decides:
            verdict = decides(request)
            if verdict is not None:
                if not isinstance(verdict, Problem):
                    return self._waited(request, at, verdict)
                name = self._busy[at][0]
                if not self._lets_pass(request, name, verdict):
                    return request.refuse(verdict, policy=name)
            at += 1  # noqa: SIM113 - enumerate would make a pair for each of them, and most have nothing to say
        return None

    def ended(self, request: Request, *, status: int) -> None:
        """Tell the observers how it ended."""
        for observer in self._observers:
            observer.ended(request, status=status)

    async def _waited(self, request: Request, at: int, first: Awaitable[Verdict]) -> Verdict:
        pending: Verdict | Awaitable[Verdict] = first
        for name, policy in self._busy[at:]:
            answer = pending if pending is not None else policy(request)
            pending = None
            verdict = answer if answer is None or isinstance(answer, Problem) else await answer
            if verdict is not None and not self._lets_pass(request, name, verdict):
                return request.refuse(verdict, policy=name)
        return None

    def _lets_pass(self, request: Request, name: str, problem: Problem) -> bool:
        if name not in self._shadowed:
            return False
        request.shadowed.append(problem.code)
        policy = dict(self._steps)[name]
        if isinstance(policy, Substitute):
            policy.instead(request)
        return True


def broken(fault: Exception) -> Problem:
    """What a caller is told when the door itself failed: nothing passes, and nothing of the fault is shown."""
    return Problem(
        Kind.UNEXPECTED,
        "gateway.fault",
        f"the gateway failed while deciding ({type(fault).__name__})",
        hint="report the trace id",
    )


def _checked(
    steps: Sequence[tuple[str, Policy]], shadowed: frozenset[str], *, given: Collection[str]
) -> frozenset[str]:
    have = set(given)
    for name, policy in steps:
        missing = [need for need in policy.needs if need not in have]
        if missing:
            raise OrderRefused(f"{name} needs {missing}, which no earlier policy gives")
        if name in shadowed and policy.gives and not isinstance(policy, Substitute):
            raise OrderRefused(f"{name} cannot be shadowed: later policies live on its {list(policy.gives)}")
        have.update(policy.gives)
    unknown = shadowed - {name for name, _ in steps}
    if unknown:
        raise OrderRefused(f"no policy is called {sorted(unknown)}, so it cannot be shadowed")
    return frozenset(have)
