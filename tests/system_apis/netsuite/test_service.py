import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt
from contracts.canonical.capability import UpsertKind
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.project import Project
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from contracts.system.erp import Erp

TOTAL = Money(amount=Decimal("1420000.00"), currency="EUR")
NOTHING = Money(amount=Decimal("0.00"), currency="EUR")


@pytest.mark.req(36, 62)
async def test_capabilities_come_from_the_manifest(erp: Erp) -> None:
    """The connection says what its manifest declares, under its own name."""
    said = await erp.capabilities()
    assert ("netsuite", "erp-atlantic", ["erp"], []) == (said.vendor, said.connection, said.roles, said.lacks)
    assert UpsertKind.NATIVE_KEY is said.upsert


@pytest.mark.req(97)
async def test_legal_entities_are_the_subsidiaries_with_our_code(erp: Erp, vendor: Any) -> None:
    """Every active subsidiary that bears our code is told, with country and currency; others are left out."""
    without_code = {"name": "Holding", "country": "LU", "currency": {"externalId": "EUR"}, "isInactive": False}
    vendor.seed(records={"subsidiary": [{**without_code, "isElimination": False}]})
    items = (await erp.legal_entities()).items
    told = [(one.legal_entity_id, one.name, one.country, one.currency) for one in items]
    expected = [
        ("SG-DE", "Sluicegate Deutschland GmbH", "DE", "EUR"),
        ("SG-GB", "Sluicegate UK Ltd", "GB", "GBP"),
        ("SG-US", "Sluicegate Inc", "US", "USD"),
    ]
    assert expected == told


@pytest.mark.req(94)
async def test_tax_codes_are_the_active_ones(erp: Erp, vendor: Any) -> None:
    """An inactive tax code is not offered."""
    vendor.seed(records={"salesTaxItem": [{"externalId": "OLD", "itemId": "OLD", "isInactive": True}]})
    assert ["DE-S-19", "EU-RC", "GB-S-20", "US-NT", "EXPORT-0"] == (await erp.tax_codes()).items


async def test_lists_are_read_to_the_last_page(erp: Erp, vendor: Any) -> None:
    """More rows than one page holds arrive once each and in order."""
    codes = [{"externalId": f"T{n:04}", "itemId": f"T{n:04}", "isInactive": False} for n in range(2100)]
    vendor.seed(records={"salesTaxItem": codes})
    items = (await erp.tax_codes()).items
    assert 2105 == len(items)
    assert 2105 == len(set(items))
    assert 3 == vendor.calls("POST", "suiteql")


@pytest.mark.req(131, 103)
async def test_customer_is_created_then_found(erp: Erp, vendor: Any, group: Customer, customer: Customer) -> None:
    """The first put says created, the second found; parent, subsidiary, address and tax stand in the account."""
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=group)
    first = await erp.put_customer(customer_id="cus-NWF", legal_entity_id="SG-DE", body=customer)
    again = await erp.put_customer(customer_id="cus-NWF", legal_entity_id="SG-DE", body=customer)
    found = await erp.customer(customer_id="cus-NWF")
    assert Reference(our_id="cus-NWF", external_id=first.external_id, created=True) == first
    assert Reference(our_id="cus-NWF", external_id=first.external_id, created=False) == again == found
    held = vendor.records("customer")[1]
    assert ("cus-NWG", "Sluicegate Deutschland GmbH", "EU-RC") == (
        held["parent"]["refName"],
        held["subsidiary"]["refName"],
        held["taxItem"]["refName"],
    )
    assert 1 == len(held["addressBook"]["items"])
    assert ["FR40303265045"] == [one["taxRegistrationNumber"] for one in held["taxRegistration"]["items"]]


@pytest.mark.req(131)
async def test_customer_is_brought_up_to_date(
    erp: Erp, vendor: Any, group: Customer, changed: Callable[..., Any]
) -> None:
    """A second put replaces name, address and tax number and adds no second line of either."""
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=group)
    moved = changed(group, name="Northwind Holdings plc", address=Address(country="IE", city="Cork"))
    moved = changed(moved, tax=TaxProfile(tax_code=None))
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=moved)
    held = vendor.records("customer")[0]
    assert "Northwind Holdings plc" == held["companyName"]
    lines = held["addressBook"]["items"]
    assert [{"id": "IE", "refName": "IE"}] == [line["addressBookAddress"]["country"] for line in lines]
    assert [] == held["taxRegistration"]["items"]


