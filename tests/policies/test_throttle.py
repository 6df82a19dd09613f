from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.counter import SLOTS, Ask, CounterLost, LocalCounter, Taken
from kit.door.plan import Claim, Plan
from policies.throttle import EXCEEDED, Config, LimitRefused, Throttle
from tests.policies.table import ANYONE, READ, Given, decide


def throttle(
    clock: ManualClock, limits: str, *, counter: Any = None, plans: Sequence[Plan] = (), **terms: Any
) -> Throttle:
    operation = replace(READ, limits=limits, group="orders", **terms)
    local = LocalCounter(clock)
    return Throttle(Config(), operations=[operation], counter=counter or local, local=local, plans=plans)


@pytest.mark.req(3)
async def test_exactly_the_declared_number_is_let_in() -> None:
    """Of 1,000 requests at one instant under 100/minute, 100 pass and 900 are refused."""
    policy = throttle(ManualClock(), "100/minute;2000/day")
    codes = [(await decide(policy, Given())).code for _ in range(1_000)]
    assert (100, 900) == (codes.count("ok"), codes.count("throttle.exceeded"))
    assert {"ok"} == set(codes[:100])


@pytest.mark.req(3)
@pytest.mark.parametrize(("even", "wait_s"), [(True, 10.0), (False, 62.0)])
async def test_a_refusal_says_when_to_come_back_and_is_right(even: bool, wait_s: float) -> None:
    """429 with retry_after_s: a moment before it is refused, then it passes; refusals use nothing up."""
    clock = ManualClock()
    policy = throttle(clock, "6/minute", even=even)
    for _ in range(6):
        await decide(policy, Given())
    refused = await decide(policy, Given())
    for _ in range(50):
        refused = await decide(policy, Given())
    assert refused.problem is not None
    assert (429, EXCEEDED) == (refused.status, refused.problem.details().type)
    assert wait_s == refused.problem.retry_after_s
    clock.advance(wait_s - 0.01)
    assert 429 == (await decide(policy, Given())).status
    clock.advance(0.02)
    assert "ok" == (await decide(policy, Given())).code
    assert (429 if even else 200) == (await decide(policy, Given())).status


async def test_the_standing_is_told_in_the_drafts_fields() -> None:
    """RateLimit-Policy and RateLimit, one item for each limit."""
    decision = await decide(throttle(ManualClock(), "100/minute;2000/day", even=True), Given())
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


AMOUNT = st.integers(1, 50)
PERIOD = st.sampled_from([1, 60, 3_600])
GAPS = st.lists(st.floats(0, 1.2), max_size=150)


@settings(max_examples=80, deadline=None)
@given(AMOUNT, PERIOD, GAPS, st.integers(0, 5_000))
def test_no_stretch_of_a_period_sees_more_than_the_amount(
    amount: int, period_s: int, gaps: list[float], at: int
) -> None:
    """Wherever the stretch begins: the last that passed within a period before each, counted, are at most `amount`."""
    clock = ManualClock()
    clock.advance(at / 7)
    counter = LocalCounter(clock)
    passed: list[float] = []
    for gap in gaps:
        clock.advance(gap * period_s / 10)
        if counter.take([Ask("k", amount, period_s)]).allowed:
            passed.append(clock.monotonic())
            assert amount >= sum(moment > clock.monotonic() - period_s for moment in passed)


@settings(max_examples=60, deadline=None)
@given(AMOUNT, PERIOD, GAPS)
def test_whoever_stays_below_is_never_refused(amount: int, period_s: int, gaps: list[float]) -> None:
    """A share used comes back a thirtieth of the period after its time at the latest."""
    clock = ManualClock()
    counter = LocalCounter(clock)
    passed: list[float] = []
    for gap in gaps:
        clock.advance(gap * period_s / 10)
        recent = sum(moment >= clock.monotonic() - period_s * (1 + 1 / SLOTS) - 1e-4 for moment in passed)
        taken = counter.take([Ask("k", amount, period_s)])
        assert taken.allowed or recent >= amount
        if taken.allowed:
            passed.append(clock.monotonic())


