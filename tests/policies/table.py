"""A table of requests and what a policy decides on them; no server, no clock but the one given."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.problem import Problem
from kit.caller import Caller
from kit.door.operation import Operation
from kit.door.policy import Chain, Policy, Request

ANYONE = Caller(subject="ann", issuer="https://idp.example", scopes=frozenset({"orders:read"}))
READ = Operation(
    name="shop.read",
    product="shop",
    method="GET",
    path="/shop/orders/{order_id}",
    scopes=(frozenset({"orders:read"}),),
    upstream="shop",
    strip=5,
)


@dataclass(frozen=True, kw_only=True)
class Given:
    """A request as it stands before the policy, with whatever earlier policies have found out."""

    method: str = "GET"
    target: str | bytes = "/shop/orders/7"
    query: bytes = b""
    headers: Sequence[tuple[str, str]] = (("host", "shop.example"),)
    http_version: str = "1.1"
    peer: str = "192.0.2.7"
    client_ip: str = "192.0.2.7"
    messages: Sequence[dict[str, Any]] = ()
    body: bytes | None = b""
    caller: Caller | None = ANYONE
    operation: Operation | None = READ
    path_values: tuple[str, ...] = ("7",)
    version: str = ""
    fields: bool = True
    """Whether the fields were collected, as the guard does."""

    def request(self) -> Request:
        """The request itself."""
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers]
        target = self.target if isinstance(self.target, bytes) else self.target.encode()
        scope = {
            "method": self.method,
            "path": "",
            "raw_path": target,
            "query_string": self.query,
            "headers": raw,
            "http_version": self.http_version,
            "scheme": "http",
            "client": (self.peer, 50_000),
        }
        messages = iter(self.messages)

        async def receive() -> dict[str, Any]:
            return next(messages)

        request = Request(scope, receive, arrived=0.0)
        request.trace_id = "0" * 31 + "1"
        request.fields = dict(raw) if self.fields else {}
        request.caller, request.operation, request.path_values = self.caller, self.operation, self.path_values
        request.body, request.version = self.body, self.version
        request.client_ip = self.client_ip
        return request


@dataclass(frozen=True)
class Decision:
    """What came out: "ok" or a code, the status, what stands on the answer, and the request afterwards."""

    code: str
    status: int
    problem: Problem | None
    request: Request
    answer: Mapping[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Pointer and code of each fault named."""
        return [(each.pointer, each.code) for each in self.problem.errors] if self.problem else []


async def decide(policy: Policy, given: Given, *, shadow: bool = False) -> Decision:
    """Ask one policy as the chain would."""
    name = type(policy).__name__.lower()
    chain = Chain([policy], shadowed=[name] if shadow else [], given=policy.needs)
    request = given.request()
    verdict = chain.decide(request)
    if inspect.isawaitable(verdict):
        verdict = await verdict
    answer = {key.decode(): value.decode() for key, value in request.answer}
    status = verdict.status if verdict else 200
    return Decision(request.code, status, verdict, request, answer)
