"""The golden thread: a deal, its project, a month of time, invoices, a correction, a credit, a rebill, and payment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.process.time_to_bill import LineCorrection, StartBillingRun, StartCorrection
from kit.cli.demo.play import Cast, StoryError
from kit.cli.demo.thread_totals import Thread, thread_of
from kit.cli.demo.weaving import Weaving, accepted, carried, cases_of, costs, paid, provisioned, settled, until, worked
from kit.cli.landscape import Landscape


async def tell_thread(landscape: Landscape, *, tell: Callable[[str], None]) -> list[Thread]:
    """Every thread of the estate, one after the other.

    Raises:
        StoryError: a case failed, or something did not happen in five minutes.

    """
    cast = Cast(landscape)
    try:
        return [await _woven(Weaving(cast, facts), tell=tell) for facts in landscape.estate.facts.get("threads", [])]
    finally:
        await cast.close()


async def _woven(weaving: Weaving, *, tell: Callable[[str], None]) -> Thread:
    began = time.monotonic()
    agreement = await _agreed(weaving)
    tell(f"{weaving.facts['name']}: deal won, project {agreement.project_id} stands, its bills are agreed")
    before = await worked(weaving, agreement)
    tell(f"a month of time is booked: {before.documents[0].document.net} {agreement.currency} are ready to bill")
    first = await _ran(weaving, agreement, "first")
    tell(f"invoiced: {', '.join(first)}")
    await _corrected(weaving, first[0], "cor", hours=Decimal(weaving.facts["hours_too_many"]))
    rebilled = await _ran(weaving, agreement, "second")
    tell(f"corrected by cor-{agreement.project_id}, and billed again what was taken off: {', '.join(rebilled)}")
    await _corrected(weaving, rebilled[0], "crn", hours=None)
    last = await _ran(weaving, agreement, "third")
    tell(f"credited in full and billed anew: {', '.join(last)}")
    await paid(weaving)
    report = await until(lambda: settled(weaving, agreement), what="sales to read of the payment")
    thread = await thread_of(weaving, agreement, report, elapsed_s=time.monotonic() - began)
    tell(f"paid: sales reads {report.state}; ties: {thread.ties}")
    return thread


async def _agreed(weaving: Weaving) -> BillingAgreement:
    """The deal is won and provisioned; finance completes what the deal says about its bills."""
    found = await provisioned(weaving)
    first, *others = found.phases
    weaving.saved |= {"phase": {"id": found.phases[first]}}
    agreement = _completed(found.drawn, weaving.facts, others=others)
    await weaving.billing.agree(project_id=agreement.project_id, body=agreement)
    for milestone in agreement.milestones[: int(weaving.facts.get("reached", 0))]:
        await accepted(weaving, agreement, milestone)
    return agreement


def _completed(drawn: BillingAgreement, facts: Mapping[str, Any], *, others: list[str]) -> BillingAgreement:
    """What finance adds: what an hour costs, and which phases belong to what is paid by milestones."""
    lines = [
        replace(line, phase_ids=others) if line.method is BillingMethod.MILESTONE else line for line in drawn.lines
    ]
    return replace(drawn, lines=lines, cost_lists=[costs(drawn, Decimal(facts["cost_rate"]))])


async def _ran(weaving: Weaving, agreement: BillingAgreement, name: str) -> list[str]:
    """A billing run of the seller, signed off and decided on; the invoices it made."""
    run_id = f"run-{weaving.facts['name']}-{name}"
    start = StartBillingRun(
        run_id=run_id,
        legal_entity_id=agreement.legal_entity_id,
        through=weaving.through,
        issued_on=weaving.through,
    )
    begun = await weaving.billing.run(body=start, idempotency_key=run_id)
    await carried(weaving, begun.case_id)
    invoices = [
        case for case in await cases_of(weaving, "time_to_bill") if case.summary.business_key.startswith(run_id)
    ]
    done = [await carried(weaving, case.summary.case_id) for case in invoices]
    made = [case.facts["invoice_id"] for case in done]
    if not made:
        raise StoryError(f"{run_id} made no invoice")
    weaving.documents += made
    return made


async def _corrected(weaving: Weaving, invoice_id: str, name: str, *, hours: Decimal | None) -> None:
    """The first line of work loses some hours, or all of the invoice is credited; somebody else decides."""
    invoice = await weaving.billing.invoice(invoice_id=invoice_id)
    explained = await weaving.billing.explanation(invoice_id=invoice_id)
    lines = []
    if hours is not None:
        worked = next(number for number, line in enumerate(invoice.lines) if line.quantity > hours)
        left = invoice.lines[worked].quantity - hours
        lines = [LineCorrection(actual_id=explained.lines[worked].actual_id, quantity=left)]
    start = StartCorrection(
        correction_id=f"{name}-{weaving.facts['name']}",
        invoice_id=invoice_id,
        reason="hours were written down twice",
        corrected_on=weaving.through,
        lines=lines,
    )
    begun = await weaving.billing.correct(body=start, idempotency_key=start.correction_id)
    await carried(weaving, begun.case_id)
    weaving.documents.append(start.correction_id)
