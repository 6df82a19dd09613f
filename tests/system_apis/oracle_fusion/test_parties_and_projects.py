import asyncio
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.party import Address, TaxProfile
from contracts.canonical.project import PhaseIds, ProjectPhases
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.oracle_fusion.story import CUSTOMER, LAST, PROJECT, SCHEDULE, eur, phase, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def put(erp: Erp, **changed: Any) -> Any:
    body = replace(CUSTOMER, **changed)
    return await erp.put_customer(customer_id=body.customer_id, legal_entity_id="SG-DE", body=body)


@pytest.mark.req(131)
async def test_a_customer_is_an_organization_and_an_account(erp: Erp, vendor: Any) -> None:
    """Under our reference; name, address, registration and the tax classification of its site are kept up to date."""
    await put(erp)
    moved = Address(country="FR", city="Paris")
    await put(erp, name="Northwind & Fils <SAS>", address=moved, tax=TaxProfile(tax_code="DE-S-19"), email=None)
    held, account = vendor.rows("hubOrganizations"), vendor.sandbox.dump()["accounts"]["cus-NWF"]
    assert [("Northwind & Fils <SAS>", "Paris", None, None, None)] == [
        tuple(
            row[name]
            for name in ("OrganizationName", "City", "AddressLine1", "EmailAddress", "TaxpayerIdentificationNumber")
        )
        for row in held
    ]
    assert ("Northwind & Fils <SAS>", "DE-S-19", "A") == (account["AccountName"], account["TaxCode"], account["Status"])


@pytest.mark.req(72)
async def test_a_child_is_a_division_of_its_parent_once(erp: Erp, vendor: Any) -> None:
    """The relationship is made with the organization, or later, and never twice."""
    await put(erp, customer_id="cus-top")
    await put(erp)
    for _ in range(2):
        await put(erp, parent_id="cus-top")
    top = vendor.rows("hubOrganizations")[0]["PartyNumber"]
    assert [top] == [row["ObjectPartyNumber"] for row in vendor.rows("hubOrganizations/Relationship")]
    problem = await problem_of(put(erp, customer_id="cus-x", parent_id="cus-none"))
    assert ("parent_unknown", "/parent_id") == (problem.code, problem.errors[0].pointer)


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
@pytest.mark.parametrize("where", ["hubOrganizations", "CustomerAccountService"])
async def test_a_customer_whose_answer_is_lost_stands_once(erp: Erp, vendor: Any, kind: FaultKind, where: str) -> None:
    """The organization is looked up by our reference; the account is merged again, which changes nothing."""
    vendor.fail(kind, "POST", where)
    reference = await put(erp)
    assert [reference.external_id] == [row["PartyNumber"] for row in vendor.rows("hubOrganizations")]
    assert ["cus-NWF"] == list(vendor.sandbox.dump()["accounts"])


async def test_two_makers_at_once_leave_one_organization(erp: Erp, vendor: Any, open_room: Any) -> None:
    """References are unique in their source system: who comes second finds the first one's."""
    other = open_room()
    second = other.mounts[0].service.put_customer(customer_id="cus-NWF", legal_entity_id="SG-DE", body=CUSTOMER)
    references = await asyncio.gather(put(erp), second)
    await other.close()
    assert 1 == len({one.external_id for one in references}) == len(vendor.rows("hubOrganizations"))


async def test_a_long_id_has_an_account_number_that_fits(erp: Erp, vendor: Any) -> None:
    """Thirty characters are what an account number holds; a longer id is drawn from, and found by itself."""
    await put(erp, customer_id="cus-" + "x" * 40)
    (number,) = vendor.sandbox.dump()["accounts"]
    assert (23, True) == (len(number), number.startswith("SL-"))
    assert "cus-" + "x" * 40 == (await erp.customer(customer_id="cus-" + "x" * 40)).our_id


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"address": Address(country=None)}, "country_missing"),
        ({"name": "x" * 256}, "name_too_long"),
        ({"tax": TaxProfile(tax_code="NO-SUCH")}, "tax_code_unknown"),
        ({"address": Address(country="FR", city="x" * 61)}, "address_too_long"),
    ],
)
async def test_what_fusion_would_cut_short_is_refused(
    erp: Erp, vendor: Any, changed: dict[str, Any], code: str
) -> None:
    """Before any call."""
    assert code == (await problem_of(put(erp, **changed))).code
    assert [] == vendor.rows("hubOrganizations")


@pytest.mark.req(80)
async def test_names_that_repeat_do_not_stop_a_project(standing: Erp, vendor: Any) -> None:
    """Project names are unique in a pod, so that ours have our id in them."""
    other = replace(PROJECT, project_id="prj-2")
    await standing.put_project(project_id="prj-2", body=other)
    assert ["Northwind managed cloud EMEA [prj-006A1]", "Northwind managed cloud EMEA [prj-2]"] == [
        row["ProjectName"] for row in vendor.rows("projects")
    ]


