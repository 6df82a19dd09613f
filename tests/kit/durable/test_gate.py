from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from contracts.canonical.casework import CaseState
from kit.durable import MemoryDurable
from kit.durable.gate import Allowance, Priority, SharedGates
from kit.store import Store, migrate
from tests.kit.durable.bench import on, reaches
from tests.kit.durable.deal import StartDeal, World, road
from tests.kit.durable.gate_worker import CALLS, CONCURRENCY


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    migrate(url)
    opened = Store.at(url)
    yield opened
    await opened.close()


def gates(store: Store, **allowance: float) -> SharedGates:
    given = Allowance(**allowance)  # type: ignore[arg-type] # by name
    return SharedGates(store, {"erp": given}, chance=random.Random(1))


class Counting:
    """A vendor that counts who is in it at once."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.calls = 0

    async def serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        self.calls += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.01)
        self.inside -= 1
        writer.close()


@pytest.mark.req(64, 251)
async def test_three_processes_never_exceed_the_pool(url: str) -> None:
    """Three workers with four tasks each share three places: the vendor never sees a fourth call at once."""
    migrate(url)
    vendor = Counting()
    server = await asyncio.start_server(vendor.serve, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    command = (sys.executable, "-m", "tests.kit.durable.gate_worker", url, port)
    workers = [await asyncio.create_subprocess_exec(*command) for _ in range(3)]
    codes = await asyncio.wait_for(asyncio.gather(*(worker.wait() for worker in workers)), 60)
    server.close()
    assert [0, 0, 0] == codes
    assert 3 * CALLS == vendor.calls
    assert CONCURRENCY >= vendor.most
    assert vendor.most > 1


async def test_the_more_urgent_go_first(store: Store) -> None:
    """Billing overtakes what waits for analytics, in this process and in others; equals go in the order they asked."""
    here, there, order = gates(store, concurrency=1), gates(store, concurrency=1), list[str]()

    async def call(through: SharedGates, name: str, priority: Priority) -> None:
        async with through.passing("erp", priority=priority):
            order.append(name)

    async with here.passing("erp", priority=Priority.INTERACTIVE):
        waiting = [asyncio.create_task(call(here, "analytics", Priority.ANALYTICS))]
        await asyncio.sleep(0.15)
        waiting.append(asyncio.create_task(call(there, "people", Priority.INTERACTIVE)))
        await asyncio.sleep(0.15)
        waiting.append(asyncio.create_task(call(here, "billing", Priority.BILLING)))
        await asyncio.sleep(0.3)
    await asyncio.gather(*waiting)
    assert ["billing", "people", "analytics"] == order


async def test_a_rate_is_kept(store: Store) -> None:
    """Twenty a second after a burst of five: twelve calls of two workers take at least a third of a second."""
    through = [gates(store, per_second=20, burst=5) for _ in range(2)]
    began = time.monotonic()

    async def call(number: int) -> None:
        async with through[number % 2].passing("erp", priority=2):
            pass

    await asyncio.gather(*(call(number) for number in range(12)))
    assert 7 / 20 <= time.monotonic() - began


async def test_the_place_of_the_dead_is_free_again(store: Store) -> None:
    """A place nobody renews is given to the next; one that is held for long is renewed."""
    dead = "insert into vendor_slot values ('dead', 'erp', 1, 0, 1, :held)"
    async with store.write() as connection:
        await connection.execute(sa.text(dead), {"held": True})
    gate = gates(store, concurrency=1, lease_s=0.6)
    async with asyncio.timeout(10):
        async with gate.passing("erp", priority=2):
            blocked = asyncio.create_task(
                gates(store, concurrency=1, lease_s=0.6).passing("erp", priority=1).__aenter__()
            )
            await asyncio.sleep(1.2)
            assert not blocked.done()
        await blocked


async def test_a_giving_up_waiter_leaves_no_trace(store: Store) -> None:
    """Who is cancelled while waiting stands in nobody's way."""
    gate = gates(store, concurrency=1)
    async with gate.passing("erp", priority=2):
        waiting = asyncio.create_task(gate.passing("erp", priority=1).__aenter__())
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(2), gate.passing("erp", priority=3):
        pass
    async with store.read() as connection:
        assert [] == list(await connection.execute(sa.text("select 1 from vendor_slot")))


async def test_waits_hold_no_place(url: str) -> None:
    """A case that waits for a person holds no place at the gate: another case passes through a gate of one."""
    way = road(World())
    allowances = {name: Allowance(concurrency=1) for name in ("crm", "psa", "erp")}
    async with on(url, allowances=allowances)(way) as durable:
        parked = await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1", tax_known=False))
        await reaches(durable, parked.case_id, CaseState.EXCEPTION)
        other = await durable.start(way, business_key="D2", start=StartDeal(deal_id="D2"))
        await reaches(durable, other.case_id, CaseState.COMPLETED)


async def test_without_an_allowance_everything_passes() -> None:
    """In memory, and for connections nobody limited, there is no gate."""
    way = road(World())
    async with MemoryDurable.opened([way]) as durable:
        started = await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1"))
        await durable.settled(started.case_id)
