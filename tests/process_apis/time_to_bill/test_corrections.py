"""After posting: exactly the lines named are credited, what they come to is billed, and nothing is billed twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.canonical.actuals import Actual, CapPolicy, Side
from contracts.canonical.casework import CaseState
from contracts.canonical.posting import DocumentKind
from contracts.canonical.trade.ledger.lines import balance, live
from contracts.process.time_to_bill import LineCorrection
from tests.process_apis.time_to_bill.office import BIANCA, Office, completed, office
from tests.process_apis.time_to_bill.world import agreement, cap, entry


async def billed(desk: Office) -> list[Actual]:
    """Two days on one posted invoice; its billed lines in order of entry."""
    await desk.agree(agreement(caps=[cap("10000", CapPolicy.HARD)]))
    await desk.take(entry("1"), entry("2", hours="4"))
    await desk.bill()
    return sorted(live(await desk.lines(), side=Side.BILLED_SALES), key=lambda line: line.source.source_id)


@pytest.mark.req(164)
async def test_a_line_is_brought_to_its_final_quantity_by_a_credit_of_its_own() -> None:
    """8 h become 6 h: the ERP credits 400 and tax, two hours are to be billed again, the other line is untouched."""
    async with office() as desk:
        first, _ = await billed(desk)
        case = await desk.correct(LineCorrection(actual_id=first.actual_id, quantity=Decimal(6)))
        left = balance(await desk.lines())
        credit = desk.world.erp.sent["cor-1"]
        async with desk.accounts.read() as books:
            (standing,) = await books.caps.of_contract("con-1")

    assert completed(case)
    assert (DocumentKind.CREDIT_NOTE, Decimal("-476.00"), "inv-1") == (credit.kind, credit.gross, credit.corrects)
    assert (Decimal(2), Decimal(10)) == (left.wip, left.billed)
    assert (Decimal(400), Decimal(2000)) == (standing.committed, standing.invoiced)


@pytest.mark.req(164)
async def test_a_full_credit_and_its_invoice_are_nothing_on_every_level() -> None:
    """Every amount is negated as it stood; all hours are to be billed again, and can be (rules MON-7, TIM-7)."""
    async with office() as desk:
        await billed(desk)
        await desk.correct()
        invoice = await desk.service.invoice(invoice_id="inv-1")
        credit = await desk.service.invoice(invoice_id="cor-1")
        again = await desk.bill("inv-2")
        left = balance(await desk.lines())

    assert invoice.document is not None
    assert credit.document is not None
    sums = [
        (invoice.document.net + credit.document.net, invoice.document.tax + credit.document.tax),
        *(
            (one.base + other.base, one.tax + other.tax)
            for one, other in zip(invoice.document.groups, credit.document.groups, strict=True)
        ),
    ]
    assert {(Decimal(0), Decimal(0))} == set(sums)
    assert completed(again)
    assert (Decimal(0), Decimal(12)) == (left.wip, left.billed)
    assert (1, 2) == (invoice.number, credit.number)


@pytest.mark.req(164)
async def test_goodwill_is_written_off_and_not_billed_again() -> None:
    """Of the two hours taken off one and a half are written off; the cost of all stays (rule BIL-10)."""
    async with office() as desk:
        first, _ = await billed(desk)
        wanted = LineCorrection(actual_id=first.actual_id, quantity=Decimal(6), write_off=Decimal("1.5"))
        await desk.correct(wanted)
        lines = await desk.lines()
        left = balance(lines)

    assert (Decimal("0.5"), Decimal("1.5")) == (left.wip, left.written_off)
    assert Decimal(12) == sum(line.quantity for line in live(lines, side=Side.COST))


@pytest.mark.req(245)
async def test_two_corrections_of_one_line_do_not_both_happen() -> None:
    """The second waits while the first is decided on, and cannot be afterwards: the line is another then."""
    async with office() as desk:
        first, _ = await billed(desk)
        wanted = LineCorrection(actual_id=first.actual_id, quantity=Decimal(6))
        waiting = await desk.ask_correction(wanted, correction_id="cor-1")
        second = await desk.ask_correction(wanted, correction_id="cor-2")
        (item,) = await desk.exceptions()
        await desk.decide(waiting.summary.case_id)
        again = await desk.fix(item)

    assert ("CORRECTION_BLOCKED", CaseState.EXCEPTION) == (item.code, second.summary.state)
    assert CaseState.EXCEPTION is again.summary.state
    assert {"inv-1": 1, "cor-1": 1} == dict(desk.world.erp.posted)


@pytest.mark.req(167)
async def test_who_asks_for_a_correction_does_not_decide_on_it() -> None:
    """Nor does anything happen when it is refused: its lines may be corrected by another (rule CTL-2)."""
    async with office() as desk:
        first, _ = await billed(desk)
        wanted = LineCorrection(actual_id=first.actual_id, quantity=Decimal(6))
        case = await desk.ask_correction(wanted, correction_id="cor-1")
        (asked,) = (await desk.durable.casebook.approvals()).items
        refused = await desk.decide(case.summary.case_id, approve=False)
        done = await desk.correct(wanted, correction_id="cor-2")

    assert BIANCA.subject == asked.submitted_by
    assert (CaseState.UNWOUND, True) == (refused.summary.state, completed(done))
    assert "cor-1" not in desk.world.erp.documents


@pytest.mark.req(164)
async def test_a_line_that_another_invoice_bills_is_refused() -> None:
    """A correction is of the lines of the invoice it names (rule TIM-6)."""
    async with office() as desk:
        await billed(desk)
        await desk.take(entry("3"))
        await desk.bill("inv-2")
        other = next(line for line in live(await desk.lines(), side=Side.BILLED_SALES) if line.source.source_id == "3")
        case = await desk.ask_correction(LineCorrection(actual_id=other.actual_id, quantity=Decimal(1)))

    assert CaseState.EXCEPTION is case.summary.state


@pytest.mark.req(164)
async def test_every_line_says_why_it_costs_what_it_costs() -> None:
    """The rate and who set it, the rounding, the tax; of a credit also what it takes back and why."""
    async with office() as desk:
        first, _ = await billed(desk)
        await desk.correct(LineCorrection(actual_id=first.actual_id, quantity=Decimal(6)))
        invoice = await desk.service.explanation(invoice_id="inv-1")
        credit = await desk.service.explanation(invoice_id="cor-1")

    told = " ".join(invoice.lines[0].sentences)
    for words in ("p-1 worked on 2026-06-15 as Architect", "8 hour at 200 come to 1600.00 EUR", "row sell-1 was taken"):
        assert words in told
    assert "S at 19 % on 2400.00 is 456.00, cut once for the group." in invoice.sentences
    assert [Decimal("-1600.00"), Decimal("1200.00")] == [line.net.amount for line in credit.lines]
    assert "Reason: the hours were wrong, decided by fiona.finance." in credit.lines[0].sentences


@pytest.mark.req(164)
async def test_a_credit_that_the_erp_posts_otherwise_is_not_followed() -> None:
    """The ledger stays as it was billed, and a person is asked."""
    async with office() as desk:
        first, _ = await billed(desk)
        desk.world.erp.adds_at_posting = Decimal("0.01")
        case = await desk.correct(LineCorrection(actual_id=first.actual_id, quantity=Decimal(6)))
        (item,) = await desk.exceptions()
        left = balance(await desk.lines())

    assert (CaseState.EXCEPTION, "INVOICE_TOTAL_MISMATCH") == (case.summary.state, item.code)
    assert (Decimal(0), Decimal(12)) == (left.wip, left.billed)
