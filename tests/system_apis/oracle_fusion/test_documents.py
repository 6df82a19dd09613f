import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.oracle_fusion.story import CREDIT, INVOICE, draft, line, post, problem_of, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

JANUARY = ["Sluicegate Germany BU/2027-01"]


@pytest.mark.req(164)
async def test_a_draft_is_incomplete_and_a_posting_draws_the_number(standing: Erp, vendor: Any) -> None:
    """The transaction number is drawn from our id; the document number comes with the entry in the ledger."""
    drafted = await draft(standing)
    held = vendor.rows("receivablesInvoices")[0]
    assert ("inv-1", "Incomplete", "2027-01-31", "2027-03-02", "PO-4711", "DE001") == tuple(
        held[name]
        for name in ("Comments", "InvoiceStatus", "AccountingDate", "DueDate", "PurchaseOrder", "LegalEntityIdentifier")
    )
    assert (BookedState.DRAFT, Decimal(0), "", None) == (*told(drafted), drafted.number, drafted.posted_on)

    posted = await standing.post_document(document_id="inv-1")
    changed = {"state": BookedState.POSTED, "open": INVOICE.gross, "number": "100001", "posted_on": INVOICE.issued_on}
    assert replace(drafted, **changed) == posted
    assert (INVOICE.net, INVOICE.tax, INVOICE.gross, 3) == (posted.net, posted.tax, posted.gross, posted.lines)
    entry = vendor.sandbox.dump()["entries"][0]["lines"]
    assert {"Receivable": "2115.68", "Revenue": "-1777.88", "Tax": "-337.80"} == entry
    assert posted == await standing.post_document(document_id="inv-1") == await draft(standing)


async def test_lines_are_quantity_and_price_or_what_was_agreed(standing: Erp, vendor: Any) -> None:
    """A line that is not its quantity at its price is one of its amount, and says in words what it was."""
    lines = [line(1, "2", "50", "100.00"), line(2, "3", "33.33", "100.00"), line(3, "-2", "25", "-50.00")]
    body = replace(INVOICE, lines=lines, net=Decimal("150.00"), tax=Decimal("28.50"), gross=Decimal("178.50"))
    booked = await draft(standing, body)
    held = vendor.rows("receivablesInvoices/receivablesInvoiceLines")
    assert [("2", "50"), ("1", "100.00"), ("-2", "25")] == [(one["Quantity"], one["UnitSellingPrice"]) for one in held]
    assert held[1]["Description"].endswith("part 2 (3 at 33.33)")
    assert Decimal("150.00") == booked.net


async def test_amounts_are_the_pod_s_own(standing: Erp, vendor: Any) -> None:
    """Where its tax set-up rounds each line, its figure is told and not ours."""
    cents = [line(n, "1", "0.13", "0.13") for n in range(4)]
    body = replace(INVOICE, lines=cents, net=Decimal("0.52"), tax=Decimal("0.10"), gross=Decimal("0.62"))
    whole = await post(standing, body)
    vendor.seed(settings={"tax_rounding": "line"})
    by_line = await post(standing, replace(body, document_id="inv-2"))
    assert [("0.10", "0.62"), ("0.08", "0.60")] == [(str(one.tax), str(one.gross)) for one in (whole, by_line)]


async def test_a_long_invoice_is_read_with_all_its_lines(standing: Erp, vendor: Any) -> None:
    """The pod puts only the first lines inside their invoice; the others are read from where they are."""
    lines = [line(n, "1", "10", "10") for n in range(60)]
    body = replace(INVOICE, lines=lines, net=Decimal(600), tax=Decimal(114), gross=Decimal(714))
    posted = await post(standing, body)
    assert (60, Decimal(600), Decimal(114)) == (posted.lines, posted.net, posted.tax)
    assert 0 < vendor.calls("GET", "child/receivablesInvoiceLines")


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.DROP_BEFORE])
@pytest.mark.req(245)
async def test_a_draft_whose_answer_is_lost_is_found_by_its_key(standing: Erp, vendor: Any, kind: FaultKind) -> None:
    """Saved or not, nobody knows: the first call looks it up, and tells what stands; the second finds or makes it."""
    vendor.fail(kind, "POST", "receivablesInvoices")
    if kind is FaultKind.DROP_BEFORE:
        assert Kind.UNKNOWN_OUTCOME is (await problem_of(draft(standing))).kind
    booked = [await draft(standing), await draft(standing)]
    assert booked[0] == booked[1]
    assert 1 == len(vendor.rows("receivablesInvoices"))


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.DROP_BEFORE])
async def test_a_completion_whose_answer_is_lost_happens_once(standing: Erp, vendor: Any, kind: FaultKind) -> None:
    """What the transaction is now is looked at, and completed where it did not come to be."""
    await draft(standing)
    vendor.fail(kind, "PATCH", "receivablesInvoices")
    assert "100001" == (await standing.post_document(document_id="inv-1")).number
    assert 1 == len(vendor.sandbox.dump()["entries"])


