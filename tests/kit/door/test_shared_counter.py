import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from kit.clock import SystemClock
from kit.door.counter import Ask, CounterLost, LocalCounter, Taken
from kit.door.link import Link
from kit.door.resp import Refused
from kit.door.shared import SharedCounter
from tests.redis import RedisServer, redis_server

pytestmark = pytest.mark.limiter
STRICT = Ask("k", 5, 3_600, strict=True)
LOOSE = Ask("k", 5, 3_600)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@asynccontextmanager
async def counting(server: RedisServer, *, wait_s: float = 1.0) -> AsyncIterator[tuple[SharedCounter, Link]]:
    link = Link(server.url, wait_s=wait_s)
    try:
        yield SharedCounter(link), link
    finally:
        await link.close()


async def take(counter: SharedCounter, *asks: Ask) -> Taken:
    taken = counter.take(asks)
    return taken if isinstance(taken, Taken) else await taken


async def back(counter: SharedCounter, *asks: Ask) -> Taken:
    """What is said as soon as the store is there again."""
    async with asyncio.timeout(5):
        while True:
            try:
                return await take(counter, *asks)
            except CounterLost:
                await asyncio.sleep(0.01)


async def test_it_decides_as_the_local_counter_does(server: RedisServer) -> None:
    """Same shapes, same costs, same order: the same verdicts and the same that is left."""
    dice, local = random.Random(7), LocalCounter(SystemClock())
    asks = [Ask("a", 40, 3_600), Ask("b", 25, 86_400, even=True), Ask("c", 60, 3_600), Ask("d", 33, 86_400, even=True)]
    async with counting(server) as (counter, _):
        for _ in range(300):
            wanted = [ask._replace(cost=dice.randint(1, 4)) for ask in dice.sample(asks, dice.randint(1, 4))]
            counter._refused.clear()  # what is remembered is what was left then
            ours, theirs = local.take(wanted), await take(counter, *wanted)
            assert (ours.allowed, ours.remaining) == (theirs.allowed, theirs.remaining)
            assert abs(ours.retry_after_s - theirs.retry_after_s) < 125  # slots begin at another moment


async def test_by_the_stores_time_no_second_sees_more_than_its_amount(server: RedisServer) -> None:
    """Asked without pause for more than three seconds; and what Retry-After says is right."""
    passed: list[tuple[float, float]] = []
    async with counting(server) as (counter, _):
        until = time.monotonic() + 3.2
        while time.monotonic() < until:
            asked = time.monotonic()
            taken = await take(counter, Ask("s", 20, 1))
            if taken.allowed:
                passed.append((asked, time.monotonic()))
            else:
                await asyncio.sleep(min(taken.retry_after_s + 0.001, 0.02))
    for first, (asked, _) in enumerate(passed):
        assert 20 >= sum(answered < asked + 1 for _, answered in passed[first:])
    assert 60 <= len(passed) <= 80


async def test_within_a_batch_each_request_takes_all_or_nothing(server: RedisServer) -> None:
    """Asked in one turn of the loop, and decided one after the other."""
    day, minute = Ask("day", 3, 86_400), Ask("minute", 50, 60)
    async with counting(server) as (counter, _):
        await take(counter, minute)
        taken = await asyncio.gather(*(take(counter, minute, day) for _ in range(40)))
        assert 3 == sum(each.allowed for each in taken)
        assert 45 == (await take(counter, minute)).remaining[0]


async def test_whoever_is_refused_costs_the_store_nothing_for_a_while(server: RedisServer) -> None:
    """Of 1,000 refusals in a row only the first asked."""
    async with counting(server) as (counter, link):
        for _ in range(6):
            await take(counter, LOOSE)
        before = await calls(link)
        refused = [counter.take([LOOSE]) for _ in range(1_000)]
        assert all(isinstance(each, Taken) and not each.allowed for each in refused)
        assert before == await calls(link)


async def calls(link: Link) -> int:
    """How often the script has run."""
    said = await link.ask("INFO", "commandstats")
    assert isinstance(said, bytes)
    (line,) = [line for line in said.splitlines() if line.startswith(b"cmdstat_evalsha:")]
    return int(line.split(b"calls=")[1].split(b",")[0])