@settings(max_examples=60, deadline=None)
@given(AMOUNT, PERIOD, st.lists(st.floats(0, 30), max_size=150))
def test_evenly_no_more_passes_than_a_share_and_what_came_back(amount: int, period_s: int, gaps: list[float]) -> None:
    """Over any stretch at most amount + stretch * amount / period pass, to the last one."""
    clock = ManualClock()
    counter, passed = LocalCounter(clock), 0
    for gap in gaps:
        clock.advance(gap)
        passed += counter.take([Ask("k", amount, period_s, even=True)]).allowed
    assert passed <= amount + clock.monotonic() * amount / period_s + 1e-6


def test_what_has_come_back_is_forgotten() -> None:
    """Keys of consumers who left do not pile up."""
    clock = ManualClock()
    counter = LocalCounter(clock)
    for n in range(20_000):
        counter.take([Ask(f"k{n}", 10, 1)])
        clock.advance(0.01)
    assert len(counter) < 5_000


class Away:
    def take(self, asks: Sequence[Ask], /) -> Taken:
        raise CounterLost


class Broken:
    async def take(self, asks: Sequence[Ask], /) -> Taken:
        raise ConnectionError


class Forgetful:
    def take(self, asks: Sequence[Ask], /) -> Taken:
        return Taken(False, (2,), (0.0,), 42.0, unsure=True)


@pytest.mark.parametrize("counter", [Away(), Broken()])
@pytest.mark.parametrize(
    ("choice", "codes"),
    [
        ("open", ["ok", "ok", "ok"]),
        ("closed", ["throttle.counter_unavailable"] * 3),
        ("local", ["ok", "ok", "throttle.exceeded"]),
        ("", ["ok", "ok", "throttle.exceeded"]),
    ],
)
async def test_a_counter_out_of_reach_is_met_as_declared(counter: Any, choice: Any, codes: list[str]) -> None:
    """At once or later lost, the choice of the limit applies; where it has none, that of the policy."""
    policy = throttle(ManualClock(), "2/minute", counter=counter, on_outage=choice)
    assert codes == [(await decide(policy, Given())).code for _ in range(3)]


async def test_a_store_that_lost_its_memory_refuses_what_must_hold() -> None:
    """503 and when it will know again, not 429: nobody has used too much."""
    decision = await decide(throttle(ManualClock(), "2/minute", counter=Forgetful()), Given())
    assert decision.problem is not None
    assert (503, "throttle.counter_unavailable", 42.0) == (
        decision.status,
        decision.code,
        decision.problem.retry_after_s,
    )


PARTNER = Plan(name="partner", title="Partners", of=(Claim(claim="client", value="acme-*"),), limits="3/minute")


@pytest.mark.parametrize(("client", "passed"), [("acme-1", 3), ("other", 5)])
async def test_a_plan_adds_limits_of_its_own(client: str, passed: int) -> None:
    """Whoever is not of the plan has the product's limits only; both stand in the fields under their names."""
    policy = throttle(ManualClock(), "5/minute", plans=[PARTNER])
    caller = Caller(subject="svc", client_id=client)
    decisions = [await decide(policy, Given(caller=caller)) for _ in range(8)]
    assert passed == [each.code for each in decisions].count("ok")
    assert (passed == 3) == ('"partner-60s";q=3' in decisions[0].answer["ratelimit-policy"])


async def test_a_plan_of_limits_that_must_hold_refuses_while_nobody_counts() -> None:
    """The strictest choice among a request's limits counts."""
    caller = Caller(subject="svc", client_id="acme-1")
    decision = await decide(throttle(ManualClock(), "5/minute", plans=[PARTNER], counter=Away()), Given(caller=caller))
    assert "throttle.counter_unavailable" == decision.code


async def test_a_shadowed_limit_is_noted_and_lets_pass() -> None:
    """The code is noted on the request."""
    policy = throttle(ManualClock(), "1/minute")
    decisions = [await decide(policy, Given(), shadow=True) for _ in range(2)]
    assert [[], ["throttle.exceeded"]] == [each.request.shadowed for each in decisions]
    assert {"ok"} == {each.code for each in decisions}
