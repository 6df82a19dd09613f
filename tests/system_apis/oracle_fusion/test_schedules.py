import asyncio
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.money import Money
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.oracle_fusion.conftest import FSCM
from tests.system_apis.oracle_fusion.story import CUSTOMER, SCHEDULE, eur, problem_of, schedule_line

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def put(erp: Erp, **changed: Any) -> Any:
    body = replace(SCHEDULE, **changed)
    return await erp.put_billing_schedule(schedule_id=body.schedule_id, body=body)


async def bill(vendor: Any, schedule_id: str = "bsc-006A1") -> str:
    answer = await vendor.http.post("/ui/generate-invoice", json={"schedule": schedule_id})
    assert 200 == answer.status_code, answer.text
    number: str = answer.json()["TransactionNumber"]
    return number


@pytest.mark.req(134)
async def test_a_schedule_is_one_contract_with_an_event_for_each_line(standing: Erp, vendor: Any) -> None:
    """Amounts, dates, tasks and our keys; what waits for acceptance is on hold. It is one call."""
    before = vendor.calls("POST", FSCM)
    receipt = await put(standing)
    events = vendor.rows("projectBillingEvents")
    assert (3, Decimal("100.00")) == (receipt.lines, receipt.total.amount)
    assert [
        ("bsc-006A1/bsl-1", "60.00", "2027-06-30", "phs-1", "N"),
        ("bsc-006A1/bsl-2", "39.99", "2027-06-30", "phs-1", "Y"),
        ("bsc-006A1/bsl-3", "0.01", "2027-06-30", "phs-1", "N"),
    ] == [
        (one["SourceReference"], one["BillTrnsAmount"], one["CompletionDate"], one["TaskNumber"], one["BillHold"])
        for one in events
    ]
    contract = vendor.rows("contracts")[0]
    assert ("bsc-006A1", "bsc-006A1") == (contract["ContractNumber"], contract["ExternalReferenceKey"])
    assert before + 1 == vendor.calls("POST", FSCM)


async def test_two_makers_at_once_leave_one_contract(standing: Erp, vendor: Any, open_room: Any) -> None:
    """Contract numbers are unique: the second batch is refused as a whole, and the first one is told."""
    other = open_room()
    receipts = await asyncio.gather(
        put(standing), other.mounts[0].service.put_billing_schedule(schedule_id="bsc-006A1", body=SCHEDULE)
    )
    await other.close()
    assert receipts[0] == receipts[1]
    assert (1, 3) == (len(vendor.rows("contracts")), len(vendor.rows("projectBillingEvents")))


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.DROP_BEFORE])
@pytest.mark.req(245)
async def test_a_batch_that_is_not_answered_stands_once(standing: Erp, vendor: Any, kind: FaultKind) -> None:
    """Saved or not, nobody knows: it is looked for by our id before anything else."""
    vendor.fail(kind, "POST", "/fscmRestApi/resources")
    problem = await problem_of(put(standing)) if kind is FaultKind.DROP_BEFORE else None
    receipt = await put(standing)
    assert problem is None or Kind.UNKNOWN_OUTCOME is problem.kind
    assert (3, 3) == (receipt.lines, len(vendor.rows("projectBillingEvents")))


async def test_a_line_that_the_pod_refuses_leaves_nothing(standing: Erp, vendor: Any) -> None:
    """The last line is on a task that is not there: neither contract nor event stands, and the field is named."""
    wrong = [*SCHEDULE.lines, replace(schedule_line(4, "1.00"), phase_id="phs-none")]
    problem = await problem_of(put(standing, lines=wrong))
    assert (Kind.INVALID, "/phases") == (problem.kind, problem.errors[0].pointer)
    assert ([], []) == (vendor.rows("contracts"), vendor.rows("projectBillingEvents"))


async def test_what_was_closed_and_is_wanted_anew_gets_the_next_number(standing: Erp, vendor: Any) -> None:
    """A contract number is never free again; the schedule is found by our id all the same."""
    await put(standing)
    await standing.void_billing_schedule(schedule_id="bsc-006A1")
    assert Kind.NOT_FOUND is (await problem_of(standing.billing_schedule(schedule_id="bsc-006A1"))).kind
    again = await put(standing)
    numbers = [(one["ContractNumber"], one["ContractStatus"]) for one in vendor.rows("contracts")]
    assert [("bsc-006A1", "CANCELED"), ("bsc-006A1/2", "ACTIVE")] == numbers
    assert (3, again) == (again.lines, await standing.billing_schedule(schedule_id="bsc-006A1"))


