"""The firm whose books are set up: its companies, currencies, taxes and years; nothing here is asked of Tryton."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Company:
    """One legal entity, with the currency its books are kept in."""

    code: str
    name: str
    country: str
    currency: str


@dataclass(frozen=True)
class Tax:
    """One tax: the code documents carry, and its rate as a fraction."""

    code: str
    description: str
    rate: str


COMPANIES: Final = (
    Company("SG-DE", "Sluicegate Deutschland GmbH", "DE", "EUR"),
    Company("SG-GB", "Sluicegate UK Ltd", "GB", "GBP"),
    Company("SG-US", "Sluicegate Inc", "US", "USD"),
)
TAXES: Final = (
    Tax("DE-S-19", "German VAT, standard rate", "0.19"),
    Tax("EU-RC", "EU reverse charge", "0"),
    Tax("GB-S-20", "UK VAT, standard rate", "0.20"),
    Tax("US-NT", "US, not taxable", "0"),
    Tax("EXPORT-0", "Export of services", "0"),
)
# Units of the currency for one euro, on the first day of the books.
CURRENCIES: Final = {
    "EUR": ("Euro", "1"),
    "GBP": ("British Pound", "0.86"),
    "USD": ("US Dollar", "1.08"),
    "SGD": ("Singapore Dollar", "1.45"),
}
COUNTRIES: Final = {
    "AT": "Austria",
    "BE": "Belgium",
    "CH": "Switzerland",
    "DE": "Germany",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "IT": "Italy",
    "LU": "Luxembourg",
    "NL": "Netherlands",
    "PL": "Poland",
    "SE": "Sweden",
    "SG": "Singapore",
    "US": "United States",
}
YEARS: Final = (2026, 2027, 2028)
BOOKS_OPEN: Final = dt.date(YEARS[0], 1, 1)
# Accounts of Tryton's Universal Chart, by its codes.
RECEIVABLE: Final = "1.2.1"
PAYABLE: Final = "2.1.1"
TAXES_DUE: Final = "2.2.3"
SERVICES: Final = "4.2.2"
COST_OF_SERVICES: Final = "5.1.3"
# How a customer is tied to its parent.
HIERARCHY: Final = "Subsidiary of"
# What the integration's own user may do; it is no administrator.
SERVICE_USER: Final = "sluice"
GROUPS: Final = ("Party Administration", "Accounting", "Project Administration", "Sales")