async def test_a_project_is_brought_up_to_date_and_opened_again(standing: Erp, vendor: Any) -> None:
    """Dates, budget, tasks; a repetition sends nothing. A closed project takes no task until it is put again."""
    await standing.close_project(project_id="prj-006A1")
    later = ProjectPhases(project_id="prj-006A1", currency="EUR", phases=[phase("2")])
    closed = await problem_of(standing.put_phases(project_id="prj-006A1", body=later))
    changed = replace(PROJECT, budget=eur("250.00"), phases=[replace(phase("1", "250.00"), name="First")])
    await standing.put_project(project_id="prj-006A1", body=changed)
    writes = vendor.calls("PATCH", "projects") + vendor.calls("POST", "/fscmRestApi")
    await standing.put_project(project_id="prj-006A1", body=changed)
    assert (Kind.CONFLICT, "project_closed") == (closed.kind, closed.code)
    assert ["250.00"] == [row["sluiceBudget"] for row in vendor.rows("projects/ProjectDFF")]
    assert [("First", "250.00")] == [
        (row["TaskName"], dff["sluiceBudget"])
        for row, dff in zip(vendor.rows("projects/Tasks"), vendor.rows("projects/Tasks/TaskDFF"), strict=True)
    ]
    assert writes == vendor.calls("PATCH", "projects") + vendor.calls("POST", "/fscmRestApi")


@pytest.mark.req(188)
async def test_phases_that_are_added_move_budget_and_end_and_are_taken_away_whole(standing: Erp, vendor: Any) -> None:
    """A stage with a payment point under it, in two batches; the budget counts the stage once."""
    end = LAST.replace(month=9)
    more = [
        phase("m", "40.00", milestone=True, parent_id="phs-2"),
        phase("2", "40.00", ends_on=end),
    ]
    body = ProjectPhases(project_id="prj-006A1", currency="EUR", phases=more, settle=True)
    await standing.put_phases(project_id="prj-006A1", body=body)
    grown = (vendor.rows("projects/ProjectDFF")[0]["sluiceBudget"], vendor.rows("projects")[0]["ProjectFinishDate"])
    await standing.remove_phases(project_id="prj-006A1", body=PhaseIds(phase_ids=["phs-2", "phs-m", "phs-none"]))
    assert ("140.00", end.isoformat()) == grown
    assert ["phs-1"] == [row["TaskNumber"] for row in vendor.rows("projects/Tasks")]
    assert Decimal(100) == Decimal(vendor.rows("projects/ProjectDFF")[0]["sluiceBudget"])


async def test_a_phase_that_is_billed_is_not_taken_away(standing: Erp, vendor: Any) -> None:
    """The pod refuses the batch as a whole."""
    await standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)
    one = ProjectPhases(project_id="prj-006A1", currency="EUR", phases=[phase("2")])
    await standing.put_phases(project_id="prj-006A1", body=one)
    both = PhaseIds(phase_ids=["phs-1", "phs-2"])
    problem = await problem_of(standing.remove_phases(project_id="prj-006A1", body=both))
    assert (Kind.CONFLICT, "phase_in_use") == (problem.kind, problem.code)
    assert 2 == len(vendor.rows("projects/Tasks"))


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.DROP_BEFORE])
async def test_a_batch_of_tasks_that_is_not_answered_is_gone_on_from(
    standing: Erp, vendor: Any, kind: FaultKind
) -> None:
    """What stands is looked at, and only what is missing is made."""
    vendor.fail(kind, "POST", "/fscmRestApi/resources")
    body = ProjectPhases(project_id="prj-006A1", currency="EUR", phases=[phase("2"), phase("3")])
    told = await standing.put_phases(project_id="prj-006A1", body=body)
    assert ["phs-1", "phs-2", "phs-3"] == [row["TaskNumber"] for row in vendor.rows("projects/Tasks")]
    assert 2 == len({one.external_id for one in told.references})


async def test_a_change_by_somebody_else_between_is_not_lost(standing: Erp, vendor: Any) -> None:
    """The pod answers with an old state: our change is refused with 412, read anew, and made."""
    address = f"projects/{vendor.rows('projects')[0]['ProjectId']}"
    await standing.put_project(project_id="prj-006A1", body=PROJECT)
    assert 200 == (await vendor.send("PATCH", address, {"ProjectName": "Renamed"})).status_code
    vendor.fail(FaultKind.STALE, "GET", f"{address}")
    vendor.fail(FaultKind.STATUS, "PATCH", address, status=412)
    await standing.put_project(project_id="prj-006A1", body=replace(PROJECT, ends_on=LAST.replace(month=7)))
    assert ("Northwind managed cloud EMEA [prj-006A1]", "2027-07-30") == tuple(
        vendor.rows("projects")[0][name] for name in ("ProjectName", "ProjectFinishDate")
    )


async def test_phases_in_a_circle_or_without_a_parent_are_refused(standing: Erp) -> None:
    """Each says what is wrong with it."""
    round_ = [phase("2", parent_id="phs-3"), phase("3", parent_id="phs-2")]
    orphan = [phase("2", parent_id="phs-none")]
    codes = []
    for phases in (round_, orphan, [phase("2"), phase("2")]):
        body = ProjectPhases(project_id="prj-006A1", currency="EUR", phases=phases)
        codes.append((await problem_of(standing.put_phases(project_id="prj-006A1", body=body))).code)
    assert ["phases_circular", "phase_parent_unknown", "phase_ids_repeat"] == codes


async def test_lists_longer_than_a_page_are_read_to_their_end(settings: dict[str, Any], open_room: Any) -> None:
    """Pages of two, which is less than the lists are long: every company and currency is told."""
    settings["page"] = 2
    opened = open_room()
    service = opened.mounts[0].service
    entities = await service.legal_entities()
    currencies = await service.currencies()
    await opened.close()
    assert ["SG-DE", "SG-GB", "SG-US"] == [one.legal_entity_id for one in entities.items]
    assert ["EUR", "GBP", "JPY", "SGD", "USD"] == currencies.items
