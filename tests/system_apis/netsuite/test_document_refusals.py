from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState, DocumentKind
from contracts.problem import Kind, Problem
from contracts.system.erp import Erp
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from system_apis.netsuite.document_mapping import booked, document_write
from tests.system_apis.netsuite.documents import CREDIT, LINE, ONE_LINE, draft, line, post, problem_of, told


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": [LINE, line(2, "1", "0", "0", "")]}, "/lines/1/tax_code"),
        ({"lines": [LINE, line(2, "1", "0.001", "0.001")], "net": Decimal("1387.501")}, "/lines/1/net"),
        ({"lines": [LINE, LINE]}, "/lines"),
        ({"lines": []}, "/lines"),
        ({"net": Decimal("1387.49")}, "/net"),
        ({"gross": Decimal(1)}, "/gross"),
        ({"kind": DocumentKind.CREDIT_NOTE}, "/gross"),
        ({"corrects": "inv-0"}, "/corrects"),
        ({"document_id": "inv|1"}, "/document_id"),
    ],
)
def test_what_does_not_tie_is_refused_before_any_call(change: dict[str, Any], pointer: str) -> None:
    """Sums, signs, minor units, line ids and ids that NetSuite would misread, each at its own field."""
    body = replace(ONE_LINE, **change)
    if pointer == "/lines/1/net":
        body = replace(body, gross=body.net + body.tax)
    with pytest.raises(Problem) as caught:
        document_write(body, currency_id="4", service_item="S")
    assert (Kind.INVALID, [pointer]) == (caught.value.kind, [error.pointer for error in caught.value.errors])


@pytest.mark.parametrize(
    "spoilt", [{"recordtype": "journal"}, {"net": "much"}, {"trandate": "31/1/2027"}, {"lines": ""}]
)
def test_a_row_that_cannot_be_read_is_told_and_not_guessed(spoilt: dict[str, str]) -> None:
    """Another kind of record, or a value in another form: an unexpected answer, never half a document."""
    row = {"id": "7", "externalid": "inv-1", "recordtype": "invoice", "currency": "EUR", "posting": "T", "lines": "1"}
    row |= {"net": "-100.00", "tax": "-19.00", "gross": "119.00", "unpaid": "19.00", "tranid": "INV7"}
    row |= {"trandate": "2027-01-31", "voided": "F"}
    assert (BookedState.PARTLY_PAID, Decimal("19.00")) == told(booked(row))
    with pytest.raises(Problem) as caught:
        booked({**row, **spoilt})
    assert (Kind.UNEXPECTED, "vendor_answer_unreadable") == (caught.value.kind, caught.value.code)


async def test_a_document_the_account_refuses_leaves_nothing_and_names_our_field(standing: Erp, vendor: Any) -> None:
    """All lines or none: every reference to nothing, or to somebody else's, is told by our own name."""
    table: list[tuple[dict[str, Any], str]] = [
        ({"lines": [LINE, line(2, "1", "0", "0", "NO-SUCH")]}, "/lines/1/tax_code"),
        ({"customer_id": "cus-none"}, "/customer_id"),
        ({"customer_id": "cus-NWG"}, "/project_id"),
        ({"project_id": "prj-none"}, "/project_id"),
        ({"legal_entity_id": "SG-US"}, "/legal_entity_id"),
        ({"currency": "XAU"}, "/currency"),
    ]
    for change, pointer in table:
        refused = await problem_of(draft(standing, replace(ONE_LINE, **change)))
        assert (Kind.INVALID, [pointer]) == (refused.kind, [error.pointer for error in refused.errors])
    assert [] == vendor.records("invoice")


async def test_a_credit_needs_a_posted_invoice_of_its_currency(standing: Erp, vendor: Any) -> None:
    """Unknown, no invoice, another currency: our field. A draft or a voided one: a conflict, and no credit stands."""
    unknown = await problem_of(draft(standing, CREDIT))
    await draft(standing)
    pending = await problem_of(draft(standing, CREDIT))
    await standing.post_document(document_id="inv-1")
    foreign = await problem_of(draft(standing, replace(CREDIT, currency="USD")))
    vendor.seed(void=["inv-1"])
    voided = await problem_of(draft(standing, CREDIT))
    assert [(Kind.INVALID, "/corrects"), (Kind.INVALID, "/currency")] == [
        (one.kind, one.errors[0].pointer) for one in (unknown, foreign)
    ]
    assert [(Kind.CONFLICT, "invoice_not_posted")] * 2 == [(one.kind, one.code) for one in (pending, voided)]
    assert [] == vendor.records("creditMemo")


