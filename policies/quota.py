"""Refuses a consumer whose units of the day, month or year are used up: 429, and when they begin anew.

What a unit is, is agreed with the consumer: each operation has its cost, each plan its quotas. While the ledger
cannot be asked the plan's choice holds: a quota of a contract is not passed by because a database is away.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Sequence
from typing import ClassVar, Final, cast

import limits
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.plan import Plan, plan_of
from kit.door.policy import Request, Verdict
from kit.door.quota import Dealt, QuotaBook, Span
from kit.door.quota import Quota as Agreed

EXCEEDED: Final = "https://iana.org/assignments/http-problem-types#quota-exceeded"
_SPANS: Final = ("day", "month", "year")
_AWAY_S: Final = 5.0


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the ledger is asked."""

    wait_s: float = 1.0
    """Seconds the ledger is waited for when a lease has run out."""


class QuotaRefused(Exception):
    """A plan's quota cannot be read; the message names the plan."""


class Quota:
    """Deals out units by the plan."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, plans: Sequence[Plan], book: QuotaBook) -> None:
        """Read the plans.

        Raises:
            QuotaRefused: a quota is not in the grammar, or has another span.

        """
        self._wait_s = config.wait_s
        self._plans = tuple(plans)
        self._book = book
        self._agreed = {plan.name: _quotas(plan) for plan in plans if plan.quota}

    @property
    def rests(self) -> bool:
        """Whether no plan has one."""
        return not self._agreed

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Use units of each quota, or of none."""
        if not self._agreed:
            return None
        plan = plan_of(request.known, self._plans)
        if plan is None or plan.name not in self._agreed:
            return None
        return self._dealt(request, plan)

    async def _dealt(self, request: Request, plan: Plan) -> Verdict:
        quotas = self._agreed[plan.name]
        try:
            async with asyncio.timeout(self._wait_s):
                dealt = await self._book.deal(request.consumer, quotas, cost=request.matched.cost)
        except Exception:  # noqa: BLE001 - whatever ails the ledger, the plan's choice holds
            if plan.on_outage == "open":
                return None
            detail = "units cannot be counted at present"
            return Problem(Kind.UNAVAILABLE, "quota.ledger_unavailable", detail, retry_after_s=_AWAY_S)
        return _told(request, dealt)


def _told(request: Request, dealt: Dealt) -> Verdict:
    policy = ", ".join(
        f'"{quota.name}";q={quota.amount};w={_seconds(quota.span)};qu="units"' for quota, _, _ in dealt.standings
    )
    standing = ", ".join(f'"{quota.name}";r={left};t={math.ceil(resets)}' for quota, left, resets in dealt.standings)
    request.answer += ((b"ratelimit-policy", policy.encode()), (b"ratelimit", standing.encode()))
    if dealt.allowed:
        return None
    resets_in_s = next(resets for quota, _, resets in dealt.standings if quota == dealt.exhausted)
    name = dealt.exhausted.name if dealt.exhausted else ""
    return Problem(
        Kind.RATE_LIMITED,
        "quota.exceeded",
        f"the units of {name} are used up",
        hint="wait for Retry-After, or agree on a larger plan",
        retry_after_s=resets_in_s,
        type_uri=EXCEEDED,
        context={"violated-policies": name},
    )


def _seconds(span: Span) -> int:
    return {"day": 86_400, "month": 2_678_400, "year": 31_622_400}[span]


def _quotas(plan: Plan) -> tuple[Agreed, ...]:
    try:
        items = limits.parse_many(plan.quota)
    except ValueError as fault:
        raise QuotaRefused(f"plan {plan.name}: {plan.quota!r} is not in the grammar: {fault}") from None
    quotas = []
    for item in items:
        span = item.GRANULARITY.name
        if span not in _SPANS or item.multiples != 1:
            raise QuotaRefused(f"plan {plan.name}: a quota is by {', '.join(_SPANS)}, not by {item}")
        quotas.append(Agreed(f"{plan.name}-{span}", item.amount, cast("Span", span)))
    return tuple(quotas)
