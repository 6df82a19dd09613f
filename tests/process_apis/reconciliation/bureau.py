"""The room of reconciliation over a seeded firm and the engine in memory, in the words of the tests."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import process_apis.reconciliation as room
from contracts.canonical.casework import CaseFile, ExceptionItem
from contracts.canonical.reconciliation import Break, BreakState, ReconciliationRun
from contracts.process.reconciliation import StartReconciliation
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.durable.governing import UNGOVERNED, Governance
from kit.durable.memory import MemoryDurable
from kit.room import Tools
from load.reconciliation.fill import fill
from load.reconciliation.planted import Planted
from load.reconciliation.systems import SeededCrm, SeededErp, SeededPsa
from process_apis.reconciliation.service import ReconciliationService

MANIFEST = tomllib.loads((Path(room.__file__).parent / "process.toml").read_text())
OLIVIA = Caller(subject="olivia.ops", scopes=frozenset({"reconciliation:start"}), roles=frozenset({"operations"}))
FELIX = Caller(subject="felix.finance", scopes=frozenset({"reconciliation:close"}), roles=frozenset({"finance"}))
TODAY = dt.date(2026, 8, 1)


@dataclass
class Systems:
    """The three systems, by role; a test changes what they hold by planting anew."""

    crm: Any
    psa: Any
    erp: Any

    @classmethod
    def of(cls, planted: Planted) -> Systems:
        """The systems of a firm."""
        return cls(SeededCrm(planted), SeededPsa(planted), SeededErp(planted))

    def connect(self, contract: object, role: str) -> Any:
        """The system itself, whichever is plugged in when it is asked."""
        del contract
        return _Plugged(self, role)


class _Plugged:
    def __init__(self, systems: Systems, role: str) -> None:
        self._systems = systems
        self._role = role

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._systems, self._role), name)


@dataclass
class Bureau:
    """One firm, one engine, one room."""

    systems: Systems
    durable: MemoryDurable
    service: ReconciliationService
    clock: ManualClock

    async def run(self, run_id: str, **changes: Any) -> ReconciliationRun:
        """A minute later, a run to its end, and every work item as far as it goes by itself."""
        self.clock.advance(60)
        start = StartReconciliation(run_id=run_id, **({"as_of": TODAY} | changes))
        with calling(OLIVIA):
            begun = await self.service.start(body=start, idempotency_key=run_id)
        await self.durable.settled(begun.case_id)
        for found in await self.breaks(None):
            if found.case_id:
                await self.durable.settled(found.case_id)
        return await self.service.run(run_id=run_id)

    async def breaks(self, state: BreakState | None = BreakState.OPEN, **wanted: Any) -> list[Break]:
        """Every break in a state."""
        found, cursor = [], ""
        while True:
            page = await self.service.breaks(state=state, cursor=cursor, limit=200, **wanted)
            found += page.items
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor

    async def found(self) -> set[tuple[str, str, str]]:
        """Kind, key and class of what stands and does not only follow from another break."""
        states = (BreakState.OPEN, BreakState.IN_FLIGHT)
        told = [each for state in states for each in await self.breaks(state)]
        return {(each.row.kind.value, each.row.key, each.break_class.value) for each in told}

    async def items(self) -> list[ExceptionItem]:
        """What people have to do."""
        return (await self.durable.casebook.exceptions(limit=200)).items

    async def case(self, case_id: str) -> CaseFile:
        """A case once it can go no further by itself."""
        await self.durable.settled(case_id)
        return await self.durable.standing(case_id)


@asynccontextmanager
async def bureau(planted: Planted, *, governance: Governance = UNGOVERNED, **config: Any) -> AsyncIterator[Bureau]:
    """A bureau over a firm that stands; `governance` orders who acts."""
    systems, clock = Systems.of(planted), ManualClock(dt.datetime(2026, 8, 1, 6, tzinfo=dt.UTC))
    held: list[MemoryDurable] = []
    tools = Tools(
        name="reconciliation",
        manifest=MANIFEST,
        clock=clock,
        random=random.Random(1),
        tenant="default",
        http=lambda **_: None,  # type: ignore[arg-type] # a process has no vendor client
        peers=systems,
        durable=lambda: held[0],
        connections={"crm": "crm-main", "erp": "erp-main", "psa": "psa-main"},
    )
    built = room.build(room.Config(**config), tools)
    async with MemoryDurable.opened(list(built.roads), clock=clock, governance=governance) as durable:
        held.append(durable)
        await fill(durable.store, planted, tenant="default")
        service = built.mounts[0].service
        assert isinstance(service, ReconciliationService)
        yield Bureau(systems, durable, service, clock)
