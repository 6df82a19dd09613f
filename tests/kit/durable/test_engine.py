from __future__ import annotations

import asyncio
import base64
import inspect
import os
import pickle
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS
from dbos._serialization import DefaultSerializer

from contracts.canonical.casework import CaseState
from contracts.problem import Kind, Problem
from kit.clock import SystemClock
from kit.durable import DurableSettings, migrate_all, open_durable
from kit.durable.engine import recover
from kit.durable.journal import Journal, refuse_pickle
from kit.durable.lease import LATE, Lease, end_process
from kit.durable.recording import decoded, encoded
from kit.store.url import blocking_url
from tests.kit.durable.bench import on, reaches
from tests.kit.durable.deal import StartDeal, World, road


def rows(url: str, query: str, **given: Any) -> list[Any]:
    """What a query finds, on a connection of its own; on SQLite the engine's tables have no schema."""
    plain = query.replace("dbos.", "") if url.startswith("sqlite") else query
    engine = sa.create_engine(blocking_url(url))
    try:
        with engine.begin() as connection:
            found = connection.execute(sa.text(plain), given)
            return list(found) if found.returns_rows else []
    finally:
        engine.dispose()


async def test_waits_across_a_restart(url: str) -> None:
    """An approval is waited for across a restart of the process; nothing done before is done again."""
    world = World()
    way = road(world)
    order = StartDeal(deal_id="D1", approval=True)
    async with on(url)(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        await reaches(durable, case_id, CaseState.WAITING_APPROVAL)
    async with on(url)(way) as durable:
        (item,) = (await durable.casebook.approvals(case_id=case_id)).items
        await durable.casebook.decide(item.approval_id, approve=True, by="bob", etag=item.etag, key="1")
        case = await reaches(durable, case_id, CaseState.COMPLETED)
    assert {"read_deal": 1, "open_project": 1, "tax": 1} == dict(world.calls)
    assert "bob" == case.facts["decided_by"]


async def test_an_api_process_only_asks(url: str) -> None:
    """A process without worker starts and decides; a worker carries what it started. No row is a pickle."""
    way = road(World())
    order = StartDeal(deal_id="D1", tax_known=False)
    async with on(url, worker=False)(way) as asking:
        case_id = (await asking.start(way, business_key="D1", start=order)).case_id
        assert CaseState.RUNNING is (await asking.standing(case_id)).summary.state
        async with on(url)(way) as working:
            await reaches(working, case_id, CaseState.EXCEPTION)
            (item,) = (await asking.casebook.exceptions()).items
            await asking.casebook.fix(item.exception_id, values={"tax_code": "EU-RC"}, by="ann", key="1")
            await reaches(asking, case_id, CaseState.COMPLETED)
    found = rows(
        url,
        """select serialization from dbos.workflow_status union
           select serialization from dbos.operation_outputs union
           select serialization from dbos.notifications""",
    )
    tags = {tag for (tag,) in found}
    assert "msgspec_json" in tags
    assert tags <= {"msgspec_json", "portable_json", None}


async def test_a_replay_sees_what_the_first_run_saw(url: str) -> None:
    """Run again from its journal, a run asks nobody anything and ends the same."""
    world = World(failures={"tax": [Problem(Kind.RATE_LIMITED, "slow_down")]})
    way = road(world)
    async with on(url)(way) as durable:
        order = StartDeal(deal_id="D1", pivot=True)
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        first = await reaches(durable, case_id, CaseState.COMPLETED)
        calls = dict(world.calls)
        journal = await asyncio.to_thread(DBOS.list_workflow_steps, case_id)
        again = await asyncio.to_thread(DBOS.fork_workflow, case_id, len(journal) + 1)
        await asyncio.to_thread(again.get_result, polling_interval_sec=0.05)
        replayed = await asyncio.to_thread(DBOS.list_workflow_steps, again.workflow_id)
        assert first.steps == (await durable.standing(case_id)).steps
    assert [step["function_name"] for step in journal] == [step["function_name"] for step in replayed]
    assert [step["output"] for step in journal] == [step["output"] for step in replayed]
    assert calls == dict(world.calls)


async def test_a_pickled_input_never_runs(url: str) -> None:
    """A row that claims to be a pickle ends as an error; its code is not run."""
    way = road(World())
    poison = base64.b64encode(pickle.dumps({"args": (os.getpid(),), "kwargs": {}})).decode()
    async with on(url, worker=False)(way) as asking:
        started = await asking.start(way, business_key="D1", start=StartDeal(deal_id="D1"))
    row = {"id": started.case_id, "poison": poison}
    rows(url, "update dbos.workflow_status set serialization = 'py_pickle' where workflow_uuid = :id", **row)
    rows(url, "update dbos.workflow_input set inputs = :poison where workflow_uuid = :id", **row)
    async with on(url)(way):
        await _until(lambda: rows(url, "select 1 from dbos.workflow_status where status = 'ERROR'") != [])
    with pytest.raises(TypeError, match="pickle"):
        DefaultSerializer().deserialize(poison)


def test_the_journal_is_json() -> None:
    """Values come back as plain JSON, failures as the problem they were."""
    refuse_pickle()
    problem = Problem(Kind.RATE_LIMITED, "slow_down", "later", retry_after_s=3.0, context={"a": "b"})
    back = decoded(encoded(problem))
    assert isinstance(back, Problem)
    assert problem.details() == back.details()
    odd = Journal().deserialize(Journal().serialize(ZeroDivisionError("x")))
    assert ("step_failed", "ZeroDivisionError: x") == (odd.code, odd.detail)
    assert {"args": (1,), "kwargs": {}} == Journal().deserialize('{"args": [1], "kwargs": {}}')


async def test_a_file_is_in_wal(tmp_path: Path) -> None:
    """An SQLite file is put into WAL before anyone opens it."""
    path = tmp_path / "deep" / "sluice.db"
    async with on(f"sqlite:///{path}", worker=False)(road(World())):
        pass
    with sqlite3.connect(path) as connection:
        mode = connection.execute("pragma journal_mode").fetchone()
    connection.close()
    assert ("wal",) == mode


async def test_the_reaper_uses_a_private_call(url: str) -> None:
    """The engine's private recovery gives a pending run of a dead executor back to its queue, once more counted."""
    assert ["executor_ids"] == list(inspect.signature(DBOS._recover_pending_workflows).parameters)
    way = road(World())
    async with on(url, worker=False)(way) as asking:
        case_id = (await asking.start(way, business_key="D1", start=StartDeal(deal_id="D1"))).case_id
    dead = "update dbos.workflow_status set status = 'PENDING', executor_id = 'dead', recovery_attempts = 1"
    rows(url, dead)
    async with on(url, beat_s=3600.0, lease_s=7200.0)(way) as durable:
        recover(["somebody else"])
        found = rows(url, "select status, queue_name, executor_id from dbos.workflow_status")
        assert [("PENDING", "sluice-roads", "dead")] == [tuple(row) for row in found]
        await asyncio.to_thread(recover, ["dead"])
        await reaches(durable, case_id, CaseState.COMPLETED)
    found = rows(url, "select queue_name, recovery_attempts from dbos.workflow_status")
    assert [("sluice-roads", 2)] == [tuple(row) for row in found]


def test_a_late_process_ends_itself(url: str) -> None:
    """An executor that cannot beat for half its lease ends itself, because peers may own its runs."""
    migrate_all(url)
    ended, done = [], threading.Event()

    def end(status: int) -> None:
        ended.append(status)
        done.set()

    lease = Lease(url, executor_id="me", app="a", version="a-1", beat_s=0.05, lease_s=0.01, recover=list, end=end)
    lease.beat()
    lease.start()
    assert done.wait(10)
    lease.release()
    assert [LATE] == ended
    assert [] == rows(url, "select 1 from executor_lease")


def test_who_ends_itself_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A process that fences itself leaves a word before it is gone, because a silent death explains nothing."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    end_process(LATE)
    assert ([LATE], True) == (ended, "the lease was not renewed in time" in caplog.text)


async def test_identity_cannot_be_overridden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that would change the executor's id or version is refused."""
    monkeypatch.setenv("DBOS__VMID", "local")
    settings = DurableSettings(url=f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(RuntimeError, match="DBOS__VMID"):
        async with open_durable(settings, roads=[], clock=SystemClock()):
            pass


async def test_two_applications_in_one_database(url: str) -> None:
    """A second application with a name of its own starts in the same database and leaves our runs alone."""
    way = road(World())
    async with on(url, worker=False)(way) as ours:
        case_id = (await ours.start(way, business_key="D1", start=StartDeal(deal_id="D1"))).case_id
        async with on(url, name="other")(road(World())):
            await asyncio.sleep(0.3)
            assert "" == (await ours.standing(case_id)).summary.step
        async with on(url)(way) as working:
            await reaches(working, case_id, CaseState.COMPLETED)


async def test_starting_at_once_makes_one_case(url: str) -> None:
    """Eight starts of one deal at the same moment make one case and attach to it seven times."""
    world = World()
    way = road(world)
    order = StartDeal(deal_id="D1")
    async with on(url)(way) as durable:
        starts = [durable.start(way, business_key="D1", start=order) for _ in range(8)]
        started = await asyncio.gather(*starts)
        await reaches(durable, started[0].case_id, CaseState.COMPLETED)
    assert 7 == sum(one.attached for one in started)
    assert 1 == world.calls["read_deal"]


async def _until(there: Callable[[], bool]) -> None:
    for _ in range(400):
        if await asyncio.to_thread(there):
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not happen in time")
