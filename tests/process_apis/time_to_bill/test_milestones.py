"""Milestones: ready by a signed protocol, billed once, credited in whole or in part and billed again (rule BIL-5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, CapPolicy, Side
from contracts.canonical.agreements import AgreedMilestone, BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.trade.ledger.lines import balance, live
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import AcceptMilestone, LineCorrection
from kit.caller import calling
from tests.process_apis.time_to_bill.office import BIANCA, Office, completed, office
from tests.process_apis.time_to_bill.world import MONDAY, PROJECT, agreement, cap, entry

PROTOCOL = AcceptMilestone(project_id=PROJECT, accepted_on=MONDAY, accepted_by="Carla Client", document="ACC-2026-031")


def milestones(**changes: Any) -> BillingAgreement:
    """One line by time, one by a milestone of 5,000."""
    base = agreement()
    line = replace(
        base.lines[0], line_id="line-2", name="Migration", method=BillingMethod.MILESTONE, phase_ids=["phs-2"]
    )
    agreed = AgreedMilestone(
        milestone_id="mst-1",
        line_id="line-2",
        name="Transition accepted",
        amount=Money(amount=Decimal(5000), currency="EUR"),
    )
    return replace(base, lines=[base.lines[0], line], milestones=[replace(agreed, **changes)])


async def accept(desk: Office, proof: AcceptMilestone = PROTOCOL, milestone_id: str = "mst-1") -> Actual:
    with calling(BIANCA):
        return await desk.service.accept(milestone_id=milestone_id, body=proof)


@pytest.mark.req(175, 176, 159, 160)
async def test_an_accepted_milestone_is_billed_beside_the_time_of_another_line() -> None:
    """Work on it makes cost only; both lines are on one invoice, and the explanation names the protocol."""
    async with office() as desk:
        await desk.agree(milestones())
        await desk.take(entry("1"), entry("2", phase_id="phs-2"))
        await accept(desk)
        case = await desk.bill()
        explained = await desk.service.explanation(invoice_id="inv-1")

    sent = desk.world.erp.sent["inv-1"]
    assert completed(case)
    assert {
        ("Migration, Transition accepted, 2026-06-15", Decimal(5000)),
        ("Advice, 2026-06-15, Architect, p-1", 1600),
    } == {(line.description, line.net) for line in sent.lines}
    told = " ".join(sentence for line in explained.lines for sentence in line.sentences)
    assert "Milestone Transition accepted was reached on 2026-06-15." in told
    assert {"1": "R1"} == desk.world.psa.billed


@pytest.mark.req(175, 182)
async def test_a_milestone_is_accepted_once_whoever_repeats_it() -> None:
    """The same protocol again changes nothing, another one is refused; so is what nobody agreed about."""
    async with office() as desk:
        await desk.agree(milestones())
        first, second = await accept(desk), await accept(desk)
        with pytest.raises(Problem) as other:
            await accept(desk, replace(PROTOCOL, document="ACC-2026-099"))
        with pytest.raises(Problem) as unknown:
            await accept(desk, milestone_id="mst-9")
        lines = await desk.lines()

    assert first.actual_id == second.actual_id
    assert 1 == len(lines)
    assert ("milestone_accepted", Kind.NOT_FOUND) == (other.value.code, unknown.value.kind)


@pytest.mark.req(176, 182)
async def test_nothing_is_billed_before_it_was_accepted() -> None:
    """The agreement alone makes nothing ready."""
    async with office() as desk:
        await desk.agree(milestones())
        case = await desk.bill()

    assert "nothing to bill" in case.summary.title


@pytest.mark.req(176)
@pytest.mark.parametrize(("kept", "ready"), [("0", "5000.00"), ("0.6", "2000.00")])
async def test_a_credited_milestone_is_ready_again_for_what_was_credited(kept: str, ready: str) -> None:
    """In full or in part, it is billed again for just that; in the end the customer has paid the whole."""
    async with office() as desk:
        await desk.agree(milestones())
        await accept(desk)
        await desk.bill("inv-1")
        (billed,) = live(await desk.lines(), side=Side.BILLED_SALES)
        await desk.correct(LineCorrection(actual_id=billed.actual_id, quantity=Decimal(kept)))
        waiting = [line.amount.amount for line in live(await desk.lines(), side=Side.UNBILLED_SALES)]
        again = await desk.bill("inv-2")
        left = balance(await desk.lines())

    assert [Decimal(ready)] == waiting
    assert completed(again)
    assert (Decimal(0), Decimal(1)) == (left.wip, left.billed)
    assert Decimal("5950.00") == sum(each.gross for each in desk.world.erp.documents.values())


@pytest.mark.req(178)
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"line_id": "line-1"}, "/milestones/0/line_id"),
        ({"amount": Money(amount=Decimal(5000), currency="USD")}, "/milestones/0/amount"),
        ({"amount": Money(amount=Decimal("0.001"), currency="EUR")}, "/milestones/0/amount"),
        ({"amount": Money(amount=Decimal(-1), currency="EUR")}, "/milestones/0/amount"),
    ],
)
async def test_a_milestone_that_cannot_be_billed_is_refused(changes: dict[str, Any], pointer: str) -> None:
    """At write, with its place."""
    async with office() as desk:
        with pytest.raises(Problem) as refused:
            await desk.agree(milestones(**changes))

    assert pointer in {error.pointer for error in refused.value.errors}


@pytest.mark.req(177)
async def test_late_acceptance_of_a_closed_month_is_booked_in_the_next() -> None:
    """As late time is (rule TIM-4)."""
    async with office() as desk:
        await desk.agree(milestones())
        await desk.close("2026-06")
        line = await accept(desk)

    assert (MONDAY, dt.date(2026, 7, 1)) == (line.work_date, line.accounting_date)


@pytest.mark.req(157, 176)
async def test_a_milestone_does_not_count_against_a_cap_of_hours() -> None:
    """The cap of the contract has what was worked on it, and the milestone is billed beside it."""
    async with office() as desk:
        await desk.agree(replace(milestones(), caps=[cap("2000", CapPolicy.HARD)]))
        await desk.take(entry("1"))
        await accept(desk)
        case = await desk.bill()
        async with desk.accounts.read() as books:
            (standing,) = await books.caps.of_contract("con-1")

    assert completed(case)
    assert (Decimal(0), Decimal(1600)) == (standing.committed, standing.invoiced)
