"""One measurement in a process of its own: a run of the room over a store that is filled, on the durable engine.

`python -m load.reconciliation.run fill|run OBJECTS URL`; a run prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

import process_apis.reconciliation as room
from contracts.canonical.casework import CaseState
from contracts.canonical.reconciliation import Break, BreakState, ReconciliationRun
from contracts.process.reconciliation import Reconciliation, StartReconciliation
from kit.caller import Caller, calling
from kit.clock import SystemClock
from kit.durable import Durable, DurableSettings, migrate_all, open_durable
from kit.room import Room, Tools
from kit.store import Store
from kit.store.tables import CASE_STEP
from load.host import cpu_s
from load.reconciliation.books import SeededBooks
from load.reconciliation.fill import fill
from load.reconciliation.planted import Planted, Where, planted
from load.reconciliation.systems import SeededCrm, SeededErp, SeededPsa

TENANT: Final = "default"
RUN_ID: Final = "bench"
EACH: Final = 10
DEADLINE_S: Final = 1_800.0
MANIFEST: Final = tomllib.loads((Path(room.__file__).parent / "process.toml").read_text(encoding="utf-8"))
CALLER: Final = Caller(subject="bench", scopes=frozenset({"reconciliation:start"}))


class NotFoundExactly(Exception):
    """The run did not find the planted breaks and no others."""


class Systems:
    """The three systems of the firm, by role."""

    def __init__(self, firm: Planted) -> None:
        self._systems = {"crm": SeededCrm(firm), "psa": SeededPsa(firm), "erp": SeededErp(firm)}

    def connect(self, contract: object, role: str) -> Any:
        """The system of a role."""
        del contract
        return self._systems[role]


def firm_of(objects: int) -> Planted:
    """The firm that is reconciled, with its breaks; one of few contracts has as many sorts as it has contracts."""
    books = SeededBooks.of_size(objects)
    each = max(1, min(EACH, books.contracts // len(Where)))
    return planted(books, each, among=tuple(Where)[: books.contracts])


async def filled(objects: int, url: str) -> None:
    """Put our own side of the firm into an empty store."""
    await asyncio.to_thread(migrate_all, url)
    store = Store.at(url)
    await fill(store, firm_of(objects), tenant=TENANT)
    await store.close()


async def measured(objects: int, url: str) -> dict[str, Any]:
    """Reconcile once.

    Raises:
        NotFoundExactly: something was overlooked or invented.

    """
    firm = firm_of(objects)
    held: list[Durable] = []
    built = _room(firm, held)
    settings = DurableSettings(url=url, tenant=TENANT)
    async with open_durable(settings, roads=built.roads, clock=SystemClock()) as durable:
        held.append(durable)
        service: Reconciliation = built.mounts[0].service  # type: ignore[assignment] # the room says which it is
        spent, began = cpu_s(), time.monotonic()
        run = await _run(service, durable)
        took, spent = time.monotonic() - began, cpu_s() - spent
        found = await _found(service)
        steps = await _steps(durable.store, run.case_id)
    if found != firm.expected():
        overlooked, invented = firm.expected() - found, found - firm.expected()
        raise NotFoundExactly(f"overlooked {sorted(overlooked)[:3]}, invented {sorted(invented)[:3]}")
    compared = sum(each.compared for each in run.counts)
    return {
        "objects": compared,
        "records": run.read,
        "breaks": len(found),
        "s": round(took, 2),
        "cpu_s": round(spent, 2),
        "objects_per_s": round(compared / took),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "steps_s": steps,
    }


def _room(firm: Planted, held: list[Durable]) -> Room:
    tools = Tools(
        name="reconciliation",
        manifest=MANIFEST,
        clock=SystemClock(),
        random=random.Random(1),
        tenant=TENANT,
        http=lambda **_: None,  # type: ignore[arg-type] # a process has no vendor client
        peers=Systems(firm),
        durable=lambda: held[0],
        connections={"crm": "crm-main", "erp": "erp-main", "psa": "psa-main"},
    )
    return room.build(room.Config(), tools)


async def _run(service: Reconciliation, durable: Durable) -> ReconciliationRun:
    today = SystemClock().now().date()
    with calling(CALLER):
        begun = await service.start(body=StartReconciliation(run_id=RUN_ID, as_of=today), idempotency_key=RUN_ID)
    async with asyncio.timeout(DEADLINE_S):
        while (await durable.standing(begun.case_id)).summary.state is CaseState.RUNNING:
            await SystemClock().sleep(0.2)
    return await service.run(run_id=RUN_ID)


async def _found(service: Reconciliation) -> set[tuple[str, str, str]]:
    found: list[Break] = []
    for state in (BreakState.OPEN, BreakState.IN_FLIGHT):
        cursor: str | None = ""
        while cursor is not None:
            page = await service.breaks(state=state, cursor=cursor, limit=200)
            found += page.items
            cursor = page.next_cursor
    return {(each.row.kind.value, each.row.key, each.break_class.value) for each in found}


async def _steps(store: Store, case_id: str) -> dict[str, float]:
    """Seconds by the name of a step."""
    query = sa.select(CASE_STEP.c.name, CASE_STEP.c.elapsed_ms).where(CASE_STEP.c.case_id == case_id)
    spent: Counter[str] = Counter()
    async with store.read() as connection:
        for row in await connection.execute(query):
            spent[row.name.rpartition("-")[0] or row.name] += row.elapsed_ms
    return {name: round(ms / 1000, 2) for name, ms in spent.most_common()}


if __name__ == "__main__":
    asked, size, where = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    try:
        if asked == "fill":
            asyncio.run(filled(size, where))
        else:
            print(json.dumps(asyncio.run(measured(size, where))))
    except NotFoundExactly as fault:
        sys.exit(f"not found exactly: {fault}")
