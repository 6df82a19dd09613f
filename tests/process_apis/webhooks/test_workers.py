"""Several workers over one store, one of which may die at any moment; what locks decide also on PostgreSQL."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.canonical.webhooks import DeliveryState
from kit.caller import calling
from kit.store import Store
from kit.store.webhooks import WEBHOOK_ATTEMPT, WEBHOOK_MESSAGE
from tests.kit.egress.receiver import OK, Heard, Receiver, receiving
from tests.process_apis.webhooks.test_telling import url
from tests.process_apis.webhooks.world import ACME, World, posted, world

ROOT = Path(__file__).parents[3]
EVENTS = 12
EITHER = pytest.mark.parametrize(
    "shared", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
async def workers(shared: Store) -> AsyncIterator[list[World]]:
    """Three workers over one store and one clock."""
    first = world(shared)
    made = [first, *(world(shared, clock=first.clock, seed=seed) for seed in (2, 3))]
    yield made
    for each in made:
        await each.delivering.sender.close()


async def slowly(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    """Take a moment, in which another worker could come."""
    await asyncio.sleep(0.01)
    writer.write(OK)


async def attempts(store: Store) -> list[tuple[int, int, str]]:
    """Every attempt: of which message, the so manieth, with what outcome."""
    attempt = WEBHOOK_ATTEMPT.c
    async with store.read() as connection:
        rows = await connection.execute(
            sa.select(attempt.message, attempt.number, attempt.outcome).order_by(attempt.message, attempt.number)
        )
        return [(row.message, row.number, row.outcome) for row in rows]


@EITHER
async def test_workers_share_without_telling_twice(workers: list[World], receiver: Receiver) -> None:
    """Each event becomes one message, each message one attempt, in order, one at a time to each endpoint."""
    receiver.says = [slowly]
    first = workers[0]
    await first.endpoint(url(receiver))
    await first.happened(*(posted(number) for number in range(EVENTS)))
    for _ in range(2):
        await asyncio.gather(*(each.deliver() for each in workers))

    heard = [json.loads(each.body)["data"]["invoice_id"] for each in receiver.heard]
    assert [f"inv-{number}" for number in range(EVENTS)] == heard
    assert 1 == receiver.most_at_once
    assert [(1, "delivered")] * EVENTS == [(number, how) for _, number, how in await attempts(first.store)]


async def test_a_page_is_written_by_one_worker(workers: list[World], receiver: Receiver) -> None:
    """All read the same page; whoever comes second finds the place moved and gives its page up."""
    first = workers[0]
    name = (await first.endpoint(url(receiver))).endpoint.endpoint_id
    await first.happened(*(posted(number) for number in range(EVENTS)))
    await asyncio.gather(*(each.fanout.look() for each in workers))
    async with first.store.read() as connection:
        messages = (await connection.execute(sa.select(sa.func.count()).select_from(WEBHOOK_MESSAGE))).scalar_one()

    assert (EVENTS, EVENTS) == (messages, len(await first.log(name)))


async def test_a_killed_worker_leaves_a_message_that_is_sent_again(
    shared: Store, receiver: Receiver, workers: list[World]
) -> None:
    """At least once, under one id: its attempt stands unfinished, and nobody takes over before its lease ends."""
    first = workers[0]
    name = (await first.endpoint(url(receiver))).endpoint.endpoint_id
    await first.happened(posted(1))
    address = shared.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.process_apis.webhooks.mortal", address, first.clock.now().isoformat()]
    mortal = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    heard = asyncio.Event()

    async def kill(_heard: Heard, _writer: asyncio.StreamWriter) -> None:
        os.kill(mortal.pid, signal.SIGKILL)
        heard.set()
        await mortal.wait()

    receiver.says = [kill, slowly]
    async with asyncio.timeout(30):
        await heard.wait()
        await mortal.wait()
    first.clock.advance(10)
    await first.deliver()
    too_early = len(receiver.heard)
    first.clock.advance(60)
    await first.deliver()
    with calling(ACME):
        (told,) = (await first.service.deliveries(endpoint_id=name)).items

    assert (1, 2) == (too_early, len(receiver.heard))
    assert 1 == len({(each.headers["webhook-id"], each.body) for each in receiver.heard})
    assert ["unfinished", "delivered"] == [how for _, _, how in await attempts(shared)]
    assert (DeliveryState.DELIVERED, 2) == (told.state, told.attempts)


@EITHER
async def test_a_worker_that_slept_through_its_lease_settles_nothing_of_others(
    workers: list[World], receiver: Receiver
) -> None:
    """It wakes after another took over: its attempt is written down, and the message stays as the other left it."""
    first, second, _ = workers
    name = (await first.endpoint(url(receiver))).endpoint.endpoint_id
    await first.happened(posted(1))
    await first.fanout.look()
    (lane,) = await first.delivering.lanes.claim(5)
    parcel = await first.delivering.lanes.begin(lane)
    assert parcel is not None
    first.clock.advance(61)
    await second.deliver()
    answered = await first.delivering._sent(parcel)
    await first.delivering.lanes.settle(parcel, answered, origin="x")
    after = await first.delivering.lanes.begin(lane)
    await first.delivering.lanes.release(lane)

    assert after is None
    assert [(1, "delivered"), (2, "delivered")] == [(number, how) for _, number, how in await attempts(first.store)]
    assert [2] == [each.attempts for each in await first.log(name)]


async def test_a_replay_asked_for_meanwhile_is_not_lost(workers: list[World], receiver: Receiver) -> None:
    """The attempt in hand ends well, and the message goes out once more all the same."""
    first = workers[0]
    name = (await first.endpoint(url(receiver))).endpoint.endpoint_id
    await first.happened(posted(1))
    await first.fanout.look()
    (told,) = await first.log(name)

    async def asked(_heard: Heard, writer: asyncio.StreamWriter) -> None:
        with calling(ACME):
            await first.service.replay(endpoint_id=name, message_id=told.message_id, idempotency_key="meanwhile")
        writer.write(OK)

    receiver.says = [asked, slowly]
    await first.deliver()

    assert [DeliveryState.DELIVERED] == [each.state for each in await first.log(name)]
    assert 2 == len(receiver.heard)


async def test_a_slow_endpoint_holds_up_nobody_else(workers: list[World], receiver: Receiver) -> None:
    """While one keeps us waiting the others are told."""
    held = asyncio.Event()

    async def waits(_heard: Heard, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.write(OK)

    first = workers[0]
    async with receiving() as slow:
        slow.says = [waits]
        await first.endpoint(url(slow))
        await first.endpoint(url(receiver))
        await first.happened(posted(1), posted(2))
        await first.fanout.look()
        await first.delivering.look()
        async with asyncio.timeout(10):
            while len(receiver.heard) < 2:  # noqa: ASYNC110 - the receiver tells nobody
                await asyncio.sleep(0.01)
        before = len(slow.heard)
        held.set()
        await first.delivering.settled()

    assert (1, 2) == (before, len(slow.heard))