async def test_customer_trades_with_a_second_legal_entity(erp: Erp, vendor: Any, group: Customer) -> None:
    """A second legal entity is added once beside the primary one, which NetSuite never lets change."""
    for entity in ("SG-DE", "SG-GB", "SG-GB"):
        await erp.put_customer(customer_id="cus-NWG", legal_entity_id=entity, body=group)
    assert "Sluicegate Deutschland GmbH" == vendor.records("customer")[0]["subsidiary"]["refName"]
    links = vendor.records("customerSubsidiaryRelationship")
    assert ["Sluicegate UK Ltd"] == [one["subsidiary"]["refName"] for one in links]


async def test_a_second_legal_entity_set_up_by_hand_or_for_a_retired_customer_will_do(
    erp: Erp, vendor: Any, group: Customer
) -> None:
    """An administrator's own relationship is not doubled, and a retired customer comes back with its new entity."""
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-DE", body=group)
    by_hand = {"entity": {"externalId": "cus-NWG"}, "subsidiary": {"externalId": "SG-GB"}}
    vendor.seed(records={"customerSubsidiaryRelationship": [by_hand]})
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-GB", body=group)
    await erp.retire_customer(customer_id="cus-NWG")
    await erp.put_customer(customer_id="cus-NWG", legal_entity_id="SG-US", body=group)
    links = vendor.records("customerSubsidiaryRelationship")
    assert ["Sluicegate UK Ltd", "Sluicegate Inc"] == [one["subsidiary"]["refName"] for one in links]
    assert vendor.records("customer")[0]["isInactive"] is False


@pytest.mark.parametrize(
    ("change", "entity", "pointer"),
    [
        ({}, "SG-DE", "/parent_id"),
        ({"parent_id": None, "tax": TaxProfile(tax_code="NO-SUCH")}, "SG-DE", "/tax/tax_code"),
        ({"parent_id": None}, "SG-XX", "legal_entity_id"),
        ({"parent_id": None, "currency": "XAU"}, "SG-DE", "/currency"),
    ],
)
@pytest.mark.req(94)
async def test_a_reference_to_nothing_is_told_by_our_name(  # noqa: PLR0917 - pytest hands them over by name
    erp: Erp,
    vendor: Any,
    customer: Customer,
    changed: Callable[..., Any],
    change: Any,
    entity: str,
    pointer: str,
) -> None:
    """A missing parent, tax code, legal entity or currency names our own field, and nothing is created."""
    body = changed(customer, **change)
    with pytest.raises(Problem) as caught:
        await erp.put_customer(customer_id="cus-NWF", legal_entity_id=entity, body=body)
    assert Kind.INVALID is caught.value.kind
    assert [pointer] == [error.pointer for error in caught.value.errors]
    assert [] == vendor.records("customer")


@pytest.mark.parametrize("bad", ["cus|1", "cus 1", "cüs", "", "a/b"])
async def test_an_id_netsuite_would_misread_is_refused_before_any_call(
    erp: Erp, vendor: Any, group: Customer, changed: Callable[..., Any], bad: str
) -> None:
    """Ids hold letters, digits, hyphen and underscore; anything else never leaves the room."""
    with pytest.raises(Problem) as caught:
        await erp.put_customer(customer_id=bad, legal_entity_id="SG-DE", body=changed(group, customer_id=bad))
    assert "external_id_unusable" == caught.value.code
    with pytest.raises(Problem):
        await erp.customer(customer_id=bad)
    assert 0 == len(vendor.sandbox.calls)


async def test_a_body_about_something_else_is_refused(erp: Erp, group: Customer) -> None:
    """The id in the address and the id in the body must agree."""
    with pytest.raises(Problem) as caught:
        await erp.put_customer(customer_id="cus-other", legal_entity_id="SG-DE", body=group)
    assert "key_differs" == caught.value.code


