"""Approved time onto the ledger: what fits is booked at once, what does not waits for whoever can solve it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import CapPolicy, Chargeability, LineState, Side
from contracts.canonical.casework import CaseState
from contracts.canonical.deal import BillingMethod
from contracts.canonical.trade.ledger.lines import balance
from tests.process_apis.time_to_bill.office import completed, office
from tests.process_apis.time_to_bill.world import MONDAY, agreement, cap, entry, prices


@pytest.mark.req(153, 155, 157)
async def test_approved_hours_become_cost_and_unbilled_sales() -> None:
    """Eight hours of which six are billable: cost of eight, six to bill, two shown as not charged (rule BIL-2)."""
    async with office() as desk:
        await desk.agree()
        case = await desk.take(entry(billable="6"))
        lines = await desk.lines()

    assert completed(case)
    assert [
        (Side.COST, Chargeability.NON_CHARGEABLE, Decimal(800)),
        (Side.UNBILLED_SALES, Chargeability.CHARGEABLE, Decimal(1200)),
        (Side.UNBILLED_SALES, Chargeability.NON_CHARGEABLE, Decimal(400)),
    ] == sorted((line.side, line.chargeability, line.amount.amount) for line in lines)


@pytest.mark.req(153, 245)
async def test_an_entry_counts_once_however_often_and_in_which_order_it_comes() -> None:
    """Two versions, told late, twice and reversed: the newest stands, and what it replaced is undone (TIM-2, TIM-8)."""
    async with office() as desk:
        await desk.agree()
        first, second = entry(hours="8"), entry(hours="5", version=2)
        for batch in ((first,), (second,), (first, entry("2", hours="1")), (second, entry("3", hours="1"))):
            await desk.take(*batch)
        lines = await desk.lines(Side.UNBILLED_SALES)

    assert Decimal(7) == balance(lines).wip
    assert 1 == sum(1 for line in lines if line.state is LineState.ADJUSTED)


@pytest.mark.req(153)
async def test_a_withdrawn_approval_is_undone_and_may_come_again() -> None:
    """Nothing is left to bill; approved anew in a later version, it is booked anew."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        await desk.take(entry(version=2, approved=False))
        nothing = balance(await desk.lines()).wip
        await desk.take(entry(version=3, hours="2"))

        assert (Decimal(0), Decimal(2)) == (nothing, balance(await desk.lines()).wip)


@pytest.mark.req(158, 167)
async def test_every_fault_of_a_batch_is_told_at_once_and_what_fits_is_booked() -> None:
    """A rate that is missing, twenty-five hours, a negative number, a day outside the contract: one exception each."""
    faulty = [
        entry("rate", role="Gardener"),
        entry("long", hours="25"),
        entry("negative", hours="-1"),
        entry("early", worked_on=dt.date(2025, 12, 31)),
    ]
    async with office() as desk:
        await desk.agree()
        case = await desk.take(*faulty, entry("fits"))
        found = {(item.code, item.context["entry_id"]) for item in await desk.exceptions()}
        booked = balance(await desk.lines()).wip

    assert CaseState.EXCEPTION is case.summary.state
    assert {
        ("BILLING_RATE_MISSING", "rate"),
        ("COST_RATE_MISSING", "rate"),
        ("ENTRY_INVALID", "long"),
        ("ENTRY_INVALID", "negative"),
        ("ENTRY_OUTSIDE_CONTRACT", "early"),
        ("BILLING_RATE_MISSING", "early"),
        ("COST_RATE_MISSING", "early"),
    } == found
    assert Decimal(8) == booked


@pytest.mark.req(167)
async def test_a_batch_resumes_where_it_stopped_once_it_is_solved() -> None:
    """The agreement gets its rate, one entry is left out: the rest is booked, and nothing twice."""
    async with office() as desk:
        await desk.agree()
        case = await desk.take(entry("1"), entry("2", person_id="p-2", role="Engineer"), entry("3", hours="30"))
        rows = [*prices("sell", "200").rows, replace(prices("sell", "150").rows[0], row_id="s-2", role="Engineer")]
        costs = [*prices("cost", "100").rows, replace(prices("cost", "70").rows[0], row_id="c-2", role="Engineer")]
        await desk.agree(
            agreement(price_lists=[prices("sell", "0", rows=rows)], cost_lists=[prices("cost", "0", rows=costs)])
        )
        for item in await desk.exceptions():
            answer = "leave_out" if item.context["entry_id"] == "3" else "try_again"
            await desk.fix(item, **{item.form[0].name: answer})
        case = await desk.durable.standing(case.summary.case_id)
        amounts = [line.amount.amount for line in await desk.lines(Side.UNBILLED_SALES)]

    assert completed(case)
    assert [Decimal(1200), Decimal(1600)] == sorted(amounts)


