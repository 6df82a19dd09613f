"""Parties: customers and their hierarchy, contacts, legal entities, tax profiles (rules PTY-1 to PTY-3)."""

from __future__ import annotations

from typing import Annotated

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency

CountryCode = Annotated[str, fact("ISO 3166-1 alpha-2 code", Record.CRM, example="DE", pattern="^[A-Z]{2}$")]


class Address(Noun, frozen=True, kw_only=True):
    """Where a party is established; a country that sales left empty is asked for, never assumed."""

    country: CountryCode | None
    street: Annotated[str, fact("Street and number", Record.CRM, classification=Classification.CONFIDENTIAL)] = ""
    city: Annotated[str, fact("City", Record.CRM, example="Hamburg")] = ""
    postal_code: Annotated[str, fact("Postal code", Record.CRM, example="20095")] = ""
    region: Annotated[str, fact("State or province", Record.CRM)] = ""


class TaxProfile(Noun, frozen=True, kw_only=True):
    """How a customer is taxed. An absent `tax_code` is never replaced by a default (rule TAX-1)."""

    tax_code: Annotated[
        str | None, fact("Tax code of the ERP that applies to this customer", Record.ERP, example="DE-S")
    ]
    tax_registration: Annotated[
        str | None,
        fact(
            "VAT or tax registration number",
            Record.ERP,
            classification=Classification.CONFIDENTIAL,
            example="DE811234567",
        ),
    ] = None


class LegalEntity(Noun, frozen=True, kw_only=True):
    """One of the firm's own companies, the seller on a contract."""

    legal_entity_id: Annotated[str, fact("Our code of the entity, as agreed with finance", Record.ERP, example="NW-DE")]
    name: Annotated[str, fact("Registered name", Record.ERP, example="Sluicegate Consulting GmbH")]
    country: CountryCode
    currency: Currency


class Customer(Noun, frozen=True, kw_only=True):
    """A client organisation as the CRM knows it; one account of a hierarchy."""

    customer_id: Annotated[str, fact("Our id of the customer", Record.SLUICE, example="cus-001A000001")]
    name: Annotated[str, fact("Legal name", Record.ERP, example="Northwind Deutschland GmbH", max_length=255)]
    address: Address
    currency: Currency
    parent_id: Annotated[str | None, fact("Our id of the parent customer", Record.CRM)] = None
    tax: TaxProfile
    email: Annotated[str | None, fact("Billing contact", Record.CRM, classification=Classification.CONFIDENTIAL)] = None


class Hierarchy(Noun, frozen=True, kw_only=True):
    """A customer with its ancestors, the root first; `complete` is false when a parent could not be read or loops."""

    customers: Annotated[list[Customer], fact("Root first, the asked customer last", Record.CRM)]
    complete: Annotated[bool, fact("Whether the chain reaches a root without a loop", Record.SLUICE)] = True
