import asyncio
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState
from contracts.system.erp import Erp
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.system_apis.netsuite.documents import (
    CREDIT,
    INVOICE,
    ONE_LINE,
    draft,
    line,
    post,
    problem_of,
    told,
)


@pytest.mark.req(164)
async def test_a_draft_stands_beside_the_ledger_until_it_is_posted(standing: Erp, vendor: Any) -> None:
    """Pending approval it has all its fields and no number for us; approved it has number, day and an open amount."""
    drafted = await draft(standing)
    held = vendor.records("invoice")[0]
    assert ("cus-NWF", "prj-006A1", "Sluicegate Deutschland GmbH", "Euro", "Pending Approval") == tuple(
        held[name]["refName"] for name in ("entity", "job", "subsidiary", "currency", "approvalStatus")
    )
    assert ("2027-01-31", "2027-03-02", "PO-4711", "inv-1") == (
        held["tranDate"],
        held["dueDate"],
        held["otherRefNum"],
        held["custbody_sluice_document_id"],
    )
    assert [("7.5", "185.00", "1387.50", "Hours, part 1", "l-1")] == [
        (one["quantity"], one["rate"], one["amount"], one["description"], one["custcol_sluice_line_id"])
        for one in held["item"]["items"][:1]
    ]
    assert (BookedState.DRAFT, Decimal(0), "", None) == (*told(drafted), drafted.number, drafted.posted_on)

    posted = await standing.post_document(document_id="inv-1")
    number = vendor.records("invoice")[0]["tranId"]
    assert (
        replace(drafted, state=BookedState.POSTED, open=INVOICE.gross, number=number, posted_on=INVOICE.issued_on)
        == posted
    )
    assert (INVOICE.net, INVOICE.tax, INVOICE.gross, 3) == (posted.net, posted.tax, posted.gross, posted.lines)
    assert 1 == vendor.calls("PATCH", "invoice")
    assert posted == await standing.post_document(document_id="inv-1") == await draft(standing)
    assert (1, 1) == (vendor.calls("PATCH", "invoice"), vendor.calls("POST", "record/v1/invoice"))


async def test_two_drafts_at_once_are_one_and_a_later_body_changes_nothing(standing: Erp, vendor: Any) -> None:
    """The key decides: the second caller is told what stands, with the lines that the first one wrote."""
    one, two = await asyncio.gather(draft(standing), draft(standing, ONE_LINE))
    assert one == two == await draft(standing, ONE_LINE)
    assert 1 == len(vendor.records("invoice"))


async def test_amounts_are_the_accounts_own(standing: Erp, vendor: Any) -> None:
    """Where the account cuts the tax of every line, or was told a tax that it does not compute, its figure is told."""
    cents = [line(n, "1", "0.13", "0.13") for n in range(4)]
    body = replace(INVOICE, lines=cents, net=Decimal("0.52"), tax=Decimal("0.10"), gross=Decimal("0.62"))
    grouped = await post(standing, body)
    vendor.seed(account={"taxRounding": "line"})
    by_line = await post(standing, replace(body, document_id="inv-2"))
    assert [("0.10", "0.62"), ("0.08", "0.60")] == [(str(one.tax), str(one.gross)) for one in (grouped, by_line)]


async def test_tax_codes_may_be_mixed_and_a_total_may_be_nothing(standing: Erp, vendor: Any) -> None:
    """Each code is taxed by its own rate; a document over nothing is settled the moment it is posted."""
    two = [line(1, "1", "100", "100"), line(2, "1", "50", "50", "EU-RC")]
    mixed = await post(standing, replace(INVOICE, lines=two, net=Decimal(150), tax=Decimal(19), gross=Decimal(169)))
    nil = [line(1, "1", "100", "100"), line(2, "-1", "100", "-100")]
    nothing = replace(INVOICE, document_id="inv-0", lines=nil, net=Decimal(0), tax=Decimal(0), gross=Decimal(0))
    free = await post(standing, nothing)
    assert (Decimal(150), Decimal(19), Decimal(169)) == (mixed.net, mixed.tax, mixed.gross)
    assert (BookedState.PAID, Decimal(0)) == told(free)
    details = vendor.records("invoice")[0]["taxDetails"]["items"]
    assert [("DE-S-19", "19.00"), ("EU-RC", "0.00")] == [
        (one["taxCode"]["refName"], one["taxAmount"]) for one in details
    ]


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
async def test_an_answer_lost_after_a_create_is_looked_up(standing: Erp, vendor: Any, kind: FaultKind) -> None:
    """Saved and not answered: the draft is found by its key and not made a second time."""
    vendor.sandbox.faults.append(Fault(kind=kind, method="POST", contains="v1/invoice"))
    assert BookedState.DRAFT is (await draft(standing)).state
    assert (1, 1) == (len(vendor.records("invoice")), vendor.calls("POST", "v1/invoice"))


async def test_a_posting_whose_answer_is_lost_applies_its_credit_once(standing: Erp, vendor: Any) -> None:
    """The change is repeated with the same figures: the invoice is credited by the amount, not by twice of it."""
    await post(standing)
    await draft(standing, CREDIT)
    vendor.sandbox.faults.append(Fault(kind=FaultKind.DROP_AFTER, method="PATCH", contains="creditMemo"))
    await standing.post_document(document_id="crn-1")
    assert INVOICE.gross + CREDIT.gross == (await standing.document(document_id="inv-1")).open
    assert 2 == vendor.calls("PATCH", "creditMemo")


async def test_a_key_that_means_something_else_is_a_conflict(standing: Erp, vendor: Any) -> None:
    """An order under the key, or a document of the other kind, is not overwritten."""
    services = {"items": [{"item": {"externalId": "SLUICE-SERVICES"}, "amount": "1.00"}]}
    vendor.seed(
        records={"salesOrder": [{"externalId": "inv-1", "entity": {"externalId": "cus-NWF"}, "item": services}]}
    )
    taken = await problem_of(draft(standing))
    await draft(standing, replace(INVOICE, document_id="inv-2"))
    differs = await problem_of(draft(standing, replace(CREDIT, document_id="inv-2", corrects=None)))
    elsewhere = await problem_of(standing.put_document(document_id="inv-3", body=INVOICE))
    assert ["document_key_taken", "document_differs", "key_differs"] == [
        one.code for one in (taken, differs, elsewhere)
    ]
