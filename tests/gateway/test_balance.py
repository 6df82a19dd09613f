import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.balance import Address, Balance, Balanced, expanded
from gateway.upstream import Call, Failed
from kit.clock import ManualClock
from tests.gateway.carrying import Scripted, Told, call

TWO = (Address(url="http://b"), Address(url="http://c", weight=2))
CANARY = (Address(url="http://b"), Address(url="http://next", canary=True))


def balanced(inner: Any, clock: ManualClock | None = None, **how: Any) -> Balanced:
    balance = Balance(**{"addresses": TWO, **how})
    return Balanced(inner, {"process": balance}, clock=clock or ManualClock(), dice=random.Random(1))


async def tell(upstream: Balanced, count: int, **how: Any) -> list[str]:
    """How each of so many calls, one after the other, ended."""
    ended = []
    for _ in range(count):
        try:
            ended.append(str((await upstream.ask(call(**how))).status))
        except Failed as failed:
            ended.append(failed.code)
    return ended


def test_every_address_has_a_name_of_its_own() -> None:
    """The first is the tier's own."""
    names = expanded({"process": "http://a", "system": "http://s"}, {"process": Balance(addresses=TWO)})
    assert {"process": "http://a", "process#1": "http://b", "process#2": "http://c", "system": "http://s"} == names


async def test_calls_under_way_are_spread_by_weight() -> None:
    """Of forty at once, a quarter for each of weight 1 and half for weight 2; what ends makes room."""
    inner = Scripted(lambda _: 200, body=None)
    upstream = balanced(inner)
    answers = [await upstream.ask(call()) for _ in range(40)]
    assert {"process": 10, "process#1": 10, "process#2": 20} == Counter(inner.tiers)
    for answer in answers:
        await answer.close()
        await answer.close()
    assert {0} == {place.flying for place in upstream._places["process"]}


async def test_what_reached_nobody_is_sent_elsewhere() -> None:
    """Whatever the method: nothing has happened yet. When nobody can be reached that is said."""
    inner = Scripted(lambda asked: 200 if asked.tier == "process#1" else "unreachable")
    assert ["200"] * 5 == await tell(balanced(inner), 5, method="POST")
    assert ["unreachable"] == await tell(balanced(Scripted(lambda _: "unreachable")), 1)
    streamed = balanced(Scripted(lambda _: "unreachable"))
    assert ["unreachable"] == await tell(streamed, 1, method="POST", payload=_parts())


async def _parts() -> AsyncIterator[bytes]:
    yield b"x"


async def test_what_may_have_had_an_effect_is_not_sent_elsewhere() -> None:
    """A connection that broke after the call was sent."""
    inner = Scripted(lambda _: "reset")
    assert ["reset"] == await tell(balanced(inner), 1, method="POST")
    assert 1 == len(inner.calls)


async def test_an_address_that_keeps_failing_rests_and_comes_back() -> None:
    """After five in a row, for five seconds, then twice as long; one success and it is as the others."""
    clock = ManualClock()
    bad = True

    def answer(asked: Call) -> Told:
        return "timeout" if bad and asked.tier == "process#2" else 200

    upstream = balanced(Scripted(answer), clock, eject_after=2)
    for _ in range(30):
        await tell(upstream, 1)
        clock.advance(1.1)
        if upstream.standing()["process"]["process#2"] == "resting":
            break
    assert {"process": "up", "process#1": "up", "process#2": "resting"} == upstream.standing()["process"]
    assert ["200"] * 20 == await tell(upstream, 20)
    clock.advance(5)
    assert "up" == upstream.standing()["process"]["process#2"]
    bad = False
    assert ["200"] * 20 == await tell(upstream, 20)


async def test_when_all_rest_each_is_tried() -> None:
    """Refusing everything would be worse."""
    clock = ManualClock()
    told: Told = "timeout"
    upstream = balanced(Scripted(lambda _: told), clock, eject_after=1)
    await tell(upstream, 10)
    assert {"resting"} == set(upstream.standing()["process"].values())
    told = 200
    assert ["200"] == await tell(upstream, 1)


async def test_an_address_that_is_not_ready_gets_nothing() -> None:
    """It is asked at /health/ready, and taken in again when it says yes."""
    ready = False

    def answer(asked: Call) -> Told:
        return 200 if asked.target == b"/x" or asked.tier != "process#1" or ready else 503

    inner = Scripted(answer)
    upstream = balanced(inner, health_every_s=0.01)
    async with upstream.living():
        await _until(upstream, "not ready")
        inner.calls.clear()
        await tell(upstream, 20)
        assert "process#1" not in {asked.tier for asked in inner.calls if asked.target == b"/x"}
        ready = True
        await _until(upstream, "up")


async def _until(upstream: Balanced, state: str) -> None:
    async with asyncio.timeout(5):
        while upstream.standing()["process"]["process#1"] != state:  # noqa: ASYNC110 - a state tells nobody
            await asyncio.sleep(0.005)


async def test_a_canary_gets_its_consumers_and_always_the_same() -> None:
    """A share of them by lot of their name, and those named for it; nobody sees both versions."""
    seen: dict[str, set[str]] = {}
    for _ in range(3):
        for n in range(400):
            inner = Scripted(lambda _: 200)
            await tell(balanced(inner, addresses=CANARY, canary_share=0.25), 1, consumer=f"idp|c{n}")
            seen.setdefault(f"c{n}", set()).update("next" if tier == "process#2" else "now" for tier in inner.tiers)
    assert {1} == {len(versions) for versions in seen.values()}
    assert 70 <= sum(versions == {"next"} for versions in seen.values()) <= 130
    inner = Scripted(lambda _: 200)
    await tell(balanced(inner, addresses=CANARY, canary_consumers=("idp|pilot-*",)), 5, consumer="idp|pilot-1")
    assert {"process#2"} == set(inner.tiers)


async def test_other_tiers_are_left_alone() -> None:
    """And closing closes."""
    inner = Scripted(lambda _: 200)
    upstream = balanced(inner)
    await tell(upstream, 1, tier="system")
    await upstream.close()
    assert (["system"], True) == (inner.tiers, inner.is_closed)


@pytest.mark.parametrize("told", [200, "busy"])
async def test_a_pool_that_is_full_says_nothing_of_an_address(told: Told) -> None:
    """It is not held against it."""
    upstream = balanced(Scripted(lambda _: told), eject_after=1)
    await tell(upstream, 10)
    assert {"up"} == set(upstream.standing()["process"].values())
