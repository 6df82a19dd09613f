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
from tests.system_apis.sap_s4hana.story import CREDIT, INVOICE, draft, line, post, problem_of, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

JANUARY = ["1010/2027-01"]
ONE = replace(INVOICE, lines=INVOICE.lines[:1], net=Decimal("1387.50"), tax=Decimal("263.63"), gross=Decimal("1651.13"))


@pytest.mark.req(164)
async def test_a_draft_is_a_blocked_request_and_a_posting_is_a_numbered_document(standing: Erp, vendor: Any) -> None:
    """The request bears our id, dates, terms and order; the billing document has number, entry and the due date."""
    drafted = await draft(standing)
    held = vendor.rows("DebitMemoRequest")[0]
    assert ("inv-1", "08", "2027-01-31", "2027-03-02", "0001", "PO-4711", "DE") == tuple(
        held[name]
        for name in (
            "YY1_SluiceDocument_SDH",
            "HeaderBillingBlockReason",
            "BillingDocumentDate",
            "FixedValueDate",
            "CustomerPaymentTerms",
            "PurchaseOrderByCustomer",
            "TaxDepartureCountry",
        )
    )
    assert (BookedState.DRAFT, Decimal(0), "", None, "70000000") == (
        *told(drafted),
        drafted.number,
        drafted.posted_on,
        drafted.external_id,
    )

    posted = await standing.post_document(document_id="inv-1")
    changed = {"state": BookedState.POSTED, "open": INVOICE.gross, "number": "90000000", "posted_on": INVOICE.issued_on}
    assert replace(drafted, **changed) == posted
    assert (INVOICE.net, INVOICE.tax, INVOICE.gross, 3) == (posted.net, posted.tax, posted.gross, posted.lines)
    entry = [
        (one["GLAccount"], one["AmountInTransactionCurrency"], one["NetDueDate"]) for one in vendor.rows("JournalItem")
    ]
    assert [
        ("12100000", "2115.68", "2027-03-02"),
        ("41000000", "-1777.88", None),
        ("22000000", "-337.80", None),
    ] == entry
    assert posted == await standing.post_document(document_id="inv-1") == await draft(standing)


async def test_lines_are_priced_by_the_unit_or_by_what_was_agreed(standing: Erp, vendor: Any) -> None:
    """A line that is its quantity at its price says so; one that is not is a fixed amount, to the cent."""
    lines = [line(1, "2", "50", "100.00"), line(2, "3", "33.33", "100.00"), line(3, "-2", "25", "-50.00")]
    body = replace(INVOICE, lines=lines, net=Decimal("150.00"), tax=Decimal("28.50"), gross=Decimal("178.50"))
    booked = await draft(standing, body)
    prices = [
        (one["ConditionCalculationType"], one["ConditionRateValue"]) for one in vendor.rows("DebitMemoRequestPrice")
    ]
    assert [("C", "50"), ("B", "100.00"), ("C", "-25")] == prices
    assert Decimal("150.00") == booked.net
    held = vendor.rows("DebitMemoRequestItem")[0]
    assert (lines[0].description[:40], lines[0].description) == (
        held["DebitMemoRequestItemText"],
        held["YY1_SluiceText_SDI"],
    )


async def test_a_quantity_finer_than_a_thousandth_is_kept_beside_the_item(standing: Erp, vendor: Any) -> None:
    """The item has it rounded and the agreed amount fixed; exactly it stands in a field of ours."""
    lines = [line(1, "1.1959", "185", "221.24"), line(2, "0.0001", "1000", "0.10")]
    booked = await draft(
        standing, replace(INVOICE, lines=lines, net=Decimal("221.34"), tax=Decimal(0), gross=Decimal("221.34"))
    )
    names = ("RequestedQuantity", "YY1_SluiceQuantity_SDI", "NetAmount")
    assert [("1.196", "1.1959", "221.24"), ("0.001", "0.0001", "0.10")] == [
        tuple(one[name] for name in names) for one in vendor.rows("DebitMemoRequestItem")
    ]
    assert Decimal("221.34") == booked.net


async def test_amounts_are_the_tenant_s_own(standing: Erp, vendor: Any) -> None:
    """Where its pricing procedure cuts the tax of every item, its figure is told and not ours."""
    cents = [line(n, "1", "0.13", "0.13") for n in range(4)]
    body = replace(INVOICE, lines=cents, net=Decimal("0.52"), tax=Decimal("0.10"), gross=Decimal("0.62"))
    grouped = await post(standing, body)
    vendor.seed(settings={"tax_rounding": "item"})
    by_item = await post(standing, replace(body, document_id="inv-2"))
    assert [("0.10", "0.62"), ("0.08", "0.60")] == [(str(one.tax), str(one.gross)) for one in (grouped, by_item)]