@pytest.mark.req(132)
async def test_project_stands_with_a_task_for_each_phase(standing: Erp, vendor: Any, project: Project) -> None:
    """Phases become tasks under our keys, children under parents, milestones by our marker; a repeat adds none."""
    again = await standing.put_project(project_id=project.project_id, body=project)
    assert again.created is False
    assert again == await standing.project(project_id=project.project_id)
    job = vendor.records("job")[0]
    assert ("cus-NWF", "In Progress") == (job["parent"]["refName"], job["entityStatus"]["refName"])
    assert ("2027-01-04", "2029-02-28") == (job["startDate"], job["projectedEndDate"])
    tasks = {task["externalId"]: task for task in vendor.records("projectTask")}
    assert {"prj-006A1__phs-1", "prj-006A1__phs-2", "prj-006A1__phs-3"} == set(tasks)
    kick_off = tasks["prj-006A1__phs-2"]
    assert ("Onboarding France", True) == (kick_off["parent"]["refName"], kick_off["custevent_sluice_milestone"])
    assert tasks["prj-006A1__phs-1"]["custevent_sluice_milestone"] is False


async def test_project_is_closed_and_opened_again(standing: Erp, vendor: Any, project: Project) -> None:
    """Closing sets the closed status and may be repeated; putting the project again opens it."""
    for _ in range(2):
        await standing.close_project(project_id=project.project_id)
    assert "Closed" == vendor.records("job")[0]["entityStatus"]["refName"]
    await standing.put_project(project_id=project.project_id, body=project)
    assert "In Progress" == vendor.records("job")[0]["entityStatus"]["refName"]


@pytest.mark.req(134, 161)
async def test_schedule_is_summed_from_the_accounts_own_records(
    standing: Erp, vendor: Any, schedule: BillingSchedule
) -> None:
    """Thirty lines stand, to the cent, each with its due date, trigger, method and tax code."""
    receipt = await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    order = vendor.records("salesOrder")[0]
    assert (
        ScheduleReceipt(schedule_id="bsc-006A1", external_id=order["id"], lines=30, total=TOTAL, billed=NOTHING)
        == receipt
    )
    assert receipt == await standing.billing_schedule(schedule_id="bsc-006A1")
    assert "1420000.00" == order["total"]
    assert [str(line.amount.amount) for line in schedule.lines] == [line["amount"] for line in order["item"]["items"]]
    first = order["item"]["items"][0]
    assert ("bsl-0", "2027-02-01", "milestone", "EU-RC") == (
        first["custcol_sluice_line_id"],
        first["custcol_sluice_due_on"],
        first["custcol_sluice_trigger"],
        first["taxCode"]["refName"],
    )


@pytest.mark.req(111, 243)
async def test_a_schedule_that_stands_is_returned_as_it_is(
    standing: Erp, vendor: Any, schedule: BillingSchedule, changed: Callable[..., Any]
) -> None:
    """A second put, even with other lines, writes nothing."""
    first = await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    shorter = changed(schedule, lines=schedule.lines[:2])
    assert first == await standing.put_billing_schedule(schedule_id="bsc-006A1", body=shorter)
    assert 1 == vendor.calls("PUT", "salesOrder")


async def test_schedule_put_twice_at_once_is_one_order(standing: Erp, vendor: Any, schedule: BillingSchedule) -> None:
    """Two callers at the same moment end with one order and the same receipt."""
    puts = [standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule) for _ in range(2)]
    one, other = await asyncio.gather(*puts)
    assert one == other
    assert 30 == one.lines
    assert 1 == len(vendor.records("salesOrder"))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"tax_code": "NO-SUCH"}, "/tax_code"),
        ({"customer_id": "cus-none"}, "/customer_id"),
        ({"legal_entity_id": "SG-US"}, "/legal_entity_id"),
        ({"project_id": "prj-none"}, "/project_id"),
        ({"lines": []}, "/lines"),
        ({"currency": "USD"}, "/lines/0/amount"),
    ],
)
async def test_a_refused_schedule_leaves_nothing(  # noqa: PLR0917 - pytest hands them over by name
    standing: Erp, vendor: Any, schedule: BillingSchedule, changed: Callable[..., Any], change: Any, pointer: str
) -> None:
    """All lines or none: a schedule with one bad reference is told by our field and no order stands."""
    with pytest.raises(Problem) as caught:
        await standing.put_billing_schedule(schedule_id="bsc-006A1", body=changed(schedule, **change))
    assert Kind.INVALID is caught.value.kind
    assert pointer == caught.value.errors[0].pointer
    assert [] == vendor.records("salesOrder")


