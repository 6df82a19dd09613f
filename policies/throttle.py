"""Refuses a caller who asks too often: 429, with Retry-After.

Limits are declared in slowapi's grammar and parsed by slowapi; they are counted by our own counter, exactly,
per consumer and group of operations, never per raw path.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Iterable
from typing import ClassVar, Literal, NamedTuple

from msgspec import Struct
from slowapi.wrappers import Limit, LimitGroup

from contracts.problem import Kind, Problem
from kit.door.counter import Ask, Counter, Taken
from kit.door.operation import Operation
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens when the counter itself is out of reach."""

    wait_s: float = 0.05
    """Seconds a shared counter is waited for."""
    on_outage: Literal["open", "closed", "local"] = "local"
    """Let pass, refuse with 503, or count in this process meanwhile."""


class LimitRefused(Exception):
    """A declaration is not in the grammar, or can never be met; the message names the operation."""


class _Rule(NamedTuple):
    key: str
    amount: int
    period_s: int
    label: str


class _Share(NamedTuple):
    rules: tuple[_Rule, ...]
    cost: int
    policy_field: bytes


class Throttle:
    """One decision for all limits of a request."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, operations: Iterable[Operation], counter: Counter, local: Counter) -> None:
        self._config = config
        self._counter = counter
        self._local = local
        self._shares = {each.name: _share(each) for each in operations if each.limits}

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Use a share of each limit, or of none."""
        share = self._shares.get(request.matched.name)
        if share is None:
            return None
        asks = _asks(share, request.consumer)
        taken = self._counter.take(asks)
        if isinstance(taken, Taken):
            return _verdict(request, share, taken)
        return self._waited(request, share, asks, taken)

    async def _waited(self, request: Request, share: _Share, asks: list[Ask], pending: Awaitable[Taken]) -> Verdict:
        try:
            async with asyncio.timeout(self._config.wait_s):
                return _verdict(request, share, await pending)
        except Exception:  # noqa: BLE001 - whatever ails the store, the declared choice applies
            return await self._outage(request, share, asks)

    async def _outage(self, request: Request, share: _Share, asks: list[Ask]) -> Verdict:
        if self._config.on_outage == "open":
            return None
        if self._config.on_outage == "closed":
            return Problem(Kind.UNAVAILABLE, "throttle.counter_unavailable", "shares cannot be counted at present")
        taken = self._local.take(asks)
        return _verdict(request, share, taken if isinstance(taken, Taken) else await taken)


def _asks(share: _Share, consumer: str) -> list[Ask]:
    return [
        Ask(key=f"{rule.key}|{consumer}", amount=rule.amount, period_s=rule.period_s, cost=share.cost)
        for rule in share.rules
    ]


def _verdict(request: Request, share: _Share, taken: Taken) -> Verdict:
    standing = zip(share.rules, taken.remaining, taken.full_in_s, strict=True)
    fields = ", ".join(f'"{rule.label}";r={left};t={math.ceil(full)}' for rule, left, full in standing)
    request.answer += ((b"ratelimit-policy", share.policy_field), (b"ratelimit", fields.encode()))
    if taken.allowed:
        return None
    return Problem(
        Kind.RATE_LIMITED,
        "throttle.exceeded",
        "the share for these operations is used up",
        hint="wait for Retry-After; RateLimit says what is left",
        retry_after_s=taken.retry_after_s,
    )


def _share(operation: Operation) -> _Share:
    rules = tuple(_rule(limit, operation) for limit in _parsed(operation))
    policy = ", ".join(f'"{rule.label}";q={rule.amount};w={rule.period_s}' for rule in rules)
    return _Share(rules=rules, cost=operation.cost, policy_field=policy.encode())


def _rule(limit: Limit, operation: Operation) -> _Rule:
    item = limit.limit
    if operation.cost > item.amount:
        raise LimitRefused(f"{operation.name} costs {operation.cost}, more than {item} ever gives")
    group = operation.group or operation.name
    period_s = item.get_expiry()
    key = f"{operation.product}.{group}|{item.amount}/{period_s}"
    return _Rule(key=key, amount=item.amount, period_s=period_s, label=f"{group}-{period_s}s")


def _parsed(operation: Operation) -> list[Limit]:
    group = operation.group or operation.name
    declared = LimitGroup(operation.limits, str, group, False, None, None, None, operation.cost, False)  # noqa: FBT003 - slowapi takes nine by position
    try:
        return list(declared)
    except ValueError as fault:
        raise LimitRefused(f"{operation.name}: {operation.limits!r} is not in the grammar: {fault}") from None
