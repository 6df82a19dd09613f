"""The objects of the org: those of the platform, the package's own under `pse__`, and what we had added to them.

Of the package's fields those are declared that the public lists name; the fields without `pse__` that end in `__c`
are the ones that an administrator creates for us, as the runbook tells.
"""

from typing import Final

from kit.sandbox.force import Schema
from kit.sandbox.force.schema import Entity, Field, choice, date, double, entity, flag, given, key, money, text, to

from .time_schema import TIME

CURRENCIES: Final = ("EUR", "GBP", "USD", "CHF", "DKK", "JPY", "PLN", "SEK", "SGD", "AUD", "BRL", "CAD", "INR")
_CURRENCY: Final = choice("CurrencyIsoCode", *CURRENCIES)
_NAME: Final = text("Name", 80, required=True)
_KEY: Final = key("Sluice_Id__c")
_UNIT: Final = (to("pse__Region__c", "pse__Region__c"), to("pse__Practice__c", "pse__Practice__c"))
_GROUP: Final = to("pse__Group__c", "pse__Group__c")
_PROJECT: Final = to("pse__Project__c", "pse__Proj__c", required=True, fixed=True)
_PLAN: Final = (double("Sluice_Order__c", 0), text("Sluice_Country__c", 2), text("Sluice_Billing_Method__c", 40))


def _moment(name: str) -> Field:
    return Field(name=name, type="datetime")


