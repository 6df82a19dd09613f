"""Price lists: dated rates by person, role and place, what overrides them, and how one price came about (RAT-1 to -6).

Every range is half-open: it holds from its first day up to, and without, `ends_before`. Days are those of the
place of work; no range knows a time zone.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency

RATE_MISSING = "RATE_MISSING"


class Rounding(StrEnum):
    """How an amount is cut to minor units; both treat an amount and its negative alike (rule MON-2)."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


class RateScope(StrEnum):
    """Whom an override is for; the first that is met wins (rule RAT-3)."""

    CONTRACT = "contract"
    QUOTE = "quote"
    CUSTOMER = "customer"
    UNSCOPED = "unscoped"


class RateRow(Noun, frozen=True, kw_only=True):
    """One rate. A dimension that is null holds for everybody; rows of equal dimensions are one series (rule RAT-4)."""

    row_id: Annotated[str, fact("Our id of the row", Record.SLUICE, example="row-1")]
    rate: Annotated[
        Decimal,
        fact("Bill rate", Record.CRM, unit="currency per hour", classification=Classification.CONFIDENTIAL),
    ]
    starts_on: Annotated[dt.date, fact("First day the rate holds", Record.CRM)]
    ends_before: Annotated[
        dt.date | None, fact("First day it no longer holds; the list's own end unless said", Record.CRM)
    ] = None
    person_id: Annotated[str | None, fact("Who works", Record.PSA)] = None
    role: Annotated[str | None, fact("Role as the list names it", Record.CRM, example="Cloud Architect")] = None
    company_id: Annotated[str | None, fact("Company that lends the person", Record.ERP, example="NW-DE")] = None
    unit_id: Annotated[str | None, fact("Organisational unit that lends the person", Record.PSA)] = None
    region: Annotated[str | None, fact("Country or region of work", Record.CRM, example="DE")] = None


class RateOverride(Noun, frozen=True, kw_only=True):
    """Another rate for one row from a day on, until the next override of that row and scope (rule RAT-3)."""

    override_id: Annotated[str, fact("Our id of the override", Record.SLUICE, example="ovr-1")]
    row_id: Annotated[str, fact("The row whose rate is replaced", Record.SLUICE)]
    rate: Annotated[
        Decimal,
        fact("Bill rate", Record.CRM, unit="currency per hour", classification=Classification.CONFIDENTIAL),
    ]
    starts_on: Annotated[dt.date, fact("First day it holds", Record.CRM)]
    scope: Annotated[RateScope, fact("Whom it is for", Record.CRM)] = RateScope.UNSCOPED
    scope_id: Annotated[str | None, fact("Which contract, quote or customer", Record.CRM)] = None


class RateMarkup(Noun, frozen=True, kw_only=True):
    """What is added to a rate for a reason, as overtime; markups are each of the base and add up (rule RAT-6)."""

    code: Annotated[str, fact("Reason as entries name it", Record.PSA, example="overtime")]
    percent: Annotated[Decimal, fact("Share of the base rate", Record.CRM, unit="percent", example="50")]
    starts_on: Annotated[dt.date, fact("First day it holds", Record.CRM)]
    ends_before: Annotated[dt.date | None, fact("First day it no longer holds; open unless said", Record.CRM)] = None


class DailyLimit(Noun, frozen=True, kw_only=True):
    """How many hours of one person a day are billed and at which multiple; a person's own leads (rule RAT-6)."""

    limit_id: Annotated[str, fact("Our id of the limit", Record.SLUICE)]
    starts_on: Annotated[dt.date, fact("First day it holds", Record.CRM)]
    ends_before: Annotated[dt.date | None, fact("First day it no longer holds; open unless said", Record.CRM)] = None
    person_id: Annotated[str | None, fact("Whose; everybody's unless said", Record.PSA)] = None
    max_hours: Annotated[Decimal | None, fact("Most that is billed a day", Record.CRM, unit="hours")] = None
    multiplier: Annotated[Decimal, fact("By what the rate is multiplied", Record.CRM, example="1.5")] = Decimal(1)


