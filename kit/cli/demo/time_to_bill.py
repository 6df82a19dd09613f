"""Time to bill, the same on every estate: one deal, one week, and every way in which money is asked for and given back.

What differs is where it happens: the deal is won at the estate's own CRM, time is entered and approved at its PSA's own
wire, documents are posted and paid in its ERP. People, days, hours and prices are the same, and so are our keys.
No PSA here tells of expenses, so they come by the operation that any expense system calls.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from contracts.canonical.actuals import Actual, ActualKind
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.canonical.expenses import ExpenseEntry
from contracts.canonical.money import Money
from contracts.canonical.terms import ExpenseRule, ExpenseTerm
from contracts.process.time_to_bill import (
    CaseStarted,
    LineCorrection,
    StartCorrection,
    StartExpenseIntake,
    StartInvoice,
    StartWriteOff,
    Unbilled,
    WriteOffLine,
)
from kit.cli.demo.play import Cast
from kit.cli.demo.statement import Statement, statement_of
from kit.cli.demo.weaving import Weaving, accepted, carried, costs, paid, provisioned, settled, until, worked
from kit.cli.landscape import Landscape

FACTS: Final = MappingProxyType(
    {
        "name": "alsterwerke",
        "deal_script": "stories/time_to_bill.json",
        "deal": "deal",
        "time_script": "time_to_bill.json",
        "entries": 11,
        "through": "2027-01-31",
    }
)
PEOPLE: Final = ("ada", "ben", "cem")
_COST: Final = Decimal("92.50")
_MARKUP: Final = Decimal("7.5")
_WRITTEN_OFF: Final = ("ben", dt.date(2027, 1, 7), Decimal("1.5"))
_TOO_MANY: Final = ("ada", dt.date(2027, 1, 4), Decimal(2))
_EXPENSES: Final = (
    ("ttb-exp-1", "ada", dt.date(2027, 1, 6), "travel", Decimal("333.33")),
    ("ttb-exp-2", "ben", dt.date(2027, 1, 7), "hotel", Decimal("127.90")),
)


async def bill_time(landscape: Landscape, *, tell: Callable[[str], None]) -> Statement:
    """From a won deal to paid invoices; what the ERP's books say in the end.

    Raises:
        StoryError: a case failed, or something did not happen in five minutes.

    """
    cast = Cast(landscape)
    try:
        payment = landscape.estate.facts["threads"][0]["payment_script"]
        return await _told(Weaving(cast, {**FACTS, "payment_script": payment}), tell=tell)
    finally:
        await cast.close()


async def _told(weaving: Weaving, *, tell: Callable[[str], None]) -> Statement:
    began = time.monotonic()
    agreement = await _agreed(weaving)
    tell(f"deal won, project {agreement.project_id} stands; work, fee, milestones, retainer and expenses are agreed")
    await worked(weaving, agreement)
    await _spent(weaving, agreement)
    await accepted(weaving, agreement, agreement.milestones[0])
    ready = await weaving.billing.unbilled(project_id=agreement.project_id, through=weaving.through)
    tell(f"time, expenses and a milestone are booked: {ready.documents[0].document.net} {agreement.currency} net")
    await _written_off(weaving, agreement, ready)
    tell(f"{_WRITTEN_OFF[2]} hours are written off before anything is billed")
    await _invoiced(weaving, agreement, "ttb-inv-1")
    person, day, hours = _TOO_MANY
    twice = _worked_by(weaving, ready, person=person, day=day)
    await _corrected(weaving, "ttb-inv-1", "ttb-cor-1", less=(twice, hours))
    await _invoiced(weaving, agreement, "ttb-inv-2")
    await _corrected(weaving, "ttb-inv-2", "ttb-crn-1")
    await _invoiced(weaving, agreement, "ttb-inv-3")
    tell(f"invoiced, corrected, billed again, credited in full, billed anew: {', '.join(weaving.documents)}")
    owed = [await weaving.system("erp").document(document_id=each) for each in weaving.documents]
    await paid(weaving)
    report = await until(lambda: settled(weaving, agreement), what="sales to read of the payment")
    people = {str(weaving.saved[name]["id"]): name for name in PEOPLE}
    elapsed_s = time.monotonic() - began
    statement = await statement_of(weaving, agreement, report, owed=owed, people=people, elapsed_s=elapsed_s)
    tell(f"paid: sales reads {report.state}; ties: {statement.ties}")
    return statement


async def _agreed(weaving: Weaving) -> BillingAgreement:
    """The deal is won and provisioned; finance says which phase is which line's, and how expenses pass through."""
    found = await provisioned(weaving)
    of_line = dict(_phases_of(found.drawn, iter(found.phases)))
    by_method = {line.method: line for line in found.drawn.lines}
    advice, call = by_method[BillingMethod.TIME_AND_MATERIALS], by_method[BillingMethod.RETAINER]
    lines = [line if line is advice else replace(line, phase_ids=of_line[line.line_id]) for line in found.drawn.lines]
    for name, line in (("advice", advice), ("call", call)):
        weaving.saved[name] = {"id": found.phases[of_line[line.line_id][0]]}
    rules = [ExpenseRule(category="travel", markup_percent=_MARKUP), ExpenseRule(category="hotel")]
    agreement = replace(
        found.drawn,
        lines=lines,
        cost_lists=[costs(found.drawn, _COST)],
        expenses=[ExpenseTerm(line_id=advice.line_id, rules=rules, receipt_above=Decimal(50))],
    )
    await weaving.billing.agree(project_id=agreement.project_id, body=agreement)
    return agreement


