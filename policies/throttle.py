"""Refuses a caller who asks too often: 429, with Retry-After; 503 where counting is away and a limit must hold.

Limits are declared in slowapi's grammar and parsed by slowapi; they are counted by our own counter, exactly, per
consumer and group of operations, never per raw path. A consumer's plan may add limits over all operations.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Iterable, Sequence
from typing import ClassVar, Final, NamedTuple

from msgspec import Struct
from slowapi.wrappers import LimitGroup

from contracts.problem import Kind, Problem
from kit.door.counter import Ask, Counter, LocalCounter, Taken
from kit.door.operation import Operation
from kit.door.plan import Outage, Plan, plan_of
from kit.door.policy import Request, Verdict

EXCEEDED: Final = "https://iana.org/assignments/http-problem-types#quota-exceeded"
_AWAY_S: Final = 1.0
_REMEMBERED: Final = 20_000


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds where a limit does not say."""

    on_outage: Outage = "local"
    """While the counter is out of reach: let pass, refuse with 503, or count in this process."""


class LimitRefused(Exception):
    """A declaration is not in the grammar, or can never be met; the message names the operation."""


class _Rule(NamedTuple):
    key: str
    amount: int
    period_s: int
    label: str
    even: bool
    on_outage: Outage


class _Share(NamedTuple):
    rules: tuple[_Rule, ...]
    cost: int
    policy_field: bytes


class Throttle:
    """One decision for all limits of a request."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        config: Config,
        *,
        operations: Iterable[Operation],
        counter: Counter,
        local: LocalCounter,
        plans: Sequence[Plan] = (),
    ) -> None:
        """Parse every limit.

        Raises:
            LimitRefused: one is not in the grammar, or an operation costs more than it ever gives.

        """
        self._counter = counter
        self._local = local
        self._plans = tuple(plans)
        self._shares: dict[tuple[str, str], _Share] = {}
        self._asks: dict[tuple[str, str, str], list[Ask]] = {}
        of_plans = {"": (), **{plan.name: _plan_rules(plan) for plan in plans}}
        for operation in operations:
            own = _rules(operation, config.on_outage)
            for name, added in of_plans.items():
                if own or added:
                    self._shares[operation.name, name] = _share(operation, (*own, *added))

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Use a share of each limit, or of none."""
        plan = plan_of(request.known, self._plans) if self._plans else None
        name, agreed = request.matched.name, plan.name if plan else ""
        share = self._shares.get((name, agreed))
        if share is None:
            return None
        asks = self._asks.get((name, agreed, request.consumer))
        if asks is None:
            if len(self._asks) >= _REMEMBERED:
                self._asks.clear()
            asks = self._asks[name, agreed, request.consumer] = _asks(share, request.consumer)
        try:
            taken = self._counter.take(asks)
        except Exception:  # noqa: BLE001 - whatever ails the store, the declared choice applies
            return self._outage(request, share, asks)
        if isinstance(taken, Taken):
            return _verdict(request, share.rules, taken, policy_field=share.policy_field)
        return self._waited(request, share, asks, taken)

    async def _waited(self, request: Request, share: _Share, asks: list[Ask], pending: Awaitable[Taken]) -> Verdict:
        try:
            taken = await pending
        except Exception:  # noqa: BLE001 - whatever ails the store, likewise
            return self._outage(request, share, asks)
        return _verdict(request, share.rules, taken, policy_field=share.policy_field)

    def _outage(self, request: Request, share: _Share, asks: list[Ask]) -> Verdict:
        if any(rule.on_outage == "closed" for rule in share.rules):
            return _unavailable(_AWAY_S)
        counted = [(rule, ask) for rule, ask in zip(share.rules, asks, strict=True) if rule.on_outage == "local"]
        if not counted:
            return None
        taken = self._local.take([ask for _, ask in counted])
        return _verdict(request, [rule for rule, _ in counted], taken, policy_field=share.policy_field)


def _asks(share: _Share, consumer: str) -> list[Ask]:
    return [
        Ask(f"{rule.key}|{consumer}", rule.amount, rule.period_s, share.cost, rule.even, rule.on_outage == "closed")
        for rule in share.rules
    ]


def _verdict(request: Request, rules: Sequence[_Rule], taken: Taken, *, policy_field: bytes) -> Verdict:
    if taken.unsure:
        return _unavailable(taken.retry_after_s)
    if len(rules) == 1:
        fields = f'"{rules[0].label}";r={taken.remaining[0]};t={math.ceil(taken.full_in_s[0])}'
    else:
        standing = zip(rules, taken.remaining, taken.full_in_s, strict=True)
        fields = ", ".join([f'"{rule.label}";r={left};t={math.ceil(full)}' for rule, left, full in standing])
    request.answer += ((b"ratelimit-policy", policy_field), (b"ratelimit", fields.encode()))
    if taken.allowed:
        return None
    return Problem(
        Kind.RATE_LIMITED,
        "throttle.exceeded",
        "the share for these operations is used up",
        hint="wait for Retry-After; RateLimit says what is left",
        retry_after_s=taken.retry_after_s,
        type_uri=EXCEEDED,
    )


def _unavailable(retry_after_s: float) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "throttle.counter_unavailable",
        "shares cannot be counted at present",
        retry_after_s=retry_after_s,
    )


def _share(operation: Operation, rules: tuple[_Rule, ...]) -> _Share:
    for rule in rules:
        if operation.cost > rule.amount:
            what = f"{rule.amount} in {rule.period_s} s"
            raise LimitRefused(f"{operation.name} costs {operation.cost}, more than {what} ever gives")
    policy = ", ".join(f'"{rule.label}";q={rule.amount};w={rule.period_s}' for rule in rules)
    return _Share(rules=rules, cost=operation.cost, policy_field=policy.encode())


def _rules(operation: Operation, on_outage: Outage) -> tuple[_Rule, ...]:
    group = operation.group or operation.name
    return _parsed(
        operation.limits,
        name=group,
        key=f"{operation.product}.{group}",
        where=operation.name,
        even=operation.even,
        on_outage=operation.on_outage or on_outage,
    )


def _plan_rules(plan: Plan) -> tuple[_Rule, ...]:
    where = f"plan {plan.name}"
    key = f"plan.{plan.name}"
    return _parsed(plan.limits, name=plan.name, key=key, where=where, even=plan.even, on_outage=plan.on_outage)


def _parsed(limits: str, *, name: str, key: str, where: str, even: bool, on_outage: Outage) -> tuple[_Rule, ...]:
    if not limits:
        return ()
    declared = LimitGroup(limits, str, name, False, None, None, None, 1, False)  # noqa: FBT003 - slowapi takes nine by position
    try:
        items = [each.limit for each in declared]
    except ValueError as fault:
        raise LimitRefused(f"{where}: {limits!r} is not in the grammar: {fault}") from None
    return tuple(
        _Rule(
            key=f"{key}|{item.amount}/{item.get_expiry()}",
            amount=item.amount,
            period_s=item.get_expiry(),
            label=f"{name}-{item.get_expiry()}s",
            even=even,
            on_outage=on_outage,
        )
        for item in items
    )
