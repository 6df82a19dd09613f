"""The workers that `engine_overhead` measures: the same steps carried by our layer, and by the plain engine alone.

Both run on the loop that every process of ours runs on, and with the same settings of the engine.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from pathlib import Path
from typing import Final

import uvloop
from dbos import DBOS, DBOSClient
from msgspec import Struct

from kit.clock import SystemClock
from kit.durable import DurableSettings, Effect, Road, open_durable, step
from kit.durable.engine import queue_of, version_of
from kit.store.url import plain_url

STEPS: Final = 6
_AT_ONCE: Final = 16
_POLL_S: Final = 0.5  # looking costs by the clock and not by the step: seldom, or a busy machine looks dear


class Begin(Struct, frozen=True, kw_only=True):
    """What a case begins with."""

    number: int


class Steps:
    """Steps that do nothing, so that only the engine is measured."""

    @step(system="erp")
    async def act(self, effect: Effect, number: int) -> dict[str, str]:
        """Answer as a vendor would."""
        return {"key": effect.key, "number": str(number)}


def begin_plain(url: str, *, first: int, cases: int) -> None:
    """Enqueue so many runs of the plain engine."""
    settings = _settings(url, worker=False)
    client = DBOSClient(system_database_url=plain_url(url), application_name=settings.name)
    for number in range(first, first + cases):
        client.enqueue(
            {
                "workflow_name": _road().name,
                "queue_name": queue_of(settings),
                "workflow_id": f"plain-{number}",
                "app_version": version_of(settings),
            },
            {"number": number},
        )
    client.destroy()


async def begin_ours(url: str, *, first: int, cases: int) -> None:
    """Start so many cases."""
    road = _road()
    async with open_durable(_settings(url, worker=False), roads=[road], clock=SystemClock()) as durable:
        for number in range(first, first + cases):
            await durable.start(road, business_key=str(number), start=Begin(number=number))


async def _ours(url: str, ready: Path) -> None:
    async with open_durable(_settings(url, worker=True), roads=[_road()], clock=SystemClock()):
        await asyncio.to_thread(ready.touch)
        await asyncio.Event().wait()


async def _plain(url: str, ready: Path) -> None:
    settings = _settings(url, worker=True)

    async def act(number: int) -> dict[str, str]:
        return {"key": f"overhead-{number}", "number": str(number)}

    async def walk(start: dict[str, int]) -> None:
        for number in range(STEPS):
            await DBOS.run_step_async({"name": "act"}, act, start["number"] + number)

    DBOS.workflow(name=_road().name)(walk)
    DBOS(
        config={
            "name": settings.name,
            "system_database_url": plain_url(url),
            "application_version": version_of(settings),
            "executor_id": str(uuid.uuid4()),
            "run_migrations": False,
            "sys_db_pool_size": settings.pool,
            "max_executor_threads": settings.threads,
            "log_level": "WARNING",
        }
    )
    await asyncio.to_thread(_plain_queue, settings)
    DBOS.launch()  # on the loop, and so the engine runs its roads here; nothing else waits for it
    await asyncio.to_thread(ready.touch)
    await asyncio.Event().wait()


def _plain_queue(settings: DurableSettings) -> None:
    client = DBOSClient(system_database_url=plain_url(settings.url), application_name=settings.name)
    client.register_queue(queue_of(settings), polling_interval_sec=settings.poll_s, worker_concurrency=settings.at_once)
    client.destroy()


async def _walk(steps: Steps, start: Begin) -> None:
    for number in range(STEPS):
        await steps.act(start.number + number)


def _road() -> Road:
    return Road(process="overhead", version=1, run=_walk, steps=Steps(), starts=Begin)


def _settings(url: str, *, worker: bool) -> DurableSettings:
    return DurableSettings(url=url, worker=worker, migrate=False, poll_s=_POLL_S, at_once=_AT_ONCE)


if __name__ == "__main__":
    uvloop.run({"plain": _plain, "ours": _ours}[sys.argv[1]](sys.argv[2], Path(sys.argv[3])))
