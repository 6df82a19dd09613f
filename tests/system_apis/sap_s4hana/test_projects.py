from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.project import PhaseIds, Project, ProjectPhases
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.sap_s4hana.story import CREDIT, LAST, PROJECT, draft, eur, phase, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = replace(PROJECT, phases=[phase(str(n)) for n in range(60)])


async def put(erp: Erp, project: Project = PROJECT) -> Any:
    return await erp.put_project(project_id=project.project_id, body=project)


@pytest.mark.req(132)
async def test_a_project_is_released_with_its_elements_below_one_another(standing: Erp, vendor: Any) -> None:
    """The name is whole beside a description cut to sixty characters; a child stands below its parent."""
    below = phase("2", milestone=True, parent_id="phs-1")
    await put(standing, replace(PROJECT, phases=[below, phase("1")]))
    held = vendor.rows("Project")[0]
    assert ("10", "1010", PROJECT.name[:60], PROJECT.name, "prj-006A1") == tuple(
        held[name]
        for name in ("ProcessingStatus", "CompanyCode", "ProjectDescription", "YY1_SluiceName_PPH", "YY1_SluiceKey_PPH")
    )
    parent, child = vendor.rows("Element")
    assert (held["ProjectUUID"], parent["ProjectElementUUID"], "X") == (
        parent["ParentObjectUUID"],
        child["ParentObjectUUID"],
        child["IsProjectMilestone"],
    )


async def test_a_plan_of_many_phases_goes_in_changesets_and_a_part_of_it_may_fail(standing: Erp, vendor: Any) -> None:
    """One element is open on a screen: its changeset is refused whole, the other one stands, a repetition completes."""
    await put(standing, MANY)
    assert 60 == len(vendor.rows("Element"))
    code = next(one for one in vendor.rows("Element") if "phs-55" == one["YY1_SluiceKey_PPD"])["ProjectElementUUID"]
    vendor.seed(locks={f"Element/{code}": "MILLER"})
    longer = replace(MANY, phases=[phase(str(n), "200.00") for n in range(60)])
    refused = await problem_of(put(standing, longer))
    changed = [one["YY1_SluiceBudget_PPD"] for one in vendor.rows("Element")]
    vendor.seed(locks={f"Element/{code}": ""})
    await put(standing, longer)

    assert (Kind.CONFLICT, "vendor_record_locked") == (refused.kind, refused.code)
    assert {"100.00": 10, "200.00": 50} == {amount: changed.count(amount) for amount in set(changed)}
    assert {"200.00"} == {one["YY1_SluiceBudget_PPD"] for one in vendor.rows("Element")}


@pytest.mark.parametrize("contains", ["A_EnterpriseProject", "$batch", "ChangeEntProjProcgStatus"])
@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.TRUNCATE])
@pytest.mark.req(245)
async def test_whatever_is_not_answered_stands_once(standing: Erp, vendor: Any, contains: str, kind: FaultKind) -> None:
    """Header, elements, status: each is saved and not answered, looked up, and gone on from."""
    other = replace(PROJECT, project_id="prj-2")
    vendor.fail(kind, "POST", contains)
    await put(standing, other)
    held = [one for one in vendor.rows("Project") if "prj-2" == one["YY1_SluiceKey_PPH"]]
    assert ["10"] == [one["ProcessingStatus"] for one in held]
    assert 2 == len(vendor.rows("Element"))
    assert [] == vendor.sandbox.faults


async def test_an_element_that_others_changed_meanwhile_is_read_again(standing: Erp, vendor: Any) -> None:
    """The batch is refused with 412 under the old tag; under the new one it goes through."""
    await put(standing)
    where = vendor.rows("Element")[0]["ProjectElementUUID"]
    service = "/sap/opu/odata/sap/API_ENTERPRISE_PROJECT_SRV;v=0002"
    address = f"{service}/A_EnterpriseProjectElement(guid'{where}')"
    body = {"YY1_SluiceCountry_PPD": "BE"}
    assert 204 == (await vendor.http.patch(address, json=body, headers={"If-Match": "*"})).status_code
    vendor.fail(FaultKind.STALE, "GET", "A_EnterpriseProjectElement", times=1)
    await put(standing, replace(PROJECT, phases=[phase("1", "300.00")]))
    assert ("300.00", "FR") == tuple(
        vendor.rows("Element")[0][name] for name in ("YY1_SluiceBudget_PPD", "YY1_SluiceCountry_PPD")
    )
    assert 2 == vendor.calls("POST", "$batch") - 1


@pytest.mark.req(188)
async def test_phases_that_come_later_move_the_budget_and_the_last_day(standing: Erp, vendor: Any) -> None:
    """Added phases hang below those that stand; removed again, budget and nothing else follows."""
    later = [
        phase("7", "50.00", parent_id="phs-1"),
        phase("8", "0.00", parent_id="phs-7", ends_on=LAST.replace(month=9, day=30)),
    ]
    body = ProjectPhases(project_id="prj-006A1", currency="EUR", phases=later, settle=True)
    await standing.put_phases(project_id="prj-006A1", body=body)
    grown = vendor.rows("Project")[0]
    await standing.remove_phases(project_id="prj-006A1", body=PhaseIds(phase_ids=["phs-7", "phs-8"]))
    cut = vendor.rows("Project")[0]

    names = ("YY1_SluiceBudget_PPH", "ProjectEndDate")
    assert [("150.00", "2027-09-30"), ("100.00", "2027-09-30")] == [
        tuple(one[name] for name in names) for one in (grown, cut)
    ]


async def test_a_closed_project_takes_no_document_until_it_is_put_again(standing: Erp, vendor: Any) -> None:
    """The status changes by its function only; a draft on a closed project is a conflict."""
    for _ in range(2):
        await standing.close_project(project_id="prj-006A1")
    refused = await problem_of(draft(standing, replace(CREDIT, corrects=None)))
    await put(standing)
    await draft(standing, replace(CREDIT, corrects=None))
    assert (Kind.CONFLICT, "project_closed") == (refused.kind, refused.code)
    assert 3 == vendor.calls("POST", "ChangeEntProjProcgStatus")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"phases": [phase("1"), phase("1")]}, "phase_ids_repeat"),
        ({"phases": [phase("1", parent_id="phs-2"), phase("2", parent_id="phs-1")]}, "phases_circular"),
        ({"phases": [phase("1", parent_id="phs-none")]}, "phase_parent_unknown"),
        ({"budget": eur("0.001")}, "amount_too_fine"),
        ({"currency": "GBP"}, "currency_differs"),
        ({"customer_id": "cus-none"}, "customer_unknown"),
        ({"bill_to_id": "cus-none"}, "customer_unknown"),
        ({"starts_on": LAST, "ends_on": PROJECT.starts_on}, "vendor_refused"),
    ],
)
async def test_a_project_that_makes_no_sense_is_refused(standing: Erp, wrong: dict[str, Any], code: str) -> None:
    """Invalid, by us where we can tell, by S/4HANA where only it can."""
    problem = await problem_of(put(standing, replace(PROJECT, project_id="prj-9", **wrong)))
    assert (Kind.INVALID, code) == (problem.kind, problem.code)
