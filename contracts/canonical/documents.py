"""Money documents: lines, tax groups, totals and what they come to in the seller's currency (MON-3, MON-4, MON-6)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency, Money
from contracts.canonical.pricing import Rounding


class TaxCategory(StrEnum):
    """How a supply is taxed, by the codes of EN 16931 (rule TAX-1)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE_SCOPE = "O"


class RatePolicy(StrEnum):
    """Which day's rate of exchange counts (rule MON-6)."""

    COST = "cost"
    BILLING = "billing"
    REVENUE = "revenue"


class RateDirection(StrEnum):
    """How a rate was found: as quoted, turned round, or by way of a third currency."""

    DIRECT = "direct"
    INVERSE = "inverse"
    TRIANGULATED = "triangulated"


class QuotedRate(Noun, frozen=True, kw_only=True):
    """How many units of one currency another is worth, from a day until the next quotation."""

    from_currency: Currency
    to_currency: Currency
    rate: Annotated[Decimal, fact("Units of the second for one of the first", Record.ERP, example="0.92")]
    starts_on: Annotated[dt.date, fact("First day it holds", Record.ERP)]
    rate_type: Annotated[str, fact("Kind of rate", Record.ERP, example="daily")] = "daily"
    source: Annotated[str, fact("Who quotes it", Record.ERP, example="ECB")] = ""


class ExchangeRecord(Noun, frozen=True, kw_only=True):
    """With which rates an amount was converted; enough to do it again (rule MON-6)."""

    from_currency: Currency
    to_currency: Currency
    rate_date: Annotated[dt.date, fact("Day whose rate counts", Record.SLUICE)]
    rate_type: Annotated[str, fact("Kind of rate", Record.ERP)]
    direction: Annotated[RateDirection, fact("How the rate was found", Record.SLUICE)]
    legs: Annotated[list[QuotedRate], fact("Quotations used, in order", Record.ERP)]
    rate: Annotated[Decimal, fact("Rate from end to end, at full precision", Record.SLUICE)]


class Conversion(Noun, frozen=True, kw_only=True):
    """An amount, what it comes to in another currency, and the record of it."""

    source: Annotated[Money, fact("Amount converted", Record.SLUICE)]
    result: Annotated[Money, fact("What it comes to, cut once", Record.SLUICE)]
    record: Annotated[ExchangeRecord, fact("Rates used", Record.SLUICE)]


class DocumentLine(Noun, frozen=True, kw_only=True):
    """One line before it is computed; a credit has a negative quantity and allowance (rule MON-3)."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE)]
    quantity: Annotated[Decimal, fact("Quantity", Record.SLUICE, example="7.5")]
    rate: Annotated[Decimal, fact("Net price of one", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    category: Annotated[TaxCategory, fact("Tax category", Record.ERP)]
    tax_percent: Annotated[Decimal, fact("Tax rate", Record.ERP, unit="percent", example="19")]
    allowance: Annotated[Decimal, fact("What is taken off", Record.SLUICE)] = Decimal(0)


class ComputedLine(Noun, frozen=True, kw_only=True):
    """A line with its net amount, in minor units."""

    line: DocumentLine
    net: Annotated[Decimal, fact("Net amount", Record.SLUICE, classification=Classification.CONFIDENTIAL)]


class TaxGroup(Noun, frozen=True, kw_only=True):
    """What is taxed alike: the sum of the lines, its tax, and both in the seller's currency when that is another."""

    category: Annotated[TaxCategory, fact("Tax category", Record.ERP)]
    percent: Annotated[Decimal, fact("Tax rate", Record.ERP, unit="percent")]
    base: Annotated[Decimal, fact("Taxable amount", Record.SLUICE)]
    tax: Annotated[Decimal, fact("Tax", Record.SLUICE)]
    entity_base: Annotated[Decimal | None, fact("Taxable amount in the seller's currency", Record.SLUICE)] = None
    entity_tax: Annotated[Decimal | None, fact("Tax in the seller's currency", Record.SLUICE)] = None


class MoneyDocument(Noun, frozen=True, kw_only=True):
    """An invoice or credit note as arithmetic. It ties when `documents.untied` finds nothing (rule MON-4)."""

    currency: Currency
    rounding: Annotated[Rounding, fact("How amounts were cut", Record.SLUICE)]
    lines: Annotated[list[ComputedLine], fact("Lines", Record.SLUICE)]
    groups: Annotated[list[TaxGroup], fact("One for each tax category and rate", Record.SLUICE)]
    net: Annotated[Decimal, fact("Sum of the lines", Record.SLUICE)]
    tax: Annotated[Decimal, fact("Sum of the groups", Record.SLUICE)]
    gross: Annotated[Decimal, fact("Net and tax", Record.SLUICE)]
    prepaid: Annotated[Decimal, fact("What was paid before", Record.SLUICE)]
    rounding_amount: Annotated[Decimal, fact("What rounds the amount payable", Record.SLUICE)]
    payable: Annotated[Decimal, fact("Gross less prepaid, rounded", Record.SLUICE)]
    exchange: Annotated[ExchangeRecord | None, fact("Rates into the seller's currency", Record.SLUICE)] = None
    entity_net: Annotated[Decimal | None, fact("Net in the seller's currency", Record.SLUICE)] = None
    entity_tax: Annotated[Decimal | None, fact("Tax in the seller's currency", Record.SLUICE)] = None
    entity_gross: Annotated[Decimal | None, fact("Gross in the seller's currency", Record.SLUICE)] = None


class Billable(Noun, frozen=True, kw_only=True):
    """What decides on which document an item goes (rule BIL-11)."""

    item_id: Annotated[str, fact("Our id of the item", Record.SLUICE)]
    bill_to_id: Annotated[str, fact("Who is billed", Record.SLUICE)]
    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    currency: Currency
    category: Annotated[TaxCategory, fact("Tax category", Record.ERP)]
    purchase_order: Annotated[str | None, fact("Order of the customer", Record.CRM)] = None


class DocumentKey(Noun, frozen=True, kw_only=True):
    """Items of one key share a document; no two sellers, currencies or tax treatments ever do (rule BIL-11)."""

    bill_to_id: str
    legal_entity_id: str
    currency: Currency
    treatment: Annotated[str, fact("domestic, or the code of what it is not mixed with", Record.SLUICE)]
    purchase_order: str | None = None


class DocumentItems(Noun, frozen=True, kw_only=True):
    """The items of one document to be."""

    key: DocumentKey
    item_ids: Annotated[list[str], fact("In the order given", Record.SLUICE)] = field(default_factory=list)
