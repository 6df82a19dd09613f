"""The objects of time: assignments with schedules, weekly timecards with their splits, approvals, billing events."""

from typing import Final

from kit.sandbox.force.schema import Entity, Field, choice, date, double, entity, flag, given, money, text, to

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STATUSES: Final = ("Saved", "Submitted", "Approved", "Rejected")
TRACKED: Final = (
    "pse__Status__c",
    "pse__Approved__c",
    "pse__Billable__c",
    "pse__Project_Phase_Object__c",
    "pse__Milestone__c",
    "pse__Billed__c",
    *(f"pse__{day}_Hours__c" for day in DAYS),
)
"""Fields whose history an administrator has switched on; the platform allows twenty of an object."""

_PROJECT: Final = to("pse__Project__c", "pse__Proj__c", required=True)
_HOURS: Final = tuple(double(f"pse__{day}_Hours__c") for day in DAYS)
_NOTES: Final = tuple(text(f"pse__{day}_Notes__c", 32000) for day in DAYS)
_MARKS: Final = tuple(text(f"Sluice_{day}_Document__c", 64) for day in DAYS)
_SAFE_HISTORY: Final = "pse__Timecard_Header__History"

_HISTORY: Final = Entity(
    _SAFE_HISTORY,
    "017",
    {
        field.name: field
        for field in (
            given("Id", "id"),
            given("IsDeleted", "boolean"),
            given("CreatedDate", "datetime"),
            given("CreatedById", "string"),
            Field(name="ParentId", type="reference", reference="pse__Timecard_Header__c", required=True, locked=True),
            given("Field", "string"),
            given("OldValue", "anyType"),
            given("NewValue", "anyType"),
        )
    },
)

TIME: Final = (
    entity(
        "pse__Schedule__c",
        "a0D",
        given("Name", "string"),
        date("pse__Start_Date__c", required=True),
        date("pse__End_Date__c", required=True),
        *_HOURS,
    ),
    entity(
        "pse__Assignment__c",
        "a0E",
        given("Name", "string"),
        to("pse__Resource__c", "Contact", required=True, fixed=True),
        to("pse__Project__c", "pse__Proj__c", required=True, fixed=True),
        choice("pse__Role__c", "Consultant", "Cloud Architect", "Project Manager", restricted=False),
        money("pse__Bill_Rate__c"),
        money("pse__Cost_Rate_Amount__c"),
        double("pse__Planned_Hours__c"),
        Field(name="pse__Percent_Allocated__c", type="percent", scale=2),
        to("pse__Schedule__c", "pse__Schedule__c", required=True),
        choice("pse__Status__c", "Scheduled", "Tentative", "Closed", restricted=False),
        to("pse__Rate_Card__c", "pse__Rate_Card__c"),
        to("pse__Resource_Request__c", "pse__Resource_Request__c"),
        to("pse__Milestone__c", "pse__Milestone__c"),
        flag("pse__Is_Billable__c"),
        flag("pse__Closed_for_Time_Entry__c"),
        text("pse__API_Assignment_Correlation_Id__c"),
    ),
    entity(
        "pse__Timecard_Header__c",
        "a0F",
        given("Name", "string"),
        to("pse__Resource__c", "Contact", required=True),
        _PROJECT,
        to("pse__Assignment__c", "pse__Assignment__c"),
        to("pse__Milestone__c", "pse__Milestone__c"),
        to("pse__Project_Phase_Object__c", "pse__Project_Phase__c"),
        date("pse__Start_Date__c", required=True),
        date("pse__End_Date__c", required=True),
        *_HOURS,
        *_NOTES,
        flag("pse__Billable__c"),
        choice("pse__Status__c", *STATUSES),
        flag("pse__Submitted__c"),
        flag("pse__Approved__c"),
        to("pse__Approver__c", "User"),
        money("pse__Bill_Rate__c"),
        given("pse__Cost_Rate_Amount__c", "currency", scale=2),
        given("pse__Cost_Rate_Currency_Code__c", "string"),
        given("pse__Total_Hours__c", "double", scale=2),
        flag("pse__Include_In_Financials__c"),
        flag("pse__Billed__c"),
        flag("pse__Invoiced__c"),
        text("pse__Invoice_Number__c", 40),
        date("pse__Invoice_Date__c"),
        text("pse__Audit_Notes__c"),
        given("pse__Audit_Notes_History__c", "string"),
        flag("pse__Admin_Global_Edit__c"),
        to("LastModifiedById", "User", locked=True),
        *_MARKS,
        Field(name="Sluice_Seen__c", type="datetime"),
    ),
    entity(
        "pse__Timecard__c",
        "a0G",
        given("Name", "string"),
        to("pse__Timecard_Header__c", "pse__Timecard_Header__c", required=True, locked=True),
        given("pse__Start_Date__c", "date"),
        given("pse__End_Date__c", "date"),
        *(given(field.name, "double", scale=2) for field in _HOURS),
        given("pse__Total_Hours__c", "double", scale=2),
        given("pse__Status__c", "string"),
        given("pse__Approved__c", "boolean"),
        given("pse__Billed__c", "boolean"),
        given("pse__Invoiced__c", "boolean"),
        to("pse__Billing_Event_Item__c", "pse__Billing_Event_Item__c", locked=True),
    ),
    entity(
        "pse__Billing_Event__c",
        "a0H",
        given("Name", "string"),
        to("pse__Project__c", "pse__Proj__c"),
        date("pse__Date__c"),
        choice("pse__Status__c", "Draft", "Approved", restricted=False),
        flag("pse__Approved__c"),
        flag("pse__Released__c"),
        flag("pse__Invoiced__c"),
        text("pse__Invoice_Number__c", 40),
        date("pse__Invoice_Date__c"),
        text("pse__Event_Key__c"),
    ),
    entity(
        "pse__Billing_Event_Item__c",
        "a0J",
        given("Name", "string"),
        to("pse__Billing_Event__c", "pse__Billing_Event__c", required=True, fixed=True),
        money("pse__Amount__c"),
        double("pse__Quantity__c"),
        money("pse__Unit_Price__c"),
        choice("pse__Category__c", "Timecard", "Milestone", restricted=False),
        to("pse__Timecard_Split__c", "pse__Timecard__c"),
        to("pse__Milestone__c", "pse__Milestone__c"),
    ),
    entity(
        "ProcessInstance",
        "04g",
        given("TargetObjectId", "id"),
        given("Status", "string"),
        given("SubmittedById", "id"),
    ),
    entity(
        "ProcessInstanceWorkitem",
        "04i",
        to("ProcessInstanceId", "ProcessInstance", required=True, locked=True),
        given("ActorId", "id"),
    ),
    _HISTORY,
)
