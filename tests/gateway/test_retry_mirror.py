import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from gateway.mirror import Mirror, Mirroring
from gateway.retry import Retry, Retrying
from gateway.upstream import Call, Failed
from kit.clock import ManualClock
from tests.gateway.carrying import Scripted, Told, call


def first(*told: Told) -> Callable[[Call], Told]:
    """These, one after the other, and then 200."""
    script = iter(told)
    return lambda _: next(script, 200)


def retrying(inner: Scripted, clock: ManualClock | None = None, **how: Any) -> Retrying:
    retry = Retry(**{"attempts": 3, **how})
    return Retrying(inner, retry, clock=clock or ManualClock(), dice=random.Random(1))


async def ended(upstream: Any, asked: Call) -> Told:
    try:
        return int((await upstream.ask(asked)).status)
    except Failed as failed:
        return failed.code


@pytest.mark.req(241, 242)
@pytest.mark.parametrize(
    ("script", "asked", "told", "times"),
    [
        (["reset"], call(), 200, 2),
        (["reset", 503], call(), 200, 3),
        (["reset", "reset", "reset"], call(), "reset", 3),
        ([503, 503, 503], call(), 503, 3),
        ([404], call(), 404, 1),
        (["timeout"], call(), "timeout", 1),
        (["reset"], call(method="POST"), "reset", 1),
        ([503], call(method="POST"), 503, 1),
        (["unreachable"], call(method="POST"), 200, 2),
        (["reset"], call(method="POST", keyed=True), 200, 2),
        (["busy"], call(), "busy", 1),
    ],
)
async def test_what_is_safe_is_asked_again(script: list[Told], asked: Call, told: Told, times: int) -> None:
    """Reads, commands with a key, and whatever reached nobody; three times at most; answers of no use are let go."""
    inner = Scripted(first(*script))
    assert (told, times) == (await ended(retrying(inner), asked), len(inner.calls))
    assert all(said.is_closed for said in inner.said[:-1])


async def test_the_budget_bounds_what_a_bad_hour_adds() -> None:
    """Of 1,000 calls that fail, a tenth and a purse more are sent, not twice as many."""
    inner = Scripted(lambda _: "reset")
    upstream = retrying(inner)
    for _ in range(1_000):
        await ended(upstream, call())
    assert 1_100 <= len(inner.calls) <= 1_112


async def test_all_attempts_share_one_deadline() -> None:
    """Each gets what is left, and a pause that would pass it is not made."""
    clock = ManualClock()

    def slow(_asked: Call) -> Told:
        clock.advance(6.0)
        return "reset"

    inner = Scripted(slow)
    assert "reset" == await ended(retrying(inner, clock), call())
    assert 2 == len(inner.calls)
    assert 3.9 < inner.calls[1].deadline_s <= 4.0


def mirroring(inner: Scripted, **how: Any) -> Mirroring:
    return Mirroring(inner, {"process": Mirror(url="http://m", **how)}, dice=random.Random(1))


async def test_reads_are_copied_and_nobody_looks_at_the_answer() -> None:
    """The copy is marked; commands, other tiers and reads with a body are not copied."""
    inner = Scripted(lambda asked: 500 if asked.tier == "process~mirror" else 200)
    upstream = mirroring(inner)
    assert 200 == await ended(upstream, call())
    assert 200 == await ended(upstream, call(method="POST"))
    assert 200 == await ended(upstream, call("system"))
    await asyncio.sleep(0.01)
    (copy,) = [asked for asked in inner.calls if asked.tier == "process~mirror"]
    assert (b"sluice-mirrored", b"1") in copy.headers
    assert all(said.is_closed for said in inner.said if said.status == 500)


async def test_a_copy_that_hangs_delays_nobody_and_more_are_not_made() -> None:
    """Two at once; closing gives them up."""

    class Hanging(Scripted):
        async def ask(self, call: Call, /) -> Any:
            if call.tier == "process~mirror":
                self.calls.append(call)
                await asyncio.get_running_loop().create_future()
            return await super().ask(call)

    inner = Hanging(lambda _: 200)
    upstream = mirroring(inner, at_once=2)
    async with asyncio.timeout(2):
        for _ in range(10):
            assert 200 == await ended(upstream, call())
            await asyncio.sleep(0)
        assert 2 == inner.tiers.count("process~mirror")
        await upstream.close()
    assert inner.is_closed


async def test_a_share_of_the_reads_is_copied() -> None:
    """By lot."""
    inner = Scripted(lambda _: 200)
    upstream = mirroring(inner, share=0.2)
    for _ in range(500):
        await ended(upstream, call())
        await asyncio.sleep(0)
    assert 60 <= inner.tiers.count("process~mirror") <= 140
    await upstream.close()
