"""The objects of the simulated org and their declared fields; what is not declared here is refused."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as describe tells it. `reference` names the object a lookup points at."""

    name: str
    type: str = "string"
    length: int = 0
    scale: int = 0
    required: bool = False
    locked: bool = False  # neither createable nor updateable
    fixed: bool = False  # createable, not updateable
    external: bool = False
    reference: str = ""
    values: tuple[str, ...] = ()
    restricted: bool = False

    @property
    def relationship(self) -> str:
        """The name by which SOQL follows a lookup: Account for AccountId, Line__r for Line__c."""
        if not self.reference:
            return ""
        return self.name[:-3] + "__r" if self.name.endswith("__c") else self.name.removesuffix("Id")


@dataclass(frozen=True, slots=True)
class Entity:
    """An object: its name, the three letters its ids begin with, and its fields by name."""

    name: str
    prefix: str
    fields: dict[str, Field]

    def field(self, name: str) -> Field | None:
        """Find a field; names are compared without regard to case, as the vendor does."""
        return self.fields.get(name) or self._folded().get(name.lower())

    def follow(self, relationship: str) -> Field | None:
        """Find the lookup that a dotted name goes through."""
        wanted = relationship.lower()
        return next((f for f in self.fields.values() if f.reference and f.relationship.lower() == wanted), None)

    def _folded(self) -> dict[str, Field]:
        return {name.lower(): field for name, field in self.fields.items()}


STAGES: Final[dict[str, tuple[bool, bool, int, str]]] = {
    # stage: closed, won, probability, forecast category
    "Prospecting": (False, False, 10, "Pipeline"),
    "Qualification": (False, False, 10, "Pipeline"),
    "Needs Analysis": (False, False, 20, "Pipeline"),
    "Value Proposition": (False, False, 50, "Pipeline"),
    "Proposal/Price Quote": (False, False, 75, "Best Case"),
    "Negotiation/Review": (False, False, 90, "Commit"),
    "Closed Won": (True, True, 100, "Closed"),
    "Closed Lost": (True, False, 0, "Omitted"),
}
COUNTRIES: Final[dict[str, str]] = {
    "AT": "Austria",
    "AU": "Australia",
    "BE": "Belgium",
    "BR": "Brazil",
    "CA": "Canada",
    "CH": "Switzerland",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "IN": "India",
    "IT": "Italy",
    "JP": "Japan",
    "LU": "Luxembourg",
    "NL": "Netherlands",
    "PL": "Poland",
    "SE": "Sweden",
    "SG": "Singapore",
    "US": "United States",
}
CURRENCIES: Final = ("EUR", "GBP", "USD", "CHF", "DKK", "JPY", "PLN", "SEK", "SGD", "AUD", "BRL", "CAD", "INR")


def _text(name: str, length: int = 255, *, required: bool = False, external: bool = False) -> Field:
    return Field(name=name, length=length, required=required, external=external)


def _money(name: str) -> Field:
    return Field(name=name, type="currency", scale=2)


def _date(name: str, *, required: bool = False) -> Field:
    return Field(name=name, type="date", required=required)


def _to(name: str, reference: str, *, required: bool = False, fixed: bool = False, locked: bool = False) -> Field:
    return Field(name=name, type="reference", reference=reference, required=required, fixed=fixed, locked=locked)


def _choice(name: str, *values: str, required: bool = False, restricted: bool = True) -> Field:
    return Field(name=name, type="picklist", length=255, values=values, required=required, restricted=restricted)


def _given(name: str, kind: str, *, scale: int = 0) -> Field:
    return Field(name=name, type=kind, scale=scale, locked=True)


_CURRENCY: Final = _choice("CurrencyIsoCode", *CURRENCIES)
_SYSTEM: Final = (
    _given("Id", "id"),
    _given("IsDeleted", "boolean"),
    _given("CreatedDate", "datetime"),
    _given("LastModifiedDate", "datetime"),
    _given("SystemModstamp", "datetime"),
)


def _entity(name: str, prefix: str, *fields: Field) -> Entity:
    return Entity(name, prefix, {field.name: field for field in (*_SYSTEM, *fields)})


def _percent(name: str) -> Field:
    return Field(name=name, type="percent", scale=2)


def _double(name: str, scale: int = 2) -> Field:
    return Field(name=name, type="double", scale=scale)


