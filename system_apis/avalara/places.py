"""Addresses and registrations in our words: an answer about an address proves nothing until it is looked at. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from contracts.canonical.jurisdictions import (
    AddressQuality,
    Jurisdiction,
    JurisdictionLevel,
    ResolvedAddress,
    TaxRegistration,
)
from contracts.canonical.party import Address
from contracts.problem import FieldError, Kind, Problem
from system_apis.avalara import wire
from system_apis.avalara.mapping import day, level

RESOLVES: Final = ("US", "CA")
"""The countries whose addresses the vendor locates."""
QUALITIES: Final = {
    "NotCoded": AddressQuality.NONE,
    "External": AddressQuality.NONE,
    "Constant": AddressQuality.NONE,
    "CountryCentroid": AddressQuality.COUNTRY,
    "RegionCentroid": AddressQuality.REGION,
    "PartialCentroid": AddressQuality.AREA,
    "PostalCentroidGood": AddressQuality.POSTAL_CODE,
    "PostalCentroidBetter": AddressQuality.POSTAL_CODE,
    "PostalCentroidBest": AddressQuality.POSTAL_CODE,
    "Intersection": AddressQuality.STREET,
    "Interpolated": AddressQuality.STREET,
    "Rooftop": AddressQuality.BUILDING,
}
_ORDER: Final = list(AddressQuality)


def check(address: Address) -> None:
    """Refuse an address that the vendor would not look for.

    Raises:
        Problem: invalid, for too few words or no country; unsupported, for a country that is not looked in.

    """
    if not address.country:
        fault = FieldError(pointer="/country", code="country_missing", detail="a country is never assumed")
        raise Problem(Kind.INVALID, "address_incomplete", "the address names no country", errors=(fault,))
    if address.country not in RESOLVES:
        told = f"addresses are located in {' and '.join(RESOLVES)} only"
        raise Problem(Kind.UNSUPPORTED, "country_not_located", told, hint="check the place, which needs no coordinates")
    if not (address.postal_code or (address.street and address.city and address.region)):
        fault = FieldError(pointer="/postal_code", code="address_incomplete", detail="or street, city and region")
        raise Problem(Kind.INVALID, "address_incomplete", "there is too little to look for", errors=(fault,))


def located(resolution: wire.Resolution, asked: Address, *, floor: AddressQuality) -> ResolvedAddress:
    """What was found, and whether it may be relied on."""
    found = resolution.validated_addresses[0] if resolution.validated_addresses else wire.ValidatedAddress()
    point = resolution.coordinates or wire.Coordinates(latitude=found.latitude, longitude=found.longitude)
    quality = QUALITIES.get(resolution.resolution_quality, AddressQuality.NONE)
    faults = list(_faults(resolution, point, quality, floor=floor))
    country, region = found.country or asked.country or "", found.region or asked.region
    return ResolvedAddress(
        address=Address(
            country=country or None,
            street=found.line1,
            city=found.city,
            postal_code=found.postal_code,
            region=region,
        ),
        quality=quality,
        accepted=not faults,
        latitude=point.latitude,
        longitude=point.longitude,
        jurisdictions=[_jurisdiction(each, country, region) for each in resolution.tax_authorities],
        faults=faults,
    )


def registration(nexus: wire.Nexus) -> TaxRegistration:
    """Where a company is registered, in our words."""
    size = level(nexus.jurisdiction_type_id)
    return TaxRegistration(
        country=nexus.country,
        region="" if size is JurisdictionLevel.COUNTRY else nexus.region or "",
        code=nexus.juris_code,
        name=nexus.juris_name,
        level=size,
        starts_on=day(nexus.effective_date) if nexus.effective_date else dt.date.min,
        ends_on=day(nexus.end_date) if nexus.end_date else None,
        local_too=nexus.local_nexus_type_id in {"All", "StateAdministered"},
    )


def _faults(
    resolution: wire.Resolution, point: wire.Coordinates, quality: AddressQuality, *, floor: AddressQuality
) -> Iterator[str]:
    if not resolution.validated_addresses:
        yield "no such address"
    if point.latitude is None or point.longitude is None:
        yield "it has no coordinates"
    if _ORDER.index(quality) < _ORDER.index(floor):
        yield f"it is located by {quality.value} only"
    if any(each.severity == "Error" for each in resolution.messages):
        yield "the engine objects to it"


def _jurisdiction(authority: wire.Authority, country: str, region: str) -> Jurisdiction:
    size = level(authority.jurisdiction_type)
    return Jurisdiction(
        country=country,
        region="" if size is JurisdictionLevel.COUNTRY else region,
        level=size,
        code=authority.signature_code or authority.avalara_id,
        name=authority.jurisdiction_name,
    )
