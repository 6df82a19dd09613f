"""Projects and their tasks: unique names and numbers, dates that hold the tasks', tasks that billing needs."""

from __future__ import annotations

from typing import Any, Final

from system_apis.oracle_fusion.simulator.refusal import invalid
from system_apis.oracle_fusion.simulator.schema import Resource, attributes
from system_apis.oracle_fusion.simulator.state import Pod, Row

_LONGEST: Final = {"ProjectNumber": 25, "ProjectName": 240, "TaskNumber": 100, "TaskName": 255}


def _sized(row: Row) -> None:
    for name, most in _LONGEST.items():
        if len(str(row.values.get(name) or "")) > most:
            raise invalid("JBO-27011", f"Attribute {name} is longer than {most}.", path=f"/{name}")


def opened(pod: Pod, row: Row) -> None:
    """A new project stands in a business unit, by a template, in a currency."""
    _sized(row)
    if row["BusinessUnitName"] not in pod.setup["business_units"]:
        text = f"Business unit {row['BusinessUnitName']} is not valid."
        raise invalid("PJF-855015", text, path="/BusinessUnitName")
    if row["SourceTemplateNumber"] not in pod.setup["project_templates"]:
        raise invalid("PJF-855020", "The project template is not valid.", path="/SourceTemplateNumber")
    if row["ProjectCurrencyCode"] not in pod.setup["currencies"]:
        raise invalid("PJF-855031", "The currency is not valid.", path="/ProjectCurrencyCode")
    row.values["ProjectStatus"] = row["ProjectStatus"] or "Active"
    _dated(pod, row)
    _told(pod, row)
    for task in row.below("Tasks"):
        planned(pod, task)


def moved(pod: Pod, row: Row) -> None:
    """What was changed must still fit."""
    _sized(row)
    if row["ProjectStatus"] not in {"Active", "Closed"}:
        raise invalid("PJF-855040", f"Project status {row['ProjectStatus']} is not valid.", path="/ProjectStatus")
    _dated(pod, row)


def _dated(_pod: Pod, row: Row) -> None:
    if row["ProjectFinishDate"] and row["ProjectFinishDate"] < row["ProjectStartDate"]:
        raise invalid("PJF-855012", "The project finishes before it starts.", path="/ProjectFinishDate")


def _told(pod: Pod, row: Row) -> None:
    """Who the project is for must be a party that is known."""
    for customer in row.below("ProjectCustomers"):
        if not pod.where("hubOrganizations", PartyId=customer["PartyId"]):
            raise invalid("PJF-855050", f"Party {customer['PartyId']} is not valid.", path="/ProjectCustomers/PartyId")


def planned(pod: Pod, row: Row) -> None:
    """A task stands below a task of its own project, in an open project."""
    _sized(row)
    if row.parent is None or row.parent["ProjectStatus"] == "Closed":
        raise invalid("PJF-855061", "The project is closed.", path="/ProjectStatus")
    if row["ParentTaskId"] is not None:
        parent = pod.find(row.resource, str(row["ParentTaskId"]))
        if parent is None or parent.parent is not row.parent:
            raise invalid("PJF-855062", f"Parent task {row['ParentTaskId']} is not valid.", path="/ParentTaskId")
    if row["TaskFinishDate"] < row["TaskStartDate"]:
        raise invalid("PJF-855064", "The task finishes before it starts.", path="/TaskFinishDate")


def dropped(pod: Pod, row: Row) -> None:
    """A task goes only when nothing is below it and nothing is billed on it."""
    assert row.parent is not None  # noqa: S101 - a task has a project
    if any(one["ParentTaskId"] == row["TaskId"] for one in row.parent.below("Tasks")):
        raise invalid("PJF-855070", f"Task {row['TaskNumber']} has subtasks and cannot be deleted.")
    number = row.parent["ProjectNumber"]
    if pod.where("projectBillingEvents", ProjectNumber=number, TaskNumber=row["TaskNumber"]):
        raise invalid("PJF-855071", f"Task {row['TaskNumber']} has billing events and cannot be deleted.")


def _kept(_pod: Pod, _row: Row, change: dict[str, Any]) -> None:
    if change.get("ProjectName") == "":
        raise invalid("JBO-27014", "Attribute ProjectName in Project is required.", path="/ProjectName")


TASK_DFF: Final = Resource(
    name="TaskDFF",
    key="TaskId",
    attributes=attributes("sluiceBudget:number sluiceMethod:text sluiceCountry:text"),
    methods=frozenset({"GET", "POST", "PATCH"}),
)
TASKS: Final = Resource(
    name="Tasks",
    key="TaskId",
    attributes=attributes(
        "TaskId:int- TaskNumber:text!^ TaskName:text! TaskStartDate:date! TaskFinishDate:date! ParentTaskId:int"
        " BillableFlag:flag MilestoneFlag:flag"
    ),
    children={"TaskDFF": TASK_DFF},
    unique=(("TaskNumber",),),
    created=planned,
    changed=planned,
    removing=dropped,
)
CUSTOMERS: Final = Resource(
    name="ProjectCustomers",
    key="ProjectPartyId",
    attributes=attributes("ProjectPartyId:int- PartyId:int!^ BillToFlag:flag"),
    methods=frozenset({"GET", "POST", "DELETE"}),
)
PROJECT_DFF: Final = Resource(
    name="ProjectDFF",
    key="ProjectId",
    attributes=attributes("sluiceBudget:number sluiceServiceLine:text sluiceOwner:text sluiceBillTo:text"),
    methods=frozenset({"GET", "POST", "PATCH"}),
)
PROJECTS: Final = Resource(
    name="projects",
    key="ProjectId",
    attributes=attributes(
        "ProjectId:int- ProjectNumber:text!^ ProjectName:text! BusinessUnitName:text!^ OwningOrganizationName:text!^"
        " ProjectStartDate:date! ProjectFinishDate:date ProjectStatus:text ProjectCurrencyCode:text!^"
        " SourceTemplateNumber:text!^ SourceApplicationCode:text^ SourceReference:text^"
    ),
    children={"Tasks": TASKS, "ProjectCustomers": CUSTOMERS, "ProjectDFF": PROJECT_DFF},
    methods=frozenset({"GET", "POST", "PATCH"}),
    unique=(("ProjectNumber",), ("ProjectName",)),
    created=opened,
    changing=_kept,
    changed=moved,
)
