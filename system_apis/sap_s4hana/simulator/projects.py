"""Enterprise projects, version 2 of their service: elements in a tree, and a status that only a function changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from system_apis.sap_s4hana.simulator.refusal import business
from system_apis.sap_s4hana.simulator.schema import EntitySet, Function, Kind, Link, Service, links, properties
from system_apis.sap_s4hana.simulator.state import Row, Tenant
from system_apis.sap_s4hana.simulator.writing import Rules, Values, check_lock

CREATED, RELEASED, COMPLETED, CLOSED = "00", "10", "20", "40"
_NEXT: Final = {
    CREATED: {RELEASED, CLOSED},
    RELEASED: {COMPLETED, CLOSED},
    COMPLETED: {RELEASED, CLOSED},
    CLOSED: {COMPLETED, RELEASED},
}
CHANGE_STATUS: Final = "ChangeEntProjProcgStatus"

SERVICE: Final = Service(
    name="API_ENTERPRISE_PROJECT_SRV",
    path="/sap/opu/odata/sap/API_ENTERPRISE_PROJECT_SRV;v=0002",
    version=2,
    functions={
        CHANGE_STATUS: Function("A_EnterpriseProject", {"ProjectUUID": Kind.GUID, "ProcessingStatus": Kind.TEXT})
    },
    sets={
        one.name: one
        for one in (
            EntitySet(
                "A_EnterpriseProject",
                "Project",
                ("ProjectUUID",),
                properties(
                    "ProjectUUID guid ro, ProjectInternalID text8 ro, Project text24, ProjectDescription text60,"
                    "ProjectProfileCode text7, ProjectStartDate day, ProjectEndDate day, ProcessingStatus text2 ro,"
                    "ResponsibleCostCenter text10, CompanyCode text4 ro, CustomerUUID guid, ProjectCurrency text5,"
                    "IsBillingRelevant flag, LastChangeDateTime moment ro, YY1_SluiceKey_PPH text64,"
                    "YY1_SluiceName_PPH text255, YY1_SluiceLine_PPH text40, YY1_SluiceOwner_PPH text255,"
                    "YY1_SluiceBudget_PPH amount, YY1_SluiceBillTo_PPH text10"
                ),
                links(
                    Link("to_EnterpriseProjectElement", "A_EnterpriseProjectElement", (("ProjectUUID", "ProjectUUID"),))
                ),
            ),
            EntitySet(
                "A_EnterpriseProjectElement",
                "Element",
                ("ProjectElementUUID",),
                properties(
                    "ProjectElementUUID guid ro, ProjectElement text24, WBSElementInternalID text8 ro,"
                    "ProjectUUID guid once, ParentObjectUUID guid, ProjectElementDescription text60,"
                    "ProcessingStatus text2 ro, PlannedStartDate day, PlannedEndDate day, IsProjectMilestone text1,"
                    "WBSElementIsBillingElement flag, LastChangeDateTime moment ro, YY1_SluiceKey_PPD text64,"
                    "YY1_SluiceName_PPD text255, YY1_SluiceMethod_PPD text30, YY1_SluiceCountry_PPD text2,"
                    "YY1_SluiceBudget_PPD amount"
                ),
                deletable=True,
            ),
        )
    },
)


def change_status(tenant: Tenant, arguments: Mapping[str, Any]) -> Row:
    """`ChangeEntProjProcgStatus`: the only way from one status to the next."""
    row = tenant.find("Project", str(arguments.get("ProjectUUID", "")))
    if row is None:
        raise business("/S4PPM/PRO/002", "The project does not exist", target="ProjectUUID")
    check_lock(tenant, row)
    wanted = str(arguments.get("ProcessingStatus", ""))
    if wanted not in _NEXT[row["ProcessingStatus"]]:
        text = f"Status {row['ProcessingStatus']} cannot become {wanted}"
        raise business("/S4PPM/PRO/031", text, target="ProcessingStatus")
    tenant.change(row, ProcessingStatus=wanted, LastChangeDateTime=tenant.world.now())
    for element in tenant.where("Element", ProjectUUID=row["ProjectUUID"]):
        tenant.change(element, ProcessingStatus=wanted)
    return row


def element_named(tenant: Tenant, name: str, *, target: str) -> Row:
    """The released element, or the project's own, that a document is to be assigned to."""
    for row in (*tenant.where("Element", ProjectElement=name), *tenant.where("Project", Project=name)):
        if row["ProcessingStatus"] == CLOSED:
            raise business("BS/013", f"System status closed does not allow postings to {name}", target=target)
        return row
    raise business("CJ/021", f"WBS element {name} does not exist", target=target)


