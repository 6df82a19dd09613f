"""Retainers: advances that are invoiced, drawn by work oldest first, given back, lapsed or carried over (BIL-6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import Side
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.casework import CaseState
from contracts.canonical.money import Money
from contracts.canonical.terms import Overage, RetainerUse, Unused
from contracts.canonical.trade.ledger.lines import balance, live
from contracts.problem import Problem
from contracts.process.time_to_bill import RetainerStanding
from tests.process_apis.time_to_bill.office import JUNE, Office, completed, office
from tests.process_apis.time_to_bill.terms import JULY, charge, day, nets, retained, unbilled
from tests.process_apis.time_to_bill.world import PROJECT, entry, prices

FIRST = day("2026-06-01")


async def standing(desk: Office, through: Any = JUNE) -> RetainerStanding:
    (found,) = (await desk.service.unbilled(project_id=PROJECT, through=through)).retainers
    return found


@pytest.mark.req(159)
async def test_work_draws_down_an_advance_that_was_invoiced_and_the_rest_stays() -> None:
    """3,000 in advance, 8 hours at 200: the work is on the next invoice beside what it draws; 1,400 are left."""
    async with office() as desk:
        await desk.agree(retained("3000", carry_over=1))
        await desk.bill("inv-1", FIRST)
        before = await standing(desk, FIRST)
        await desk.take(entry("1"))
        await desk.bill("inv-2", JUNE)
        after = await standing(desk)
        explained = await desk.service.explanation(invoice_id="inv-2")

    assert {"inv-1": Decimal(3000), "inv-2": Decimal(0)} == nets(desk)
    assert [Decimal(3000), Decimal(1400)] == [each.available.amount for each in (before, after)]
    assert [(Decimal(1600), Decimal(0))] == [(each.applied, each.refunded) for each in after.advances]
    told = " ".join(sentence for line in explained.lines for sentence in line.sentences)
    assert "1600.00 EUR are drawn from the advance of 2026-06-01 to 2026-06-30, by 2026-06-15." in told
    assert "Of that advance 1400.00 EUR were left then." in told
    assert {"drawn, Advice, 2026-06-01 to 2026-06-30, 2026-06-15"} == {
        line.description for line in desk.world.erp.sent["inv-2"].lines if line.net < 0
    }


@pytest.mark.req(159)
async def test_an_advance_and_its_work_on_one_invoice_come_to_the_advance_and_the_overage() -> None:
    """Nobody pays twice for a month that is billed at its end: 1,000 in advance, 1,600 worked, 600 beyond."""
    async with office() as desk:
        await desk.agree(retained("1000"))
        await desk.take(entry("1"))
        case = await desk.bill("inv-1", JUNE)

    assert completed(case)
    assert {"inv-1": Decimal(1600)} == nets(desk)
    assert [Decimal(-1000), Decimal(1000), Decimal(1600)] == sorted(
        line.net for line in desk.world.erp.sent["inv-1"].lines
    )


@pytest.mark.req(159)
async def test_half_paid_ahead_and_less_worked_gives_back_one_hour() -> None:
    """Golden number: five hours paid, four worked: they are billed, and an hour's worth is credited."""
    async with office() as desk:
        await desk.agree(retained("1000"))
        await desk.bill("inv-1", FIRST)
        await desk.take(entry("1", hours="4"))
        await desk.bill("inv-2", JUNE)
        left = balance(live(await desk.lines(), side=Side.BILLED_SALES))
        found = await standing(desk)

    assert {"inv-1": Decimal(1000), "inv-2": Decimal(-200)} == nets(desk)
    assert "credit_note" == desk.world.erp.sent["inv-2"].kind
    assert [(Decimal(800), Decimal(200))] == [(each.applied, each.refunded) for each in found.advances]
    assert Decimal(0) == found.available.amount
    assert left.billed == 4 + 1 - 800 - 200  # hours, a period, and what was drawn and refunded of it


