"""The road of a run, one line a step: read everything, judge it, keep what breaks, and make it somebody's work."""

from __future__ import annotations

from typing import Final

from contracts.process.reconciliation import StartReconciliation
from kit.durable import Road, record
from process_apis.reconciliation.source import system_in
from process_apis.reconciliation.steps import Steps
from process_apis.reconciliation.terms import CRM, ERP, PSA

PROCESS: Final = "reconciliation"


async def reconciliation(steps: Steps, start: StartReconciliation) -> None:
    """Sources one after the other, then kinds one after the other; what agrees again ends by itself."""
    await record(
        title=f"{start.run_id} as of {start.as_of}",
        facts={"run_id": start.run_id, "as_of": start.as_of.isoformat()},
    )
    survey = await steps.begin(start)
    for source in survey.sources:
        while not await _read(steps, start, source):
            pass
    for kind in survey.kinds:
        while not await steps.judge(start, kind):
            pass
    resolved = await steps.settle(start)
    while not await steps.open_items(start):
        pass
    while not await steps.end_items(start):
        pass
    run = await steps.finish(start)
    compared = sum(each.compared for each in run.counts)
    broken = sum(each.count for each in run.breaks)
    await record(facts={"compared": str(compared), "breaks": str(broken), "resolved": str(resolved)})


async def _read(steps: Steps, start: StartReconciliation, source: str) -> bool:
    system = system_in(source)
    if system == CRM:
        return await steps.read_crm(start, source)
    if system == PSA:
        return await steps.read_psa(start, source)
    if system == ERP:
        return await steps.read_erp(start, source)
    return await steps.read_own(start, source)


def run_road(steps: Steps, *, version: int) -> Road:
    """The road of a run over these steps."""
    return Road(process=PROCESS, version=version, run=reconciliation, steps=steps, starts=StartReconciliation)