async def test_tax_codes_may_be_mixed_within_one_country(standing: Erp, vendor: Any) -> None:
    """Each is taxed by its own rate and booked on a line of its own; a total of nothing is settled at once."""
    two = [line(1, "1", "100", "100"), line(2, "1", "50", "50", "EU-RC")]
    mixed = await post(standing, replace(INVOICE, lines=two, net=Decimal(150), tax=Decimal(19), gross=Decimal(169)))
    codes = [one["TaxCode"] for one in vendor.rows("JournalItem")]
    nil = [line(1, "1", "100", "100"), line(2, "-1", "100", "-100")]
    nothing = replace(INVOICE, document_id="inv-0", lines=nil, net=Decimal(0), tax=Decimal(0), gross=Decimal(0))
    free = await post(standing, nothing)
    assert (Decimal(150), Decimal(19), Decimal(169)) == (mixed.net, mixed.tax, mixed.gross)
    assert ["", "A1", "A1", "E1"] == codes
    assert (BookedState.PAID, Decimal(0)) == told(free)


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
@pytest.mark.parametrize(
    ("method", "step"),
    [("PATCH", "A_DebitMemoRequest"), ("POST", "CreateFromSDDocument"), ("POST", "PostToAccounting")],
)
@pytest.mark.req(245)
async def test_a_posting_that_loses_an_answer_is_gone_on_with(
    standing: Erp, vendor: Any, method: str, step: str, kind: FaultKind
) -> None:
    """Block lifted, document made, entry posted: whichever answer is lost, one document stands, posted once."""
    await draft(standing)
    vendor.fail(kind, method, step)
    posted = await standing.post_document(document_id="inv-1")
    assert [] == vendor.sandbox.faults
    assert (BookedState.POSTED, INVOICE.gross) == told(posted)
    assert [posted.number] == [one["BillingDocument"] for one in vendor.rows("BillingDocument")]
    assert 3 == len(vendor.rows("JournalItem"))


@pytest.mark.parametrize("step", ["CreateFromSDDocument", "PostToAccounting"])
async def test_a_refusal_is_not_taken_at_its_word(standing: Erp, vendor: Any, step: str) -> None:
    """A 400 without a message we know, though the step was done: what stands is looked at, and gone on from."""
    await draft(standing)
    vendor.fail(FaultKind.STATUS_AFTER, "POST", step, status=400)
    assert (BookedState.POSTED, INVOICE.gross) == told(await standing.post_document(document_id="inv-1"))
    assert 1 == vendor.calls("POST", step)


@pytest.mark.parametrize("step", ["A_DebitMemoRequest(", "CreateFromSDDocument", "PostToAccounting"])
async def test_a_posting_that_stops_halfway_goes_on_when_it_is_asked_for_again(
    standing: Erp, vendor: Any, step: str
) -> None:
    """Refused before the step: what was done stays, the draft is told as a draft, and the next call ends the chain."""
    await draft(standing)
    method = "PATCH" if step.endswith("(") else "POST"
    vendor.fail(FaultKind.STATUS, method, step, times=9, status=400)
    await problem_of(standing.post_document(document_id="inv-1"))
    vendor.sandbox.faults.clear()
    between = await standing.document(document_id="inv-1")
    posted = await standing.post_document(document_id="inv-1")
    assert (BookedState.DRAFT, "") == (between.state, between.number)
    assert (INVOICE.net, INVOICE.tax, INVOICE.gross) == (between.net, between.tax, between.gross)
    assert (between.external_id, "90000000") == (posted.external_id, posted.number)


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
async def test_a_request_that_is_not_answered_stands_once(standing: Erp, vendor: Any, kind: FaultKind) -> None:
    """Saved and not answered: the draft is found by our id."""
    vendor.fail(kind, "POST", "A_DebitMemoRequest")
    assert BookedState.DRAFT is (await draft(standing)).state
    assert (1, 1) == (len(vendor.rows("DebitMemoRequest")), vendor.calls("POST", "A_DebitMemoRequest"))


@pytest.mark.req(164)
async def test_a_closed_period_holds_the_posting_and_no_number_is_lost(standing: Erp, vendor: Any) -> None:
    """The document keeps the number it drew, cannot be discarded, and is posted under it once the period is open."""
    vendor.set_up(closed_periods=JANUARY)
    await draft(standing)
    refused = [await problem_of(standing.post_document(document_id="inv-1")) for _ in range(2)]
    kept = await problem_of(standing.discard_document(document_id="inv-1"))
    other = await post(standing, replace(ONE, document_id="inv-2", issued_on=dt.date(2027, 2, 1)))
    vendor.set_up(closed_periods=[])
    posted = await standing.post_document(document_id="inv-1")

    assert [(Kind.CONFLICT, "period_closed", "/issued_on")] * 2 == [
        (one.kind, one.code, one.errors[0].pointer) for one in refused
    ]
    assert (Kind.CONFLICT, "document_numbered") == (kept.kind, kept.code)
    assert ("90000000", "90000001") == (posted.number, other.number)


