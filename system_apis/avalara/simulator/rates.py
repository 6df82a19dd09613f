"""Who taxes a place and how much: a table for development, dated where a rate has changed; nothing to file by."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

D = Decimal
EU: Final = frozenset(
    ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
     "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"]
)  # fmt: skip  # a list of countries is read as one
_ALWAYS: Final = dt.date(2000, 1, 1)

Dated = tuple[tuple[dt.date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Juris:
    """One jurisdiction. Rates are parts of one, each from its day on."""

    level: str
    code: str
    name: str
    signature: str
    rates: Dated
    country: str = "US"
    region: str = ""

    def rate(self, day: dt.date) -> Decimal:
        """What it takes on a day."""
        return next((rate for since, rate in reversed(self.rates) if since <= day), D(0))


@dataclass(frozen=True, slots=True)
class Place:
    """A postal code that the engine knows, with who taxes it from the country down."""

    postal_code: str
    city: str
    region: str
    latitude: Decimal
    longitude: Decimal
    stack: tuple[Juris, ...]
    country: str = "US"


def _flat(rate: str) -> Dated:
    return ((_ALWAYS, D(rate)),)


_US: Final = Juris("Country", "US", "UNITED STATES", "AAAA", _flat("0"))
_CA: Final = Juris("Country", "CA", "CANADA", "CAAA", _flat("0.05"), country="CA")


def _place(
    postal: str, city: str, region: str, at: tuple[str, str], *parts: tuple[str, str, str, str | Dated]
) -> Place:
    """A place of the United States; each part is level, code, name and rate."""
    stack = [
        Juris(level, code, name, f"{region}{code[-2:]}", _flat(rate) if isinstance(rate, str) else rate, region=region)
        for level, code, name, rate in parts
    ]
    return Place(postal, city, region, D(at[0]), D(at[1]), (_US, *stack))


_SOUTH_DAKOTA: Final = ((_ALWAYS, D("0.045")), (dt.date(2023, 7, 1), D("0.042")))
PLACES: Final = (
    _place(
        "10001", "New York", "NY", ("40.7506", "-73.9972"),
        ("State", "36", "NEW YORK", "0.04"),
        ("City", "51000", "NEW YORK CITY", "0.045"),
        ("Special", "359071", "METROPOLITAN COMMUTER TRANSPORTATION DISTRICT", "0.00375"),
    ),
    _place(
        "98101", "Seattle", "WA", ("47.6114", "-122.3346"),
        ("State", "53", "WASHINGTON", "0.065"),
        ("County", "033", "KING", "0.014"),
        ("City", "63000", "SEATTLE", "0.0115"),
        ("Special", "EMAT0", "REGIONAL TRANSIT AUTHORITY", "0.014"),
    ),
    _place(
        "78701", "Austin", "TX", ("30.2711", "-97.7437"),
        ("State", "48", "TEXAS", "0.0625"),
        ("City", "05000", "AUSTIN", "0.01"),
        ("Special", "6000814", "AUSTIN MTA", "0.01"),
    ),
    _place(
        "57104", "Sioux Falls", "SD", ("43.5460", "-96.7313"),
        ("State", "46", "SOUTH DAKOTA", _SOUTH_DAKOTA),
        ("City", "59020", "SIOUX FALLS", "0.02"),
    ),
    _place(
        "87501", "Santa Fe", "NM", ("35.6870", "-105.9378"),
        ("State", "35", "NEW MEXICO", "0.04875"),
        ("County", "049", "SANTA FE COUNTY", "0.0125"),
        ("City", "70500", "SANTA FE CITY", "0.020625"),
    ),
    _place("06103", "Hartford", "CT", ("41.7658", "-72.6734"), ("State", "09", "CONNECTICUT", "0.0635")),
    _place(
        "92614", "Irvine", "CA", ("33.6846", "-117.8265"),
        ("State", "06", "CALIFORNIA", "0.06"),
        ("County", "059", "ORANGE", "0.0025"),
        ("Special", "EMTN0", "ORANGE COUNTY DISTRICT TAX", "0.015"),
    ),
    _place("97201", "Portland", "OR", ("45.5079", "-122.6908"), ("State", "41", "OREGON", "0")),
    Place(
        "M5H 2N2", "Toronto", "ON", D("43.6487"), D("-79.3817"),
        (_CA, Juris("State", "ON", "ONTARIO", "CAON", _flat("0.08"), country="CA", region="ON")), country="CA",
    ),
    Place(
        "T2P 2M5", "Calgary", "AB", D("51.0478"), D("-114.0593"),
        (_CA, Juris("State", "AB", "ALBERTA", "CAAB", _flat("0"), country="CA", region="AB")), country="CA",
    ),
)  # fmt: skip  # a table is read by its rows
"""Places of the United States and Canada."""

_GERMANY: Final = (
    (_ALWAYS, D("0.16")), (dt.date(2007, 1, 1), D("0.19")), (dt.date(2020, 7, 1), D("0.16")),
    (dt.date(2021, 1, 1), D("0.19")),
)  # fmt: skip  # another table
_VAT_FLAT: Final = {
    "AT": "0.20", "BE": "0.21", "BG": "0.20", "CY": "0.19", "CZ": "0.21", "DK": "0.25", "EE": "0.24", "ES": "0.21",
    "FI": "0.255", "FR": "0.20", "GB": "0.20", "GR": "0.24", "HR": "0.25", "HU": "0.27", "IE": "0.23", "IT": "0.22",
    "LT": "0.21", "LU": "0.17", "LV": "0.21", "MT": "0.18", "NL": "0.21", "PL": "0.23", "PT": "0.23", "RO": "0.21",
    "SE": "0.25", "SI": "0.22", "SK": "0.23", "CH": "0.081", "NO": "0.25", "AU": "0.10",
}  # fmt: skip  # and the last


def _dated(country: str, rate: str) -> Dated:
    return _GERMANY if country == "DE" else _flat(rate)


VAT: Final[dict[str, Juris]] = {
    country: Juris("Country", country, country, f"{country}AA", _dated(country, rate), country)
    for country, rate in {**_VAT_FLAT, "DE": "0"}.items()
}
"""The standard rate of a country that taxes all services alike."""

SERVICES: Final = frozenset({"HI", "SD", "NM", "WV"})
"""States that tax services unless they say otherwise."""
COMPUTER_SERVICES: Final = SERVICES | {"CT", "MS"}
"""States that tax services around computers."""
KINDS: Final = {"SP": "service", "SC": "computer", "P0": "goods"}
"""What is sold, by how its tax code begins; a code that is not known is taken for goods."""


def kind_of(tax_code: str) -> str:
    """What a tax code stands for."""
    return KINDS.get(tax_code[:2].upper(), "goods")


def taxes(juris: Juris, kind: str) -> bool:
    """Whether a jurisdiction of the United States or Canada taxes what is sold."""
    if juris.country == "CA" or kind == "goods":
        return True
    return juris.region in (SERVICES if kind == "service" else COMPUTER_SERVICES)


def place(country: str, postal_code: str) -> Place | None:
    """The place of a postal code; a code of nine digits is known by its first five."""
    wanted = postal_code.replace(" ", "").upper()
    wanted = wanted[:5] if country == "US" else wanted
    found = (each for each in PLACES if each.country == country and each.postal_code.replace(" ", "") == wanted)
    return next(found, None)


def place_of_city(country: str, city: str, region: str) -> Place | None:
    """The place of a city that is known by one postal code here."""
    named = ((each.country, each.city.lower(), each.region) for each in PLACES)
    return next(
        (each for each, name in zip(PLACES, named, strict=True) if name == (country, city.lower(), region.upper())),
        None,
    )
