"""Customers to the environment's customers; pure. A value that the environment would refuse is refused here."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from contracts.canonical.party import Customer
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.mapping import key, number, refused, short

FREE: Final = "No"
BLOCKED: Final = "All"
_NAME: Final = 100
_TAX_GROUP: Final = 10
_LENGTHS: Final = {"street": 250, "city": 60, "postal_code": 10, "region": 10}


def account(customer_id: str, *, pointer: str = "/customer_id") -> str:
    """The customer account that is our customer, the same in every company."""
    return number("customer", customer_id, pointer=pointer)


def kept(customer: Customer) -> wire.Customer:
    """What of a customer we keep up to date; a tax code that nobody gave is never made up (rule TAX-1).

    Raises:
        Problem: `invalid`, when something is missing or longer than the environment can hold.

    """
    said = customer.address
    if said.country is None:
        raise refused("country_missing", "/address/country", f"{customer.name} has no country")
    for name, most in _LENGTHS.items():
        short(getattr(said, name), most, pointer=f"/address/{name}", code="address_too_long")
    tax_code = customer.tax.tax_code or ""
    parent = customer.parent_id
    return wire.Customer(
        organization_name=short(customer.name, _NAME, pointer="/name", code="name_too_long"),
        sales_currency_code=customer.currency,
        company_chain="" if parent is None else account(parent, pointer="/parent_id"),
        sales_tax_group=short(tax_code, _TAX_GROUP, pointer="/tax/tax_code", code="tax_code_unknown"),
        tax_registration_id=customer.tax.tax_registration or "",
        on_hold_status=FREE,
        address_street=said.street,
        address_city=said.city,
        address_zip_code=said.postal_code,
        address_state=said.region,
        country=said.country,
        primary_contact_email=customer.email or "",
    )


def whole(customer: Customer, *, company: str, party: str, config: Config) -> wire.Customer:
    """A customer to be made in a company; `party` is who it is already in another one, or nothing."""
    return replace(
        kept(customer),
        company=company,
        customer_account=account(customer.customer_id),
        party_number=party or UNSET,
        party_type="Organization",
        customer_group_id=config.customer_group,
        sluice_customer_id=key(customer.customer_id, pointer="/customer_id"),
    )