@pytest.mark.req(159)
@pytest.mark.parametrize(
    ("changes", "refunds", "left"),
    [({}, ["-1000"], "0"), ({"unused": Unused.LAPSE}, [], "0"), ({"carry_over": 1, "ends_before": None}, [], "2000")],
    ids=["refunded", "lapses", "carried"],
)
async def test_what_is_unused_goes_where_the_agreement_says(
    changes: dict[str, Any], refunds: list[str], left: str
) -> None:
    """Once June is over it is given back, is lost to the customer, or can be drawn beside July's."""
    async with office() as desk:
        await desk.agree(retained("1000", **({"ends_before": day("2026-07-01")} | changes)))
        await desk.bill("inv-1", FIRST)
        await charge(desk, JUNE)
        amounts = await unbilled(desk)
        found = await standing(desk, day("2026-07-01"))

    assert [Decimal(each) for each in refunds] == amounts
    assert Decimal(left) == found.available.amount


@pytest.mark.req(159)
async def test_what_was_carried_over_is_drawn_first_and_then_given_back() -> None:
    """June's 1,000 and July's 1,000; 1,600 of July: June's is used up, 400 of July's are left for August."""
    async with office() as desk:
        await desk.agree(retained("1000", carry_over=1))
        await desk.bill("inv-1", day("2026-07-01"))
        await desk.take(entry("1", worked_on=day("2026-07-10")))
        await desk.bill("inv-2", JULY)
        found = await standing(desk, JULY)

    assert [Decimal(1000), Decimal(600)] == [each.applied for each in found.advances]
    assert Decimal(400) == found.available.amount
    assert {"inv-1": Decimal(2000), "inv-2": Decimal(0)} == nets(desk)


@pytest.mark.req(159)
async def test_overage_that_is_carried_waits_for_the_next_advance() -> None:
    """Of two days in June the advance covers one; the other is drawn from July's, and nothing is billed at rate."""
    async with office() as desk:
        await desk.agree(retained("2000", overage=Overage.CARRY, carry_over=1))
        await desk.take(entry("1"), entry("2", worked_on=day("2026-06-16")))
        await desk.bill("inv-1", JUNE)
        waits = await standing(desk)
        await desk.bill("inv-2", day("2026-07-01"))
        found = await standing(desk, day("2026-07-01"))

    assert (1, Decimal(400)) == (waits.waiting, waits.available.amount)
    assert {"inv-1": Decimal(2000), "inv-2": Decimal(2000)} == nets(desk)
    assert [Decimal(2000), Decimal(1200)] == [each.applied for each in found.advances]


@pytest.mark.req(159, 164)
async def test_work_waits_while_its_advance_is_on_a_draft() -> None:
    """Until the advance is posted nothing is drawn from it and none of its work is billed at rate."""
    async with office() as desk:
        await desk.agree(retained("3000"))
        waiting = await desk.start("inv-1", FIRST)
        await desk.take(entry("1"))
        meanwhile = await desk.start("inv-2", JUNE)
        await desk.decide(waiting.summary.case_id)
        await desk.bill("inv-3", JUNE)

    assert "nothing to bill" in meanwhile.summary.title
    assert {"inv-1": Decimal(3000), "inv-3": Decimal(-1400)} == nets(desk)


@pytest.mark.req(159, 245)
async def test_what_was_drawn_is_worked_out_anew_when_work_changes_before_it_is_billed() -> None:
    """Booked, drawn, changed to five hours, withdrawn: what is drawn follows, and done twice equals once."""
    async with office() as desk:
        await desk.agree(retained("3000", carry_over=3))
        await desk.bill("inv-1", FIRST)
        seen = []
        for version in (entry("1"), entry("1", version=2, hours="5"), entry("1", version=3, approved=False)):
            await desk.take(version)
            await charge(desk, JUNE)
            assert [] == (await charge(desk, JUNE)).lines
            seen.append(await unbilled(desk))

    assert [[Decimal(-1600), Decimal(1600)], [Decimal(-1000), Decimal(1000)], []] == seen


