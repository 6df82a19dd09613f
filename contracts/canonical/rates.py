"""Rate cards: what an hour of a role costs the customer, from a date, in a country (rules RAT-2 to RAT-4)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency
from contracts.canonical.party import CountryCode


class RateEntry(Noun, frozen=True, kw_only=True):
    """One rate, valid from `effective_from` until the next entry of the same role and country."""

    role: Annotated[str, fact("Role as the rate card names it", Record.CRM, example="Cloud Architect")]
    country: CountryCode
    hourly_rate: Annotated[
        Decimal,
        fact(
            "Bill rate",
            Record.CRM,
            unit="currency per hour",
            classification=Classification.CONFIDENTIAL,
            example="185.00",
        ),
    ]
    effective_from: Annotated[dt.date, fact("First day the rate holds", Record.CRM)]


class RateCard(Noun, frozen=True, kw_only=True):
    """The approved rates of one contract, in one currency."""

    name: Annotated[str, fact("Name on the contract", Record.CRM, example="Northwind 2026")]
    currency: Currency
    entries: Annotated[list[RateEntry], fact("Rates by role, country and date", Record.CRM)]
