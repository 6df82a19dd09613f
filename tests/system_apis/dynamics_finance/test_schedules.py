"""Projects and schedules: one number for each of ours, whole changesets, and what was invoiced is credited once."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.project import PhaseIds
from contracts.problem import Kind, Problem
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.dynamics_finance.conftest import Vendor
from tests.system_apis.dynamics_finance.story import CUSTOMER, PROJECT, SCHEDULE, euros

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def caught(call: Any) -> Problem:
    with pytest.raises(Problem) as problem:
        await call
    return problem.value


async def scheduled(erp: Erp) -> None:
    await erp.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)


async def invoiced(erp: Erp, vendor: Vendor) -> str:
    """The schedule, and the invoice that a person made of it."""
    await scheduled(erp)
    answer = await vendor.http.post("/ui/invoice-proposals", json={"schedule": SCHEDULE.schedule_id})
    number: str = answer.json()["Invoices"][0]
    return number


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.TRUNCATE, FaultKind.STATUS_AFTER])
@pytest.mark.parametrize("contains", ["ProjectContractHeaders", "ProjectsV2", "$batch"])
@pytest.mark.req(132, 245)
async def test_whatever_of_a_project_is_not_answered_stands_once(
    vendor: Vendor, erp: Erp, contains: str, kind: FaultKind
) -> None:
    """Contract, project, tasks: each is saved and its answer cut, found by its number, and gone on from."""
    await erp.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-DE", body=CUSTOMER)
    vendor.fail(kind, "POST", contains)
    await erp.put_project(project_id=PROJECT.project_id, body=PROJECT)
    counts = [len(vendor.rows(name)) for name in ("ProjectContractHeaders", "ProjectsV2", "ProjectTasks")]

    assert [1, 1, 1] == counts


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.TRUNCATE, FaultKind.STATUS_AFTER])
@pytest.mark.req(245)
async def test_a_schedule_that_is_not_answered_stands_once(vendor: Vendor, standing: Erp, kind: FaultKind) -> None:
    """The repetition meets its own number, is refused, and finds the schedule."""
    vendor.fail(kind, "POST", "$batch")
    receipt = await standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)

    assert (2, Decimal("9000.00")) == (receipt.lines, receipt.total.amount)
    assert 1 == len(vendor.rows("ProjectContractLines"))


@pytest.mark.req(241)
async def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(vendor: Vendor, standing: Erp) -> None:
    """A stale tag is refused with 412, the row is read again, and the change is made under the new tag."""
    vendor.fail(FaultKind.STATUS, "PATCH", "ProjectsV2", status=412)
    await standing.put_project(project_id=PROJECT.project_id, body=replace(PROJECT, service_line="MANAGED-CLOUD"))

    assert ["MANAGED-CLOUD"] == [row["SluiceServiceLine"] for row in vendor.rows("ProjectsV2")]
    assert 2 == vendor.calls("PATCH", "ProjectsV2")


async def test_a_tag_that_is_old_and_a_key_that_is_not_there_change_nothing(vendor: Vendor, standing: Erp) -> None:
    """The environment refuses an old tag, and a PATCH of an unknown key makes no row."""
    number = vendor.rows("ProjectsV2")[0]["ProjectId"]
    old = await vendor.http.patch(
        f"/data/ProjectsV2(dataAreaId='sgde',ProjectId='{number}')",
        json={"SluiceOwner": "x"},
        headers={"If-Match": 'W/"old"'},
    )
    unknown = await vendor.http.patch("/data/ProjectsV2(dataAreaId='sgde',ProjectId='NO')", json={"SluiceOwner": "x"})

    assert (412, 404) == (old.status_code, unknown.status_code)
    assert [PROJECT.delivery_owner] == [row["SluiceOwner"] for row in vendor.rows("ProjectsV2")]


@pytest.mark.req(134)
async def test_a_contract_line_is_worth_what_its_transactions_sum_to(vendor: Vendor, standing: Erp) -> None:
    """The environment refuses a change that would break the sum, by whomever it is made."""
    await scheduled(standing)
    row = vendor.rows("ProjectOnAccountTransactions")[0]
    address = f"/data/ProjectOnAccountTransactions(dataAreaId='sgde',TransactionId='{row['TransactionId']}')"
    answer = await vendor.http.patch(address, json={"Amount": 1})

    assert 400 == answer.status_code
    assert "do not sum" in answer.json()["error"]["innererror"]["message"]


async def test_a_schedule_that_was_voided_is_opened_anew(standing: Erp) -> None:
    """Under the same number, with other lines."""
    await scheduled(standing)
    await standing.void_billing_schedule(schedule_id=SCHEDULE.schedule_id)
    other = replace(SCHEDULE, lines=[replace(SCHEDULE.lines[0], amount=euros("100.00"))])
    receipt = await standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=other)

    assert (1, Decimal("100.00")) == (receipt.lines, receipt.total.amount)


async def test_what_was_invoiced_is_credited_in_full_and_once(vendor: Vendor, standing: Erp) -> None:
    """A credit note for the invoice, also when the answer is lost; the customer owes nothing and may go."""
    await invoiced(standing, vendor)
    void = await caught(standing.void_billing_schedule(schedule_id=SCHEDULE.schedule_id))
    vendor.fail(FaultKind.DROP_AFTER, "POST", "$batch")
    answers = [await standing.reverse_billing_schedule(schedule_id=SCHEDULE.schedule_id) for _ in range(2)]
    gone = await caught(standing.billing_schedule(schedule_id=SCHEDULE.schedule_id))
    again = await caught(standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE))
    await standing.retire_customer(customer_id=CUSTOMER.customer_id)

    assert ("schedule_invoiced", Kind.NOT_FOUND, "schedule_reversed") == (void.code, gone.kind, again.code)
    assert answers[0] == answers[1]
    assert (1, Decimal("9000.00")) == (len(answers[0].credits), answers[0].credited.amount)
    assert Decimal(0) == sum(row["AmountCur"] for row in vendor.rows("CustomerTransactions"))


async def test_a_settled_invoice_is_not_reversed(vendor: Vendor, standing: Erp) -> None:
    """Money came in for it: people decide what becomes of that, and nothing is made."""
    number = await invoiced(standing, vendor)
    await vendor.http.post("/ui/payments", json={"invoice": number, "amount": "1.00"})
    problem = await caught(standing.reverse_billing_schedule(schedule_id=SCHEDULE.schedule_id))

    assert (Kind.CONFLICT, "invoice_settled") == (problem.kind, problem.code)
    assert [] == vendor.rows("FreeTextInvoiceHeaders")


async def test_a_customer_who_owes_stays(vendor: Vendor, standing: Erp) -> None:
    """An invoice that is open keeps its customer off the hold."""
    await invoiced(standing, vendor)
    problem = await caught(standing.retire_customer(customer_id=CUSTOMER.customer_id))

    assert "customer_has_open_documents" == problem.code


async def test_a_phase_that_is_billed_is_not_removed(standing: Erp) -> None:
    """The environment keeps a task that transactions name."""
    await scheduled(standing)
    problem = await caught(
        standing.remove_phases(project_id=PROJECT.project_id, body=PhaseIds(phase_ids=[PROJECT.phases[0].phase_id]))
    )

    assert (Kind.CONFLICT, "record_in_use") == (problem.kind, problem.code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"currency": "GBP"}, "currency_differs"),
        ({"customer_id": "cus-other"}, "customer_differs"),
        ({"legal_entity_id": "SG-GB"}, "legal_entity_differs"),
        ({"lines": []}, "schedule_length"),
        ({"lines": [SCHEDULE.lines[0]] * 2}, "line_ids_repeat"),
        ({"lines": [replace(SCHEDULE.lines[0], amount=euros("0.001"))]}, "amount_too_fine"),
        ({"lines": [replace(SCHEDULE.lines[0], line_id=f"l-{n}") for n in range(1001)]}, "schedule_length"),
    ],
)
async def test_a_schedule_that_fits_no_contract_is_refused(standing: Erp, change: dict[str, Any], code: str) -> None:
    """Of another currency, customer or company, without lines or with too many: nothing is left behind."""
    problem = await caught(
        standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=replace(SCHEDULE, **change))
    )

    assert (Kind.INVALID, code) == (problem.kind, problem.code)
    missing = await caught(standing.billing_schedule(schedule_id=SCHEDULE.schedule_id))
    assert Kind.NOT_FOUND is missing.kind
