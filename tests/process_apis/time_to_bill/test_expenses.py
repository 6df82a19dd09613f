"""Approved expenses: converted, marked up, capped, with receipts; what cannot be booked waits, one exception each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import CapPolicy, Chargeability, Side, TaxDecision
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.casework import CaseFile, CaseState
from contracts.canonical.documents import QuotedRate, TaxCategory
from contracts.canonical.expenses import ExpenseEntry
from contracts.canonical.terms import ExpenseBasis, ExpenseRule, ExpenseTerm
from contracts.canonical.trade.ledger.lines import live
from contracts.problem import Problem
from contracts.process.time_to_bill import StartExpenseIntake
from kit.caller import calling
from process_apis.time_to_bill.feeds import batch_of
from tests.process_apis.time_to_bill.office import BIANCA, JUNE, Office, completed, office
from tests.process_apis.time_to_bill.terms import day, money, nets, retained, spent
from tests.process_apis.time_to_bill.world import PROJECT, agreement, cap, entry

DOLLAR = QuotedRate(from_currency="USD", to_currency="EUR", rate=Decimal("0.92"), starts_on=day("2026-06-01"))
OUTSIDE = TaxDecision(category=TaxCategory.EXEMPT, percent=Decimal(0), tax_code="EU-RC")


def passing(*rules: ExpenseRule, **changes: Any) -> BillingAgreement:
    """An agreement whose line passes expenses through; above 50 a receipt must stand."""
    rules = rules or (ExpenseRule(category="travel", markup_percent=Decimal(10)),)
    term = ExpenseTerm(line_id="line-1", rules=list(rules), receipt_above=Decimal(50))
    return agreement(**({"expenses": [term], "quotes": [DOLLAR]} | changes))


async def take(desk: Office, *entries: ExpenseEntry) -> CaseFile:
    """Book a batch, as far as it goes."""
    batch_id = batch_of("psa-main", entries)
    start = StartExpenseIntake(batch_id=batch_id, project_id=PROJECT, system="psa-main", entries=list(entries))
    with calling(BIANCA):
        started = await desk.service.book_expenses(body=start, idempotency_key=batch_id)
    return await desk.settled(started.case_id)


async def told(desk: Office) -> list[tuple[str, str, Decimal]]:
    """What counts: side, chargeability and amount."""
    return sorted((line.side, line.chargeability, line.amount.amount) for line in live(await desk.lines()))


@pytest.mark.req(154, 156, 157)
async def test_an_expense_abroad_is_converted_marked_up_and_held_to_its_cap() -> None:
    """Golden number: 1,000 USD at 0.92 and 10 per cent are 1,012; the cap lets 1,000 be billed."""
    capped = cap("1000", CapPolicy.TRIM, category="travel")
    async with office() as desk:
        await desk.agree(passing(caps=[capped]))
        case = await take(desk, spent(cost=money("1000", "USD")))
        lines = await told(desk)
        await desk.bill()
        explained = await desk.service.explanation(invoice_id="inv-1")
        async with desk.accounts.read() as books:
            (standing,) = await books.caps.of_contract("con-1")
        (cost,) = live(await desk.lines(), side=Side.COST)

    assert completed(case)
    assert [
        (Side.COST, Chargeability.NON_CHARGEABLE, Decimal(1000)),
        (Side.UNBILLED_SALES, Chargeability.CHARGEABLE, Decimal(1000)),
        (Side.UNBILLED_SALES, Chargeability.OVER_CAP, Decimal(12)),
    ] == lines
    assert (money("1000", "USD"), money("920.00")) == (cost.amount, cost.entity_amount)
    assert (Decimal(0), Decimal(1000)) == (standing.committed, standing.invoiced)
    (sent,) = desk.world.erp.sent["inv-1"].lines
    assert (Decimal(1), Decimal(1000), "Advice, travel, 2026-06-15, p-1") == (
        sent.quantity,
        sent.unit_price,
        sent.description,
    )
    sentences = " ".join(explained.lines[0].sentences)
    assert "p-1 spent on travel on 2026-06-15" in sentences
    assert "1000 USD were paid, 920.00 EUR at 0.92 of 2026-06-15" in sentences
    assert "10 per cent on the converted cost make it 1012.00 EUR" in sentences
    assert {} == desk.world.psa.billed


@pytest.mark.req(156, 158, 167)
async def test_every_faulty_expense_is_one_exception_and_what_fits_is_booked() -> None:
    """No receipt, unknown category, no rate, above cap, outside the contract, more personal than paid."""
    faulty = [
        spent("receipt", receipt=""),
        spent("category", category="gifts"),
        spent("currency", money("100", "CHF")),
        spent("early", spent_on=day("2025-12-31")),
        spent("personal", personal=Decimal(101)),
        spent("fine", money("10.001")),
        spent("cap", money("2000")),
    ]
    async with office() as desk:
        await desk.agree(passing(caps=[cap("1000", category="travel")]))
        case = await take(desk, *faulty, spent("fits"), spent("small", money("50"), receipt=""))
        found = {(item.code, item.context["entry_id"]) for item in await desk.exceptions()}
        billed = [amount for side, _, amount in await told(desk) if side is Side.UNBILLED_SALES]

    assert CaseState.EXCEPTION is case.summary.state
    assert {
        ("EXPENSE_RECEIPT_MISSING", "receipt"),
        ("EXPENSE_CATEGORY_UNKNOWN", "category"),
        ("EXCHANGE_RATE_MISSING", "currency"),
        ("ENTRY_OUTSIDE_CONTRACT", "early"),
        ("EXPENSE_INVALID", "personal"),
        ("EXPENSE_INVALID", "fine"),
        ("CAP_EXCEEDED", "cap"),
    } == found
    assert [Decimal(55), Decimal(110)] == billed


@pytest.mark.req(156, 167)
async def test_a_batch_of_expenses_resumes_where_it_stopped() -> None:
    """One is left out, one is kept within its cap; nothing is booked twice."""
    async with office() as desk:
        await desk.agree(passing(caps=[cap("1000", category="travel")]))
        case = done = await take(desk, spent("1"), spent("2", receipt=""), spent("3", money("2000")))
        for item in await desk.exceptions():
            left_out = item.context["entry_id"] == "2"
            done = await desk.fix(item, **{item.form[0].name: "leave_out" if left_out else "leave_unbilled"})
        lines = await told(desk)

    assert CaseState.EXCEPTION is case.summary.state
    assert completed(done)
    assert [Decimal(110)] == [amount for _, charged, amount in lines if charged is Chargeability.CHARGEABLE]
    assert [Decimal(2200)] == [amount for _, charged, amount in lines if charged is Chargeability.OVER_CAP]
    assert ("1", "1") == (done.facts["left_out"], done.facts["known"])


@pytest.mark.req(154, 245)
async def test_an_expense_counts_once_in_its_newest_version() -> None:
    """Changed it is reversed and booked anew, withdrawn it is undone; the cap is given back each time."""
    async with office() as desk:
        await desk.agree(passing(caps=[cap("1000", category="travel")]))
        seen = []
        versions = [
            spent(),
            spent(),
            spent(version=3, cost=money("300")),
            spent(version=2, cost=money("200")),
            spent(version=4, approved=False),
        ]
        for version in versions:
            await take(desk, version)
            async with desk.accounts.read() as books:
                (standing,) = await books.caps.of_contract("con-1")
            seen.append((standing.committed, [each for *_, each in await told(desk)]))

    assert [
        (Decimal(110), [Decimal(100), Decimal(110)]),
        (Decimal(110), [Decimal(100), Decimal(110)]),
        (Decimal(330), [Decimal(300), Decimal(330)]),
        (Decimal(330), [Decimal(300), Decimal(330)]),
        (Decimal(0), []),
    ] == seen


@pytest.mark.req(156)
@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        (ExpenseRule(category="travel"), {}, ["100", "100"]),
        (ExpenseRule(category="travel"), {"personal": Decimal("30.50")}, ["69.50", "69.50"]),
        (
            ExpenseRule(category="travel", basis=ExpenseBasis.PER_UNIT, unit_price=Decimal("0.30")),
            {"units": Decimal("412.5")},
            ["100", "123.75"],
        ),
        (ExpenseRule(category="travel", basis=ExpenseBasis.NOT_BILLED), {}, ["100", "100"]),
        (ExpenseRule(category="travel"), {"personal": Decimal(100)}, ["0"]),
    ],
    ids=["at cost", "personal part", "per kilometre", "not billed", "all personal"],
)
async def test_a_category_says_what_is_billed(rule: ExpenseRule, changes: dict[str, Any], expected: list[str]) -> None:
    """Cost and charge; the personal part is neither (rule BIL-9)."""
    async with office() as desk:
        await desk.agree(passing(rule))
        await take(desk, spent(**changes))
        lines = await told(desk)

    assert [Decimal(each) for each in expected] == [amount for *_, amount in lines]
    charged = rule.basis is not ExpenseBasis.NOT_BILLED and len(expected) > 1
    assert charged == any(each is Chargeability.CHARGEABLE for _, each, _ in lines)


@pytest.mark.req(156, 165)
async def test_a_disbursement_is_taxed_by_its_own_decision_and_a_recharge_as_its_line() -> None:
    """Two tax groups on one document: 100 at 19 per cent and 40 exempt."""
    fees = ExpenseRule(category="court-fees", tax=OUTSIDE)
    async with office() as desk:
        await desk.agree(passing(ExpenseRule(category="travel"), fees))
        await take(desk, spent("1"), spent("2", money("40"), category="court-fees"))
        await desk.bill()
        invoice = await desk.service.invoice(invoice_id="inv-1")

    assert invoice.document is not None
    assert {(Decimal(19), Decimal(100)), (Decimal(0), Decimal(40))} == {
        (group.percent, group.base) for group in invoice.document.groups
    }


@pytest.mark.req(154)
async def test_time_and_expense_of_one_number_are_two_things() -> None:
    """The PSA numbers both from 1; hours are marked as billed there, expenses are not."""
    async with office() as desk:
        await desk.agree(passing())
        await desk.take(entry("1"))
        await take(desk, spent("1"))
        await desk.bill()

    assert {"inv-1": Decimal(1710)} == nets(desk)
    assert {"1": "R1"} == desk.world.psa.billed


@pytest.mark.req(154, 159)
async def test_expenses_draw_on_a_retainer_that_covers_them() -> None:
    """Of 3,000 in advance hours and an expense draw 1,700."""
    async with office() as desk:
        base = retained("3000", covers_expenses=True, carry_over=1)
        await desk.agree(replace(base, expenses=passing(ExpenseRule(category="travel")).expenses))
        await desk.take(entry("1"))
        await take(desk, spent())
        await desk.bill("inv-1", JUNE)
        (found,) = (await desk.service.unbilled(project_id=PROJECT, through=JUNE)).retainers

    assert {"inv-1": Decimal(3000)} == nets(desk)
    assert Decimal(1300) == found.available.amount


@pytest.mark.req(156, 167)
async def test_expenses_of_a_project_without_an_agreement_wait() -> None:
    """Finance is asked once for the batch."""
    async with office() as desk:
        case = await take(desk, spent("1"), spent("2"))
        (item,) = await desk.exceptions()
        await desk.agree(passing())
        done = await desk.fix(item)

    assert (CaseState.EXCEPTION, "AGREEMENT_MISSING") == (case.summary.state, item.code)
    assert completed(done)


@pytest.mark.req(158)
@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ([ExpenseRule(category="a"), ExpenseRule(category="a")], "/expenses/0/rules/0/category"),
        ([ExpenseRule(category="a", markup_percent=Decimal(-1))], "/expenses/0/rules/0/markup_percent"),
        ([ExpenseRule(category="a", basis=ExpenseBasis.PER_UNIT)], "/expenses/0/rules/0/unit_price"),
        ([ExpenseRule(category="a", unit_price=Decimal(1))], "/expenses/0/rules/0/unit_price"),
    ],
)
async def test_rules_that_cannot_hold_are_refused(rules: list[ExpenseRule], pointer: str) -> None:
    """At write, with their place."""
    async with office() as desk:
        with pytest.raises(Problem) as refused:
            await desk.agree(passing(*rules))

    assert pointer in {error.pointer for error in refused.value.errors}