async def test_two_makers_at_once_leave_one_document(standing: Erp, vendor: Any, open_room: Any) -> None:
    """The pod keeps transaction numbers unique in their source: who comes second finds the first one's."""
    other = open_room()
    both = await asyncio.gather(
        draft(standing), other.mounts[0].service.put_document(document_id="inv-1", body=INVOICE)
    )
    await other.close()
    assert both[0] == both[1]
    assert 1 == len(vendor.rows("receivablesInvoices"))


@pytest.mark.req(164)
async def test_a_closed_period_leaves_a_draft_that_is_posted_later(standing: Erp, vendor: Any) -> None:
    """The refusal names the day and the remedy; no number is drawn, and none is missing afterwards."""
    vendor.set_up(closed_periods=JANUARY)
    await draft(standing)
    problem = await problem_of(standing.post_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "period_closed", "/issued_on") == (problem.kind, problem.code, problem.errors[0].pointer)
    february = replace(INVOICE, document_id="inv-2", issued_on=dt.date(2027, 2, 1))
    assert "100001" == (await post(standing, february)).number
    vendor.set_up(closed_periods=[])
    assert "100002" == (await standing.post_document(document_id="inv-1")).number


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"net": Decimal(1)}, "net_differs", "/net"),
        ({"tax": Decimal(1)}, "gross_differs", "/gross"),
        ({"lines": [line(1, "1", "1", "1", "NO-SUCH")]}, "tax_code_unknown", "/lines/0/tax_code"),
        ({"lines": [line(1, "1", "0.001", "0.001")]}, "amount_too_fine", "/lines/0/net"),
        ({"legal_entity_id": "SG-XX"}, "legal_entity_unknown", "/legal_entity_id"),
        ({"corrects": "inv-0"}, "invoice_corrects", "/corrects"),
        ({"currency": "CHF"}, "vendor_refused", "/currency"),
        ({"customer_id": "cus-none"}, "vendor_refused", "/customer_id"),
    ],
)
async def test_what_cannot_be_booked_names_its_field_and_leaves_nothing(
    standing: Erp, vendor: Any, changed: dict[str, Any], code: str, pointer: str
) -> None:
    """Refused by us before any call, or by the pod as a whole."""
    if "lines" in changed:
        net = changed["lines"][0].net
        changed = {**changed, "net": net, "tax": Decimal(0), "gross": net}
    problem = await problem_of(draft(standing, replace(INVOICE, **changed)))
    assert (Kind.INVALID, code, pointer) == (problem.kind, problem.code, problem.errors[0].pointer)
    assert [] == vendor.rows("receivablesInvoices")


async def test_a_tax_code_that_the_pod_ended_is_refused_as_a_whole(standing: Erp, vendor: Any) -> None:
    """Ours knows it, the pod does not: no line of the invoice stands, and our field is named."""
    vendor.set_up(tax_codes={"DE-S-19": "19"})
    lines = [line(1, "1", "10", "10"), line(2, "1", "10", "10", "EU-RC")]
    body = replace(INVOICE, lines=lines, net=Decimal(20), tax=Decimal("1.90"), gross=Decimal("21.90"))
    problem = await problem_of(draft(standing, body))
    assert (Kind.INVALID, "/tax_code") == (problem.kind, problem.errors[0].pointer)
    assert [] == vendor.rows("receivablesInvoices/receivablesInvoiceLines")


async def test_a_credit_note_gives_back_and_stays_open_on_account(standing: Erp, vendor: Any) -> None:
    """It names the invoice; being on account, it leaves the invoice as it was until somebody matches the two."""
    await post(standing)
    credit = await post(standing, CREDIT)
    held = vendor.rows("receivablesCreditMemos")[0]
    assert ("crn-1 corrects inv-1", "-352.24") == (held["CreditMemoComments"], held["EnteredAmount"])
    assert (BookedState.POSTED, CREDIT.gross) == told(credit)
    assert (BookedState.POSTED, INVOICE.gross) == told(await standing.document(document_id="inv-1"))


@pytest.mark.parametrize(("standing_first", "code"), [(False, "corrects_unknown"), (True, "invoice_not_posted")])
async def test_only_a_posted_invoice_is_credited(standing: Erp, *, standing_first: bool, code: str) -> None:
    """One that nobody knows is refused, one that is a draft conflicts."""
    if standing_first:
        await draft(standing)
    assert code == (await problem_of(draft(standing, CREDIT))).code


async def test_the_draft_of_a_credit_note_stays(standing: Erp) -> None:
    """The vendor deletes no credit memo; we say so, and what to do."""
    await post(standing)
    await draft(standing, CREDIT)
    problem = await problem_of(standing.discard_document(document_id="crn-1"))
    assert (Kind.CONFLICT, "credit_note_stays") == (problem.kind, problem.code)
    assert "screen" in problem.hint


async def test_a_document_of_the_other_kind_conflicts(standing: Erp) -> None:
    """One id is one document: an invoice is never told as a credit note."""
    await draft(standing)
    other = replace(INVOICE, document_id="inv-0")
    await post(standing, other)
    problem = await problem_of(draft(standing, replace(CREDIT, document_id="inv-1", corrects="inv-0")))
    assert (Kind.CONFLICT, "document_differs") == (problem.kind, problem.code)
