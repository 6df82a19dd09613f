"""Customers to organizations and accounts; pure. A value that Fusion would cut short is refused here."""

from __future__ import annotations

from typing import Final

from contracts.canonical.party import Customer
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.mapping import account_number, key, refused, tax_code_of
from system_apis.oracle_fusion.party_wire import Account, Organization, Relationship

_LENGTHS: Final = {"street": 240, "city": 60, "postal_code": 60, "region": 60}
_NAME: Final = 255


def organization(customer: Customer) -> Organization:
    """What of an organization we keep up to date; what a customer has no longer is cleared.

    Raises:
        Problem: `invalid`, when something is longer than Fusion can hold, or the country is missing.

    """
    said = customer.address
    if said.country is None:
        raise refused("country_missing", "/address/country", f"{customer.name} has no country")
    if len(customer.name) > _NAME:
        raise refused("name_too_long", "/name", f"Fusion holds {_NAME} characters of a name")
    for name, most in _LENGTHS.items():
        if len(getattr(said, name)) > most:
            raise refused("address_too_long", f"/address/{name}", f"Fusion holds {most} characters")
    return Organization(
        organization_name=customer.name,
        country=said.country,
        address_line_1=said.street or None,
        city=said.city or None,
        postal_code=said.postal_code or None,
        state=said.region or None,
        email_address=customer.email or None,
        taxpayer_identification_number=customer.tax.tax_registration or None,
        preferred_currency=customer.currency,
    )


def source_reference(customer_id: str, *, pointer: str) -> str:
    """By what an organization is found: unique in our source system."""
    return key(customer_id, pointer=pointer)


def relationship(parent_number: str) -> Relationship:
    """That an organization is a division of another."""
    return Relationship(
        object_party_number=parent_number,
        relationship_type="HEADQUARTERS/DIVISION",
        relationship_code="DIVISION_OF",
    )


def account(customer: Customer, *, party_id: int, config: Config, status: str) -> Account:
    """The account of a customer; a tax code that nobody gave is never made up (rule TAX-1)."""
    code = customer.tax.tax_code
    return Account(
        number=account_number(customer.customer_id, pointer="/customer_id"),
        party_id=party_id,
        name=customer.name,
        tax_code="" if code is None else tax_code_of(config, code, pointer="/tax/tax_code"),
        status=status,
    )
