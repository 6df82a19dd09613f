import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.counter import Ask, LocalCounter, Taken
from policies.throttle import Config, LimitRefused, Throttle
from tests.policies.table import ANYONE, READ, Given, decide


def throttle(clock: ManualClock, limits: str, *, counter: Any = None, cost: int = 1, **config: Any) -> Throttle:
    operation = replace(READ, limits=limits, cost=cost, group="orders")
    local = LocalCounter(clock)
    return Throttle(Config(**config), operations=[operation], counter=counter or local, local=local)


@pytest.mark.req(3)
async def test_exactly_the_declared_number_is_let_in() -> None:
    """Of 1,000 requests at one instant under 100/minute, 100 pass and 900 are refused."""
    policy = throttle(ManualClock(), "100/minute;2000/day")
    codes = [(await decide(policy, Given())).code for _ in range(1_000)]
    assert (100, 900) == (codes.count("ok"), codes.count("throttle.exceeded"))
    assert {"ok"} == set(codes[:100])


@pytest.mark.req(3)
async def test_a_refusal_says_when_to_come_back_and_is_right() -> None:
    """429 with retry_after_s: a moment before it is refused, then it passes; refusals use nothing up."""
    clock = ManualClock()
    policy = throttle(clock, "6/minute")
    for _ in range(6):
        await decide(policy, Given())
    refused = await decide(policy, Given())
    for _ in range(50):
        refused = await decide(policy, Given())
    assert 429 == refused.status
    assert refused.problem is not None
    assert 10.0 == refused.problem.retry_after_s
    clock.advance(9.99)
    assert 429 == (await decide(policy, Given())).status
    clock.advance(0.02)
    assert "ok" == (await decide(policy, Given())).code
    assert 429 == (await decide(policy, Given())).status


async def test_the_standing_is_told_in_the_drafts_fields() -> None:
    """RateLimit-Policy and RateLimit, one item for each limit."""
    decision = await decide(throttle(ManualClock(), "100/minute;2000/day"), Given())
    assert '"orders-60s";q=100;w=60, "orders-86400s";q=2000;w=86400' == decision.answer["ratelimit-policy"]
    assert '"orders-60s";r=99;t=1, "orders-86400s";r=1999;t=44' == decision.answer["ratelimit"]


async def test_each_consumer_has_a_share_of_its_own() -> None:
    """Same subject at another issuer is another consumer; another order id is the same operation."""
    policy = throttle(ManualClock(), "1/minute")
    assert "ok" == (await decide(policy, Given())).code
    assert 429 == (await decide(policy, Given(target="/shop/orders/8", path_values=("8",)))).status
    other = Caller(subject=ANYONE.subject, issuer="https://other.example")
    assert "ok" == (await decide(policy, Given(caller=other))).code


async def test_a_costly_operation_uses_more() -> None:
    """Cost counts; what could never be met is refused when it is declared."""
    policy = throttle(ManualClock(), "10/minute", cost=4)
    assert ["ok", "ok", "throttle.exceeded"] == [(await decide(policy, Given())).code for _ in range(3)]
    with pytest.raises(LimitRefused, match="costs 11"):
        throttle(ManualClock(), "10/minute", cost=11)
    with pytest.raises(LimitRefused, match="not in the grammar"):
        throttle(ManualClock(), "ten a minute")


async def test_all_limits_give_or_none_does() -> None:
    """A request refused by the day's limit uses nothing of the minute's."""
    clock = ManualClock()
    counter = LocalCounter(clock)
    day, minute = Ask("day", 1, 86_400), Ask("minute", 5, 60)
    assert counter.take([minute, day]).allowed
    for _ in range(10):
        assert not counter.take([minute, day]).allowed
    assert 3 == counter.take([minute]).remaining[0]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 50), st.sampled_from([1, 60, 3_600]), st.lists(st.floats(0, 30), max_size=150))
def test_no_more_passes_than_a_share_and_what_came_back(amount: int, period_s: int, gaps: list[float]) -> None:
    """Over any stretch at most amount + stretch * amount / period pass, to the last one."""
    clock = ManualClock()
    counter, passed = LocalCounter(clock), 0
    for gap in gaps:
        clock.advance(gap)
        passed += counter.take([Ask("k", amount, period_s)]).allowed
    assert passed <= amount + clock.monotonic() * amount / period_s + 1e-6


def test_what_has_come_back_is_forgotten() -> None:
    """Keys of consumers who left do not pile up."""
    clock = ManualClock()
    counter = LocalCounter(clock)
    for n in range(20_000):
        counter.take([Ask(f"k{n}", 10, 1)])
        clock.advance(0.01)
    assert len(counter) < 5_000


class Stalled:
    def take(self, asks: Sequence[Ask], /) -> Awaitable[Taken]:
        return asyncio.get_running_loop().create_future()


class Broken:
    async def take(self, asks: Sequence[Ask], /) -> Taken:
        raise ConnectionError


@pytest.mark.parametrize("counter", [Stalled(), Broken()])
@pytest.mark.parametrize(
    ("choice", "codes"),
    [
        ("open", ["ok", "ok", "ok"]),
        ("closed", ["throttle.counter_unavailable"] * 3),
        ("local", ["ok", "ok", "throttle.exceeded"]),
    ],
)
async def test_a_counter_out_of_reach_is_met_as_declared(counter: Any, choice: Any, codes: list[str]) -> None:
    """Stalled or broken, the shared counter is left after its 10 ms and the declared choice applies."""
    policy = throttle(ManualClock(), "2/minute", counter=counter, on_outage=choice, wait_s=0.01)
    assert codes == [(await decide(policy, Given())).code for _ in range(3)]