async def test_nothing_is_posted_into_a_period_that_is_not_open(standing: Erp, vendor: Any) -> None:
    """Closed, locked for receivables, or missing: a conflict that names the date; open again, the draft is posted."""
    await draft(standing)
    opened = {"externalId": "2027-01", "closed": False, "arLocked": False, "endDate": "2027-01-31"}
    for shut in ({"closed": True}, {"arLocked": True}, {"endDate": "2027-01-30"}):
        vendor.seed(records={"accountingPeriod": [{**opened, **shut}]})
        refused = await problem_of(standing.post_document(document_id="inv-1"))
        assert (Kind.CONFLICT, "period_closed", ["/issued_on"]) == (
            refused.kind,
            refused.code,
            [error.pointer for error in refused.errors],
        )
        assert BookedState.DRAFT is (await standing.document(document_id="inv-1")).state
    vendor.seed(records={"accountingPeriod": [opened]})
    assert BookedState.POSTED is (await standing.post_document(document_id="inv-1")).state


async def test_a_document_that_posts_at_once_tells_its_closed_period_too(standing: Erp, vendor: Any) -> None:
    """An account may refuse the day of a draft already: the same conflict, and nothing stands."""
    refusal = (
        '{"title":"Bad Request","status":400,"o:errorDetails":[{"detail":"The period is closed.",'
        '"o:errorCode":"USER_ERROR"}]}'
    )
    vendor.seed(records={"accountingPeriod": [{"externalId": "2027-01", "closed": True}]})
    fault = Fault(kind=FaultKind.STATUS, method="POST", contains="v1/invoice", status=400, body=refusal)
    vendor.sandbox.faults.append(fault)
    assert "period_closed" == (await problem_of(draft(standing))).code
    assert [] == vendor.records("invoice")


async def test_a_refusal_that_is_not_of_the_period_is_told_as_it_is(standing: Erp, vendor: Any) -> None:
    """Whatever else keeps the account from posting is a conflict with the account's own words."""
    await draft(standing)
    refusal = '{"o:errorDetails":[{"detail":"Approval limit exceeded.","o:errorCode":"USER_ERROR"}]}'
    fault = Fault(kind=FaultKind.STATUS, method="PATCH", contains="invoice", status=400, body=refusal)
    vendor.sandbox.faults.append(fault)
    refused = await problem_of(standing.post_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "posting_refused", "Approval limit exceeded.") == (
        refused.kind,
        refused.code,
        refused.detail,
    )


async def test_an_account_that_keeps_a_document_pending_is_not_believed(standing: Erp, vendor: Any) -> None:
    """A change that was taken and had no effect is a conflict, never a posted document."""
    await draft(standing)
    vendor.sandbox.faults.append(Fault(kind=FaultKind.STATUS, method="PATCH", contains="invoice", status=204))
    refused = await problem_of(standing.post_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "document_pending") == (refused.kind, refused.code)


async def test_a_draft_is_discarded_and_its_key_is_free_again(standing: Erp, vendor: Any) -> None:
    """Gone twice is fine; posted it stays, also when it was approved between our look and our delete."""
    await draft(standing)
    for _ in range(2):
        await standing.discard_document(document_id="inv-1")
    assert [] == vendor.records("invoice")
    assert Kind.NOT_FOUND is (await problem_of(standing.document(document_id="inv-1"))).kind
    assert Kind.NOT_FOUND is (await problem_of(standing.post_document(document_id="inv-1"))).kind
    await post(standing)
    refused = await problem_of(standing.discard_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "document_posted") == (refused.kind, refused.code)
    assert 1 == len(vendor.records("invoice"))


async def test_a_draft_approved_between_look_and_delete_stays(
    standing: Erp, vendor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account refuses to delete what has posted meanwhile, and that is the same conflict."""
    await draft(standing)
    documents: Any = getattr(standing, "_documents")  # noqa: B009 - the seam between look and delete
    look = documents._find

    async def look_then_approve(document_id: str) -> Any:
        seen = await look(document_id)
        await vendor.patch(f"invoice/eid:{document_id}", {"approvalStatus": {"id": "2"}})
        return seen

    monkeypatch.setattr(documents, "_find", look_then_approve)
    refused = await problem_of(standing.discard_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "document_posted") == (refused.kind, refused.code)
    assert 1 == len(vendor.records("invoice"))
