"""Work that will never be billed: held, decided on by amount, settled by lines of its own, and told (rule BIL-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.actuals import Actual, CapPolicy, Side
from contracts.canonical.casework import CaseFile, CaseState
from contracts.canonical.trade.ledger.lines import balance, live
from contracts.events.billing import WorkWrittenOff
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import StartWriteOff, WriteOffLine
from kit.caller import calling
from tests.process_apis.time_to_bill.office import BIANCA, JUNE, Office, completed, office
from tests.process_apis.time_to_bill.terms import charge, fee, nets
from tests.process_apis.time_to_bill.world import PROJECT, agreement, cap, entry


async def ask(desk: Office, *lines: tuple[Actual, str], **changes: Any) -> CaseFile:
    """Ask for a write-off, as far as it goes by itself."""
    facts: dict[str, Any] = {
        "write_off_id": "wo-1",
        "project_id": PROJECT,
        "reason": "the customer was promised it",
        "written_on": JUNE,
        "lines": [WriteOffLine(actual_id=line.actual_id, quantity=Decimal(quantity)) for line, quantity in lines],
    }
    start = StartWriteOff(**(facts | changes))
    with calling(BIANCA):
        started = await desk.service.write_off(body=start, idempotency_key=start.write_off_id)
    return await desk.settled(started.case_id)


async def open_lines(desk: Office) -> list[Actual]:
    """What is to be billed, in order of entry."""
    return sorted(live(await desk.lines(), side=Side.UNBILLED_SALES), key=lambda line: line.source.source_id)


@pytest.mark.req(164, 167)
async def test_part_of_a_day_and_all_of_another_are_written_off_and_the_invoice_says_so() -> None:
    """Of 8 hours 6 are billed, 4 others are not: nothing is deleted, the cost of all stays, the cap has 1,200 back."""
    async with office() as desk:
        await desk.agree(agreement(caps=[cap("10000", CapPolicy.HARD)]))
        await desk.take(entry("1"), entry("2", hours="4"))
        first, second = await open_lines(desk)
        waiting = await ask(desk, (first, "2"), (second, "4"))
        (asked,) = (await desk.durable.casebook.approvals()).items
        done = await desk.decide(waiting.summary.case_id)
        async with desk.accounts.read() as books:
            (standing,) = await books.caps.of_contract("con-1")
        await desk.bill("inv-1")
        lines = await desk.lines()
        explained = await desk.service.explanation(invoice_id="inv-1")
        (event,) = [each for each in await desk.events() if each.type == WorkWrittenOff.TYPE]

    assert (CaseState.WAITING_APPROVAL, True) == (waiting.summary.state, completed(done))
    assert ("unbilled_work", "write_off", Decimal(1200)) == (
        asked.object,
        asked.attribute,
        asked.at_stake and asked.at_stake.amount,
    )
    assert Decimal(1200) == standing.committed
    assert {"inv-1": Decimal(1200)} == nets(desk)
    left = balance(lines)
    assert (Decimal(0), Decimal(6), Decimal(6)) == (left.wip, left.billed, left.written_off)
    assert Decimal(12) == sum(line.quantity for line in live(lines, side=Side.COST))
    said = "were written off and are not billed: the customer was promised it, decided by fiona.finance."
    assert f"Of it 2 hour (400.00 EUR) {said}" in explained.lines[0].sentences
    assert any(f"Of it 4 hour (800.00 EUR) {said}" in sentence for sentence in explained.sentences)
    assert "wo-1" == event.subject


@pytest.mark.req(164)
async def test_a_write_off_is_told_with_the_next_invoice_only() -> None:
    """The invoice after it says nothing of it any more."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"), entry("2"))
        first, _ = await open_lines(desk)
        case = await ask(desk, (first, "8"))
        await desk.decide(case.summary.case_id)
        await desk.bill("inv-1")
        await desk.take(entry("3"))
        await desk.bill("inv-2", JUNE.replace(month=7))
        told = [
            any("written off" in each for each in (await desk.service.explanation(invoice_id=name)).sentences)
            for name in ("inv-1", "inv-2")
        ]

    assert [True, False] == told


@pytest.mark.req(167)
async def test_while_it_is_undecided_no_invoice_takes_the_work_and_refused_it_is_free_again() -> None:
    """Held, then let go: in the end all is billed."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        (line,) = await open_lines(desk)
        case = await ask(desk, (line, "8"))
        meanwhile = await desk.bill("inv-1")
        refused = await desk.decide(case.summary.case_id, approve=False)
        await desk.bill("inv-2")

    assert "nothing to bill" in meanwhile.summary.title
    assert CaseState.UNWOUND is refused.summary.state
    assert {"inv-2": Decimal(1600)} == nets(desk)


@pytest.mark.req(167)
@pytest.mark.parametrize("quantity", ["0", "-1", "9"])
async def test_what_a_line_does_not_have_is_not_written_off(quantity: str) -> None:
    """Nothing, less than nothing and more than there is: a person is asked, and nothing is held."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        (line,) = await open_lines(desk)
        case = await ask(desk, (line, quantity))
        (item,) = await desk.exceptions()
        async with desk.accounts.read() as books:
            held = await books.ledger.held()

    assert (CaseState.EXCEPTION, "WRITE_OFF_BLOCKED", set()) == (case.summary.state, item.code, held)


@pytest.mark.req(167)
async def test_work_on_a_draft_is_written_off_once_the_draft_is_gone() -> None:
    """It waits; after the refusal of the invoice the case goes on."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        (line,) = await open_lines(desk)
        invoice = await desk.start("inv-1")
        case = await ask(desk, (line, "8"))
        (item,) = await desk.exceptions()
        await desk.decide(invoice.summary.case_id, approve=False)
        await desk.fix(item)
        done = await desk.decide(case.summary.case_id)

    assert ("WRITE_OFF_BLOCKED", True) == (item.code, completed(done))


@pytest.mark.req(164)
async def test_a_part_of_a_fee_that_was_written_off_does_not_fall_due_again() -> None:
    """A quarter of it is waived; the rest is billed, and charging again adds nothing."""
    async with office() as desk:
        await desk.agree(fee(("2026-06-15", "6000")))
        await charge(desk, JUNE)
        (line,) = await open_lines(desk)
        case = await ask(desk, (line, "0.25"))
        await desk.decide(case.summary.case_id)
        again = await charge(desk, JUNE)
        await desk.bill("inv-1")

    assert [] == again.lines
    assert {"inv-1": Decimal(4500)} == nets(desk)


@pytest.mark.req(177)
async def test_a_write_off_dated_in_a_closed_month_counts_in_the_next() -> None:
    """As everything does that comes late (rule TIM-4)."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        (line,) = await open_lines(desk)
        await desk.close("2026-06")
        case = await ask(desk, (line, "8"))
        await desk.decide(case.summary.case_id)
        (lost,) = await open_lines(desk)

    assert "2026-07-01" == str(lost.accounting_date)


@pytest.mark.req(167)
async def test_a_project_that_nobody_agreed_about_has_nothing_to_write_off() -> None:
    """It is not found."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        (line,) = await open_lines(desk)
        with pytest.raises(Problem) as refused:
            await ask(desk, (line, "1"), project_id="prj-9")

    assert Kind.NOT_FOUND is refused.value.kind
