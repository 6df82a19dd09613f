"""The vendor's words as the vendor spells them; fields we do not know are let pass."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field


class Account(Struct, frozen=True, kw_only=True):
    """A customer."""

    id: str = field(name="Id")
    name: str = field(name="Name")
    parent_id: str | None = field(name="ParentId", default=None)
    street: str | None = field(name="BillingStreet", default=None)
    city: str | None = field(name="BillingCity", default=None)
    state: str | None = field(name="BillingState", default=None)
    postal_code: str | None = field(name="BillingPostalCode", default=None)
    country: str | None = field(name="BillingCountryCode", default=None)
    currency: str = field(name="CurrencyIsoCode")
    tax_code: str | None = field(name="Tax_Code__c", default=None)
    vat_number: str | None = field(name="VAT_Number__c", default=None)
    billing_email: str | None = field(name="Billing_Email__c", default=None)


class Opportunity(Struct, frozen=True, kw_only=True):
    """A deal with its customer."""

    id: str = field(name="Id")
    name: str = field(name="Name")
    won: bool = field(name="IsWon")
    close_date: str = field(name="CloseDate")
    amount: Decimal | None = field(name="Amount", default=None)
    currency: str = field(name="CurrencyIsoCode")
    legal_entity: str | None = field(name="Legal_Entity__c", default=None)
    service_line: str | None = field(name="Service_Line__c", default=None)
    delivery_owner: str | None = field(name="Delivery_Owner__c", default=None)
    statement_of_work: str | None = field(name="Statement_of_Work__c", default=None)
    document_hash: str | None = field(name="Statement_of_Work_Hash__c", default=None)
    signed_on: str | None = field(name="Signed_On__c", default=None)
    payment_terms: str | None = field(name="Payment_Terms__c", default=None)
    special_terms: str | None = field(name="Special_Terms__c", default=None)
    kind: str | None = field(name="Deal_Kind__c", default=None)
    extends: str | None = field(name="Extends__c", default=None)
    rate_card: str | None = field(name="Rate_Card_Name__c", default=None)
    account: Account | None = field(name="Account", default=None)
    bill_to: Account | None = field(name="Bill_To__r", default=None)


class Product(Struct, frozen=True, kw_only=True):
    """What a line sells."""

    name: str | None = field(name="Name", default=None)


class Line(Struct, frozen=True, kw_only=True):
    """A line of a deal. `Name` is made by the vendor; people name a line in its description."""

    id: str = field(name="Id")
    name: str | None = field(name="Name", default=None)
    description: str | None = field(name="Description", default=None)
    total_price: Decimal | None = field(name="TotalPrice", default=None)
    service_date: str | None = field(name="ServiceDate", default=None)
    end_date: str | None = field(name="End_Date__c", default=None)
    billing_method: str | None = field(name="Billing_Method__c", default=None)
    phase: str | None = field(name="Phase__c", default=None)
    country: str | None = field(name="Delivery_Country__c", default=None)
    legal_entity: str | None = field(name="Legal_Entity__c", default=None)
    tax_code: str | None = field(name="Tax_Code__c", default=None)
    billing_currency: str | None = field(name="Billing_Currency__c", default=None)
    billing_amount: Decimal | None = field(name="Billing_Amount__c", default=None)
    cap_amount: Decimal | None = field(name="Cap_Amount__c", default=None)
    cap_behaviour: str | None = field(name="Cap_Behaviour__c", default=None)
    frequency: str | None = field(name="Billing_Frequency__c", default=None)
    timing: str | None = field(name="Billing_Timing__c", default=None)
    product: Product | None = field(name="Product2", default=None)


class Milestone(Struct, frozen=True, kw_only=True):
    """A payment point."""

    id: str = field(name="Id")
    name: str | None = field(name="Name", default=None)
    line_id: str | None = field(name="Line__c", default=None)
    percent: Decimal | None = field(name="Percent__c", default=None)
    due_date: str | None = field(name="Due_Date__c", default=None)


class Rate(Struct, frozen=True, kw_only=True):
    """An agreed rate."""

    id: str = field(name="Id")
    role: str | None = field(name="Role__c", default=None)
    country: str | None = field(name="Country__c", default=None)
    hourly_rate: Decimal | None = field(name="Hourly_Rate__c", default=None)
    effective_from: str | None = field(name="Effective_From__c", default=None)
    currency: str | None = field(name="CurrencyIsoCode", default=None)


class Need(Struct, frozen=True, kw_only=True):
    """Planned demand for people."""

    id: str = field(name="Id")
    role: str | None = field(name="Role__c", default=None)
    line_id: str | None = field(name="Line__c", default=None)
    country: str | None = field(name="Country__c", default=None)
    hours: Decimal | None = field(name="Hours__c", default=None)
    starts_on: str | None = field(name="Starts_On__c", default=None)
    ends_on: str | None = field(name="Ends_On__c", default=None)


class Delivery(Struct, frozen=True, kw_only=True):
    """What was written back on a deal."""

    id: str = field(name="Id")
    status: str | None = field(name="Delivery_Status__c", default=None)
    note: str | None = field(name="Delivery_Note__c", default=None)
    case_id: str | None = field(name="Sluice_Case__c", default=None)
    erp_customer_id: str | None = field(name="ERP_Customer_Id__c", default=None)
    erp_project_id: str | None = field(name="ERP_Project_Id__c", default=None)
    psa_project_id: str | None = field(name="PSA_Project_Id__c", default=None)


class Billing(Struct, frozen=True, kw_only=True):
    """How the bills of a deal stand, as it was written back."""

    id: str = field(name="Id")
    currency: str = field(name="CurrencyIsoCode")
    status: str | None = field(name="Billing_Status__c", default=None)
    invoiced: Decimal | None = field(name="Billing_Invoiced__c", default=None)
    open: Decimal | None = field(name="Billing_Open__c", default=None)
    last_document: str | None = field(name="Billing_Document__c", default=None)
    as_of: str | None = field(name="Billing_As_Of__c", default=None)


class Change(Struct, frozen=True, kw_only=True):
    """A deal as the feed reads it."""

    id: str = field(name="Id")
    won: bool = field(name="IsWon")
    stamp: str = field(name="SystemModstamp")