class PriceList(Noun, frozen=True, kw_only=True):
    """Rates in one currency for a range of days. It may only be used when `lists.faults_of` finds nothing."""

    list_id: Annotated[str, fact("Our id of the list", Record.SLUICE, example="lst-2026")]
    name: Annotated[str, fact("Name on the contract", Record.CRM, example="Northwind 2026")]
    currency: Currency
    starts_on: Annotated[dt.date, fact("First day of the list", Record.CRM)]
    ends_before: Annotated[dt.date | None, fact("First day after the list; open unless said", Record.CRM)] = None
    rows: Annotated[list[RateRow], fact("Rates", Record.CRM)] = field(default_factory=list)
    overrides: Annotated[list[RateOverride], fact("Dated overrides", Record.CRM)] = field(default_factory=list)
    markups: Annotated[list[RateMarkup], fact("Markups", Record.CRM)] = field(default_factory=list)
    limits: Annotated[list[DailyLimit], fact("Daily limits", Record.CRM)] = field(default_factory=list)


class ListFault(Noun, frozen=True, kw_only=True):
    """One reason why a price list must not be written: what it concerns, and what is wrong with it."""

    about: Annotated[str, fact("Row, override, markup, limit or list", Record.SLUICE, example="row row-1")]
    detail: Annotated[str, fact("What is wrong", Record.SLUICE)]


class PriceQuery(Noun, frozen=True, kw_only=True):
    """What was worked, by whom, where and for whom. `worked_on` decides, never a day of approval (rule RAT-1)."""

    currency: Currency
    worked_on: Annotated[dt.date, fact("Day of the work, where it was done", Record.PSA)]
    hours: Annotated[Decimal, fact("Hours to price", Record.PSA, unit="hours", example="8")] = Decimal(1)
    hours_before: Annotated[Decimal, fact("Hours of that day already billed", Record.SLUICE, unit="hours")] = Decimal(0)
    person_id: Annotated[str | None, fact("Who worked", Record.PSA)] = None
    role: Annotated[str | None, fact("Role worked in", Record.PSA)] = None
    company_id: Annotated[str | None, fact("Company that lends the person", Record.ERP)] = None
    unit_id: Annotated[str | None, fact("Organisational unit that lends the person", Record.PSA)] = None
    region: Annotated[str | None, fact("Country or region of work", Record.PSA)] = None
    contract_id: Annotated[str | None, fact("Contract worked for", Record.CRM)] = None
    quote_id: Annotated[str | None, fact("Quote worked for", Record.CRM)] = None
    customer_id: Annotated[str | None, fact("Customer worked for", Record.SLUICE)] = None
    markups: Annotated[list[str], fact("Reasons for a markup", Record.PSA)] = field(default_factory=list)


class Considered(Noun, frozen=True, kw_only=True):
    """One candidate that was looked at, whether it was taken, and why or why not."""

    kind: Annotated[str, fact("list, row, override, markup or limit", Record.SLUICE, example="row")]
    candidate_id: Annotated[str, fact("Which", Record.SLUICE)]
    taken: Annotated[bool, fact("Whether it makes the price", Record.SLUICE)]
    reason: Annotated[str, fact("Why, or why not", Record.SLUICE)]


class Price(Noun, frozen=True, kw_only=True):
    """A price and how it came about, or the code that says why there is none; then nothing is billed (rule RAT-5).

    `rate` is not rounded; `amount` is `hours` at `rate`, cut to minor units. `over_hours` exceed a daily limit.
    """

    currency: Currency
    code: Annotated[str, fact("Why there is no price; empty when there is one", Record.SLUICE)] = ""
    detail: Annotated[str, fact("The code in a sentence", Record.SLUICE)] = ""
    list_id: Annotated[str | None, fact("List it came from", Record.SLUICE)] = None
    row_id: Annotated[str | None, fact("Row it came from", Record.SLUICE)] = None
    override_id: Annotated[str | None, fact("Override it came from", Record.SLUICE)] = None
    base_rate: Annotated[Decimal | None, fact("Rate before markups", Record.SLUICE, unit="currency per hour")] = None
    rate: Annotated[Decimal | None, fact("Rate billed", Record.SLUICE, unit="currency per hour")] = None
    hours: Annotated[Decimal, fact("Hours billed", Record.SLUICE, unit="hours")] = Decimal(0)
    over_hours: Annotated[Decimal, fact("Hours above the daily limit", Record.SLUICE, unit="hours")] = Decimal(0)
    amount: Annotated[Decimal | None, fact("Net amount", Record.SLUICE, classification=Classification.CONFIDENTIAL)] = (
        None
    )
    trace: Annotated[list[Considered], fact("Every candidate in the order looked at", Record.SLUICE)] = field(
        default_factory=list
    )
