"""Addresses: located in the United States and Canada; what comes back may be an echo without coordinates."""

from typing import Any, Final

from .errors import Refusal
from .rates import Place, place, place_of_city

COUNTRIES: Final = ("US", "CA")
_NONSENSE: Final = "00000"
"""A postal code that is echoed as if it had been validated, and has no coordinates."""


def resolve(asked: dict[str, Any]) -> dict[str, Any]:
    """An address as it was located. Raises the vendor's refusal where too little was given."""
    line1, city, region, postal, country = (
        str(asked.get(name) or "").strip() for name in ("line1", "city", "region", "postalCode", "country")
    )
    country = country.upper() or "US"
    if country not in COUNTRIES:
        raise Refusal(400, "InvalidCountry", "Address validation is for US and CA only.", refers_to="country")
    if not postal and not (line1 and city and region):
        text = "Insufficient address information. You must specify at least a postal code."
        raise Refusal(400, "InvalidAddress", text, refers_to="Address", target="IncorrectData")
    found = place(country, postal) if postal else place_of_city(country, city, region)
    given = {"line1": line1, "city": city, "region": region, "postalCode": postal, "country": country}
    if found is None or (region and found.region != region.upper()):
        return _echo(given, known=postal == _NONSENSE)
    return _located(given, found, exact=bool(line1))


def _echo(given: dict[str, str], *, known: bool) -> dict[str, Any]:
    """What could not be located; the nonsense code is not even complained about."""
    message = {
        "summary": "The address number is out of range",
        "details": "The address could not be located.",
        "refersTo": "Address.PostalCode",
        "severity": "Error",
        "source": "Avalara.AvaTax.Common",
    }
    return {
        "address": given,
        "validatedAddresses": [{"addressType": "UnknownAddressType", **given}],
        "resolutionQuality": "NotCoded",
        "taxAuthorities": [],
        "messages": [] if known else [message],
    }


def _located(given: dict[str, str], found: Place, *, exact: bool) -> dict[str, Any]:
    point = {"latitude": found.latitude, "longitude": found.longitude}
    validated = {
        "addressType": "StreetOrResidentialAddress" if exact else "GeneralDelivery",
        "line1": given["line1"].upper(),
        "city": found.city.upper(),
        "region": found.region,
        "country": found.country,
        "postalCode": found.postal_code,
        **point,
    }
    return {
        "address": given,
        "validatedAddresses": [validated],
        "coordinates": point,
        "resolutionQuality": "Rooftop" if exact else "PostalCentroidBest",
        "taxAuthorities": [
            {
                "avalaraId": each.signature,
                "jurisdictionName": each.name,
                "jurisdictionType": each.level,
                "signatureCode": each.signature,
            }
            for each in found.stack
        ],
        "messages": [],
    }
