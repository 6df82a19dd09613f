"""Customers to business partners; pure. A value that S/4HANA would cut short is refused here."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from contracts.canonical.party import Customer
from system_apis.sap_s4hana.config import Company, Config
from system_apis.sap_s4hana.mapping import company_of, key, partner_number, refused, tax_code_of
from system_apis.sap_s4hana.wire import (
    Address,
    AreaTax,
    CustomerCompany,
    CustomerPart,
    Email,
    Identification,
    Partner,
    PartnerCreate,
    Role,
    SalesArea,
    TaxNumber,
)

ROLES: Final = ("FLCU00", "FLCU01")
TAX_CATEGORY: Final = "TTX1"
_ORGANIZATION: Final = "2"
_NAME: Final = 40
_NAMES: Final = 4
_SHORT_TAX_NUMBER: Final = 20
_LENGTHS: Final = {"street": 60, "city": 40, "postal_code": 10, "region": 3}


def partner(customer: Customer) -> Partner:
    """What of a business partner we keep up to date.

    Raises:
        Problem: `invalid`, when something is longer than S/4HANA can hold.

    """
    if len(customer.name) > _NAME * _NAMES:
        raise refused("name_too_long", "/name", f"S/4HANA holds {_NAME * _NAMES} characters of a name")
    names = [customer.name[start : start + _NAME] for start in range(0, _NAME * _NAMES, _NAME)]
    parent = customer.parent_id
    return Partner(
        name_1=names[0],
        name_2=names[1],
        name_3=names[2],
        name_4=names[3],
        search_term=customer.name[:20].upper(),
        business_partner_is_blocked=False,
        parent="" if parent is None else partner_number(parent, pointer="/parent_id"),
    )


def partner_create(customer: Customer, *, legal_entity_id: str, config: Config) -> PartnerCreate:
    """A business partner with address, roles, identification, tax and its place in company and sales area."""
    number = partner_number(customer.customer_id, pointer="/customer_id")
    company = company_of(config, legal_entity_id, pointer="legal_entity_id")
    kept = partner(customer)
    tax = tax_number(customer)
    area = sales_area(customer, company)
    return PartnerCreate(
        **{name: getattr(kept, name) for name in kept.__struct_fields__ if not name.startswith("business_partner")},
        business_partner=number,
        business_partner_category=_ORGANIZATION,
        business_partner_grouping=config.partner_grouping,
        to_identification=[
            Identification(
                bp_identification_type=config.identification_type,
                bp_identification_number=key(customer.customer_id, pointer="/customer_id"),
            )
        ],
        to_address=[address(customer, with_email=True)],
        to_role=[Role(business_partner_role=role) for role in ROLES],
        to_tax=[] if tax is None else [tax],
        to_customer=CustomerPart(
            to_customer_company=[customer_company(company, config)],
            to_customer_sales_area=[area_with_tax(area, area_tax(customer, config))],
        ),
    )


def address(customer: Customer, *, with_email: bool = False) -> Address:
    """The address of a customer; the street has its number in it, as we have it."""
    said = customer.address
    if said.country is None:
        raise refused("country_missing", "/address/country", f"{customer.name} has no country")
    for name, most in _LENGTHS.items():
        if len(getattr(said, name)) > most:
            raise refused("address_too_long", f"/address/{name}", f"S/4HANA holds {most} characters")
    plain = {
        "street_name": said.street,
        "city_name": said.city,
        "postal_code": said.postal_code,
        "region": said.region,
        "country": said.country,
    }
    if with_email and customer.email:
        return Address(**plain, to_email_address=[Email(email_address=customer.email)])
    return Address(**plain)


def tax_type(customer: Customer) -> str:
    """The category of the tax number: the country's own number for VAT or sales tax."""
    return f"{customer.address.country}0"


def tax_number(customer: Customer) -> TaxNumber | None:
    """The registration of a customer, None when it has none."""
    number = customer.tax.tax_registration
    if not number:
        return None
    if len(number) > _SHORT_TAX_NUMBER:
        return TaxNumber(bp_tax_type=tax_type(customer), bp_tax_number="", bp_tax_long_number=number)
    return TaxNumber(bp_tax_type=tax_type(customer), bp_tax_number=number, bp_tax_long_number="")


def customer_company(company: Company, config: Config) -> CustomerCompany:
    """The customer in a company code."""
    return CustomerCompany(
        company_code=company.company_code,
        reconciliation_account=config.reconciliation_account,
        payment_terms=config.due_terms,
    )


def sales_area(customer: Customer, company: Company) -> SalesArea:
    """The customer in a sales area."""
    return SalesArea(
        sales_organization=company.sales_organization,
        distribution_channel=company.distribution_channel,
        division=company.division,
        currency=customer.currency,
    )


def area_tax(customer: Customer, config: Config) -> AreaTax | None:
    """How a customer is classified; a tax code that nobody gave is never made up (rule TAX-1)."""
    if customer.tax.tax_code is None:
        return None
    code = tax_code_of(config, customer.tax.tax_code, pointer="/tax/tax_code")
    return AreaTax(
        departure_country=code.country,
        customer_tax_category=TAX_CATEGORY,
        customer_tax_classification=code.classification,
    )


def area_with_tax(area: SalesArea, tax: AreaTax | None) -> SalesArea:
    """A sales area with its classification."""
    return area if tax is None else replace(area, to_sales_area_tax=[tax])