async def test_a_voided_schedule_is_gone_until_put_again(standing: Erp, vendor: Any, schedule: BillingSchedule) -> None:
    """Voiding closes every line and may be repeated; the same key can be put anew on the same order."""
    first = await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    for _ in range(2):
        await standing.void_billing_schedule(schedule_id="bsc-006A1")
    assert "Closed" == vendor.records("salesOrder")[0]["status"]["refName"]
    with pytest.raises(Problem) as caught:
        await standing.billing_schedule(schedule_id="bsc-006A1")
    assert Kind.NOT_FOUND is caught.value.kind
    assert first == await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    assert 1 == len(vendor.records("salesOrder"))


async def test_an_invoiced_schedule_is_not_voided(standing: Erp, vendor: Any, schedule: BillingSchedule) -> None:
    """Once invoiced, voiding is a conflict, and the receipt still tells the whole."""
    receipt = await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    billed = await vendor.post("salesOrder/eid:bsc-006A1/!transform/invoice", {})
    assert 204 == billed.status_code
    with pytest.raises(Problem) as caught:
        await standing.void_billing_schedule(schedule_id="bsc-006A1")
    assert (Kind.CONFLICT, "schedule_invoiced") == (caught.value.kind, caught.value.code)
    later = await standing.billing_schedule(schedule_id="bsc-006A1")
    assert (receipt.total, receipt.lines, TOTAL) == (later.total, later.lines, later.billed)


async def test_a_customer_with_open_orders_is_not_retired(
    standing: Erp, vendor: Any, schedule: BillingSchedule, customer: Customer
) -> None:
    """Retiring is a conflict while an order is open, works once it is closed, and a put brings the customer back."""
    await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    with pytest.raises(Problem) as caught:
        await standing.retire_customer(customer_id="cus-NWF")
    assert Kind.CONFLICT is caught.value.kind
    await standing.void_billing_schedule(schedule_id="bsc-006A1")
    for _ in range(2):
        await standing.retire_customer(customer_id="cus-NWF")
    assert vendor.records("customer")[1]["isInactive"] is True
    back = await standing.put_customer(customer_id="cus-NWF", legal_entity_id="SG-DE", body=customer)
    assert back.created is False
    assert vendor.records("customer")[1]["isInactive"] is False


@pytest.mark.parametrize(
    "ask",
    [
        lambda erp: erp.customer(customer_id="cus-none"),
        lambda erp: erp.retire_customer(customer_id="cus-none"),
        lambda erp: erp.project(project_id="prj-none"),
        lambda erp: erp.close_project(project_id="prj-none"),
        lambda erp: erp.billing_schedule(schedule_id="bsc-none"),
        lambda erp: erp.void_billing_schedule(schedule_id="bsc-none"),
    ],
)
async def test_what_does_not_stand_is_not_found(erp: Erp, ask: Callable[[Erp], Any]) -> None:
    """Reading or taking back an unknown key is not_found, with no retry."""
    with pytest.raises(Problem) as caught:
        await ask(erp)
    assert Kind.NOT_FOUND is caught.value.kind


async def test_a_refusal_that_only_the_account_can_see_is_a_conflict_too(standing: Erp, vendor: Any) -> None:
    """An open order placed on the project itself keeps the customer, though no order names the customer."""
    line = {"item": {"externalId": "SLUICE-SERVICES"}, "amount": "1.00"}
    vendor.seed(records={"salesOrder": [{"entity": {"externalId": "prj-006A1"}, "item": {"items": [line]}}]})
    with pytest.raises(Problem) as caught:
        await standing.retire_customer(customer_id="cus-NWF")
    assert (Kind.CONFLICT, "customer_in_use") == (caught.value.kind, caught.value.code)


async def test_a_schedule_invoiced_between_look_and_close_stays(
    standing: Erp, vendor: Any, schedule: BillingSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody bills the order after we looked: the account refuses to close it, and that is a conflict."""
    await standing.put_billing_schedule(schedule_id="bsc-006A1", body=schedule)
    service: Any = standing
    look = service._order

    async def look_then_bill(schedule_id: str) -> Any:
        seen = await look(schedule_id)
        await vendor.post("salesOrder/eid:bsc-006A1/!transform/invoice", {})
        return seen

    monkeypatch.setattr(service, "_order", look_then_bill)
    with pytest.raises(Problem) as caught:
        await standing.void_billing_schedule(schedule_id="bsc-006A1")
    assert (Kind.CONFLICT, "schedule_in_use") == (caught.value.kind, caught.value.code)
