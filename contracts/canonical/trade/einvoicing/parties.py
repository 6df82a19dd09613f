"""Whether seller and buyer are named as the standard wants them: name, country, numbers, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from contracts.canonical.einvoice import InvoiceParty, IssuedDocument
from contracts.canonical.trade.einvoicing.codes import ADDRESS_SCHEMES, COUNTRIES, REGISTERS
from contracts.problem import FieldError

_VAT_ID: Final = re.compile(r"(?P<country>[A-Z0-9]{2})[A-Za-z0-9+*]{2,18}")
_GREECE: Final = "EL"


def party_faults(issued: IssuedDocument) -> Iterator[FieldError]:
    """Name what is missing or malformed on either party."""
    for pointer, party in (("/seller", issued.seller), ("/buyer", issued.buyer)):
        yield from _party(party, pointer)
    seller = issued.seller
    if not seller.vat_id and seller.registration is None:
        detail = "neither a VAT number nor a register tells who sells (BR-CO-26)"
        yield FieldError(pointer="/seller", code="EINVOICE_SELLER_UNKNOWN", detail=detail)
    if issued.buyer.tax_number:
        detail = "the standard has no term for a buyer's number at a local tax office"
        yield FieldError(pointer="/buyer/tax_number", code="EINVOICE_NO_TERM", detail=detail)


def _party(party: InvoiceParty, pointer: str) -> Iterator[FieldError]:
    if not party.name.strip():
        yield FieldError(
            pointer=f"{pointer}/name", code="EINVOICE_NAME_MISSING", detail="a party has a name (BR-06, -07)"
        )
    country = party.address.country
    if country is None:
        detail = "where a party is established is asked for, never assumed (BR-09, BR-11)"
        yield FieldError(pointer=f"{pointer}/address/country", code="EINVOICE_COUNTRY_MISSING", detail=detail)
    elif country not in COUNTRIES:
        detail = f"{country!r} is no country of ISO 3166-1 (BR-CL-14)"
        yield FieldError(pointer=f"{pointer}/address/country", code="EINVOICE_CODE", detail=detail)
    if party.vat_id is not None and not _is_vat_id(party.vat_id):
        detail = f"{party.vat_id!r} does not begin with a country and go on with its number (BR-CO-09)"
        yield FieldError(pointer=f"{pointer}/vat_id", code="EINVOICE_VAT_ID", detail=detail)
    if party.tax_number is not None and not party.tax_number.strip():
        yield _empty(f"{pointer}/tax_number")
    yield from _codes(party, pointer)


def _codes(party: InvoiceParty, pointer: str) -> Iterator[FieldError]:
    registration, address = party.registration, party.electronic_address
    if registration is not None and not registration.number.strip():
        yield _empty(f"{pointer}/registration/number")
    if registration is not None and registration.scheme is not None and registration.scheme not in REGISTERS:
        detail = f"{registration.scheme!r} is no register of ISO/IEC 6523 (BR-CL-11)"
        yield FieldError(pointer=f"{pointer}/registration/scheme", code="EINVOICE_CODE", detail=detail)
    if address is not None and not address.value.strip():
        yield _empty(f"{pointer}/electronic_address/value")
    if address is not None and address.scheme not in ADDRESS_SCHEMES:
        detail = f"{address.scheme!r} is no scheme of electronic addresses (BR-CL-25)"
        yield FieldError(pointer=f"{pointer}/electronic_address/scheme", code="EINVOICE_CODE", detail=detail)


def _is_vat_id(value: str) -> bool:
    found = _VAT_ID.fullmatch(value)
    return found is not None and found["country"] in COUNTRIES | {_GREECE}


def _empty(pointer: str) -> FieldError:
    return FieldError(pointer=pointer, code="EINVOICE_EMPTY", detail="what is given is not empty")
