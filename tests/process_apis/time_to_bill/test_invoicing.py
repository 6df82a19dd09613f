"""From what is ready to a posted invoice: the ERP's books and ours say the same, and everybody is told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import CapPolicy, Side
from contracts.canonical.billing import BillingState
from contracts.canonical.casework import CaseState
from contracts.canonical.documents import QuotedRate
from contracts.canonical.invoices import InvoiceState
from contracts.canonical.money import Money
from contracts.canonical.posting import BookedState
from contracts.canonical.trade.ledger.lines import balance
from contracts.events.billing import InvoicePosted
from contracts.problem import Kind, Problem
from process_apis.time_to_bill.naming import fitting
from tests.process_apis.time_to_bill.office import JUNE, completed, office
from tests.process_apis.time_to_bill.world import ABROAD, PROJECT, agreement, cap, entry, prices


@pytest.mark.req(153, 164, 168, 173)
async def test_approved_time_becomes_a_posted_invoice_and_everybody_is_told() -> None:
    """Eleven and a half hours at 200 and 19 per cent: ERP, ledger, PSA, CRM and the log say the same."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"), entry("2", hours="3.5"))
        case = await desk.bill()
        invoice = await desk.service.invoice(invoice_id="inv-1")
        left = balance(await desk.lines())
        (event,) = [each for each in await desk.events() if each.type == InvoicePosted.TYPE]

    assert completed(case)
    booked, world = desk.world.erp.documents["inv-1"], desk.world
    assert (Decimal("2300.00"), Decimal("437.00"), Decimal("2737.00")) == (booked.net, booked.tax, booked.gross)
    assert invoice.document is not None
    assert (booked.gross, InvoiceState.POSTED, 1, "R1") == (
        invoice.document.gross,
        invoice.state,
        invoice.number,
        invoice.erp_number,
    )
    assert (Decimal(0), Decimal("11.5")) == (left.wip, left.billed)
    assert {"1": "R1", "2": "R1"} == world.psa.billed
    assert [(BillingState.INVOICED, booked.gross)] == [(each.state, each.open.amount) for each in world.crm.reports]
    assert "inv-1" == event.subject


@pytest.mark.req(164)
async def test_the_lines_of_an_invoice_with_the_longest_name_are_told_apart_and_fit() -> None:
    """Ids of a CRM may be long: a line has an id that an ERP can keep, and the same one whenever it is sent."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"), entry("2", person_id="p-200"))
        await desk.bill("i" * 64)

    ids = [line.line_id for line in desk.world.erp.sent["i" * 64].lines]
    assert (2, 2) == (len(ids), len(set(ids)))
    assert {64} == {len(line_id) for line_id in ids}
    assert ids == [fitting(f"{'i' * 64}-{number}") for number in (1, 2)]


@pytest.mark.req(164)
async def test_what_is_billed_once_is_not_billed_again_and_late_time_is_billed_alone() -> None:
    """Nothing is ready after the first; an hour that arrives later goes on the next invoice by itself (TIM-6)."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        await desk.bill("inv-1")
        nothing = await desk.bill("inv-2")
        await desk.take(entry("2", hours="1"))
        await desk.bill("inv-3")

    assert completed(nothing)
    assert "nothing to bill" in nothing.summary.title
    assert [Decimal("1904.00"), Decimal("238.00")] == [each.gross for each in desk.world.erp.documents.values()]


@pytest.mark.req(164)
async def test_an_erp_that_comes_to_another_total_stops_the_invoice_before_it_is_posted() -> None:
    """A cent of tax apart: finance is asked; once the ERP is put right the case goes on, drafted and posted once."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        desk.world.erp.off_by = Decimal("0.01")
        case = await desk.bill()
        (item,) = await desk.exceptions()
        desk.world.erp.off_by = Decimal(0)
        await desk.world.erp.discard_document(document_id="inv-1")
        await desk.fix(item)
        done = await desk.decide(case.summary.case_id)

    assert (CaseState.EXCEPTION, "INVOICE_TOTAL_MISMATCH") == (case.summary.state, item.code)
    assert ("1904.01 EUR", "1904.00 EUR") == (item.context["gross_held"], item.context["gross_ours"])
    assert completed(done)
    assert 1 == desk.world.erp.posted["inv-1"]


@pytest.mark.req(164)
async def test_a_draft_that_is_changed_after_the_decision_is_not_posted() -> None:
    """Somebody edits the ERP's draft while finance decides: nothing is posted, and nothing is billed on the ledger."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        case = await desk.start("inv-1")
        held = desk.world.erp.documents["inv-1"]
        desk.world.erp.put(replace(held, gross=held.gross + 1))
        stopped = await desk.decide(case.summary.case_id)
        (item,) = await desk.exceptions()
        left = balance(await desk.lines())
        desk.world.erp.put(held)
        done = await desk.fix(item)

    assert (CaseState.EXCEPTION, "INVOICE_TOTAL_MISMATCH") == (stopped.summary.state, item.code)
    assert (Decimal(8), Decimal(0)) == (left.wip, left.billed)
    assert completed(done)
    assert 1 == desk.world.erp.posted["inv-1"]


