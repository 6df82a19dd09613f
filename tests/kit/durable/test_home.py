"""Roads on the loop of the process: where they run, how they end, and what of the engine's inside that rests on."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from dbos import DBOS
from dbos import _dbos as inside
from dbos._event_loop import BackgroundEventLoop
from dbos._sys_db import SystemDatabase
from msgspec import Struct

from contracts.canonical.casework import CaseState
from kit.durable import Effect, Road, step
from kit.durable.home import HomeLoop
from tests.kit.durable.bench import on, reaches
from tests.kit.durable.deal import StartDeal, World, road
from tests.kit.durable.test_engine import rows


class Begin(Struct, frozen=True, kw_only=True):
    number: int = 0


@dataclass
class Slow:
    """A vendor that answers the second time it is asked, and remembers on which loop it was, and how calls ended."""

    began: asyncio.Event = field(default_factory=asyncio.Event)
    loops: list[asyncio.AbstractEventLoop] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    @step(system="erp")
    async def act(self, effect: Effect) -> str:
        """Answer, or wait for ever."""
        self.loops.append(asyncio.get_running_loop())
        self.began.set()
        try:
            if effect.attempt == 1:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.ended.append("cancelled")
            raise
        self.ended.append("answered")
        return effect.key


def slow_road(slow: Slow) -> Road:
    async def run(steps: Slow, _start: Begin) -> None:
        slow.loops.append(asyncio.get_running_loop())
        await steps.act()

    return Road(process="slow_deal", version=1, run=run, steps=slow, starts=Begin)


async def test_a_road_ends_before_its_worker_has_closed(url: str) -> None:
    """Closing a worker in mid-step cancels the step, waits for its end and closes no case; the next worker goes on."""
    slow = Slow()
    way = slow_road(slow)
    async with on(url)(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=Begin())).case_id
        await asyncio.wait_for(slow.began.wait(), 30)
    assert ["cancelled"] == slow.ended
    assert [("PENDING",)] == [tuple(row) for row in rows(url, "select status from dbos.workflow_status")]
    async with on(url)(way) as durable:
        case = await reaches(durable, case_id, CaseState.COMPLETED)
    assert (["cancelled", "answered"], 2) == (slow.ended, case.steps[0].attempts)


async def test_roads_run_on_the_loop_of_the_process(url: str) -> None:
    """A road and its steps run where the process does its I/O, and its threads serve on after the engine has ended."""
    slow = Slow()
    way = slow_road(slow)
    async with on(url)(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=Begin())).case_id
        await asyncio.wait_for(slow.began.wait(), 30)
    async with on(url)(way) as durable:
        await reaches(durable, case_id, CaseState.COMPLETED)
    assert {asyncio.get_running_loop()} == set(slow.loops)
    assert 7 == await asyncio.to_thread(lambda: 7)


async def test_the_loop_never_waits_for_itself() -> None:
    """A coroutine handed over on the loop itself is refused, because waiting for it would stop everything."""
    loop = HomeLoop(None)  # type: ignore[arg-type] # no engine is asked
    with pytest.raises(RuntimeError, match="wait for itself"):
        loop.submit_coroutine(asyncio.sleep(0))


async def test_lines_are_what_the_engine_would_have_written(url: str) -> None:
    """Names, positions, answers and tags in the journal are those of the engine's own steps, which can read them."""
    way = road(World())
    async with on(url)(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1"))).case_id
        await reaches(durable, case_id, CaseState.COMPLETED)
        steps = await asyncio.to_thread(DBOS.list_workflow_steps, case_id)
    assert [(1, "read_deal"), (2, "open_project"), (3, "tax")] == [
        (line["function_id"], line["function_name"]) for line in steps
    ]
    assert ["done"] * 3 == [(line["output"] or {}).get("kind") for line in steps]
    found = rows(url, "select serialization, started_at_epoch_ms, completed_at_epoch_ms from dbos.operation_outputs")
    assert {"msgspec_json"} == {row[0] for row in found}
    assert all(0 < row[1] <= row[2] for row in found)


@pytest.mark.parametrize(
    ("call", "takes"),
    [
        (BackgroundEventLoop.start, ["self", "executor"]),
        (BackgroundEventLoop.stop, ["self", "timeout"]),
        (BackgroundEventLoop.submit_coroutine, ["self", "coro"]),
        (SystemDatabase.check_operation_execution, ["self", "workflow_id", "function_id", "function_name"]),
        (SystemDatabase.record_operation_result, ["self", "result"]),
    ],
)
def test_the_inside_of_the_engine_is_as_it_was(call: Callable[..., Awaitable[Any]], takes: list[str]) -> None:
    """What we use of the engine without its promise still takes what we give it."""
    plain = [
        name
        for name, parameter in inspect.signature(call).parameters.items()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    assert takes == plain


def test_the_engine_asks_nothing_else_of_its_loop() -> None:
    """The engine starts, stops and uses its loop by the three calls that ours answers."""
    source = inspect.getsource(inside)
    asked = {part.split("(")[0].split(",")[0].strip() for part in source.split("self._background_event_loop.")[1:]}
    assert {"start", "stop", "submit_coroutine"} == asked
