"""Where the firm is: regions, legal entities with their shares of people and work, roles, and how it is taxed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from contracts.canonical.actuals import TaxDecision
from contracts.canonical.documents import TaxCategory
from contracts.canonical.party import LegalEntity

FIRST_MONDAY: Final = dt.date(2026, 1, 5)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A legal entity: its region, how many of each hundred people it has, and what an hour of a consultant sells for.

    `sells_for` is a middling rate in its currency, `step` what rates there are multiples of; `treatments` are those
    of supplies at home, the usual first.
    """

    entity: LegalEntity
    region: str
    share: int
    sells_for: Decimal
    step: Decimal
    treatments: tuple[TaxDecision, ...]

    @property
    def entity_id(self) -> str:
        return self.entity.legal_entity_id

    @property
    def country(self) -> str:
        return self.entity.country

    @property
    def currency(self) -> str:
        return self.entity.currency


def _taxed(category: TaxCategory, percent: str, code: str) -> TaxDecision:
    return TaxDecision(category=category, percent=Decimal(percent), tax_code=code)


def _place(
    entity: tuple[str, str, str], region: str, share: int, *, rate: tuple[str, str], treatments: tuple[TaxDecision, ...]
) -> Place:
    name, country, currency = entity
    return Place(
        entity=LegalEntity(legal_entity_id=f"NW-{country}", name=name, country=country, currency=currency),
        region=region,
        share=share,
        sells_for=Decimal(rate[0]),
        step=Decimal(rate[1]),
        treatments=treatments,
    )


_S, _Z, _E = TaxCategory.STANDARD, TaxCategory.ZERO, TaxCategory.EXEMPT
REVERSE: Final = _taxed(TaxCategory.REVERSE_CHARGE, "0", "RC")
OUTSIDE: Final = _taxed(TaxCategory.OUTSIDE_SCOPE, "0", "OUT")

PLACES: Final = (
    _place(
        ("Northwind Consulting Inc.", "US", "USD"),
        "americas",
        36,
        rate=("190", "0.01"),
        treatments=(_taxed(_S, "6.35", "US-CT"), _taxed(_E, "0", "US-E")),
    ),
    _place(
        ("Northwind Consulting GmbH", "DE", "EUR"),
        "emea",
        24,
        rate=("160", "0.01"),
        treatments=(_taxed(_S, "19", "DE-19"), _taxed(_S, "7", "DE-7"), _taxed(_E, "0", "DE-E")),
    ),
    _place(
        ("Northwind Consulting Ltd", "GB", "GBP"),
        "emea",
        18,
        rate=("140", "0.01"),
        treatments=(_taxed(_S, "20", "GB-20"), _taxed(_Z, "0", "GB-Z")),
    ),
    _place(
        ("Northwind Consulting KK", "JP", "JPY"),
        "apac",
        16,
        rate=("21000", "5"),
        treatments=(_taxed(_S, "10", "JP-10"), _taxed(_S, "8", "JP-8")),
    ),
    _place(
        ("Northwind Consulting WLL", "KW", "KWD"),
        "emea",
        6,
        rate=("48", "0.0125"),
        treatments=(_taxed(_Z, "0", "KW-Z"),),
    ),
)
REGIONS: Final = ("americas", "emea", "apac")
EUROPEAN_UNION: Final = ("DE", "FR", "NL", "ES", "PL")
COUNTRIES: Final = {"americas": ("US", "CA", "BR"), "emea": ("DE", "FR", "NL", "GB", "KW"), "apac": ("JP", "AU", "SG")}
UNITS: Final = ("cloud", "data", "change")

# A role and what its hour sells for, in hundredths of a middling rate.
ROLES: Final = {
    "Analyst": 62,
    "Developer": 80,
    "Senior Developer": 98,
    "Consultant": 100,
    "Data Engineer": 105,
    "Project Manager": 112,
    "Cloud Architect": 135,
    "Solution Architect": 142,
    "Principal": 175,
    "Partner": 240,
}
UNSOLD_ROLE: Final = "Intern"  # worked in, and on nobody's rate card


def tax_of_supply(seller: Place, country: str, treatment: TaxDecision) -> TaxDecision:
    """How a supply is taxed: as `treatment` says at home, reverse-charged within the Union, else outside its scope."""
    if country == seller.country:
        return treatment
    both = seller.country in EUROPEAN_UNION and country in EUROPEAN_UNION
    return REVERSE if both else OUTSIDE
