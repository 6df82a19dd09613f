"""The port on DBOS: a process-wide engine, opened once, closed in order; only one worker may be open in a process.

Roads run on the loop where the process opened its clients and its store; see `kit.durable.home`.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from dbos import DBOS, DBOSClient, DBOSConfig
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.clock import Clock
from kit.durable.desk import Desk, desk_at
from kit.durable.front import Front, roads_by_name
from kit.durable.gate import SharedGates
from kit.durable.governing import UNGOVERNED, Governance
from kit.durable.ground import check_environment, prepare
from kit.durable.home import HomeLoop
from kit.durable.journal import Journal, refuse_pickle
from kit.durable.journals import engine_standing, journal_of, rewind_to
from kit.durable.lease import Lease
from kit.durable.line import Lines
from kit.durable.order import EngineStanding, Order, Owed
from kit.durable.order import Journal as Recorded
from kit.durable.patience import Patience
from kit.durable.port import Durable, DurableSettings
from kit.durable.road import Road
from kit.durable.run import Run
from kit.durable.unreachable import wait_for_the_unreachable
from kit.store import Store
from kit.store.url import plain_url

T = TypeVar("T")

TOPIC: Final = "look"


class EngineMachine:
    """One run inside the engine."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    async def recorded(self, name: str, work: Callable[..., Awaitable[T]], answer: type[T], *, owed: Owed) -> T:
        """The journalled answer of this position, or the work done now; the same on the first run and on replay."""
        return msgspec.json.decode(await self._lines.line(name, work, owed=owed), type=answer)

    async def unrecorded(self, work: Callable[..., Awaitable[None]], *, owed: Owed) -> None:
        """Do work that is not journalled."""
        await self._lines.with_lines(work, owed=owed)

    async def listen(self, timeout_s: float) -> None:
        """Wait durably for a message."""
        await self._lines.write()
        await DBOS.recv_async(TOPIC, timeout_seconds=timeout_s)


class EnginePost:
    """Starts and wakes runs within the caller's transaction."""

    def __init__(self, client: DBOSClient, *, settings: DurableSettings, store: Store, names: Iterable[str]) -> None:
        self._client = client
        self._settings = settings
        self._store = store
        self._names = frozenset(names)

    async def enqueue(self, connection: AsyncConnection, *, road: Road, order: Order) -> None:
        """Begin a run once the transaction commits."""
        await connection.run_sync(
            lambda blocking: self._client.enqueue_in_transaction(
                blocking,
                {
                    "workflow_name": road.name,
                    "queue_name": queue_of(self._settings),
                    "workflow_id": order.case_id,
                    "app_version": version_of(self._settings),
                    "priority": road.priority,
                },
                msgspec.to_builtins(order),
            )
        )

    async def wake(self, connection: AsyncConnection, *, case_id: str, key: str) -> None:
        """Send the hint once the transaction commits; once for a key."""
        await connection.run_sync(
            lambda blocking: self._client.send_in_transaction(
                blocking, case_id, {"key": key}, TOPIC, idempotency_key=f"{case_id}/{key}"
            )
        )

    async def journal(self, case_id: str) -> Recorded:
        """What a run has recorded, in the words of a road."""
        return await asyncio.to_thread(journal_of, self._client, case_id)

    async def rewind(self, case_id: str, *, name: str) -> None:
        """Drop a closed run's journal from the first line of a name on and let it run from there."""
        await asyncio.to_thread(
            rewind_to, self._client, case_id, name, queue=queue_of(self._settings), version=version_of(self._settings)
        )

    async def forget(self, case_ids: list[str]) -> None:
        """Drop the journals of closed runs."""
        await asyncio.to_thread(self._client.delete_workflows, case_ids)

    async def standing(self, *, tenant: str) -> EngineStanding:  # noqa: ARG002 - one engine serves one tenant's deployable
        """What the engine holds."""
        row = {"app": self._settings.name, "version": version_of(self._settings), "names": sorted(self._names)}
        return await self._store.at_once(partial(engine_standing, row))


