"""S/4HANA's words as S/4HANA spells them; unknown fields are let pass, and what is not said is not sent.

One struct serves reading and writing: a property that was not asked for, or is to stay as it is, is UNSET. What hangs
on an entity is a list when it is written, and something else when it is read: a link, or what was asked for beside it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType, field, structs

W = TypeVar("W", bound="Wire")
Text = str | UnsetType
Nullable = str | None | UnsetType
Flag = bool | UnsetType
Amount = Decimal | None | UnsetType


class Wire(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What every structure here shares."""


class Metadata(Struct, frozen=True):
    """What version 2 tells of an entity beside its properties."""

    etag: str = ""


class Email(Wire, frozen=True):
    """An e-mail address of an address."""

    email_address: Text = UNSET
    ordinal_number: Text = UNSET
    person: Text = UNSET
    address_id: Text = field(name="AddressID", default=UNSET)


class Address(Wire, frozen=True):
    """A postal address of a partner."""

    business_partner: Text = UNSET
    address_id: Text = field(name="AddressID", default=UNSET)
    street_name: Text = UNSET
    city_name: Text = UNSET
    postal_code: Text = UNSET
    region: Text = UNSET
    country: Text = UNSET
    to_email_address: Any = field(name="to_EmailAddress", default=UNSET)


class Identification(Wire, frozen=True):
    """A number by which somebody else knows a partner."""

    business_partner: Text = UNSET
    bp_identification_type: Text = field(name="BPIdentificationType", default=UNSET)
    bp_identification_number: Text = field(name="BPIdentificationNumber", default=UNSET)


class Role(Wire, frozen=True):
    """A role that a partner has."""

    business_partner_role: str


class TaxNumber(Wire, frozen=True):
    """A tax number of a partner; the long form is for what does not fit into twenty characters."""

    business_partner: Text = UNSET
    bp_tax_type: Text = field(name="BPTaxType", default=UNSET)
    bp_tax_number: Text = field(name="BPTaxNumber", default=UNSET)
    bp_tax_long_number: Text = field(name="BPTaxLongNumber", default=UNSET)


class AreaTax(Wire, frozen=True):
    """How a customer is classified for tax, for services that depart from a country."""

    customer: Text = UNSET
    sales_organization: Text = UNSET
    distribution_channel: Text = UNSET
    division: Text = UNSET
    departure_country: Text = UNSET
    customer_tax_category: Text = UNSET
    customer_tax_classification: Text = UNSET


class SalesArea(Wire, frozen=True):
    """A customer as a sales organization sees it."""

    customer: Text = UNSET
    sales_organization: Text = UNSET
    distribution_channel: Text = UNSET
    division: Text = UNSET
    currency: Text = UNSET
    customer_payment_terms: Text = UNSET
    to_sales_area_tax: Any = field(name="to_SalesAreaTax", default=UNSET)


class CustomerCompany(Wire, frozen=True):
    """A customer as a company code sees it."""

    customer: Text = UNSET
    company_code: Text = UNSET
    reconciliation_account: Text = UNSET
    payment_terms: Text = UNSET


class CustomerPart(Wire, frozen=True):
    """The customer in a partner; it cannot be made alone."""

    to_customer_company: list[CustomerCompany] = field(name="to_CustomerCompany", default_factory=list)
    to_customer_sales_area: list[SalesArea] = field(name="to_CustomerSalesArea", default_factory=list)


class Partner(Wire, frozen=True):
    """A business partner."""

    business_partner: Text = UNSET
    business_partner_category: Text = UNSET
    business_partner_grouping: Text = UNSET
    business_partner_uuid: Text = field(name="BusinessPartnerUUID", default=UNSET)
    name_1: Text = field(name="OrganizationBPName1", default=UNSET)
    name_2: Text = field(name="OrganizationBPName2", default=UNSET)
    name_3: Text = field(name="OrganizationBPName3", default=UNSET)
    name_4: Text = field(name="OrganizationBPName4", default=UNSET)
    search_term: Text = field(name="SearchTerm1", default=UNSET)
    business_partner_is_blocked: Flag = UNSET
    parent: Text = field(name="YY1_SluiceParent_bus", default=UNSET)


class PartnerCreate(Partner, frozen=True, kw_only=True):
    """A business partner with all that hangs on it."""

    to_identification: list[Identification] = field(name="to_BuPaIdentification")
    to_address: list[Address] = field(name="to_BusinessPartnerAddress")
    to_role: list[Role] = field(name="to_BusinessPartnerRole")
    to_tax: list[TaxNumber] = field(name="to_BusinessPartnerTax")
    to_customer: CustomerPart = field(name="to_Customer")


class Project(Wire, frozen=True):
    """An enterprise project."""

    project_uuid: Text = field(name="ProjectUUID", default=UNSET)
    project: Text = UNSET
    project_description: Text = UNSET
    project_profile_code: Text = UNSET
    project_start_date: Nullable = UNSET
    project_end_date: Nullable = UNSET
    processing_status: Text = UNSET
    responsible_cost_center: Text = UNSET
    customer_uuid: Nullable = field(name="CustomerUUID", default=UNSET)
    project_currency: Text = UNSET
    is_billing_relevant: Flag = UNSET
    key: Text = field(name="YY1_SluiceKey_PPH", default=UNSET)
    name: Text = field(name="YY1_SluiceName_PPH", default=UNSET)
    service_line: Text = field(name="YY1_SluiceLine_PPH", default=UNSET)
    owner: Text = field(name="YY1_SluiceOwner_PPH", default=UNSET)
    budget: Amount = field(name="YY1_SluiceBudget_PPH", default=UNSET)
    bill_to: Text = field(name="YY1_SluiceBillTo_PPH", default=UNSET)


class Element(Wire, frozen=True):
    """An element of a project."""

    metadata: Metadata | UnsetType = field(name="__metadata", default=UNSET)
    project_element_uuid: Text = field(name="ProjectElementUUID", default=UNSET)
    project_element: Text = UNSET
    project_uuid: Text = field(name="ProjectUUID", default=UNSET)
    parent_object_uuid: Nullable = field(name="ParentObjectUUID", default=UNSET)
    project_element_description: Text = UNSET
    planned_start_date: Nullable = UNSET
    planned_end_date: Nullable = UNSET
    is_project_milestone: Text = UNSET
    is_billing: Flag = field(name="WBSElementIsBillingElement", default=UNSET)
    key: Text = field(name="YY1_SluiceKey_PPD", default=UNSET)
    name: Text = field(name="YY1_SluiceName_PPD", default=UNSET)
    method: Text = field(name="YY1_SluiceMethod_PPD", default=UNSET)
    country: Text = field(name="YY1_SluiceCountry_PPD", default=UNSET)
    budget: Amount = field(name="YY1_SluiceBudget_PPD", default=UNSET)

    @property
    def etag(self) -> str:
        """The tag under which a row that was read may be changed."""
        return self.metadata.etag if isinstance(self.metadata, Metadata) else ""


class CompanyCode(Wire, frozen=True):
    """A company code."""

    company_code: str
    company_code_name: str
    country: str
    currency: str


def changes(held: W, wanted: W) -> W | None:
    """What of the wanted differs from what is held; None when nothing does."""
    differing = {}
    for name in wanted.__struct_fields__:
        value = getattr(wanted, name)
        if value is not UNSET and getattr(held, name) != value:
            differing[name] = value
    if not differing:
        return None
    return structs.replace(type(wanted)(), **differing)