@pytest.mark.req(164)
async def test_what_the_erp_posts_otherwise_is_never_told_as_billed() -> None:
    """The ERP changes the amount as it posts: the ledger does not follow, sales is told nothing, a person is asked."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        desk.world.erp.adds_at_posting = Decimal("0.01")
        case = await desk.bill()
        (item,) = await desk.exceptions()
        left = balance(await desk.lines())

    assert (CaseState.EXCEPTION, "INVOICE_TOTAL_MISMATCH") == (case.summary.state, item.code)
    assert (Decimal(8), Decimal(0), []) == (left.wip, left.billed, desk.world.crm.reports)


@pytest.mark.req(167)
async def test_an_invoice_that_is_refused_frees_its_lines() -> None:
    """Neither ERP nor ledger keeps anything of it; the lines go on the next."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        waiting = await desk.start("inv-1")
        refused = await desk.decide(waiting.summary.case_id, approve=False)
        gone = dict(desk.world.erp.documents)
        case = await desk.bill("inv-2")

    assert CaseState.UNWOUND is refused.summary.state
    assert {} == gone
    assert completed(case)


@pytest.mark.req(167)
async def test_who_bills_below_the_floor_needs_nobody() -> None:
    """A gross below what the firm has approved is posted at once; at the floor it waits."""
    floor = (Money(amount=Decimal(1904), currency="EUR"),)
    async with office(approve_from=floor) as desk:
        await desk.agree()
        await desk.take(entry("1", hours="7"))
        small = await desk.start("inv-1")
        await desk.take(entry("2"))
        large = await desk.start("inv-2")

    assert (CaseState.COMPLETED, CaseState.WAITING_APPROVAL) == (small.summary.state, large.summary.state)