_PLATFORM: Final[tuple[Entity, ...]] = (
    entity("User", "005", text("Username", 80, required=True), text("Name", 121), flag("IsActive")),
    entity(
        "Account",
        "001",
        text("Name", required=True),
        to("ParentId", "Account"),
        text("BillingStreet"),
        text("BillingCity", 40),
        text("BillingState", 80),
        text("BillingPostalCode", 20),
        text("BillingCountry", 80),
        _CURRENCY,
        _KEY,
    ),
    entity(
        "Contact",
        "003",
        given("Name", "string"),
        to("AccountId", "Account"),
        text("FirstName", 40),
        text("LastName", 80, required=True),
        Field(name="Email", type="email", length=80),
        flag("pse__Is_Resource__c"),
        flag("pse__Is_Resource_Active__c"),
        to("pse__Salesforce_User__c", "User"),
        choice("pse__Resource_Role__c", "Consultant", "Cloud Architect", "Project Manager", restricted=False),
        money("pse__Default_Cost_Rate__c"),
        *_UNIT,
        _GROUP,
        date("pse__Start_Date__c"),
        _CURRENCY,
    ),
    entity(
        "Opportunity",
        "006",
        text("Name", 120, required=True),
        to("AccountId", "Account", required=True),
        text("StageName", required=True),
        date("CloseDate", required=True),
    ),
)
_UNITS: Final = tuple(
    entity(name, prefix, _NAME, to(f"pse__Parent_{short}__c", name), flag("pse__Include_In_Forecasting__c"), _KEY)
    for name, prefix, short in (
        ("pse__Region__c", "a01", "Region"),
        ("pse__Practice__c", "a02", "Practice"),
        ("pse__Group__c", "a03", "Group"),
    )
)
_RATES: Final = (
    entity("pse__Rate_Card_Set__c", "a04", _NAME, _CURRENCY, _KEY, flag("Sluice_Published__c")),
    entity(
        "pse__Rate_Card__c",
        "a05",
        _NAME,
        choice("pse__Role__c", "Consultant", "Cloud Architect", "Project Manager", restricted=False),
        money("pse__Suggested_Bill_Rate__c"),
        money("pse__Average_Cost_Rate__c"),
        date("pse__Start_Date__c"),
        date("pse__End_Date__c"),
        *_UNIT,
        _GROUP,
        to("pse__Account__c", "Account"),
        _CURRENCY,
        _KEY,
    ),
    entity(
        "pse__Rate_Card_Set_Junction__c",
        "a06",
        given("Name", "string"),
        to("pse__Rate_Card_Set__c", "pse__Rate_Card_Set__c", required=True, fixed=True),
        to("pse__Rate_Card__c", "pse__Rate_Card__c", required=True, fixed=True),
        _KEY,
    ),
)
_PROJECTS: Final = (
    entity(
        "pse__Proj__c",
        "a07",
        _NAME,
        given("pse__Project_ID__c", "string"),
        to("pse__Account__c", "Account"),
        to("pse__Opportunity__c", "Opportunity"),
        choice("pse__Stage__c", "Draft", "Planned", "In Progress", "Completed", "Canceled", restricted=False),
        choice("pse__Project_Type__c", "Customer Project", "Internal Project", restricted=False),
        choice("pse__Billing_Type__c", "Time and Materials", "Fixed Price", restricted=False),
        *_UNIT,
        _GROUP,
        date("pse__Start_Date__c"),
        date("pse__End_Date__c"),
        to("pse__Project_Manager__c", "Contact"),
        to("pse__Parent_Project__c", "pse__Proj__c"),
        flag("pse__Is_Active__c"),
        flag("pse__Is_Billable__c"),
        flag("pse__Is_Template__c"),
        to("pse__Rate_Card_Set__c", "pse__Rate_Card_Set__c"),
        flag("pse__Allow_Timecards_Without_Assignment__c"),
        flag("pse__Closed_for_Time_Entry__c"),
        flag("pse__Exclude_from_Billing__c"),
        given("pse__Bookings__c", "currency", scale=2),
        _CURRENCY,
        _KEY,
    ),
    entity(
        "pse__Budget__c",
        "a08",
        _NAME,
        _PROJECT,
        money("pse__Amount__c"),
        choice("pse__Type__c", "Customer Purchase Order", "Work Order", "Internal Budget", restricted=False),
        choice("pse__Status__c", "Open", "Approved", restricted=False),
        date("pse__Effective_Date__c"),
        flag("pse__Approved__c"),
        flag("pse__Include_In_Financials__c"),
        _CURRENCY,
        _KEY,
    ),
    entity(
        "pse__Project_Phase__c",
        "a09",
        _NAME,
        _PROJECT,
        text("pse__Description__c", 32000),
        date("pse__Start_Date__c"),
        date("pse__End_Date__c"),
        to("Sluice_Parent__c", "pse__Project_Phase__c"),
        Field(name="Sluice_Budget__c", type="double", scale=4),
        *_PLAN,
        _KEY,
    ),
    entity(
        "pse__Project_Task__c",
        "a0A",
        _NAME,
        _PROJECT,
        to("pse__Parent_Task__c", "pse__Project_Task__c"),
        to("pse__Milestone__c", "pse__Milestone__c"),
        _moment("pse__Start_Date_Time__c"),
        _moment("pse__End_Date_Time__c"),
        double("pse__Planned_Hours__c"),
        flag("pse__Closed_for_Time_Entry__c"),
    ),
    entity(
        "pse__Milestone__c",
        "a0B",
        _NAME,
        _PROJECT,
        money("pse__Milestone_Amount__c"),
        date("pse__Target_Date__c"),
        date("pse__Actual_Date__c"),
        choice("pse__Status__c", "Planned", "Open", "Approved", "Rejected", restricted=False),
        flag("pse__Approved__c"),
        flag("pse__Approved_for_Billing__c"),
        flag("pse__Include_In_Financials__c"),
        flag("pse__Billed__c"),
        flag("pse__Invoiced__c"),
        text("pse__Invoice_Number__c", 40),
        date("pse__Invoice_Date__c"),
        flag("pse__Closed_for_Time_Entry__c"),
        flag("pse__Admin_Global_Edit__c"),
        text("pse__Audit_Notes__c"),
        to("Sluice_Phase__c", "pse__Project_Phase__c"),
        *_PLAN,
        _CURRENCY,
        _KEY,
    ),
    entity(
        "pse__Resource_Request__c",
        "a0C",
        given("Name", "string"),
        text("pse__Resource_Request_Name__c", 80),
        choice(
            "pse__Status__c", "Draft", "Ready to Staff", "Tentative", "Hold", "Assigned", "Canceled", restricted=False
        ),
        to("pse__Project__c", "pse__Proj__c"),
        to("pse__Opportunity__c", "Opportunity"),
        choice("pse__Resource_Role__c", "Consultant", "Cloud Architect", "Project Manager", restricted=False),
        double("pse__SOW_Hours__c"),
        date("pse__Start_Date__c", required=True),
        date("pse__End_Date__c", required=True),
        money("pse__Requested_Bill_Rate__c"),
        to("pse__Resource__c", "Contact"),
        to("pse__Staffer_Resource__c", "Contact"),
        to("pse__Assignment__c", "pse__Assignment__c"),
        *_UNIT,
        _GROUP,
        _CURRENCY,
        _KEY,
    ),
)

SCHEMA: Final = Schema((*_PLATFORM, *_UNITS, *_RATES, *_PROJECTS, *TIME))
