"""The rules of the ledger beside its worked numbers: corrections, caps, milestones, retainers, periods, duplicates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import (
    Actual,
    CapLevel,
    CapPolicy,
    CapStanding,
    CapTerm,
    CapUnit,
    CapVerdict,
    Chargeability,
    Side,
    Source,
)
from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import TaxCategory
from contracts.canonical.invoices import Acceptance, MilestoneProgress, MilestoneShare, MilestoneState, Retainer
from contracts.canonical.pricing import Price
from contracts.canonical.trade.ledger import milestones
from contracts.canonical.trade.ledger.approval import approved, cancelled, moved
from contracts.canonical.trade.ledger.billing import drafted, posted, ready, requantified
from contracts.canonical.trade.ledger.caps import applying, judged
from contracts.canonical.trade.ledger.correcting import Rebill, corrected, repriced, written_down
from contracts.canonical.trade.ledger.lines import Refused, balance, live, reversal, standing
from contracts.canonical.trade.ledger.periods import (
    AccountingPolicy,
    Arrival,
    EntryDays,
    accounting_day,
    alike,
    arrived,
)
from contracts.canonical.trade.ledger.recapping import released
from contracts.canonical.trade.ledger.retainers import available, liability, settled
from tests.process_apis.time_to_bill.trade import DAY, TAX, billed_by, eur, hours, lines_of, place, price, told

WHO: dict[str, Any] = {"reason": "agreed with the customer", "decided_by": "dana"}


def billed(worked: str = "8") -> list[Actual]:
    lines = lines_of(hours(worked=worked))
    return billed_by(lines, ready(lines, held=()))[1]


def refusal(code: str) -> Any:
    return pytest.raises(Refused, check=lambda refused: refused.code == code)


@pytest.mark.req(164)
def test_a_correction_upwards_bills_the_final_quantity() -> None:
    """From 8 h to 10 h: the 8 are credited and 10 billed; nothing returns to the backlog."""
    lines = billed()
    appended = corrected(lines, lines[-1].actual_id, Decimal(10), place=place("cor-1"), corrected_on=DAY, **WHO)
    assert [("-8", "-1600.00"), ("10", "2000.00")] == [each[2:4] for each in told(appended)]


@pytest.mark.req(164)
def test_a_correction_may_write_off_what_it_takes_away() -> None:
    """From 8 h to 5 h with 2 written off: 5 billed, 1 in the backlog, 2 written off, 8 in all."""
    lines = billed()
    lines += corrected(
        lines, lines[-1].actual_id, Decimal(5), write_off=Decimal(2), place=place("cor-1"), corrected_on=DAY, **WHO
    )
    found = balance(lines)
    assert (Decimal(5), Decimal(1), Decimal(2), Decimal(8)) == (
        found.billed,
        found.wip,
        found.written_off,
        found.chargeable,
    )


@pytest.mark.req(164)
def test_what_returned_to_the_backlog_can_be_billed_and_corrected_again() -> None:
    """8 h corrected to 6, the 2 billed, both corrected to 1: every line has its own name and 6 h wait."""
    lines = billed()
    lines += corrected(lines, lines[-1].actual_id, Decimal(6), place=place("cor-1"), corrected_on=DAY, **WHO)
    _, lines = billed_by(lines, ready(lines, held=()), invoice_id="inv-2")
    for number, line in enumerate(live(lines, side=Side.BILLED_SALES)):
        where = place(f"cor-{number + 2}")
        lines += corrected(lines, line.actual_id, Decimal(1), place=where, corrected_on=DAY, **WHO)
    assert len(lines) == len({line.actual_id for line in lines})
    assert (Decimal(2), Decimal(6)) == (balance(lines).billed, balance(lines).wip)


@pytest.mark.req(164)
def test_a_rebill_keeps_rate_and_tax_unless_asked() -> None:
    """The same decisions by default; fresh ones when given, and the credit still has the old (rule TIM-7)."""
    lines = billed()
    fresh = Rebill(price=price("250"), tax=replace(TAX, category=TaxCategory.REVERSE_CHARGE, percent=Decimal(0)))
    rates = []
    for rebill in (None, fresh):
        credit, again = corrected(
            lines, lines[-1].actual_id, Decimal(8), place=place("c"), corrected_on=DAY, rebill=rebill, **WHO
        )
        assert (Decimal("-1600.00"), TAX) == (credit.amount.amount, credit.tax)
        rates.append((again.unit_rate, again.amount.amount, again.tax))
    assert [
        (Decimal(200), Decimal("1600.00"), TAX),
        (Decimal(250), Decimal("2000.00"), fresh.tax),
    ] == rates


@pytest.mark.req(153)
def test_what_was_billed_or_drafted_is_not_cancelled_repriced_or_written_down() -> None:
    """Only a corrective invoice changes what is billed; a draft is discarded first (rules TIM-1, RAT-8, BIL-10)."""
    lines = lines_of(hours())
    unbilled = lines[1].actual_id
    with refusal("ACTUAL_ON_DRAFT"):
        cancelled(lines, lines[0], held={unbilled}, accounting_date=DAY, **WHO)
    with refusal("ACTUAL_ON_DRAFT"):
        repriced(lines, unbilled, price("220"), held={unbilled}, repriced_on=DAY, **WHO)
    with refusal("ACTUAL_ON_DRAFT"):
        written_down(lines, unbilled, Decimal(1), held={unbilled}, written_on=DAY, **WHO)
    after = billed()
    with refusal("ACTUAL_INVOICED"):
        cancelled(after, after[0], held=(), accounting_date=DAY, **WHO)
    with refusal("UNADJUSTABLE"):
        repriced(after, unbilled, price("220"), held=(), repriced_on=DAY, **WHO)
    with refusal("NOT_UNBILLED"):
        written_down(after, after[-1].actual_id, Decimal(1), held=(), written_on=DAY, **WHO)


@pytest.mark.req(157)
def test_a_new_rate_reverses_and_makes_anew_what_is_unbilled() -> None:
    """8 h at 200, then at 220: 1,600 reversed, 1,760 unbilled; the cost stays (rule RAT-8)."""
    lines = lines_of(hours())
    appended = repriced(lines, lines[1].actual_id, price("220"), held=(), repriced_on=DAY, **WHO)
    assert [("-8", "-1600.00"), ("8", "1760.00")] == [each[2:4] for each in told(appended)]
    assert {Side.UNBILLED_SALES} == {line.side for line in appended}
    assert lines[1].actual_id == appended[1].adjusts


@pytest.mark.req(153, 166)
def test_a_move_is_priced_at_its_new_day_and_stays_linked() -> None:
    """8 h in June at 200 become 6 h in July at 210: all old lines reversed, new ones name what they stand for."""
    lines = lines_of(hours())
    later = hours(worked="6", worked_on=dt.date(2026, 7, 1))
    appended = moved(lines, lines[0], later, held=(), price=price("210"), tax=TAX, accounting_date=DAY, **WHO)
    assert ["-800.00", "-1600.00", "600.00", "1260.00"] == [each[3] for each in told(appended)]
    assert {"2026-07"} == {line.worked_period for line in appended[2:]}
    assert {lines[0].actual_id} == {line.adjusts for line in appended[2:]}


@pytest.mark.req(153, 167)
def test_without_rate_or_tax_nothing_is_billed_at_nothing() -> None:
    """A missing rate and a missing tax decision stop the entry with their codes (rules RAT-5, TAX-1)."""
    with refusal("RATE_MISSING"):
        approved(hours(), price=Price(currency="EUR", code="RATE_MISSING"), tax=TAX, accounting_date=DAY)
    with refusal("TAX_CODE_MISSING"):
        approved(hours(), price=price(), tax=None, accounting_date=DAY)


@pytest.mark.req(153)
def test_a_reversal_is_final_and_a_line_is_reversed_once() -> None:
    """Neither a reversal nor a reversed line can be reversed (rule TIM-2)."""
    [line, _] = lines_of(hours())
    undone = reversal(line, accounting_date=DAY, reason="wrong")
    for each in standing([line, undone]):
        with refusal("UNADJUSTABLE"):
            reversal(each, accounting_date=DAY, reason="again")


@pytest.mark.req(164, 165)
def test_a_draft_mixes_no_sellers_and_takes_no_line_twice() -> None:
    """Two legal entities on one document, and one line on two drafts, are refused (rules BIL-11, BIL-12)."""
    mine, theirs = lines_of(hours())[1], lines_of(hours("te-2", legal_entity_id="NW-GB"))[1]
    with refusal("MIXED_DOCUMENT"):
        drafted("inv-1", [mine, theirs], held=())
    with refusal("ACTUAL_ON_DRAFT"):
        drafted("inv-1", [mine, mine], held=())
    with refusal("ACTUAL_ON_DRAFT"):
        drafted("inv-1", [mine], held={mine.actual_id})


@pytest.mark.req(164)
def test_two_cuts_on_one_draft_keep_their_names_apart() -> None:
    """Two lines of one source cut on one draft: every line that posting makes has a name of its own."""
    lines = billed()
    lines += corrected(lines, lines[-1].actual_id, Decimal(5), place=place("cor-1"), corrected_on=DAY, **WHO)
    [five] = live(lines, side=Side.BILLED_SALES)
    lines += corrected(lines, five.actual_id, Decimal(1), place=place("cor-2"), corrected_on=DAY, **WHO)
    draft = drafted("inv-2", ready(lines, held=()), held=())
    for line in draft.lines:
        draft = requantified(draft, line.actual_id, Decimal(2), reason="goodwill")
    lines += posted(lines, draft, posted_on=DAY)
    assert len(lines) == len({line.actual_id for line in lines})
    assert (Decimal(5), Decimal(3)) == (balance(lines).billed, balance(lines).non_chargeable)


def term(cap_id: str, level: CapLevel, **changes: Any) -> CapTerm:
    facts: dict[str, Any] = {
        "cap_id": cap_id,
        "level": level,
        "unit": CapUnit.AMOUNT,
        "limit": Decimal(1000),
        "policy": CapPolicy.TRIM,
        "contract_id": "con-1",
    }
    return CapTerm(**(facts | changes))


@pytest.mark.req(157, 163)
def test_a_cap_reaches_as_far_as_its_level_and_its_days() -> None:
    """An entry counts against its customer on its line, its line, its customer and the contract, and no other."""
    july = dt.date(2026, 7, 1)
    terms = [
        term("d-contract", CapLevel.CONTRACT),
        term("a-both", CapLevel.LINE_CUSTOMER, line_id="line-1", customer_id="cus-1"),
        term("b-line", CapLevel.LINE, line_id="line-1"),
        term("c-customer", CapLevel.CUSTOMER, customer_id="cus-1"),
        term("x-line", CapLevel.LINE, line_id="line-2"),
        term("x-customer", CapLevel.CUSTOMER, customer_id="cus-2"),
        term("x-both", CapLevel.LINE_CUSTOMER, line_id="line-1", customer_id="cus-2"),
        term("x-contract", CapLevel.CONTRACT, contract_id="con-2"),
        term("x-later", CapLevel.CONTRACT, starts_on=july),
        term("x-earlier", CapLevel.CONTRACT, ends_before=DAY),
        term("x-order", CapLevel.CONTRACT, purchase_order="PO-9"),
    ]
    found = applying(terms, contract_id="con-1", line_id="line-1", customer_id="cus-1", worked_on=DAY)
    assert ["a-both", "b-line", "c-customer", "d-contract"] == [each.cap_id for each in found]


@pytest.mark.req(157, 163)
def test_of_several_caps_the_tightest_trims_and_any_may_refuse() -> None:
    """Hours leave 5, an amount leaves 3: 3 fit. A cap that rejects refuses all, unless it is waived by name."""
    by_hours = CapStanding(
        term=term("h", CapLevel.LINE, unit=CapUnit.HOURS, limit=Decimal(10), line_id="line-1"), invoiced=Decimal(5)
    )
    by_amount = CapStanding(term=term("m", CapLevel.CONTRACT), committed=Decimal(700))
    rejecting = CapStanding(
        term=term("r", CapLevel.CUSTOMER, policy=CapPolicy.REJECT, customer_id="cus-1", limit=Decimal(799))
    )
    hard = replace(rejecting, term=replace(rejecting.term, policy=CapPolicy.HARD))

    def verdict(*caps: CapStanding, waived_by: str = "") -> CapVerdict:
        return judged(Decimal(8), Decimal(100), "EUR", caps, waived_by=waived_by)

    assert (Decimal(3), Decimal(5)) == (verdict(by_hours, by_amount).chargeable, verdict(by_hours, by_amount).over_cap)
    assert "r" == verdict(by_hours, rejecting, by_amount).refused_by
    waived = verdict(rejecting, waived_by="dana")
    assert (Decimal(8), 1, True) == (waived.chargeable, len(waived.warnings), "dana" in waived.warnings[0])
    assert "CAP_EXCEEDED" == verdict(hard, waived_by="dana").code


@pytest.mark.req(157, 163)
@pytest.mark.parametrize(
    ("limit", "rate", "currency", "fits"),
    [("1000", "600", "EUR", "1.6666"), ("1000.9", "0.5", "JPY", "2000.0000"), ("0.9", "0.5", "JPY", "0.0000")],
)
def test_a_trimmed_quantity_is_never_rounded_past_its_cap(limit: str, rate: str, currency: str, fits: str) -> None:
    """1,000 at 600 leave 1.6666 h, not 1.6667; what a cap is finer than the currency leaves no room."""
    standing = CapStanding(term=term("c", CapLevel.CONTRACT, limit=Decimal(limit)))
    found = judged(Decimal(5000), Decimal(rate), currency, [standing])
    assert (fits, Decimal(5000)) == (str(found.chargeable), found.chargeable + found.over_cap)


@pytest.mark.req(157, 158)
def test_what_was_over_a_cap_is_released_when_there_is_room() -> None:
    """8 h of which 2 were over cap; room for 1.5 h more: 7.5 can be billed, 0.5 stay over, nothing else moves."""
    lines = lines_of(hours(), verdict=CapVerdict(chargeable=Decimal(6), over_cap=Decimal(2)))
    over = lines[-1].actual_id
    room = CapVerdict(chargeable=Decimal("1.5"), over_cap=Decimal("0.5"))
    lines += released(lines, over, room, released_on=DAY, **WHO)
    found = balance(lines)
    assert (Decimal("7.5"), Decimal("0.5"), Decimal(8)) == (found.wip, found.over_cap, found.chargeable)
    assert Decimal("7.5") == sum(line.quantity for line in ready(lines, held=()))
    with refusal("UNADJUSTABLE"):
        released(lines, over, room, released_on=DAY, **WHO)
    with refusal("NOT_OVER_CAP"):
        released(lines, lines[1].actual_id, room, released_on=DAY, **WHO)
    rest = next(line for line in live(lines) if line.chargeability is Chargeability.OVER_CAP)
    none = CapVerdict(chargeable=Decimal(0), over_cap=rest.quantity)
    assert [] == released(lines, rest.actual_id, none, released_on=DAY, **WHO)


@pytest.mark.req(175, 176, 177, 182)
def test_a_milestone_needs_acceptance_and_may_be_credited_in_part() -> None:
    """Without proof nothing is ready; 2,000 of 5,000 credited: 3,000 stay billed, and 2,000 are billed again."""
    first, second = milestones.shared("mst-1", eur("10000.01"), [("cus-1", Decimal(50)), ("cus-2", Decimal(50))])
    assert ["5000.01", "5000.00"] == [str(each.amount.amount) for each in (first, second)]
    with refusal("MILESTONE_REFERENCE_MISSING"):
        milestones.accepted(second, None)
    with refusal("MILESTONE_NOT_READY"):
        milestones.on_draft(second)
    share, line = _invoiced(_accepted(second), "inv-1")
    share, appended = milestones.credited(share, line, Decimal("2000.00"), place=place("cor-1"), credited_on=DAY, **WHO)
    assert (MilestoneState.READY, Decimal("3000.00")) == (share.state, share.invoiced)
    assert MilestoneProgress.IN_PROGRESS is milestones.progress([first, share])
    share, again = _invoiced(share, "inv-2")
    everything = [line, *appended, again]
    assert ["5000.00", "-5000.00", "3000.00", "2000.00"] == [str(each.amount.amount) for each in everything]
    assert 4 == len({each.actual_id for each in everything})
    other, _ = _invoiced(_accepted(first), "inv-3")
    assert MilestoneProgress.COMPLETED is milestones.progress([share, other])


def _accepted(share: MilestoneShare) -> MilestoneShare:
    return milestones.accepted(share, Acceptance(accepted_on=DAY, accepted_by="Kim", document="ACC-1"))


def _invoiced(share: MilestoneShare, invoice_id: str) -> tuple[MilestoneShare, Actual]:
    return milestones.invoiced(
        milestones.on_draft(share),
        project_id="prj-1",
        contract_line_id="line-1",
        legal_entity_id="NW-DE",
        tax=TAX,
        place=place(invoice_id),
        posted_on=DAY,
    )


@pytest.mark.req(159, 160)
@pytest.mark.parametrize("method", [each for each in BillingMethod if each is not BillingMethod.TIME_AND_MATERIALS])
def test_only_time_and_materials_sells_hours(method: BillingMethod) -> None:
    """Hours on a line that has its own invoices create cost alone, also without a rate (rule BIL-4)."""
    lines = approved(hours(method=method), price=None, tax=None, accounting_date=DAY)
    assert [(Side.COST, Chargeability.NON_CHARGEABLE)] == [(line.side, line.chargeability) for line in lines]


@pytest.mark.req(163)
def test_retainers_are_drawn_oldest_first_and_never_beyond_what_is_there() -> None:
    """500 of March before 500 of May; one not invoiced yet gives nothing; a limit only lowers (rule BIL-6)."""
    march, may = dt.date(2026, 3, 1), dt.date(2026, 5, 1)
    retainers = [
        Retainer(retainer_id="new", invoiced=eur("500"), invoiced_on=may),
        Retainer(retainer_id="old", invoiced=eur("500"), invoiced_on=march, refunded=Decimal(100)),
        Retainer(retainer_id="planned", invoiced=eur("500")),
    ]
    assert [Decimal(500), Decimal(400), Decimal(0)] == [available(each, on=DAY) for each in retainers]
    drawn = settled(retainers, Decimal(600), on=DAY)
    assert [("old", Decimal(400)), ("new", Decimal(200))] == [(each.retainer_id, each.amount) for each in drawn.applied]
    assert (Decimal(0), Decimal(300)) == (drawn.net, liability(drawn.retainers, on=DAY))
    assert Decimal(350) == settled(retainers, Decimal(600), on=DAY, at_most=Decimal(250)).net
    assert Decimal(100) == settled(retainers, Decimal(1000), on=DAY, at_most=Decimal(5000)).net


@pytest.mark.req(164, 181)
@pytest.mark.parametrize(
    ("policy", "closed", "expected"),
    [
        (AccountingPolicy.WORK_DATE, (), dt.date(2025, 11, 20)),
        (AccountingPolicy.WORK_DATE, ("2025-11", "2025-12"), dt.date(2026, 1, 1)),
        (AccountingPolicy.TIMESHEET, ("2025-12",), dt.date(2025, 11, 23)),
        (AccountingPolicy.SUBMITTED, (), dt.date(2025, 12, 1)),
        (AccountingPolicy.APPROVED, ("2025-11",), dt.date(2025, 12, 31)),
        (AccountingPolicy.APPROVED, ("2025-12",), dt.date(2026, 1, 1)),
        (AccountingPolicy.FIXED, (), dt.date(2026, 2, 28)),
        (AccountingPolicy.PERIOD, (), dt.date(2025, 11, 30)),
    ],
)
def test_a_late_entry_counts_in_the_next_open_month(
    policy: AccountingPolicy, closed: tuple[str, ...], expected: dt.date
) -> None:
    """The policy names the day, a closed month moves it on, and the month of the work is kept (rule TIM-4)."""
    days = EntryDays(
        worked_on=dt.date(2025, 11, 20),
        timesheet_ends_on=dt.date(2025, 11, 23),
        submitted_on=dt.date(2025, 12, 1),
        approved_on=dt.date(2025, 12, 31),
        fixed_on=dt.date(2026, 2, 28),
    )
    assert expected == accounting_day(policy, days, closed=closed)
    entry = hours(worked_on=days.worked_on)
    late = approved(entry, price=price(), tax=TAX, accounting_date=expected)
    assert {("2025-11", expected)} == {(line.worked_period, line.accounting_date) for line in late}


@pytest.mark.req(155, 169)
def test_records_may_come_twice_late_and_out_of_order() -> None:
    """Version 3 after 2 is newer, 2 again is the same, 1 after 2 is stale and must not undo it (rule TIM-8)."""
    known = lines_of(hours(source=Source(system="psa", source_id="te-1", version=2)))
    found = [
        arrived(known, Source(system=system, source_id="te-1", version=version))
        for system, version in (("psa", 1), ("psa", 2), ("psa", 3), ("erp", 1))
    ]
    assert [Arrival.STALE, Arrival.SAME, Arrival.NEWER, Arrival.NEW] == found


@pytest.mark.req(155, 167)
def test_entries_that_are_alike_are_told_of_and_not_refused() -> None:
    """The same person, day, project, task, hours and note under two ids is a pair; another note is none."""
    entries = [
        hours("te-1", note="Set up  the landing zone"),
        hours("te-2", note="set up the landing zone"),
        hours("te-3", note="reviewed it"),
        hours("te-1", note="Set up the landing zone"),
    ]
    assert [("te-1", "te-2")] == alike(entries)
