"""The worked numbers of the rules of the trade, for the ledger of actuals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.actuals import CapLevel, CapPolicy, CapStanding, CapTerm, CapUnit, Side
from contracts.canonical.deal import BillingMethod
from contracts.canonical.invoices import Acceptance, MilestoneState, Retainer
from contracts.canonical.trade.ledger import milestones
from contracts.canonical.trade.ledger.approval import cancelled
from contracts.canonical.trade.ledger.billing import (
    document_of,
    drafted,
    over_billed,
    posted,
    ready,
    requantified,
)
from contracts.canonical.trade.ledger.caps import judged
from contracts.canonical.trade.ledger.correcting import corrected, written_down
from contracts.canonical.trade.ledger.lines import balance, live, standing
from contracts.canonical.trade.ledger.retainers import settled
from tests.process_apis.time_to_bill.trade import DAY, TAX, billed_by, eur, hours, lines_of, place, told

pytestmark = pytest.mark.golden

WHO: dict[str, Any] = {"reason": "agreed with the customer", "decided_by": "dana"}
EIGHT = Decimal(8)


@pytest.mark.req(153, 159)
def test_g1_approved_hours_cost_and_sell() -> None:
    """G1: 8 h at cost 100 and bill 200, 8 billable: cost 800, unbilled 1,600."""
    assert [
        ("cost", "non_chargeable", "8", "800.00", "open"),
        ("unbilled_sales", "chargeable", "8", "1600.00", "open"),
    ] == told(lines_of(hours()))


@pytest.mark.req(153)
def test_g2_what_is_not_billable_is_seen() -> None:
    """G2: the same, 6 billable: cost 800, unbilled 1,200 chargeable and 400 non-chargeable."""
    assert [
        ("cost", "non_chargeable", "8", "800.00", "open"),
        ("unbilled_sales", "chargeable", "6", "1200.00", "open"),
        ("unbilled_sales", "non_chargeable", "2", "400.00", "open"),
    ] == told(lines_of(hours(billable="6")))


@pytest.mark.req(153)
def test_g3_more_may_be_billable_than_was_worked() -> None:
    """G3: the same, 10 billable: cost 800 of 8 h, unbilled 2,000."""
    assert [
        ("cost", "non_chargeable", "8", "800.00", "open"),
        ("unbilled_sales", "chargeable", "10", "2000.00", "open"),
    ] == told(lines_of(hours(billable="10")))


@pytest.mark.req(153, 167)
def test_g4_a_cancelled_approval_is_reversed() -> None:
    """G4: G1, then the approval is cancelled: -800 and -1,600, nothing left, originals adjusted, reversals final."""
    lines = lines_of(hours())
    lines += cancelled(lines, lines[0], held=(), accounting_date=DAY, **WHO)
    assert [
        ("cost", "non_chargeable", "8", "800.00", "adjusted"),
        ("unbilled_sales", "chargeable", "8", "1600.00", "adjusted"),
        ("cost", "non_chargeable", "-8", "-800.00", "unadjustable"),
        ("unbilled_sales", "chargeable", "-8", "-1600.00", "unadjustable"),
    ] == told(standing(lines))
    assert 0 == sum(line.amount.amount for line in lines)


@pytest.mark.req(157, 164)
def test_g5_posting_turns_unbilled_into_billed() -> None:
    """G5: G1, then the invoice is posted: unbilled -1,600, billed 1,600, nothing in progress."""
    lines = lines_of(hours())
    _, after = billed_by(lines, ready(lines, held=()))
    assert [
        ("unbilled_sales", "chargeable", "-8", "-1600.00", "unadjustable"),
        ("billed_sales", "chargeable", "8", "1600.00", "open"),
    ] == told(after[2:])
    assert (Decimal(0), EIGHT) == (balance(after).wip, balance(after).billed)


@pytest.mark.req(157, 164)
def test_g6_a_quantity_cut_on_a_draft_is_seen() -> None:
    """G6: G1, cut to 6 before posting: 1,600 reversed; 1,200 and 400 made and reversed; 6 h and 2 h billed."""
    lines = lines_of(hours())
    draft = drafted("inv-1", ready(lines, held=()), held=())
    draft = requantified(draft, lines[1].actual_id, Decimal(6), reason="two hours of travel")
    appended = posted(lines, draft, posted_on=DAY)
    assert [
        ("unbilled_sales", "chargeable", "-8", "-1600.00", "unadjustable"),
        ("unbilled_sales", "chargeable", "6", "1200.00", "adjusted"),
        ("unbilled_sales", "chargeable", "-6", "-1200.00", "unadjustable"),
        ("billed_sales", "chargeable", "6", "1200.00", "open"),
        ("unbilled_sales", "non_chargeable", "2", "400.00", "adjusted"),
        ("unbilled_sales", "non_chargeable", "-2", "-400.00", "unadjustable"),
        ("billed_sales", "non_chargeable", "2", "400.00", "open"),
    ] == told(standing(appended))
    assert ["1200.00", "0.00"] == [str(line.net) for line in document_of(appended).lines]


@pytest.mark.req(157, 164)
def test_g7_a_corrected_invoice_leaves_the_rest_in_the_backlog() -> None:
    """G7: G5, then corrected to 6 h: billed -1,600 and 1,200; 400 stay chargeable and can be billed."""
    lines = lines_of(hours())
    _, lines = billed_by(lines, ready(lines, held=()))
    appended = corrected(lines, lines[-1].actual_id, Decimal(6), place=place("cor-1"), corrected_on=DAY, **WHO)
    assert [
        ("billed_sales", "chargeable", "-8", "-1600.00", "unadjustable"),
        ("billed_sales", "chargeable", "6", "1200.00", "open"),
        ("unbilled_sales", "chargeable", "2", "400.00", "open"),
    ] == told(appended)
    assert [appended[-1]] == ready([*lines, *appended], held=())
    assert Decimal("-400.00") == document_of(appended).net


@pytest.mark.req(159, 176, 182)
def test_g9_a_fixed_fee_bills_its_milestone_and_not_its_hours() -> None:
    """G9: 8 h cost 800 only; a milestone bills 5,000 and is credited: billed -5,000, ready to invoice again."""
    lines = lines_of(hours(method=BillingMethod.FIXED_FEE))
    proof = Acceptance(accepted_on=DAY, accepted_by="Kim", document="ACC-1")
    [share] = milestones.shared("mst-1", eur("5000.00"), [("cus-1", Decimal(100))])
    share = milestones.on_draft(milestones.accepted(share, proof))
    share, billed = milestones.invoiced(
        share,
        project_id="prj-1",
        contract_line_id="line-1",
        legal_entity_id="NW-DE",
        tax=TAX,
        place=place("inv-1"),
        posted_on=DAY,
    )
    assert MilestoneState.INVOICED is share.state
    share, undone = milestones.credited(share, billed, Decimal("5000.00"), place=place("cor-1"), credited_on=DAY, **WHO)
    assert [("cost", "non_chargeable", "8", "800.00", "open")] == told(lines)
    assert ["5000.00", "-5000.00"] == [str(line.amount.amount) for line in (billed, *undone)]
    assert (MilestoneState.READY, Decimal(0)) == (share.state, share.invoiced)


def cap(policy: CapPolicy, limit: str, invoiced: str, committed: str = "0", tolerance: str = "0") -> CapStanding:
    term = CapTerm(
        cap_id="cap-1",
        level=CapLevel.CONTRACT,
        unit=CapUnit.AMOUNT,
        limit=Decimal(limit),
        policy=policy,
        contract_id="con-1",
        tolerance=Decimal(tolerance),
    )
    return CapStanding(term=term, invoiced=Decimal(invoiced), committed=Decimal(committed))


@pytest.mark.req(157, 158)
def test_g13_a_cap_refuses_trims_or_warns() -> None:
    """G13: 9,400 of 10,000 consumed, 8 h at 100: refused whole; or 6 h billed and 2 h over cap; or all, warned."""

    def verdict(policy: CapPolicy) -> tuple[str, str, str, int]:
        found = judged(EIGHT, Decimal(100), "EUR", [cap(policy, "10000", "9000", "400")])
        return found.code, f"{found.chargeable:.2f}", f"{found.over_cap:.2f}", len(found.warnings)

    assert ("CAP_EXCEEDED", "0.00", "0.00", 0) == verdict(CapPolicy.REJECT)
    assert ("CAP_EXCEEDED", "0.00", "0.00", 0) == verdict(CapPolicy.HARD)
    assert ("", "6.00", "2.00", 0) == verdict(CapPolicy.TRIM)
    assert ("", "8.00", "0.00", 1) == verdict(CapPolicy.WARN)
    trimmed = judged(EIGHT, Decimal(100), "EUR", [cap(CapPolicy.TRIM, "10000", "9400")])
    assert ["600.00", "200.00"] == [
        str(line.amount.amount) for line in lines_of(hours(), rate="100", verdict=trimmed)[1:]
    ]


@pytest.mark.req(157, 158)
def test_g14_a_tolerance_ends_where_it_says() -> None:
    """G14: a cap of 15,000 with tolerance 0.99 lets 15,000.99 pass and refuses 15,001.00."""
    tolerant = cap(CapPolicy.TOLERANCE, "15000", "0", tolerance="0.99")
    assert "" == judged(Decimal(1), Decimal("15000.99"), "EUR", [tolerant]).code
    assert "CAP_EXCEEDED" == judged(Decimal(1), Decimal("15001.00"), "EUR", [tolerant]).code


@pytest.mark.req(157, 164)
def test_g20_a_period_selects_and_never_bills_twice() -> None:
    """G20: 4.5 h and 3.5 h billed, 3.5 h credited, 1 h more: June and July bill 4.5 h, not 9."""
    june, july = dt.date(2026, 6, 15), dt.date(2026, 7, 23)
    lines = lines_of(hours("te-1", "4.5", worked_on=june)) + lines_of(hours("te-2", "3.5", worked_on=july))
    _, lines = billed_by(lines, ready(lines, held=()))
    [second] = [line for line in live(lines, side=Side.BILLED_SALES) if line.source.source_id == "te-2"]
    lines += corrected(lines, second.actual_id, Decimal(0), place=place("cor-1"), corrected_on=july, **WHO)
    lines += lines_of(hours("te-3", "1", worked_on=dt.date(2026, 7, 31)))
    chosen = ready(lines, held=(), first=dt.date(2026, 6, 1), last=dt.date(2026, 7, 31))
    assert Decimal("4.5") == sum(line.quantity for line in chosen)


@pytest.mark.req(157, 164)
def test_g22_what_is_billed_too_much_is_shown_and_not_netted() -> None:
    """G22: 1 h June raised to 3 h by hand; July still has its 1 h to bill, and 2 h show as billed too much."""
    july = dt.date(2026, 7, 10)
    lines = lines_of(hours("te-1", "1")) + lines_of(hours("te-2", "1", worked_on=july))
    draft = drafted("inv-1", ready(lines, held=(), last=dt.date(2026, 6, 30)), held=())
    draft = requantified(draft, lines[1].actual_id, Decimal(3), reason="by hand")
    lines += posted(lines, draft, posted_on=DAY)
    [open_line] = ready(lines, held=(), first=dt.date(2026, 7, 1), last=dt.date(2026, 7, 31))
    assert ("te-2", Decimal(1)) == (open_line.source.source_id, open_line.quantity)
    assert [("te-1", Decimal(2))] == [(each.source_id, each.quantity) for each in over_billed(lines)]


@pytest.mark.req(157, 163)
def test_g24_a_down_payment_is_settled_with_the_hours_worked() -> None:
    """G24: half of 10 h paid down, 4 h worked: a credit worth 1 h, and the 4 h are locked as invoiced."""
    lines = lines_of(hours(worked="4"))
    _, lines = billed_by(lines, ready(lines, held=()))
    advance = Retainer(retainer_id="ret-1", invoiced=eur("1000.00"), invoiced_on=DAY)
    settlement = settled([advance], lines[-1].amount.amount, on=DAY, final=True)
    assert Decimal("-200.00") == settlement.net
    assert [Decimal("800.00")] == [each.amount for each in settlement.applied]
    assert [Decimal("200.00")] == [each.amount for each in settlement.refunded]
    assert [] == ready(lines, held=())
    assert Decimal(4) == balance(lines).billed


@pytest.mark.req(157, 174)
def test_g25_goodwill_keeps_its_cost() -> None:
    """G25: 4 h worked, 3 h billed as goodwill: cost of 4 h, 3 h to bill, 1 h written off."""
    lines = lines_of(hours(worked="4"))
    given = written_down(lines, lines[1].actual_id, Decimal(1), held=(), written_on=DAY, **WHO)
    lines += given.lines
    assert [
        ("cost", "non_chargeable", "4", "400.00", "open"),
        ("unbilled_sales", "chargeable", "3", "600.00", "open"),
        ("unbilled_sales", "written_off", "1", "200.00", "open"),
    ] == told(live(lines))
    assert Decimal("-200.00") == given.margin_effect.amount