@asynccontextmanager
async def open_durable(
    settings: DurableSettings,
    *,
    roads: Iterable[Road],
    clock: Clock,
    patience: Patience | None = None,
    chance: random.Random | None = None,
    governance: Governance = UNGOVERNED,
) -> AsyncIterator[Durable]:
    """The engine, open for the block: with `worker` it runs roads, without it only starts and answers for them.

    Raises:
        RuntimeError: the environment would override the engine's identity.

    """
    known = roads_by_name(roads)
    check_environment()
    refuse_pickle()
    wait_for_the_unreachable()
    await asyncio.to_thread(prepare, settings)
    store = Store.at(settings.url, pool=settings.pool)
    luck = chance or random.Random()
    desk = desk_at(
        store,
        clock=clock,
        patience=patience or Patience(),
        chance=luck,
        gates=SharedGates(store, settings.allowances, chance=luck),
        slice_s=settings.slice_s,
        governance=governance,
    )
    try:
        client = await asyncio.to_thread(_client, settings)
        try:
            async with _working(settings, roads=known.values(), desk=desk, client=client):
                post = EnginePost(client, settings=settings, store=store, names=known)
                yield Front(store, roads=known.values(), clock=clock, tenant=settings.tenant, post=post)
        finally:
            client.destroy()
    finally:
        await store.close()


def queue_of(settings: DurableSettings) -> str:
    """The one queue of a deployable. Roads wait on it for people, so it has no limits: vendors are limited by call."""
    return f"{settings.name}-roads"


def version_of(settings: DurableSettings) -> str:
    """The version that owns runs; a constant, for a hash of the code would strand them at each deploy."""
    return f"{settings.name}-{settings.version}"


@asynccontextmanager
async def _working(
    settings: DurableSettings, *, roads: Iterable[Road], desk: Desk, client: DBOSClient
) -> AsyncIterator[None]:
    if not settings.worker:
        yield
        return
    executor_id = settings.executor_id or str(uuid.uuid4())
    engine = DBOS(config=_config(settings, executor_id=executor_id))
    home = HomeLoop.given_to(engine)
    for road in roads:
        _register(road, desk=desk, engine=engine)
    lease = await asyncio.to_thread(_lease, settings, executor_id)
    try:
        await asyncio.to_thread(_launch, settings, client)
        lease.start()
        yield
    finally:
        await home.away(partial(_end, lease, drain_s=settings.drain_s))
        await asyncio.to_thread(lease.release)


def _register(road: Road, *, desk: Desk, engine: DBOS) -> None:
    async def carry(order: dict[str, Any]) -> None:
        run = Run(msgspec.convert(order, Order), road=road, machine=EngineMachine(Lines(engine)), desk=desk)
        await run.drive()

    DBOS.workflow(name=road.name, max_recovery_attempts=None)(carry)


def _launch(settings: DurableSettings, client: DBOSClient) -> None:
    """The queue stands before the engine looks for queues: it looks once a second, and the first case would wait."""
    client.register_queue(
        queue_of(settings),
        worker_concurrency=settings.at_once or None,
        polling_interval_sec=settings.poll_s,
        on_conflict="always_update",
    )
    DBOS.launch()


def _end(lease: Lease, *, drain_s: int) -> None:
    """A lease that reaped while the engine ends would call for an engine that is gone."""
    lease.stand_by()
    DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=drain_s)


def _lease(settings: DurableSettings, executor_id: str) -> Lease:
    lease = Lease(
        settings.url,
        executor_id=executor_id,
        app=settings.name,
        version=version_of(settings),
        beat_s=settings.beat_s,
        lease_s=settings.lease_s,
        recover=recover,
    )
    lease.beat()
    return lease


def recover(executor_ids: list[str]) -> None:
    """Give the pending runs of dead executors back to their queue, attempts and queue kept.

    The engine's own call for it is private, and the public way drops deadlines and attempts; a test pins it.
    """
    DBOS._recover_pending_workflows(executor_ids)  # noqa: SLF001 - see above


def _config(settings: DurableSettings, *, executor_id: str) -> DBOSConfig:
    return {
        "name": settings.name,
        "system_database_url": plain_url(settings.url),
        "application_version": version_of(settings),
        "executor_id": executor_id,
        "serializer": Journal(),
        "run_migrations": False,
        "sys_db_pool_size": settings.pool,
        "max_executor_threads": settings.threads,
        "notification_listener_polling_interval_sec": settings.listen_s,
        "scheduler_polling_interval_sec": 30.0,
        "log_level": "WARNING",
    }


def _client(settings: DurableSettings) -> DBOSClient:
    return DBOSClient(system_database_url=plain_url(settings.url), serializer=Journal(), application_name=settings.name)
