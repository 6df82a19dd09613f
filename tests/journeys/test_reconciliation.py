"""From a won deal to cash, reconciled to the cent; then people change things at the vendors' own screens."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from contracts.canonical.casework import CaseState
from contracts.canonical.reconciliation import Break, BreakState, ObjectKind, ReconciliationRun, Resolution
from contracts.experience.control_tower import ControlTower
from contracts.problem import Kind, Problem
from contracts.process.reconciliation import CloseBreak, Reconciliation, StartReconciliation
from kit.cli.demo.thread_totals import Thread
from kit.cli.embedded import embedded
from kit.cli.landscape import Landscape, Visitor
from tests.journeys import by_hand
from tests.journeys.test_golden_thread import with_threads, woven

DEADLINE_S = 60.0
AS_OF = dt.date(2028, 1, 1)


@dataclass
class Desk:
    """A firm at work, and those who reconcile it."""

    landscape: Landscape
    thread: Thread
    admin: Visitor
    felix: Visitor

    @property
    def process(self) -> Reconciliation:
        """The process, for the platform's administrator."""
        return self.admin.at(Reconciliation, "/process/reconciliation")

    @property
    def tower(self) -> ControlTower:
        """The tower, for finance."""
        return self.felix.at(ControlTower, "/experience/control_tower")

    async def run(self, run_id: str) -> ReconciliationRun:
        """A run to its end."""
        await self.process.start(body=StartReconciliation(run_id=run_id, as_of=AS_OF), idempotency_key=run_id)
        began = time.monotonic()
        while time.monotonic() - began < DEADLINE_S:
            try:
                run = await self.process.run(run_id=run_id)
            except Problem as problem:
                assert Kind.NOT_FOUND is problem.kind  # noqa: PT017 - it has not begun yet; anything else is a failure
            else:
                if run.state is not CaseState.RUNNING:
                    return run
            await asyncio.sleep(0.1)
        raise AssertionError(f"{run_id} did not end in time")

    async def found(self) -> set[tuple[str, str, tuple[str, ...]]]:
        """What is somebody's work: kind, class and the systems concerned."""
        page = await self.process.breaks()
        return {(each.row.kind, each.break_class, tuple(each.systems)) for each in page.items}

    async def one(self, broken: str) -> Break:
        """The open break of a class, as finance sees it."""
        page = await self.tower.breaks()
        return next(each for each in page.items if each.break_class == broken)

    def at(self, connection: str) -> httpx.AsyncClient:
        """A person at a vendor's own screen."""
        url, headers = self.landscape.vendors[connection], self.landscape.persons[connection]
        return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    """Estate atlantic after one golden thread; nothing counts as still on its way."""
    estate = with_threads("atlantic", "thames")
    facts = estate.facts["process_apis"]["reconciliation"] | {"in_flight_h": {each.value: 0 for each in ObjectKind}}
    rooms = estate.facts["process_apis"] | {"reconciliation": facts}
    async with embedded(replace(estate, facts={**estate.facts, "process_apis": rooms})) as landscape:
        (thread,) = await woven(landscape)
        admin, felix = (
            Visitor(landscape.addresses["gateway"], landscape.people[name])
            for name in ("platform-admin", "felix.finance")
        )
        yield Desk(landscape, thread, admin, felix)
        await admin.close()
        await felix.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.req(153, 164, 168, 173, 180, 183, 273)
async def test_after_the_golden_thread_everything_agrees_to_the_cent(desk: Desk) -> None:
    """The deal is cash in the books; six kinds of things were compared in four places, and there is no break."""
    run = await desk.run("clean")
    rows = await desk.process.rows(run_id="clean", kind=ObjectKind.CONTRACT)

    assert desk.thread.ties
    assert ("GBP", 5, "paid") == (desk.thread.currency, len(desk.thread.documents), desk.thread.crm_status)
    assert desk.thread.ledger_net == desk.thread.erp_net > 0
    assert (desk.thread.told, Decimal(0), Decimal(0)) == (desk.thread.paid, desk.thread.open, desk.thread.wip)
    assert {"customer": 1, "contract": 1, "document": 5, "hours": 50, "billing": 1, "payment": 1} == {
        each.kind: each.agreed for each in run.counts
    }
    assert [] == run.breaks
    assert [] == run.not_compared
    assert 1 == len({each.amount for each in rows.items[0].columns})
    assert ["crm", "erp", "psa", "sluice"] == [each.system for each in rows.items[0].columns]


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.req(180, 273)
async def test_what_people_change_by_hand_is_found_and_nothing_else(desk: Desk) -> None:
    """An invoice copied, one raised, one that lost its key, a project unlinked, a deal enlarged: five breaks."""
    await desk.run("before")
    documents = await desk.process.rows(run_id="before", kind=ObjectKind.DOCUMENT)
    keys = [each.key for each in documents.items if _amount(each, "erp") > 0]
    (contract,) = (await desk.process.rows(run_id="before", kind=ObjectKind.CONTRACT)).items
    async with desk.at("erp-main") as erp:
        await by_hand.copied(erp, keys[0])
        await by_hand.raised(erp, keys[1], by="100")
        await by_hand.lost_its_key(erp, keys[2])
    async with desk.at("psa-main") as psa:
        await by_hand.unlinked(psa, contract.key)
    async with desk.at("crm-emea") as crm:
        await by_hand.enlarged(crm, contract.columns[0].external_ids[0], to="52100")
    await desk.run("after")

    assert {
        ("document", "duplicate", ("erp",)),
        ("document", "amount", ("erp",)),
        ("document", "unlinked", ("erp",)),
        ("contract", "unlinked", ("psa",)),
        ("contract", "amount", ("crm",)),
    } == await desk.found()


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.req(247, 273)
async def test_who_owns_a_break_closes_it_and_a_run_knows_what_was_explained(desk: Desk) -> None:
    """Explained once, it is not asked about again as long as nothing changes; a project linked again ends by itself."""
    raised = await desk.one("duplicate")
    body = CloseBreak(resolution=Resolution.EXPLAINED, reason="agreed with the customer by mail")
    closed = await desk.tower.close_break(break_id=raised.break_id, body=body, idempotency_key="close-1")
    again = await desk.tower.close_break(break_id=raised.break_id, body=body, idempotency_key="close-1")
    await desk.run("later")
    after = await desk.process.one_break(break_id=raised.break_id)

    assert closed == again
    assert (BreakState.EXPLAINED, "felix.finance") == (closed.state, closed.closed_by)
    assert (BreakState.EXPLAINED, "later") == (after.state, after.run_id)


def _amount(row: Any, system: str) -> Decimal:
    return next((each.amount.amount for each in row.columns if each.system == system), Decimal(0))
