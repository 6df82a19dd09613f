"""A line item as a line of a contract: what it comes to over its whole term, when it runs, how it is billed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from contracts.canonical.deal import (
    BillingFrequency,
    BillingMethod,
    BillingTiming,
    Cap,
    CapBehaviour,
    DealLine,
    DealMilestone,
)
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from system_apis.hubspot import wire
from system_apis.hubspot.gaps import Gaps
from system_apis.hubspot.values import country, day, last_day, money, months, number

_PERIOD_MONTHS: Final = {"monthly": 1, "quarterly": 3, "per_six_months": 6, "annually": 12, "per_two_years": 24}
_FREQUENCIES: Final = {
    "monthly": BillingFrequency.MONTHLY,
    "quarterly": BillingFrequency.QUARTERLY,
    "annually": BillingFrequency.YEARLY,
}


def line(row: wire.Row[wire.Line], milestones: Sequence[DealMilestone], currency: str, gaps: Gaps) -> DealLine:
    """One line of a deal in the deal's currency."""
    item, record = row.properties, f"line {row.id}"
    value = money(_contract_value(item, record, gaps), currency)
    if item.currency and item.currency != currency:
        gaps.add(record, "hs_line_item_currency_code", detail=f"the line is in {item.currency}, its deal in {currency}")
    amount = _billed(item, value, record, gaps)
    starts_on = day(item.service_start) or day(item.recurs_from)
    cap, frequency = number(item.cap_amount), _frequency(item, record, gaps)
    behaviour = gaps.chosen(CapBehaviour, item.cap_behaviour, record=record, field="cap_behaviour")
    return DealLine(
        line_id=row.id,
        name=item.name or "",
        method=gaps.chosen(BillingMethod, item.billing_method, record=record, field="billing_method"),
        amount=amount,
        country=country(item.country),
        starts_on=starts_on,
        ends_on=day(item.service_end) or _end(item, starts_on),
        phase=item.phase or "",
        milestones=list(milestones),
        legal_entity_id=item.legal_entity or None,
        tax_code=item.tax_code or None,
        deal_value=None if amount.currency == value.currency else value,
        cap=None if cap is None else Cap(amount=money(cap, amount.currency), behaviour=behaviour),
        frequency=frequency,
        timing=gaps.chosen(BillingTiming, item.timing, record=record, field="billing_timing"),
    )


def order(line: DealLine) -> tuple[dt.date, int]:
    """In the order in which lines begin; those that say nothing come last."""
    return line.starts_on or dt.date.max, int(line.line_id)


def needed_day(text: str | None, *, zone: ZoneInfo) -> dt.date:
    """The day of a moment that the vendor sets itself.

    Raises:
        Problem: unexpected, when it has not.

    """
    found = day(text, zone=zone)
    if found is None:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "a deal has no createdate")
    return found


def _contract_value(item: wire.Line, record: str, gaps: Gaps) -> Decimal:
    """The amount, which is that of one period where the line recurs, times the periods of its term."""
    amount = number(item.amount) or Decimal(0)
    if not item.recurs:
        return amount
    term, period = months(item.term), _PERIOD_MONTHS.get(item.recurs)
    if not term or not period or term % period:
        detail = f"a term of {item.term or 'no length'} billed {item.recurs} has no contract value"
        gaps.add(record, "hs_recurring_billing_period", detail=detail)
        return amount
    return amount * (term // period)


def _end(item: wire.Line, starts_on: dt.date | None) -> dt.date | None:
    term = months(item.term) if item.recurs else None
    return last_day(starts_on, of_months=term) if term and starts_on else None


def _frequency(item: wire.Line, record: str, gaps: Gaps) -> BillingFrequency | None:
    said = gaps.chosen(BillingFrequency, item.frequency, record=record, field="billing_frequency")
    return said or _FREQUENCIES.get(item.recurs or "")


def _billed(item: wire.Line, value: Money, record: str, gaps: Gaps) -> Money:
    """What the customer is billed: a line item is always in the currency of its deal, ours need not be."""
    amount, currency = number(item.billing_amount), item.billing_currency or None
    if amount is None and currency is None:
        return value
    if amount is None or currency is None:
        missing = "billing_amount" if amount is None else "billing_currency"
        gaps.add(record, missing, detail="an amount to bill needs its currency, and a currency its amount")
        return value
    return money(amount, currency)
