"""What falls due by dates: fixed fees and subscriptions, booked once, amended by pairs, billed like any other line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, ActualKind, Side
from contracts.canonical.agreements import AgreementVersion, BillingAgreement
from contracts.canonical.deal import BillingFrequency, BillingMethod, BillingTiming
from contracts.canonical.trade.ledger.lines import balance, live
from contracts.canonical.trade.subscriptions import Anchor
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import LineCorrection, StartBillingRun
from kit.caller import calling
from process_apis.time_to_bill.charging import charges, lacking
from tests.process_apis.time_to_bill.office import BIANCA, JUNE, completed, office
from tests.process_apis.time_to_bill.terms import JULY, by, charge, day, fee, nets, subscribed, unbilled, words
from tests.process_apis.time_to_bill.world import PROJECT, entry

HALVES = (("2026-06-15", "6000"), ("2026-07-15", "4000"))


@pytest.mark.req(159, 160)
async def test_a_fixed_fee_is_billed_by_its_dates_and_work_makes_cost_only() -> None:
    """Two parts, each on the invoice of its month, whatever was worked (rule BIL-4)."""
    async with office() as desk:
        await desk.agree(fee(*HALVES))
        await desk.take(entry("1"))
        first = await desk.bill("inv-1", JUNE)
        await desk.bill("inv-2", JULY)
        nothing = await desk.bill("inv-3", day("2026-08-31"))
        explained = await desk.service.explanation(invoice_id="inv-1")

    assert completed(first)
    assert {"inv-1": Decimal(6000), "inv-2": Decimal(4000)} == nets(desk)
    assert "nothing to bill" in nothing.summary.title
    assert "Part 1 of the fixed fee fell due on 2026-06-15, by version 1 of the agreement." in (
        explained.lines[0].sentences
    )


@pytest.mark.req(161)
async def test_what_falls_due_is_booked_once_however_often_it_is_asked() -> None:
    """The same command again books nothing, and so does a later one for an earlier day."""
    async with office() as desk:
        await desk.agree(subscribed(("2026-05-01", "3100")))
        first = await charge(desk, JULY)
        again = [await charge(desk, JULY), await charge(desk, JUNE)]

    months = ["2026-05-01 to 2026-05-31", "2026-06-01 to 2026-06-30", "2026-07-01 to 2026-07-31"]
    assert [(month, Decimal("3100.00")) for month in months] == words(first.lines)
    assert [[], []] == [each.lines for each in again]


@pytest.mark.req(161)
@pytest.mark.parametrize(
    ("steps", "changes", "expected"),
    [
        ([("2026-01-17", "3100")], {"ends_before": day("2026-02-01")}, ["1500.00"]),
        ([("2026-01-01", "3100"), ("2026-01-17", "6200")], {"ends_before": day("2026-02-01")}, ["1600.00", "3000.00"]),
        ([("2026-01-01", "100"), ("2026-07-01", "150")], {"ends_before": day("2027-01-01")}, ["100"] * 6 + ["150"] * 6),
        (
            [("2026-01-31", "100")],
            {"ends_before": day("2026-03-31"), "anchor": Anchor.ANNIVERSARY},
            ["100.00", "100.00"],
        ),
        ([("2026-02-01", "100")], {"ends_before": day("2026-03-01"), "frequency": BillingFrequency.YEARLY}, ["100"]),
    ],
    ids=["15 of 31 days", "split at the step", "golden 1,200 a year", "anniversary of the 31st", "part of a year"],
)
def test_a_subscription_is_charged_by_months_and_days(
    steps: list[tuple[str, str]], changes: dict[str, Any], expected: list[str]
) -> None:
    """Golden numbers: 15 of 31 days of 3,100 are 1,500; a price of July on makes 600 and 900 (rule BIL-7)."""
    found = list(charges(subscribed(*steps, **changes), through=day("2027-12-31")))

    assert [Decimal(each) for each in expected] == [each.amount for each in found]


@pytest.mark.req(161)
@pytest.mark.parametrize(
    ("timing", "anchor", "expected"),
    [
        (BillingTiming.ADVANCE, Anchor.CALENDAR, ["2026-02-10"] * 2 + ["2026-04-01"] * 3),
        (BillingTiming.ARREARS, Anchor.CALENDAR, ["2026-03-31"] * 2 + ["2026-06-30"] * 3),
        (BillingTiming.ADVANCE, Anchor.ANNIVERSARY, ["2026-02-10"] * 3 + ["2026-05-10"] * 3),
        (BillingTiming.ARREARS, Anchor.ANNIVERSARY, ["2026-05-09"] * 3),
    ],
)
def test_a_quarter_falls_due_on_its_first_day_or_its_last(
    timing: BillingTiming, anchor: Anchor, expected: list[str]
) -> None:
    """By the calendar the first quarter is short; from the first day on all are whole."""
    agreed = subscribed(("2026-02-10", "100"), timing=timing, anchor=anchor, frequency=BillingFrequency.QUARTERLY)

    assert expected == [str(each.due_on) for each in charges(agreed, through=JUNE)]


@pytest.mark.req(158, 161)
async def test_an_amended_price_adjusts_what_is_unbilled_by_a_pair() -> None:
    """A month that is not billed yet is reversed and stands anew, under the version that amended it."""
    async with office() as desk:
        await desk.agree(subscribed(("2026-06-01", "3000")))
        await charge(desk, JUNE)
        await desk.agree(subscribed(("2026-06-01", "3300")))
        amended = await charge(desk, JUNE)
        again = await charge(desk, JUNE)
        left = await unbilled(desk)

    assert [Decimal("-3000.00"), Decimal("3300.00")] == [line.amount.amount for line in amended.lines]
    assert "agreement version 2" == amended.lines[1].reason
    assert ([], [Decimal("3300.00")]) == (again.lines, left)


@pytest.mark.req(158, 161)
async def test_an_amended_price_of_a_billed_month_is_settled_on_the_next_invoice() -> None:
    """The price rises in the middle of a month that was billed in advance: it is taken back and billed by days."""
    async with office() as desk:
        await desk.agree(subscribed(("2026-06-01", "3000")))
        await desk.bill("inv-1", JUNE)
        await desk.agree(subscribed(("2026-06-01", "3000"), ("2026-06-16", "6000")))
        shown = await desk.service.unbilled(project_id=PROJECT, through=JUNE)
        await desk.bill("inv-2", JUNE)
        again = await charge(desk, JUNE)
        lines = await desk.lines()

    assert Decimal(1500) == shown.documents[0].document.net
    assert {"inv-1": Decimal(3000), "inv-2": Decimal(1500)} == nets(desk)
    assert [] == again.lines
    assert Decimal(4500) == sum(line.amount.amount for line in live(lines, side=Side.BILLED_SALES))


@pytest.mark.req(158, 161)
async def test_a_subscription_that_ends_early_gives_back_what_was_billed_ahead() -> None:
    """July was billed and is not served: the ERP gets a credit note over it."""
    async with office() as desk:
        await desk.agree(subscribed(("2026-06-01", "3000")))
        await desk.bill("inv-1", day("2026-07-01"))
        await desk.agree(subscribed(("2026-06-01", "3000"), ends_before=day("2026-07-01")))
        await desk.bill("inv-2", day("2026-07-01"))

    assert {"inv-1": Decimal(6000), "inv-2": Decimal(-3000)} == nets(desk)
    assert "credit_note" == desk.world.erp.sent["inv-2"].kind


@pytest.mark.req(158)
async def test_a_part_that_is_put_off_is_billed_on_its_new_day() -> None:
    """Unbilled, it leaves June and falls due in July; nothing is billed in June."""
    async with office() as desk:
        await desk.agree(fee(("2026-06-15", "6000")))
        await charge(desk, JUNE)
        await desk.agree(fee(("2026-07-15", "6000")))
        june = await desk.bill("inv-1", JUNE)
        await desk.bill("inv-2", JULY)

    assert "nothing to bill" in june.summary.title
    assert {"inv-2": Decimal(6000)} == nets(desk)


@pytest.mark.req(164)
@pytest.mark.parametrize(("kept", "ready"), [("0", "6000.00"), ("0.25", "4500.00")])
async def test_a_credited_part_is_due_again_for_what_was_credited(kept: str, ready: str) -> None:
    """In full or in part; charging again adds nothing, and in the end the fee is billed once."""
    async with office() as desk:
        await desk.agree(fee(("2026-06-15", "6000")))
        await desk.bill("inv-1")
        (billed,) = live(await desk.lines(), side=Side.BILLED_SALES)
        await desk.correct(LineCorrection(actual_id=billed.actual_id, quantity=Decimal(kept)))
        again = await charge(desk, JUNE)
        waiting = await unbilled(desk)
        await desk.bill("inv-2")
        left = balance(await desk.lines())

    assert ([], [Decimal(ready)]) == (again.lines, waiting)
    assert (Decimal(0), Decimal(1)) == (left.wip, left.billed)
    assert Decimal(6000) == sum(nets(desk).values())


@pytest.mark.req(169, 181)
async def test_a_run_bills_what_falls_due_and_a_dry_run_leaves_nothing() -> None:
    """Both count the month; only the run books and bills it."""
    async with office() as desk:
        await desk.agree(subscribed(("2026-06-01", "3000")))
        runs = []
        for run_id, dry in (("run-1", True), ("run-2", False)):
            start = StartBillingRun(run_id=run_id, legal_entity_id="SG-DE", through=JUNE, issued_on=JUNE, dry_run=dry)
            with calling(BIANCA):
                started = await desk.service.run(body=start, idempotency_key=run_id)
            runs.append(await desk.settled(started.case_id))
            if dry:
                assert [] == await desk.lines()
        await desk.decide(runs[1].summary.case_id)
        for each in (await desk.durable.casebook.cases()).items:
            await desk.decide(each.case_id)

    assert ["3570.00", "3570.00"] == [run.facts["gross_EUR"] for run in runs]
    assert [Decimal(3000)] == list(nets(desk).values())


@pytest.mark.req(158, 167)
async def test_without_a_tax_decision_nothing_falls_due() -> None:
    """The command says so, the invoice waits for tax; no default is ever taken."""
    base = fee(*HALVES)
    untaxed = replace(base, lines=[replace(base.lines[0], tax=None)])
    async with office() as desk:
        await desk.agree(untaxed)
        with pytest.raises(Problem) as refused:
            await charge(desk, JUNE)
        case = await desk.start("inv-1")
        (item,) = await desk.exceptions()
        await desk.agree(base)
        await desk.fix(item)
        done = await desk.decide(case.summary.case_id)

    assert (Kind.CONFLICT, "not_billable", "BILLING_TAX_MISSING") == (
        refused.value.kind,
        refused.value.code,
        item.code,
    )
    assert completed(done)


@pytest.mark.req(158, 161)
async def test_nothing_falls_due_more_than_a_year_ahead() -> None:
    """A slip of the pen in the year books no thousand months."""
    async with office() as desk:
        await desk.agree(subscribed(("2026-11-01", "100")))
        found = await charge(desk, dt.date(9999, 12, 31))

    assert 13 == len(found.lines)


@pytest.mark.req(177)
async def test_what_falls_due_in_a_closed_month_counts_in_the_next() -> None:
    """As late time does (rule TIM-4)."""
    async with office() as desk:
        await desk.agree(fee(("2026-06-15", "6000")))
        await desk.close("2026-06")
        found = await charge(desk, JUNE)

    assert [(day("2026-06-15"), day("2026-07-01"))] == [(each.work_date, each.accounting_date) for each in found.lines]


@pytest.mark.req(158)
@pytest.mark.parametrize(
    ("agreed", "pointer"),
    [
        (replace(fee(*HALVES), fees=[replace(fee(*HALVES).fees[0], fee=Decimal(9999))]), "/fees/0/installments"),
        (replace(fee(*HALVES), fees=[*fee(*HALVES).fees, *fee(*HALVES).fees]), "/fees/1/line_id"),
        (fee(("2026-06-15", "0.001")), "/fees/0/installments/0/amount"),
        (fee(("2026-06-15", "1E+30")), "/fees/0/fee"),
        (replace(fee(*HALVES), lines=by(BillingMethod.MILESTONE).lines), "/fees/0/line_id"),
        (subscribed(("2026-06-01", "100"), starts_on=day("2026-05-01")), "/subscriptions/0/steps"),
        (subscribed(("2026-06-01", "1"), ("2026-06-01", "2")), "/subscriptions/0/steps/0/starts_on"),
        (subscribed(("2026-06-01", "-1")), "/subscriptions/0/steps/0/monthly_price"),
        (subscribed(("2026-06-01", "1"), ends_before=day("2026-06-01")), "/subscriptions/0/ends_before"),
    ],
    ids=["sum", "twice", "fine", "huge", "method", "no price", "two prices", "negative", "days"],
)
async def test_terms_that_cannot_hold_are_refused_with_their_place(agreed: BillingAgreement, pointer: str) -> None:
    """At write, with every fault."""
    async with office() as desk:
        with pytest.raises(Problem) as refused:
            await desk.agree(agreed)

    assert pointer in {error.pointer for error in refused.value.errors}


def test_a_line_on_a_draft_is_left_alone_and_settled_beside_it() -> None:
    """An amendment while a draft holds the month takes it back and bills it anew, draft or no draft."""
    first = AgreementVersion(version=1, agreement=subscribed(("2026-06-01", "3000")))
    then = AgreementVersion(version=2, agreement=subscribed(("2026-06-01", "3300")))
    known = lacking(first, [], held=(), through=JUNE, closed=())
    held = {line.actual_id for line in known}
    beside = lacking(then, known, held=held, through=JUNE, closed=())

    assert [Decimal("-3000.00"), Decimal("3300.00")] == [line.amount.amount for line in beside]
    assert [None, None] == [line.reversal_of for line in beside]
    assert [] == lacking(then, [*known, *beside], held=held, through=JUNE, closed=())
    assert [] == lacking(then, [*known, *beside], held=(), through=JUNE, closed=())
    assert {ActualKind.SUBSCRIPTION_PERIOD} == {line.kind for line in beside}


def test_a_price_that_is_changed_back_leaves_the_month_at_it() -> None:
    """Up and down again before anything is billed: the sum is what is agreed, and asking again adds nothing."""
    versions = [
        AgreementVersion(version=number, agreement=subscribed(("2026-06-01", price)))
        for number, price in enumerate(("3000", "3300", "3000"), start=1)
    ]
    lines: list[Actual] = []
    for version in versions:
        lines += lacking(version, lines, held=(), through=JUNE, closed=())

    assert [Decimal("3000.00")] == [line.amount.amount for line in live(lines)]
    assert [] == lacking(versions[-1], lines, held=(), through=JUNE, closed=())
