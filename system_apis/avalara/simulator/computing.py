"""What a document is taxed: by destination where there is sales tax, by place of supply where there is VAT.

A company that is not registered somewhere charges nothing there, and nobody complains.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from .errors import tax_error
from .rates import EU, VAT, Juris, kind_of, place, place_of_city, taxes

_SALES_TAX: Final = frozenset({"US", "CA"})
_NO_MINOR: Final = frozenset({"JPY", "KRW", "CLP", "ISK", "VND"})
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sale:
    """What decides on the tax of a line beside its amount."""

    nexus: Sequence[dict[str, Any]]
    day: dt.date
    origin: dict[str, Any]
    target: dict[str, Any]
    buyer: str = ""
    exempt: bool = False
    currency: str = "USD"


@dataclass(slots=True)
class Taxed:
    """A line's details and sums."""

    details: list[dict[str, Any]] = field(default_factory=list)

    def total(self, name: str) -> Decimal:
        """The sum of one amount over the details."""
        return sum((each[name] for each in self.details), ZERO)


def computed(amount: Decimal, tax_code: str, sale: Sale) -> Taxed:
    """Tax one line."""
    target = str(sale.target.get("country") or "US").upper()
    if target in _SALES_TAX:
        return _sales_tax(amount, tax_code, sale, _stack(sale.target, target))
    return _vat(amount, sale, target)


def unit(currency: str) -> Decimal:
    """The smallest amount of a currency."""
    return Decimal(1) if currency in _NO_MINOR else Decimal("0.01")


def registered(nexus: Sequence[dict[str, Any]], juris: Juris, day: dt.date) -> bool:
    """Whether a company has declared a jurisdiction for a day, itself or with everything in its state."""
    for row in nexus:
        if not row["effectiveDate"][:10] <= day.isoformat() <= (row.get("endDate") or "9999-12-31")[:10]:
            continue
        if (row["country"], row["jurisName"]) == (juris.country, juris.name):
            return True
        local = row.get("localNexusTypeId") == "All" and juris.level not in {"Country", "State"}
        if local and row["jurisdictionTypeId"] == "State" and row.get("region") == juris.region:
            return True
    return False


def _stack(address: dict[str, Any], country: str) -> tuple[Juris, ...]:
    postal, city, region = (str(address.get(name) or "") for name in ("postalCode", "city", "region"))
    if not postal and not (city and region):
        raise tax_error("TaxAddressError", "Address is incomplete or invalid.", refers_to="Addresses")
    found = place(country, postal) if postal else place_of_city(country, city, region)
    if found is None:
        text = "Unable to determine the taxing jurisdictions."
        raise tax_error("JurisdictionNotFoundError", text, refers_to="Addresses")
    if region and region.upper() != found.region:
        raise tax_error("RegionCodeError", "Invalid or missing state/province code.", refers_to="Addresses")
    return found.stack


def _sales_tax(amount: Decimal, tax_code: str, sale: Sale, stack: Sequence[Juris]) -> Taxed:
    taxed = Taxed()
    for juris in stack:
        if not registered(sale.nexus, juris, sale.day) or (juris.level == "Country" and juris.country == "US"):
            continue
        rate = juris.rate(sale.day)
        bears = taxes(juris, kind_of(tax_code))
        name = f"{juris.region or juris.country} {juris.level.upper()} TAX"
        parts = _parts(amount, exempt=sale.exempt and bears, bears=bears)
        taxed.details.append(_detail(juris, name, rate, parts, sale.currency))
    return taxed


def _vat(amount: Decimal, sale: Sale, target: str) -> Taxed:
    origin = str(sale.origin.get("country") or "").upper()
    if target not in VAT:
        return Taxed()
    if origin == target:
        return _standard(amount, sale, VAT[target])
    if {origin, target} <= EU:
        if sale.buyer:  # the buyer accounts for it
            detail = _detail(VAT[target], "REVERSE CHARGE", ZERO, (amount, ZERO, ZERO), sale.currency)
            return Taxed([detail]) if registered(sale.nexus, VAT[origin], sale.day) else Taxed()
        return _standard(amount, sale, VAT[origin])
    return Taxed() if sale.buyer else _standard(amount, sale, VAT[target])


def _standard(amount: Decimal, sale: Sale, juris: Juris) -> Taxed:
    if not registered(sale.nexus, juris, sale.day):
        return Taxed()
    detail = _detail(juris, "STANDARD VAT", juris.rate(sale.day), (amount, ZERO, ZERO), sale.currency)
    return Taxed([detail])


def _parts(amount: Decimal, *, exempt: bool, bears: bool) -> tuple[Decimal, Decimal, Decimal]:
    """Taxable, exempt and not taxable at all."""
    if not bears:
        return ZERO, ZERO, amount
    return (ZERO, amount, ZERO) if exempt else (amount, ZERO, ZERO)


def _detail(
    juris: Juris, name: str, rate: Decimal, parts: tuple[Decimal, Decimal, Decimal], currency: str
) -> dict[str, Any]:
    taxable, exempt, untaxed = parts
    tax = (taxable * rate).quantize(unit(currency), ROUND_HALF_UP)
    return {
        "country": juris.country,
        "region": juris.region or juris.country,
        "jurisCode": juris.code,
        "jurisName": juris.name,
        "jurisType": juris.level,
        "signatureCode": juris.signature,
        "taxName": name,
        "rate": rate,
        "taxableAmount": taxable,
        "exemptAmount": exempt,
        "nonTaxableAmount": untaxed,
        "tax": tax,
        "taxCalculated": tax,
    }