async def test_a_draft_is_discarded_and_what_is_posted_stays(standing: Erp, vendor: Any) -> None:
    """Gone is fine, twice; a number is only ever credited."""
    await draft(standing)
    vendor.fail(FaultKind.DROP_AFTER, "DELETE", "A_DebitMemoRequest")
    for _ in range(2):
        await standing.discard_document(document_id="inv-1")
    assert [] == vendor.rows("DebitMemoRequest") + vendor.rows("DebitMemoRequestItem")
    await post(standing)
    refused = await problem_of(standing.discard_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "document_posted") == (refused.kind, refused.code)


async def test_two_drafts_and_two_postings_at_once_are_one(standing: Erp, vendor: Any, open_room: Any) -> None:
    """Two processes work on one document: one request, one number, one entry; a later body changes nothing."""
    other = open_room()
    second = other.mounts[0].service
    one, two = await asyncio.gather(draft(standing), draft(second, ONE))
    assert one.external_id == two.external_id
    done = await asyncio.gather(
        standing.post_document(document_id="inv-1"), second.post_document(document_id="inv-1"), return_exceptions=True
    )
    await other.close()
    final = await standing.post_document(document_id="inv-1")
    assert final in done
    assert 1 == len(vendor.rows("BillingDocument"))
    assert 1 == len({one["AccountingDocument"] for one in vendor.rows("JournalItem")})


async def test_a_request_that_is_open_on_a_screen_is_told_as_such(standing: Erp, vendor: Any) -> None:
    """Somebody holds its lock: a conflict that says later, and nothing was done."""
    drafted = await draft(standing)
    vendor.seed(locks={f"DebitMemoRequest/{drafted.external_id}": "MILLER"})
    problem = await problem_of(standing.post_document(document_id="inv-1"))
    assert ("vendor_record_locked", "later") == (problem.code, problem.retry.value)
    assert [] == vendor.rows("BillingDocument")


async def test_a_document_that_was_cancelled_by_a_person_is_voided(standing: Erp, vendor: Any) -> None:
    """It keeps its number, owes nothing, and is not billed a second time."""
    posted = await post(standing)
    where = "/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV/Cancel"
    answer = await vendor.http.post(where, params={"BillingDocument": f"'{posted.number}'"}, json={})
    assert 200 == answer.status_code
    again = await standing.post_document(document_id="inv-1")
    assert (BookedState.VOIDED, Decimal(0), posted.number) == (*told(again), again.number)


@pytest.mark.parametrize(
    ("wrong", "kind", "code"),
    [
        ({"lines": [replace(INVOICE.lines[0], tax_code="NO-SUCH")]}, Kind.INVALID, "net_differs"),
        ({"net": Decimal(1)}, Kind.INVALID, "net_differs"),
        ({"tax": Decimal(1)}, Kind.INVALID, "gross_differs"),
        ({"corrects": "inv-0"}, Kind.INVALID, "invoice_corrects"),
        ({"purchase_order": "P" * 36}, Kind.INVALID, "purchase_order_too_long"),
        ({"customer_id": "cus-none"}, Kind.INVALID, "vendor_refused"),
        ({"project_id": "prj-none"}, Kind.INVALID, "vendor_refused"),
        ({"currency": "CHF"}, Kind.INVALID, "vendor_refused"),
        ({"legal_entity_id": "SG-XX"}, Kind.INVALID, "legal_entity_unknown"),
    ],
)
async def test_a_document_that_cannot_stand_leaves_nothing(
    standing: Erp, vendor: Any, wrong: dict[str, Any], kind: Kind, code: str
) -> None:
    """Refused with the field named; no request and no item is left."""
    problem = await problem_of(draft(standing, replace(INVOICE, **wrong)))
    assert (kind, code) == (problem.kind, problem.code)
    assert problem.errors
    assert [] == vendor.rows("DebitMemoRequest") + vendor.rows("DebitMemoRequestItem")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([line(1, "0", "1000", "0.10")], "quantity_missing"),
        ([line(1, "1", "0.001", "0.001")], "amount_too_fine"),
        ([line(1, "1", "1", "1", "GB-S-20"), line(2, "1", "1", "1")], "tax_countries_differ"),
        ([line(1, "1", "1", "1"), line(1, "1", "1", "1")], "line_ids_repeat"),
        ([line(1, "1", "1", "1", "NO-SUCH")], "tax_code_unknown"),
    ],
)
async def test_a_line_that_s4hana_would_bend_is_refused(standing: Erp, lines: list[Any], code: str) -> None:
    """Before anything is asked of it."""
    net = sum((one.net for one in lines), Decimal(0))
    body = replace(INVOICE, lines=lines, net=net, tax=Decimal(0), gross=net)
    assert code == (await problem_of(draft(standing, body))).code


async def test_a_key_that_means_something_else_is_a_conflict(standing: Erp) -> None:
    """A document of the other kind under the id, or an address that says another."""
    await draft(standing)
    differs = await problem_of(draft(standing, replace(CREDIT, document_id="inv-1", corrects=None)))
    elsewhere = await problem_of(standing.put_document(document_id="inv-3", body=INVOICE))
    assert ["document_differs", "key_differs"] == [one.code for one in (differs, elsewhere)]