@pytest.mark.req(158)
async def test_time_without_an_agreement_waits_for_one() -> None:
    """Nothing is assumed about a project that nobody has agreed about."""
    async with office() as desk:
        await desk.take(entry())
        (item,) = await desk.exceptions()
        await desk.agree()
        case = await desk.fix(item)

    assert ("AGREEMENT_MISSING", True) == (item.code, completed(case))


@pytest.mark.req(157)
async def test_a_cap_refuses_what_exceeds_it_until_somebody_says_what_happens() -> None:
    """Of two days only the first fits under 2,000; left unbilled, the second is worked and above the cap (BIL-3)."""
    async with office() as desk:
        await desk.agree(agreement(caps=[cap("2000")]))
        await desk.take(entry("1"), entry("2"))
        (item,) = await desk.exceptions()
        (question,) = item.form
        case = await desk.fix(item, **{question.name: "leave_unbilled"})
        left = balance(await desk.lines())

    assert "CAP_EXCEEDED" == item.code
    assert completed(case)
    assert (Decimal(8), Decimal(8)) == (left.wip, left.over_cap)


@pytest.mark.req(157)
async def test_a_raised_cap_takes_the_entry_and_an_undone_one_gives_back() -> None:
    """The cap is raised by another version of the agreement; the first entry is withdrawn, and its room is free."""
    async with office() as desk:
        await desk.agree(agreement(caps=[cap("2000")]))
        await desk.take(entry("1"), entry("2"))
        (item,) = await desk.exceptions()
        await desk.agree(agreement(caps=[cap("3200")]))
        case = await desk.fix(item, **{item.form[0].name: "cap_raised"})
        await desk.take(entry("1", version=2, approved=False))
        async with desk.accounts.read() as books:
            (standing,) = await books.caps.of_contract("con-1")

    assert completed(case)
    assert (Decimal(1600), Decimal(0)) == (standing.committed, standing.invoiced)


@pytest.mark.req(157)
async def test_a_cap_that_comes_later_counts_what_was_there_before() -> None:
    """A cap agreed after two days of work begins with them committed; work above it is trimmed to what is left."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"), entry("2"))
        await desk.agree(agreement(caps=[cap("4000", CapPolicy.TRIM)]))
        await desk.take(entry("3"))
        left = balance(await desk.lines())

    assert (Decimal(20), Decimal(4)) == (left.wip, left.over_cap)


@pytest.mark.req(160)
async def test_work_under_a_fixed_fee_costs_and_sells_nothing() -> None:
    """The phase decides under which line work falls; time of a fixed fee makes cost only (rules BIL-4, BIL-8)."""
    base = agreement()
    fixed = replace(base.lines[0], line_id="line-2", method=BillingMethod.FIXED_FEE, phase_ids=["phs-2"], tax=None)
    async with office() as desk:
        await desk.agree(replace(base, lines=[base.lines[0], fixed]))
        await desk.take(entry("1", phase_id="phs-1"), entry("2", phase_id="phs-2"))
        sides = [(line.contract_line_id, line.side) for line in await desk.lines()]

    assert [("line-1", Side.COST), ("line-1", Side.UNBILLED_SALES), ("line-2", Side.COST)] == sorted(sides)


@pytest.mark.req(157)
async def test_late_time_of_a_closed_month_is_booked_in_the_next_open_one() -> None:
    """The month of the work is kept beside it (rule TIM-4)."""
    async with office() as desk:
        await desk.agree()
        await desk.close("2026-06")
        await desk.take(entry())
        lines = await desk.lines(Side.COST)

    assert [(dt.date(2026, 7, 1), "2026-06", MONDAY)] == [
        (line.accounting_date, line.worked_period, line.work_date) for line in lines
    ]
