"""Lines of a journal that travel with what the run records next: the same rows, fenced, and waited for."""

from __future__ import annotations

import asyncio
import inspect
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from dbos._context import DBOSContext
from dbos._schemas.system_database import SystemSchema
from dbos._sys_db import SystemDatabase
from msgspec import Struct
from sqlalchemy.exc import OperationalError

from contracts.canonical.casework import CaseState
from kit.durable import Effect, Road, step
from tests.kit.durable.bench import on, reaches
from tests.kit.durable.deal import StartDeal, World, road
from tests.kit.durable.test_engine import rows


class Begin(Struct, frozen=True, kw_only=True):
    """Nothing to begin with."""


@dataclass
class Two:
    """Two steps, of which the first meets with something; it remembers who was called."""

    url: str = ""
    lost: int = 0
    calls: list[str] = field(default_factory=list)

    @step(system="erp")
    async def first(self, effect: Effect) -> int:
        """Answer, once the database does; where there is a URL, somebody takes the run over meanwhile."""
        self.calls.append("first")
        if len(self.calls) <= self.lost:
            raise OperationalError(None, None, Exception("the database is away"))
        if self.url and effect.attempt == 1:
            gone = "update dbos.workflow_status set executor_id = 'gone', owner_xid = 'gone'"
            await asyncio.to_thread(rows, self.url, gone)
        return effect.attempt

    @step(system="erp")
    async def second(self, effect: Effect) -> int:
        """Answer."""
        self.calls.append("second")
        return effect.attempt


def two_road(two: Two) -> Road:
    async def run(steps: Two, _start: Begin) -> None:
        await steps.first()
        await steps.second()

    return Road(process="two", version=1, run=run, steps=two, starts=Begin)


async def journal_up_to(url: str, name: str) -> list[dict[str, Any]]:
    """The lines as they are kept, once one of a name is there."""
    deadline = time.monotonic() + 30
    while True:
        found = await asyncio.to_thread(rows, url, "select * from dbos.operation_outputs order by function_id")
        if any(row.function_name == name for row in found):
            return [row._asdict() for row in found]
        assert time.monotonic() < deadline, f"no line {name}"
        await asyncio.sleep(0.02)


@pytest.mark.req(243)
async def test_a_run_that_was_taken_over_intends_nothing(url: str) -> None:
    """Whose run went to another executor in mid-step writes neither its line nor the next intent, and calls nobody."""
    two = Two(url=url)
    way = two_road(two)
    async with on(url)(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=Begin())).case_id
        case = await reaches(durable, case_id, CaseState.COMPLETED)
    assert ["first", "first", "second"] == two.calls
    assert [("first", 2), ("second", 1)] == [(each.name, each.attempts) for each in case.steps]
    written = rows(url, "select function_name, output from dbos.operation_outputs order by function_id")
    assert ["first", "second"] == [row[0] for row in written]
    assert '"result":"2"' in written[0][1]  # what the heir was answered


async def test_lines_are_the_same_whoever_writes_them(url: str) -> None:
    """A line that travels with an intent fills the columns that the engine fills, with values of the same kinds."""
    way = road(World())
    start = StartDeal(deal_id="D1", approval=True)
    async with on(url)(way) as durable:
        await durable.start(way, business_key="D1", start=start)
        found = await journal_up_to(url, "decision")
    travelled = next(line for line in found if line["function_name"] == "read_deal")
    by_engine = next(line for line in found if line["function_name"] == "decision")  # written before it listens
    assert {name: type(value) for name, value in by_engine.items()} == {
        name: type(value) for name, value in travelled.items()
    }
    alike = ("workflow_uuid", "application_name", "serialization", "child_workflow_id", "error")
    assert [by_engine[name] for name in alike] == [travelled[name] for name in alike]
    assert 60_000 > abs(by_engine["retention_timestamp"] - travelled["retention_timestamp"])


@pytest.mark.parametrize(("lost", "ends"), [(1, CaseState.COMPLETED), (2, CaseState.FAILED)])
async def test_a_database_that_was_away_is_given_one_more_try(url: str, lost: int, ends: CaseState) -> None:
    """A step that lost its database is done again once the engine has reached its own; a second loss fails the case."""
    two = Two(lost=lost)
    way = two_road(two)
    async with on(url)(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=Begin())).case_id
        case = await reaches(durable, case_id, ends)
    assert (2, lost == 1) == (two.calls.count("first"), "second" in two.calls)
    assert 2 == case.steps[0].attempts


def test_the_journal_of_the_engine_is_as_it_was() -> None:
    """Our statement names every column of a line, and what it takes of a context is there."""
    line = {
        *("workflow_uuid", "function_id", "function_name", "output", "error", "child_workflow_id"),
        *("started_at_epoch_ms", "completed_at_epoch_ms", "serialization", "application_name", "retention_timestamp"),
    }
    assert line == set(SystemSchema.operation_outputs.c.keys())
    assert {"workflow_id", "owner_xid", "function_id"} <= vars(DBOSContext()).keys()
    assert "completed_at_epoch_ms" in inspect.signature(SystemDatabase.record_operation_result).parameters
    refusal = inspect.getsource(SystemDatabase._record_operation_result_txn)
    assert "DBOSStepNondeterminismError" in refusal
    assert "DBOSWorkflowConflictIDError" in inspect.getsource(SystemDatabase._check_owner_txn)