@pytest.mark.req(167)
async def test_an_invoice_dated_in_a_closed_month_waits_and_moves_if_finance_says_so() -> None:
    """It is dated the first day of the next month that is open, whose rates and due date it has."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        await desk.close("2026-06")
        case = await desk.start("inv-1")
        (item,) = await desk.exceptions()
        await desk.fix(item, post_into="next_open_period")
        done = await desk.decide(case.summary.case_id)

    sent = desk.world.erp.sent["inv-1"]
    assert "PERIOD_CLOSED" == item.code
    assert completed(done)
    assert (dt.date(2026, 7, 1), dt.date(2026, 7, 31)) == (sent.issued_on, sent.due_on)


@pytest.mark.req(165)
async def test_tax_treatments_do_not_share_a_document() -> None:
    """Work taxed at home and work under reverse charge are two invoices (rule BIL-11)."""
    base = agreement()
    abroad = replace(base.lines[0], line_id="line-2", phase_ids=["phs-2"], tax=ABROAD)
    async with office() as desk:
        await desk.agree(replace(base, lines=[base.lines[0], abroad]))
        await desk.take(entry("1"), entry("2", phase_id="phs-2"))
        shown = await desk.service.unbilled(project_id=PROJECT, through=JUNE)
        await desk.bill("inv-1")
        await desk.bill("inv-2", treatment="AE")

    assert {"domestic", "AE"} == {each.treatment for each in shown.documents}
    assert [Decimal("1904.00"), Decimal("1600.00")] == [each.gross for each in desk.world.erp.documents.values()]


@pytest.mark.req(165)
async def test_an_invoice_in_another_currency_is_converted_at_the_rate_of_its_day() -> None:
    """Dollars into the books of a company in euros; without a rate on that day finance is asked (rule MON-6)."""
    quote = QuotedRate(from_currency="USD", to_currency="EUR", rate=Decimal("0.92"), starts_on=dt.date(2026, 6, 1))
    dollars = agreement(currency="USD", price_lists=[prices("sell", "200", currency="USD")])
    async with office() as desk:
        await desk.agree(dollars)
        await desk.take(entry())
        case = await desk.start("inv-1")
        (item,) = await desk.exceptions()
        await desk.agree(replace(dollars, quotes=[quote]))
        await desk.fix(item)
        await desk.decide(case.summary.case_id)
        invoice = await desk.service.invoice(invoice_id="inv-1")

    assert "EXCHANGE_RATE_MISSING" == item.code
    assert invoice.document is not None
    assert (Decimal("1904.00"), Decimal("1751.68")) == (invoice.document.gross, invoice.document.entity_gross)


@pytest.mark.req(157)
async def test_posting_moves_what_a_cap_counts_from_committed_to_invoiced() -> None:
    """Nothing is committed any more, and the cap is as used as before."""
    async with office() as desk:
        await desk.agree(agreement(caps=[cap("4000", CapPolicy.HARD)]))
        await desk.take(entry())
        await desk.bill()
        async with desk.accounts.read() as books:
            (standing,) = await books.caps.of_contract("con-1")

    assert (Decimal(0), Decimal(1600)) == (standing.committed, standing.invoiced)


@pytest.mark.req(168)
async def test_payments_are_told_to_sales() -> None:
    """Part of it, then all of it; a document that is not ours is nobody's business."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        await desk.bill()
        desk.world.erp.pay("inv-1", "904.00")
        await desk.look_at_documents()
        desk.world.erp.pay("inv-1", "1000.00")
        booked = desk.world.erp.documents["inv-1"]
        desk.world.erp.put(replace(booked, document_id="by-hand"))
        await desk.look_at_documents()

    told = [(each.state, each.open.amount) for each in desk.world.crm.reports]
    assert [
        (BillingState.INVOICED, Decimal("1904.00")),
        (BillingState.PARTLY_PAID, Decimal("1000.00")),
        (BillingState.PAID, Decimal("0.00")),
    ] == told


@pytest.mark.req(153)
async def test_the_feed_books_what_the_psa_tells_page_by_page() -> None:
    """Entries of projects that are not ours are left alone; a page told again books nothing again."""
    async with office(page=2) as desk:
        await desk.agree()
        desk.world.psa.entries = [entry("1"), entry("2"), entry("3", project_id=""), entry("1")]
        looks = [await desk.look_at_time() for _ in range(3)]

        assert [True, True, False] == looks
        assert Decimal(16) == balance(await desk.lines()).wip


@pytest.mark.req(244)
async def test_systems_that_lack_the_words_are_not_spoken_to() -> None:
    """A PSA that marks nothing and a CRM that keeps nothing about bills: the invoice stands all the same."""
    async with office() as desk:
        desk.world.psa.lacks, desk.world.crm.lacks = ["report_billed"], ["report_billing"]
        await desk.agree()
        await desk.take(entry())
        case = await desk.bill()

    assert completed(case)
    assert ({}, []) == (desk.world.psa.billed, desk.world.crm.reports)


async def test_a_refusal_of_the_erp_waits_for_a_person() -> None:
    """The ERP rejects the draft; nothing was posted, and the case goes on once it takes it."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        desk.world.erp.refuses = Problem(Kind.INVALID, "customer_blocked", "the customer is on hold")
        case = await desk.start("inv-1")
        (item,) = await desk.exceptions()
        desk.world.erp.refuses = None
        await desk.fix(item)
        done = await desk.decide(case.summary.case_id)

    assert CaseState.EXCEPTION is case.summary.state
    assert completed(done)
    assert BookedState.POSTED is desk.world.erp.documents["inv-1"].state


@pytest.mark.req(153)
async def test_an_entry_on_a_draft_is_not_changed_until_the_draft_is_gone() -> None:
    """Changed meanwhile, it waits as one exception; after the refusal of the invoice it is booked anew (TIM-1)."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry())
        waiting = await desk.start("inv-1")
        await desk.take(entry(version=2, hours="5"))
        (item,) = await desk.exceptions()
        await desk.decide(waiting.summary.case_id, approve=False)
        case = await desk.fix(item, **{item.form[0].name: "try_again"})

        assert ("ENTRY_INVOICED", True) == (item.code, completed(case))
        assert [Decimal(5)] == [line.quantity for line in await desk.lines(Side.UNBILLED_SALES) if line.state == "open"]
