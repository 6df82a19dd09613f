"""A party of a UBL document: where it is reached, where it stands, and by which numbers it is known."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from contracts.canonical.einvoice import InvoiceParty
from contracts.canonical.party import Address
from kit.einvoice.tree import drop_empty, group, text

_VAT: Final = "VAT"
_FISCAL: Final = "FC"  # a tax scheme that is not VAT, as BT-32 is told


def party(parent: Element, named: InvoiceParty) -> None:
    """Write one party below its role."""
    whole = group(parent, "Party")
    if named.electronic_address is not None:
        text(whole, "EndpointID", named.electronic_address.value, schemeID=named.electronic_address.scheme)
    _address(group(whole, "PostalAddress"), named.address)
    for number, scheme in ((named.vat_id, _VAT), (named.tax_number, _FISCAL)):
        if number:
            taxed = group(whole, "PartyTaxScheme")
            text(taxed, "CompanyID", number)
            text(group(taxed, "TaxScheme"), "ID", scheme)
    legal = group(whole, "PartyLegalEntity")
    text(legal, "RegistrationName", named.name)
    if named.registration is not None:
        text(legal, "CompanyID", named.registration.number, schemeID=named.registration.scheme)
    if named.contact is not None:
        contact = group(whole, "Contact")
        text(contact, "Name", named.contact.name)
        text(contact, "Telephone", named.contact.phone)
        text(contact, "ElectronicMail", named.contact.email)
        drop_empty(whole, contact)


def _address(parent: Element, address: Address) -> None:
    text(parent, "StreetName", address.street)
    text(parent, "CityName", address.city)
    text(parent, "PostalZone", address.postal_code)
    text(parent, "CountrySubentity", address.region)
    text(group(parent, "Country"), "IdentificationCode", address.country)