@pytest.mark.req(159, 164)
async def test_a_credited_invoice_gives_the_advance_back_to_be_drawn_again() -> None:
    """The hours return to the backlog, and so does what they had drawn; billed again it is drawn again."""
    async with office() as desk:
        await desk.agree(retained("3000", carry_over=3))
        await desk.bill("inv-1", FIRST)
        await desk.take(entry("1"))
        await desk.bill("inv-2", JUNE)
        await desk.correct(invoice_id="inv-2")
        between = await standing(desk)
        await desk.bill("inv-3", JUNE)
        found = await standing(desk)

    assert [Decimal(1600)] == [each.applied for each in between.advances]  # for the invoice that is made next
    assert Decimal(0) == nets(desk)["inv-3"]
    assert Decimal(1400) == found.available.amount


@pytest.mark.req(159)
async def test_a_retainer_for_readiness_is_billed_and_its_work_makes_cost_only() -> None:
    """No price is needed, nothing is drawn."""
    async with office() as desk:
        agreed = replace(retained("3000", use=RetainerUse.STAND_READY), price_lists=[])
        await desk.agree(agreed)
        await desk.take(entry("1"))
        await desk.bill("inv-1", JUNE)
        costs = live(await desk.lines(), side=Side.COST)

    assert {"inv-1": Decimal(3000)} == nets(desk)
    assert [Decimal(800)] == [line.amount.amount for line in costs]


@pytest.mark.req(159)
async def test_a_first_period_may_differ_and_a_last_one_weighs_its_days() -> None:
    """The first takes what does not divide; fifteen of thirty days of September are half."""
    async with office() as desk:
        agreed = retained("1000", first_amount=Decimal("1000.04"), ends_before=day("2026-09-16"))
        await desk.agree(agreed)
        found = await charge(desk, day("2026-09-30"))

    fees = [line.amount.amount for line in found.lines if line.unit == "period"]
    assert [Decimal(each) for each in ("1000.04", "1000", "1000", "500")] == fees


@pytest.mark.req(158)
async def test_a_retainer_that_is_agreed_no_more_leaves_nothing_drawn() -> None:
    """Its unbilled advance is reversed, and what was drawn for the next invoice with it; the work stays at rate."""
    async with office() as desk:
        base = retained("1000")
        await desk.agree(base)
        await desk.take(entry("1"))
        await charge(desk, JUNE)
        await desk.agree(replace(base, retainers=[]))
        await charge(desk, JUNE)
        left = await unbilled(desk)

    assert [Decimal(1600)] == left


@pytest.mark.req(158)
@pytest.mark.parametrize(
    ("agreed", "pointer"),
    [
        (retained("0"), "/retainers/0/amount"),
        (retained("1", first_amount=Decimal("0.001")), "/retainers/0/first_amount"),
        (retained("1", ends_before=FIRST), "/retainers/0/ends_before"),
        (retained("1", line_id="line-9"), "/retainers/0/line_id"),
    ],
)
async def test_a_retainer_that_cannot_hold_is_refused(agreed: BillingAgreement, pointer: str) -> None:
    """At write, with its place."""
    async with office() as desk:
        with pytest.raises(Problem) as refused:
            await desk.agree(agreed)

    assert pointer in {error.pointer for error in refused.value.errors}


@pytest.mark.req(157, 159)
async def test_work_of_a_retainer_has_the_price_of_its_day() -> None:
    """A later price list leaves what was booked; the advance is drawn at each price."""
    async with office() as desk:
        await desk.agree(retained("5000", carry_over=1))
        await desk.take(entry("1", hours="1"))
        await desk.agree(replace(retained("5000", carry_over=1), price_lists=[prices("sell", "250")]))
        await desk.take(entry("2", hours="1"))
        found = await standing(desk)

    assert [Decimal(450)] == [each.applied for each in found.advances]


@pytest.mark.req(159, 167)
async def test_what_is_given_back_is_decided_on_like_what_is_asked_for() -> None:
    """A refund at the floor waits for somebody, although its total is negative."""
    floor = (Money(amount=Decimal(1190), currency="EUR"),)
    async with office(approve_from=floor) as desk:
        await desk.agree(retained("1000"))
        await desk.bill("inv-1", FIRST)
        case = await desk.start("inv-2", JUNE)

    assert (CaseState.WAITING_APPROVAL, "-1190.00") == (case.summary.state, case.facts["gross"])
