from collections.abc import Callable
from typing import Any

import pytest

from contracts.canonical.billing import BillingSchedule
from contracts.canonical.party import Customer
from contracts.canonical.project import Project
from contracts.problem import Kind, Problem, Retry
from contracts.system.erp import Erp
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind

LOGIN = {"throttle": "login_401", "backgroundSlots": 5}


@pytest.mark.req(111, 243)
async def test_a_schedule_cut_off_after_it_was_saved_is_one_order(
    standing: Erp, vendor: Any, schedule: BillingSchedule
) -> None:
    """The connection breaks after the order was saved: the put ends well, with one order and its lines once."""
    vendor.sandbox.faults.append(Fault(kind=FaultKind.DROP_AFTER, method="PUT", contains="salesOrder"))
    receipt = await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    assert 30 == receipt.lines
    assert "1420000.00" == str(receipt.total.amount)
    assert 1 == len(vendor.records("salesOrder"))
    assert 2 == vendor.calls("PUT", "salesOrder")


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.DROP_BEFORE])
async def test_a_customer_whose_creation_never_answers_is_found_by_key(
    erp: Erp, vendor: Any, group: Customer, kind: FaultKind
) -> None:
    """Every try of the creation fails: the problem says later; the next put finds or makes the one record."""
    vendor.sandbox.faults.append(Fault(kind=kind, method="PUT", contains="customer", times=4, status=503))
    with pytest.raises(Problem) as caught:
        await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=group)
    assert (Kind.UNAVAILABLE, Retry.LATER) == (caught.value.kind, caught.value.retry)
    saved = kind is not FaultKind.DROP_BEFORE
    again = await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=group)
    assert again.created is not saved
    assert 1 == len(vendor.records("customer"))


async def test_a_relationship_cut_off_after_it_was_saved_is_found(erp: Erp, vendor: Any, group: Customer) -> None:
    """A creation without upsert whose outcome is unknown is looked up by its key before anything else."""
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=group)
    vendor.sandbox.faults.append(Fault(kind=FaultKind.DROP_AFTER, method="POST", contains="Relationship"))
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-GB", body=group)
    assert 1 == len(vendor.records("customerSubsidiaryRelationship"))
    assert 1 == vendor.calls("POST", "Relationship")


async def test_a_project_cut_off_between_its_tasks_is_completed(
    erp: Erp, vendor: Any, group: Customer, customer: Customer, project: Project
) -> None:
    """A plan half written is completed by the next put, with each task once."""
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=group)
    await erp.put_customer(customer_id="cus-NWF", legal_entity_id="SG-DE", body=customer)
    fault = Fault(kind=FaultKind.STATUS, method="PUT", contains="projectTask", skip=1, times=4)
    vendor.sandbox.faults.append(fault)
    with pytest.raises(Problem):
        await erp.put_project(project_id=project.project_id, body=project)
    assert 1 == len(vendor.records("projectTask"))
    await erp.put_project(project_id=project.project_id, body=project)
    assert 3 == len(vendor.records("projectTask"))
    assert 1 == len(vendor.records("job"))


async def test_a_full_pool_is_waited_out(erp: Erp, vendor: Any) -> None:
    """429 is tried again until others have left the pool."""
    vendor.seed(account={"backgroundSlots": 5, "backgroundCalls": 2})
    assert 3 == len((await erp.legal_entities()).items)


async def test_a_full_pool_disguised_as_a_login_is_waited_out_with_the_same_token(erp: Erp, vendor: Any) -> None:
    """401 on a fresh token is crowding: the call is repeated and no second token is asked for."""
    vendor.seed(account={**LOGIN, "backgroundCalls": 2})
    assert 3 == len((await erp.legal_entities()).items)
    assert 1 == vendor.calls("POST", "oauth2")


async def test_a_disguise_that_lasts_ends_in_later_after_one_new_token(erp: Erp, vendor: Any) -> None:
    """With an old token one new one is asked for, never more; then the problem is crowding, to be tried later."""
    await erp.tax_codes()
    vendor.sandbox.advance(1800)
    vendor.seed(account={**LOGIN, "backgroundCalls": 1000})
    with pytest.raises(Problem) as caught:
        await erp.tax_codes()
    assert (Kind.RATE_LIMITED, Retry.LATER) == (caught.value.kind, caught.value.retry)
    assert "vendor_crowded" == caught.value.code
    assert 2 == vendor.calls("POST", "oauth2")


async def test_an_expired_or_revoked_token_is_replaced_once(erp: Erp, vendor: Any) -> None:
    """After an hour, and after an administrator revoked it, a new token is fetched and the call goes through."""
    await erp.tax_codes()
    vendor.sandbox.advance(3700)
    await erp.tax_codes()
    vendor.sandbox.advance(600)
    vendor.seed(revokeTokens=True)
    assert 5 == len((await erp.tax_codes()).items)
    assert 3 == vendor.calls("POST", "oauth2")


@pytest.mark.parametrize("as_text", [True, False])
async def test_the_life_of_a_token_is_read_as_text_and_as_number(erp: Erp, vendor: Any, as_text: bool) -> None:
    """Both forms of `expires_in` are understood."""
    vendor.seed(account={"expiresInAsText": as_text})
    assert 5 == len((await erp.tax_codes()).items)


@pytest.mark.parametrize("ahead_s", [25.0, 0.0, -200.0])
async def test_clocks_may_differ_a_little(open_room: Callable[..., Any], ahead_s: float) -> None:
    """Our clock ahead of the vendor's, or behind by less than the assertion lives, does not keep us out."""
    opened = open_room(ahead_s=ahead_s)
    assert 5 == len((await opened.mounts[0].service.tax_codes()).items)
    await opened.close()


async def test_refused_credentials_are_told_without_the_secret(
    settings: dict[str, Any], open_room: Callable[..., Any]
) -> None:
    """A wrong certificate id is unauthenticated, not retried, and neither key nor assertion is in what is told."""
    settings["certificate_id"] = "gone"
    opened = open_room()
    with pytest.raises(Problem) as caught:
        await opened.mounts[0].service.tax_codes()
    await opened.close()
    assert (Kind.UNAUTHENTICATED, "vendor_sign_in_refused") == (caught.value.kind, caught.value.code)
    assert "invalid_client" in caught.value.detail
    told = repr(caught.value.details())
    assert "PRIVATE KEY" not in told
    assert "eyJ" not in told


async def test_an_answer_cut_short_is_read_again(standing: Erp, vendor: Any, schedule: BillingSchedule) -> None:
    """Half a body never becomes a receipt."""
    whole = await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    vendor.sandbox.faults.append(Fault(kind=FaultKind.TRUNCATE, method="GET", contains="salesOrder"))
    assert whole == await standing.billing_schedule(schedule_id="bsc-006A1")