_ACCOUNT: Final = _entity(
    "Account",
    "001",
    _text("Name", required=True),
    _to("ParentId", "Account"),
    _text("AccountNumber", 40),
    _choice("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Other", restricted=False),
    _text("Industry", 40),
    _text("BillingStreet"),
    _text("BillingCity", 40),
    _text("BillingState", 80),
    _text("BillingPostalCode", 20),
    _text("BillingCountry", 80),
    _text("BillingCountryCode", 10),
    _CURRENCY,
    _text("Tax_Code__c", 40),
    _text("VAT_Number__c", 40),
    Field(name="Billing_Email__c", type="email", length=80),
    _text("ERP_Id__c", 40, external=True),
)
_CONTACT: Final = _entity(
    "Contact",
    "003",
    _given("Name", "string"),
    _to("AccountId", "Account"),
    _text("FirstName", 40),
    _text("LastName", 80, required=True),
    Field(name="Email", type="email", length=80),
    _text("Phone", 40),
    _to("ReportsToId", "Contact"),
)
_OPPORTUNITY: Final = _entity(
    "Opportunity",
    "006",
    _text("Name", 120, required=True),
    _choice("StageName", *STAGES, required=True, restricted=False),
    _date("CloseDate", required=True),
    _to("AccountId", "Account"),
    _money("Amount"),
    Field(name="Probability", type="percent"),
    _choice("Type", "New Business", "Existing Business", restricted=False),
    _given("IsClosed", "boolean"),
    _given("IsWon", "boolean"),
    _given("ForecastCategoryName", "string"),
    _given("HasOpportunityLineItem", "boolean"),
    _to("Pricebook2Id", "Pricebook2"),
    _text("Description", 32000),
    _CURRENCY,
    _text("Legal_Entity__c", 40),
    _text("Service_Line__c", 40),
    Field(name="Delivery_Owner__c", type="email", length=80),
    _text("Statement_of_Work__c", 80),
    _text("Statement_of_Work_Hash__c", 64),
    _date("Signed_On__c"),
    _text("Payment_Terms__c", 40),
    _text("Special_Terms__c", 32000),
    _to("Bill_To__c", "Account"),
    _choice("Deal_Kind__c", "New", "Extension", "Renewal"),
    _to("Extends__c", "Opportunity"),
    _text("Rate_Card_Name__c", 80),
    _choice("Delivery_Status__c", "Provisioning", "Waiting", "Ready", "Cancelled"),
    _text("Delivery_Note__c"),
    _text("Sluice_Case__c", 64),
    _text("ERP_Customer_Id__c", 64),
    _text("ERP_Project_Id__c", 64),
    _text("PSA_Project_Id__c", 64),
    _choice("Billing_Status__c", "Unbilled", "Invoiced", "Partly Paid", "Paid"),
    _double("Billing_Invoiced__c", 4),
    _double("Billing_Open__c", 4),
    _text("Billing_Document__c", 80),
    _date("Billing_As_Of__c"),
)
_LINE: Final = _entity(
    "OpportunityLineItem",
    "00k",
    _given("Name", "string"),
    _to("OpportunityId", "Opportunity", required=True, fixed=True),
    _to("PricebookEntryId", "PricebookEntry", fixed=True),
    _to("Product2Id", "Product2", fixed=True),
    _given("ProductCode", "string"),
    Field(name="Quantity", type="double", scale=2, required=True),
    _money("UnitPrice"),
    _money("TotalPrice"),
    _date("ServiceDate"),
    _text("Description"),
    _given("CurrencyIsoCode", "string"),
    _date("End_Date__c"),
    _choice("Billing_Method__c", "Time and Materials", "Fixed Fee", "Milestone", "Retainer", "Subscription"),
    _text("Phase__c", 80),
    _text("Delivery_Country__c", 2),
    _text("Legal_Entity__c", 40),
    _text("Tax_Code__c", 40),
    _choice("Billing_Currency__c", *CURRENCIES),
    _double("Billing_Amount__c", 4),
    _double("Cap_Amount__c", 4),
    _choice("Cap_Behaviour__c", "Reject", "Trim", "Warn", "Hard"),
    _choice("Billing_Frequency__c", "Monthly", "Quarterly", "Yearly"),
    _choice("Billing_Timing__c", "Advance", "Arrears"),
)
_PRICES: Final = (
    _entity(
        "Pricebook2",
        "01s",
        _text("Name", required=True),
        Field(name="IsActive", type="boolean"),
        Field(name="IsStandard", type="boolean"),
    ),
    _entity(
        "Product2",
        "01t",
        _text("Name", required=True),
        _text("ProductCode"),
        _text("Description", 4000),
        Field(name="IsActive", type="boolean"),
        _CURRENCY,
    ),
    _entity(
        "PricebookEntry",
        "01u",
        _given("Name", "string"),
        _given("ProductCode", "string"),
        _to("Pricebook2Id", "Pricebook2", required=True, fixed=True),
        _to("Product2Id", "Product2", required=True, fixed=True),
        Field(name="UnitPrice", type="currency", scale=2, required=True),
        Field(name="IsActive", type="boolean"),
        _CURRENCY,
    ),
)
_CUSTOM: Final = (
    _entity(
        "Deal_Milestone__c",
        "a00",
        _text("Name", 80),
        _to("Opportunity__c", "Opportunity", required=True),
        _to("Line__c", "OpportunityLineItem"),
        _percent("Percent__c"),
        _date("Due_Date__c"),
        _CURRENCY,
    ),
    _entity(
        "Rate_Entry__c",
        "a01",
        _text("Name", 80),
        _to("Opportunity__c", "Opportunity", required=True),
        _text("Role__c", 80),
        _text("Country__c", 2),
        _money("Hourly_Rate__c"),
        _date("Effective_From__c"),
        _CURRENCY,
    ),
    _entity(
        "Staffing_Need__c",
        "a02",
        _text("Name", 80),
        _to("Opportunity__c", "Opportunity", required=True),
        _text("Role__c", 80),
        _text("Country__c", 2),
        _to("Line__c", "OpportunityLineItem"),
        _double("Hours__c"),
        _date("Starts_On__c"),
        _date("Ends_On__c"),
        _CURRENCY,
    ),
)

ENTITIES: Final[dict[str, Entity]] = {
    entity.name: entity for entity in (_ACCOUNT, _CONTACT, _OPPORTUNITY, _LINE, *_PRICES, *_CUSTOM)
}


def entity(name: str) -> Entity | None:
    """Find an object; names are compared without regard to case."""
    found = ENTITIES.get(name)
    return found or next((e for e in ENTITIES.values() if e.name.lower() == name.lower()), None)
