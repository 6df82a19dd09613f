"""Runs a proposed snapshot over what was decided before and says who would be treated otherwise; decides nothing.

What a log can tell again is which operation was meant, whether the scopes reach it and whether a share is left, in
the time of the log and not of the clock on the wall. What another policy had refused stays refused as it was.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from contracts.problem import Problem
from gateway.snapshot import Snapshot
from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.counter import LocalCounter
from kit.door.policy import Chain, Policy, Request
from policies import authorize, match, throttle
from policies.audit import Line

_AGAIN: Final = frozenset({"match", "authorize", "throttle"})
_BEFORE: Final = frozenset({"guard", "limit", "office", "ip", "cors"})
_GIVEN: Final = ("trace", "target", "fields", "client", "caller")


class Group(NamedTuple):
    """Decisions that would change alike."""

    consumer: str
    operation: str
    before: str
    after: str


class Replayed(NamedTuple):
    """What came of it."""

    lines: int
    unreadable: int
    changed: dict[Group, int]


def read_lines(raw: Iterable[bytes]) -> Iterator[Line | None]:
    """Each decision of a log; None for what is no line of one."""
    decoder = msgspec.json.Decoder(Line)
    for line in raw:
        if line.strip():
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError:
                yield None


def replay(lines: Iterable[Line | None], snapshot: Snapshot) -> Replayed:
    """Decide every line again, in the order in which the requests arrived."""
    read = list(lines)
    known = sorted((line for line in read if line is not None and line.method), key=_arrived)
    changed: Counter[Group] = Counter()
    if known:
        clock = ManualClock(_arrived(known[0]))
        chain = _chain(snapshot, clock)
        for line in known:
            clock.advance(max(0.0, (_arrived(line) - clock.now()).total_seconds()))
            operation, after = _again(line, chain)
            if after != line.decision or operation != line.operation:
                changed[Group(line.consumer, operation or line.operation, line.decision, after)] += 1
    return Replayed(lines=len(known), unreadable=len(read) - len(known), changed=dict(changed))


def _chain(snapshot: Snapshot, clock: ManualClock) -> Chain:
    operations = (*snapshot.operations, *snapshot.versioned, *snapshot.page_operations)
    counter = LocalCounter(clock)
    policies: list[Policy] = [
        match.Match(match.Config(), router=snapshot.router),
        authorize.Authorize(authorize.Config()),
        throttle.Throttle(
            throttle.Config(), operations=operations, counter=counter, local=counter, plans=snapshot.plans
        ),
    ]
    return Chain(policies, given=_GIVEN)


def _again(line: Line, chain: Chain) -> tuple[str, str]:
    before = line.decision.partition(".")[0]
    if before in _BEFORE or line.path.startswith("/_gateway/"):
        return line.operation, line.decision
    request = _request(line)
    if request.caller is None:  # nobody was known: all that can differ is whether there is such an operation
        request.caller = Caller(subject="")
        code = _code(chain, request)
        code = code if code.startswith("match.") else line.decision
    else:
        code = _code(chain, request)
    operation = request.operation.name if request.operation else ""
    if code == "ok" and line.decision != "ok" and before not in _AGAIN:
        return operation, line.decision
    return operation, code


def _code(chain: Chain, request: Request) -> str:
    verdict = chain.decide(request)
    if verdict is not None and not isinstance(verdict, Problem):
        verdict = asyncio.run(_awaited(verdict))
    return verdict.code if verdict is not None else "ok"


async def _awaited(pending: Any) -> Problem | None:
    verdict: Problem | None = await pending
    return verdict


def _request(line: Line) -> Request:
    async def nothing() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"method": line.method, "path": line.path, "raw_path": line.path.encode(), "headers": []}
    request = Request(scope, nothing, arrived=0.0)
    issuer, _, subject = line.consumer.partition("|")
    if line.consumer:
        request.caller = Caller(
            subject=subject,
            issuer=issuer,
            scopes=frozenset(line.scopes),
            roles=frozenset(line.roles),
            tenant=line.tenant,
            client_id=line.client,
        )
    return request


def _arrived(line: Line) -> datetime:
    return datetime.fromisoformat(line.time) - timedelta(milliseconds=line.ms)
