import asyncio
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.billing import BillingTrigger
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.sap_s4hana.story import SCHEDULE, eur, problem_of, schedule_line

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def put(erp: Erp, **changed: Any) -> Any:
    body = replace(SCHEDULE, **changed)
    return await erp.put_billing_schedule(schedule_id=body.schedule_id, body=body)


async def bill(vendor: Any, schedule_id: str = "bsc-006A1") -> None:
    answer = await vendor.http.post("/ui/due-billing", json={"schedule": schedule_id})
    assert 200 == answer.status_code, answer.text


@pytest.mark.req(134)
async def test_a_schedule_is_one_order_with_a_billing_plan_on_each_item(standing: Erp, vendor: Any) -> None:
    """Amounts, dates, elements and our own fields; what waits for acceptance is blocked for billing."""
    receipt = await put(standing)
    items, dates = vendor.rows("SalesOrderItem"), vendor.rows("BillingPlanItem")
    assert (3, Decimal("100.00"), "1") == (receipt.lines, receipt.total.amount, receipt.external_id)
    assert ["60.00", "39.99", "0.01"] == [one["NetAmount"] for one in items]
    assert [("2027-06-30", "60.00", ""), ("2027-06-30", "39.99", "08"), ("2027-06-30", "0.01", "")] == [
        (one["BillingPlanBillingDate"], one["BillingPlanAmount"], one["BillingBlockReason"]) for one in dates
    ]
    assert [BillingTrigger.DATE, BillingTrigger.MILESTONE, BillingTrigger.DATE] == [
        one["YY1_SluiceTrigger_SDI"] for one in items
    ]
    assert {vendor.rows("Element")[0]["ProjectElement"]} == {one["WBSElement"] for one in items}


async def test_two_makers_at_once_leave_one_order(standing: Erp, vendor: Any, open_room: Any) -> None:
    """S/4HANA keeps no key unique: two processes may both find nothing, and the later twin goes."""
    other = open_room()
    receipts = await asyncio.gather(
        put(standing), other.mounts[0].service.put_billing_schedule(schedule_id="bsc-006A1", body=SCHEDULE)
    )
    await other.close()
    assert 2 == vendor.calls("POST", "A_SalesOrder")
    assert 1 == len({one.external_id for one in receipts})
    assert [receipts[0].external_id] == [one["SalesOrder"] for one in vendor.rows("SalesOrder")]


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.DROP_BEFORE])
async def test_an_order_that_is_not_answered_stands_once(standing: Erp, vendor: Any, kind: FaultKind) -> None:
    """Saved or not, nobody knows: it is looked for by our id before anything else."""
    vendor.fail(kind, "POST", "A_SalesOrder")
    problem = await problem_of(put(standing)) if kind is FaultKind.DROP_BEFORE else None
    receipt = await put(standing)
    assert (None if problem is None else problem.kind) in {None, Kind.UNKNOWN_OUTCOME}
    assert (1, 3) == (len(vendor.rows("SalesOrder")), receipt.lines)


async def test_a_closed_schedule_is_followed_by_another(standing: Erp, vendor: Any) -> None:
    """Its items are rejected in one batch; put again it stands anew, and the closed one stays for whoever audits."""
    await put(standing)
    for _ in range(2):
        await standing.void_billing_schedule(schedule_id="bsc-006A1")
    assert {"00"} == {one["SalesDocumentRjcnReason"] for one in vendor.rows("SalesOrderItem")}
    assert "2" == (await put(standing)).external_id


async def test_what_was_billed_is_cancelled_in_full_and_once(standing: Erp, vendor: Any) -> None:
    """A cancellation document over the same amount clears the invoice; asked again, the same answer."""
    await put(standing)
    await bill(vendor)
    receipt = await standing.billing_schedule(schedule_id="bsc-006A1")
    assert eur("100.00") == receipt.billed
    refused = await problem_of(standing.void_billing_schedule(schedule_id="bsc-006A1"))
    vendor.fail(FaultKind.DROP_AFTER, "POST", "Cancel")
    answers = [await standing.reverse_billing_schedule(schedule_id="bsc-006A1") for _ in range(2)]

    assert "schedule_invoiced" == refused.code
    assert [("90000001", "crd-90000000", Decimal("100.00"))] * 2 == [
        (one.credits[0].external_id, one.credits[0].our_id, one.credited.amount) for one in answers
    ]
    assert 2 == len(vendor.rows("BillingDocument"))
    assert Kind.NOT_FOUND is (await problem_of(standing.billing_schedule(schedule_id="bsc-006A1"))).kind


async def test_a_schedule_whose_invoice_is_paid_is_not_taken_back(standing: Erp, vendor: Any) -> None:
    """S/4HANA does not cancel what is cleared; the order stays as it is."""
    await put(standing)
    await bill(vendor)
    await vendor.http.post("/ui/incoming-payments", json={"schedule": "bsc-006A1"})
    refused = await problem_of(standing.reverse_billing_schedule(schedule_id="bsc-006A1"))
    assert (Kind.CONFLICT, "invoice_settled") == (refused.kind, refused.code)
    assert 3 == (await standing.billing_schedule(schedule_id="bsc-006A1")).lines


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"lines": []}, "schedule_length"),
        ({"lines": [schedule_line(1, "1"), schedule_line(1, "2")]}, "line_ids_repeat"),
        ({"lines": [schedule_line(1, "0.001")]}, "amount_too_fine"),
        ({"lines": [replace(schedule_line(1, "1"), phase_id="phs-none")]}, "vendor_refused"),
        ({"tax_code": "NO-SUCH"}, "tax_code_unknown"),
        ({"customer_id": "cus-none"}, "vendor_refused"),
        ({"legal_entity_id": "SG-GB"}, "vendor_refused"),
    ],
)
async def test_a_schedule_that_cannot_stand_leaves_nothing(
    standing: Erp, vendor: Any, wrong: dict[str, Any], code: str
) -> None:
    """Invalid, with the field named; no order, no item, no number is left."""
    problem = await problem_of(put(standing, **wrong))
    assert (Kind.INVALID, code) == (problem.kind, problem.code)
    assert problem.errors
    assert [] == vendor.rows("SalesOrder") + vendor.rows("SalesOrderItem")
    assert "1" == (await put(standing)).external_id