@pytest.mark.req(246)
async def test_a_store_that_stalls_is_given_up_in_its_time_and_found_again(server: RedisServer) -> None:
    """The first to meet it waits 50 ms, everybody after that not at all; then it is simply there again."""
    async with counting(server, wait_s=0.05) as (counter, _):
        await take(counter, LOOSE)
        server.pause()
        began = time.monotonic()
        with pytest.raises(CounterLost):
            await take(counter, LOOSE)
        assert 0.04 < time.monotonic() - began < 0.25
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(CounterLost):
                await take(counter, LOOSE)
        assert time.monotonic() - began < 0.05
        server.go_on()
        assert (await back(counter, LOOSE)).allowed


async def test_what_a_lost_batch_took_is_given_back_where_it_was_refused(server: RedisServer) -> None:
    """Strict asks were refused, so the store gives their shares back; the others passed without it and keep them."""
    async with counting(server, wait_s=0.05) as (counter, _):
        for ask, left in ((STRICT, 3), (LOOSE._replace(key="l"), 2)):
            await back(counter, ask)
            server.pause()
            with pytest.raises(CounterLost):
                await take(counter, ask)
            server.go_on()
            assert left == (await back(counter, ask)).remaining[0]


async def test_a_store_without_memory_cannot_vouch_for_what_must_hold(server: RedisServer) -> None:
    """Strict limits are refused as unsure until their period is over; others go on from nothing."""
    async with counting(server) as (counter, _):
        assert (await take(counter, STRICT)).allowed
        server.kill()
        server.start()
        taken = await back(counter, STRICT)
        assert (False, True) == (taken.allowed, taken.unsure)
        assert 3_590 < taken.retry_after_s <= 3_600
        assert 4 == (await take(counter, LOOSE)).remaining[0]
        assert (await take(counter, Ask("short", 5, 1, strict=True))).unsure
        await asyncio.sleep(1.05)
        assert (await take(counter, Ask("short", 5, 1, strict=True))).allowed


async def test_somebody_new_does_not_make_an_old_loss_forgotten(server: RedisServer) -> None:
    """A new process takes an empty store for a new one; as soon as one that knew it comes, it is known better."""
    async with counting(server) as (old, link), counting(server) as (new, _):
        await take(old, STRICT)
        server.kill()
        await link.opened()
        server.start()
        assert (await back(new, STRICT)).allowed
        assert (await back(old, STRICT)).unsure
        assert (await take(new, STRICT._replace(cost=2))).unsure


async def test_a_store_that_keeps_goes_on_where_it_was() -> None:
    """With an append-only file a killed store has lost nothing."""
    with redis_server(keeps=True) as server:
        async with counting(server) as (counter, _):
            for _ in range(3):
                await take(counter, STRICT)
            server.kill()
            server.start()
            assert 1 == (await back(counter, STRICT)).remaining[0]


async def test_an_emptied_store_is_noticed(server: RedisServer) -> None:
    """FLUSHALL is a loss of memory as well; scripts that went with it are loaded again."""
    async with counting(server) as (counter, link):
        await take(counter, STRICT)
        await link.ask("FLUSHALL")
        await link.ask("SCRIPT", "FLUSH")
        assert (await back(counter, STRICT)).unsure


async def test_no_store_at_all_is_lost_at_once_and_found_later(server: RedisServer) -> None:
    """A gateway may start before its store."""
    server.kill()
    async with counting(server, wait_s=0.05) as (counter, _):
        with pytest.raises(CounterLost):
            await take(counter, LOOSE)
        server.start()
        assert (await back(counter, LOOSE)).allowed


async def test_what_redis_refuses_is_told(server: RedisServer) -> None:
    """An error is an error of its question only; those around it are answered."""
    async with counting(server) as (_, link):
        assert await link.opened()
        one, wrong, two = link.ask("SET", "a", 1), link.ask("INCR", "a", "b"), link.ask("GET", "a")
        assert b"OK" == await one
        with pytest.raises(Refused, match="ERR wrong number of arguments"):
            await wrong
        assert b"1" == await two
        assert await link.ask("GET", "none") is None
        assert 2 == await link.ask("INCR", "a")