def _making_project(tenant: Tenant, values: Values) -> None:
    values["Project"] = values["Project"].upper()
    if not values["Project"] or tenant.where("Project", Project=values["Project"]):
        raise business("/S4PPM/PRO/015", f"Project ID {values['Project']} already exists", target="Project")
    center = tenant.setup["cost_centers"].get(values["ResponsibleCostCenter"])
    if center is None:
        text = f"Cost center {values['ResponsibleCostCenter']} does not exist"
        raise business("KS/101", text, target="ResponsibleCostCenter")
    _check_customer(tenant, values)
    _check_dates(values["ProjectStartDate"], values["ProjectEndDate"])
    values |= {
        "ProjectUUID": tenant.guid(),
        "ProjectInternalID": f"{tenant.number('project', first=1):08d}",
        "CompanyCode": center,
        "ProcessingStatus": CREATED,
        "LastChangeDateTime": tenant.world.now(),
    }


def _changing_project(tenant: Tenant, row: Row, values: Values) -> None:
    if row["ProcessingStatus"] == CLOSED:
        raise business("/S4PPM/PRO/044", f"Project {row['Project']} is closed")
    if values.get("Project", row["Project"]) != row["Project"] and row["ProcessingStatus"] != CREATED:
        raise business("/S4PPM/PRO/045", "The ID of a released project cannot change", target="Project")
    _check_customer(tenant, values)
    both = {**row.values, **values}
    _check_dates(both["ProjectStartDate"], both["ProjectEndDate"])
    values["LastChangeDateTime"] = tenant.world.now()


def _making_element(tenant: Tenant, values: Values) -> None:
    project = tenant.find("Project", values["ProjectUUID"])
    if project is None:
        raise business("/S4PPM/PRO/002", "The project does not exist", target="ProjectUUID")
    if project["ProcessingStatus"] == CLOSED:
        raise business("/S4PPM/PRO/044", f"Project {project['Project']} is closed")
    values["ProjectElement"] = values["ProjectElement"].upper()
    if not values["ProjectElement"] or tenant.where("Element", ProjectElement=values["ProjectElement"]):
        text = f"Project element ID {values['ProjectElement']} already exists"
        raise business("/S4PPM/PRO/016", text, target="ProjectElement")
    _check_above(tenant, values, project)
    _check_dates(values["PlannedStartDate"], values["PlannedEndDate"])
    values |= {
        "ProjectElementUUID": tenant.guid(),
        "WBSElementInternalID": f"{tenant.number('wbs', first=1):08d}",
        "ProcessingStatus": project["ProcessingStatus"],
        "LastChangeDateTime": tenant.world.now(),
    }


def _check_above(tenant: Tenant, values: Values, project: Row) -> None:
    above = values["ParentObjectUUID"] = values["ParentObjectUUID"] or project["ProjectUUID"]
    parent = tenant.find("Element", above)
    if above != project["ProjectUUID"] and (parent is None or parent["ProjectUUID"] != project["ProjectUUID"]):
        raise business("/S4PPM/PRO/021", "The parent element does not exist", target="ParentObjectUUID")


def _changing_element(tenant: Tenant, row: Row, values: Values) -> None:
    both = {**row.values, **values}
    _check_dates(both["PlannedStartDate"], both["PlannedEndDate"])
    values["LastChangeDateTime"] = tenant.world.now()


def _removing_element(tenant: Tenant, row: Row) -> None:
    if tenant.where("Element", ParentObjectUUID=row["ProjectElementUUID"]):
        raise business("/S4PPM/PRO/061", f"Element {row['ProjectElement']} has elements below it")
    tables = ("SalesOrderItem", "DebitMemoRequestItem", "CreditMemoRequestItem")
    if any(tenant.where(table, WBSElement=row["ProjectElement"]) for table in tables):
        raise business("/S4PPM/PRO/062", f"Element {row['ProjectElement']} is assigned to sales documents")


def _check_customer(tenant: Tenant, values: Values) -> None:
    wanted = values.get("CustomerUUID")
    if wanted and not tenant.where("BusinessPartner", BusinessPartnerUUID=wanted):
        raise business("R11/008", "The business partner does not exist", target="CustomerUUID")


def _check_dates(starts: Any, ends: Any) -> None:
    if starts is None or ends is None or starts > ends:
        raise business("/S4PPM/PRO/051", "The start must not be after the finish", target="ProjectStartDate")


RULES: Final = {
    "Project": Rules(making=_making_project, changing=_changing_project),
    "Element": Rules(making=_making_element, changing=_changing_element, removing=_removing_element),
}