def _phases_of(drawn: BillingAgreement, phases: Iterator[str]) -> Iterator[tuple[str, list[str]]]:
    """Phases are numbered through the deal: the stage of a line, then its payment points."""
    for line in drawn.lines:
        points = [each for each in drawn.milestones if each.line_id == line.line_id]
        yield line.line_id, [next(phases) for _ in range(1 + len(points))]


async def _spent(weaving: Weaving, agreement: BillingAgreement) -> None:
    """Two people spent money; both expenses were approved, with receipts."""
    entries = [
        ExpenseEntry(
            entry_id=entry_id,
            version=1,
            approved=True,
            project_id=agreement.project_id,
            person_id=str(weaving.saved[person]["id"]),
            spent_on=day,
            category=category,
            cost=Money(amount=amount, currency=agreement.currency),
            receipt=f"receipt of {entry_id}",
            approved_on=day,
        )
        for entry_id, person, day, category, amount in _EXPENSES
    ]
    batch = StartExpenseIntake(
        batch_id="ttb-expenses", project_id=agreement.project_id, system="expenses", entries=entries
    )
    await _done(weaving, await weaving.billing.book_expenses(body=batch, idempotency_key=batch.batch_id))


async def _written_off(weaving: Weaving, agreement: BillingAgreement, ready: Unbilled) -> None:
    """Some hours are never billed; finance decides it."""
    person, day, hours = _WRITTEN_OFF
    found = _worked_by(weaving, ready, person=person, day=day)
    start = StartWriteOff(
        write_off_id="ttb-wof-1",
        project_id=agreement.project_id,
        reason="agreed with the customer's project lead",
        written_on=weaving.through,
        lines=[WriteOffLine(actual_id=found.actual_id, quantity=hours)],
    )
    await _done(weaving, await weaving.billing.write_off(body=start, idempotency_key=start.write_off_id))


async def _invoiced(weaving: Weaving, agreement: BillingAgreement, invoice_id: str) -> None:
    """Everything that is ready by the end of the month, on one document."""
    start = StartInvoice(
        invoice_id=invoice_id,
        project_id=agreement.project_id,
        through=weaving.through,
        issued_on=weaving.through,
    )
    await _done(weaving, await weaving.billing.bill(body=start, idempotency_key=invoice_id))
    weaving.documents.append(invoice_id)


async def _corrected(
    weaving: Weaving, invoice_id: str, correction_id: str, *, less: tuple[Actual, Decimal] | None = None
) -> None:
    """A line of work loses hours, or all of the invoice is credited; finance decides it."""
    lines = []
    if less is not None:
        worked_line, hours = less
        invoice = await weaving.billing.invoice(invoice_id=invoice_id)
        explained = await weaving.billing.explanation(invoice_id=invoice_id)
        place = [line.actual_id for line in invoice.lines].index(worked_line.actual_id)
        billed = explained.lines[place].actual_id
        lines = [LineCorrection(actual_id=billed, quantity=worked_line.quantity - hours)]
    start = StartCorrection(
        correction_id=correction_id,
        invoice_id=invoice_id,
        reason="hours were written down twice",
        corrected_on=weaving.through,
        lines=lines,
    )
    await _done(weaving, await weaving.billing.correct(body=start, idempotency_key=correction_id))
    weaving.documents.append(correction_id)


async def _done(weaving: Weaving, begun: CaseStarted) -> None:
    await carried(weaving, begun.case_id)


def _worked_by(weaving: Weaving, ready: Unbilled, *, person: str, day: dt.date) -> Actual:
    """The one line of a person's work on a day."""
    who = str(weaving.saved[person]["id"])
    lines = [line for document in ready.documents for line in document.lines]
    return next(line for line in lines if (line.kind, line.person_id, line.work_date) == (ActualKind.HOURS, who, day))