async def test_what_was_invoiced_is_told_and_is_not_voided(standing: Erp, vendor: Any) -> None:
    """The receipt says what of it was invoiced; closing it is refused, and nothing of it changes."""
    await put(standing)
    await bill(vendor)
    problem = await problem_of(standing.void_billing_schedule(schedule_id="bsc-006A1"))
    receipt = await standing.billing_schedule(schedule_id="bsc-006A1")
    assert (Kind.CONFLICT, "schedule_invoiced") == (problem.kind, problem.code)
    assert (3, eur("100.00"), eur("60.01")) == (receipt.lines, receipt.total, receipt.billed)


@pytest.mark.parametrize("kind", [None, FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
async def test_a_reversal_credits_each_invoice_once(standing: Erp, vendor: Any, kind: FaultKind | None) -> None:
    """In full, under a key of its own; asked again, or after an answer was lost, it credits nothing more."""
    await put(standing)
    number = await bill(vendor)
    await bill(vendor)
    if kind is not None:
        for method in ("POST", "PATCH"):
            vendor.fail(kind, method, "receivablesCreditMemos")
    answers = [await standing.reverse_billing_schedule(schedule_id="bsc-006A1") for _ in range(2)]
    assert answers[0] == answers[1]
    assert Money(amount=Decimal("100.00"), currency="EUR") == answers[0].credited
    assert f"crd-{number}" == answers[0].credits[0].our_id
    memos = vendor.rows("receivablesCreditMemos")
    assert ["-71.41", "-47.59"] == [one["EnteredAmount"] for one in memos]
    assert ["CANCELED"] == [one["ContractStatus"] for one in vendor.rows("contracts")]


async def test_a_settled_invoice_is_for_finance(standing: Erp, vendor: Any) -> None:
    """Money came in for one of two: nothing is credited and the contract stays."""
    await put(standing)
    await bill(vendor)
    number = await bill(vendor)
    assert 200 == (await vendor.http.post("/ui/receipts", json={"transaction": number})).status_code
    problem = await problem_of(standing.reverse_billing_schedule(schedule_id="bsc-006A1"))
    assert (Kind.CONFLICT, "invoice_settled") == (problem.kind, problem.code)
    assert [] == vendor.rows("receivablesCreditMemos")


async def test_a_customer_with_events_to_invoice_is_not_retired(standing: Erp, vendor: Any) -> None:
    """Once everything is invoiced, or the schedule is closed, the account may end; put again it is active again."""
    await put(standing)
    problem = await problem_of(standing.retire_customer(customer_id="cus-NWF"))
    assert (Kind.CONFLICT, "customer_has_open_orders") == (problem.kind, problem.code)
    await bill(vendor)
    await bill(vendor)
    await standing.retire_customer(customer_id="cus-NWF")
    ended = vendor.sandbox.dump()["accounts"]["cus-NWF"]["Status"]
    await standing.put_customer(customer_id="cus-NWF", legal_entity_id="SG-DE", body=CUSTOMER)
    assert ["I", "A"] == [ended, vendor.sandbox.dump()["accounts"]["cus-NWF"]["Status"]]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"lines": []}, "schedule_length"),
        ({"lines": [schedule_line(1, "1"), schedule_line(1, "1")]}, "line_ids_repeat"),
        ({"lines": [schedule_line(1, "0.001")]}, "amount_too_fine"),
        ({"lines": [replace(schedule_line(1, "1"), line_id="x" * 65)]}, "external_id_unusable"),
        ({"schedule_id": "bsc 1"}, "external_id_unusable"),
        ({"tax_code": "NO-SUCH"}, "tax_code_unknown"),
    ],
)
async def test_what_fusion_would_bend_is_refused_before_any_call(
    standing: Erp, vendor: Any, changed: dict[str, Any], code: str
) -> None:
    """Each with a stable code."""
    before = len(vendor.sandbox.calls)
    assert code == (await problem_of(put(standing, **changed))).code
    assert before == len(vendor.sandbox.calls)


async def test_long_ids_have_references_that_fit(standing: Erp, vendor: Any) -> None:
    """Ids may have sixty-four characters: the part of the line is drawn from it then, and stays apart from others."""
    lines = [replace(schedule_line(number, "1.00"), line_id=f"{number}" * 64) for number in (1, 2)]
    receipt = await put(standing, schedule_id="b" * 64, lines=lines)
    references = {one["SourceReference"] for one in vendor.rows("projectBillingEvents")}
    assert (2, 2) == (receipt.lines, len(references))
    assert {77} == {len(one) for one in references}
