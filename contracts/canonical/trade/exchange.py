"""Other currencies: which day's rate counts, and one conversion at full precision, on the record (rule MON-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext

from contracts.canonical.documents import Conversion, ExchangeRecord, QuotedRate, RateDirection, RatePolicy
from contracts.canonical.money import Currency, Money
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.rounding import PRECISION, cut


class ExchangeRateUnknown(LookupError):
    """No quotation leads from one currency to the other on that day; nothing is converted at a guess."""


def rate_date(
    policy: RatePolicy,
    *,
    transaction_on: dt.date,
    invoiced_on: dt.date | None = None,
    recognised_on: dt.date | None = None,
) -> dt.date:
    """The day whose rate counts: of the transaction for cost, of the invoice, of first recognition for revenue.

    Raises:
        ValueError: the day that the policy asks for is not given.

    """
    days = {
        RatePolicy.COST: transaction_on,
        RatePolicy.BILLING: invoiced_on,
        RatePolicy.REVENUE: recognised_on,
    }
    day = days[policy]
    if day is None:
        raise ValueError(f"the rate for {policy.value} is that of a day which is not given")
    return day


def found_rate(
    rates: Sequence[QuotedRate],
    from_currency: Currency,
    to_currency: Currency,
    *,
    on: dt.date,
    via: Currency,
    rate_type: str = "daily",
) -> ExchangeRecord:
    """The rate that holds on a day: as quoted, else turned round, else by way of the entity's currency `via`.

    Raises:
        ExchangeRateUnknown: no quotation of that type leads there.
        ValueError: the quotation that holds is not positive.

    """
    legs: list[QuotedRate] = []
    direction = RateDirection.DIRECT
    if from_currency != to_currency:
        straight = _leg(rates, from_currency, to_currency, on=on, rate_type=rate_type)
        if straight is not None:
            legs, turned = [straight], straight.from_currency != from_currency
            direction = RateDirection.INVERSE if turned else RateDirection.DIRECT
        else:
            first = _leg(rates, from_currency, via, on=on, rate_type=rate_type)
            second = _leg(rates, via, to_currency, on=on, rate_type=rate_type)
            if first is None or second is None:
                message = f"no {rate_type} rate leads from {from_currency} to {to_currency} on {on}"
                raise ExchangeRateUnknown(message)
            legs, direction = [first, second], RateDirection.TRIANGULATED
    return ExchangeRecord(
        from_currency=from_currency,
        to_currency=to_currency,
        rate_date=on,
        rate_type=rate_type,
        direction=direction,
        legs=legs,
        rate=_through(Decimal(1), from_currency, legs),
    )


def converted(amount: Decimal, record: ExchangeRecord, *, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """An amount by the quotations of a record, leg by leg at full precision, cut once at the end."""
    return cut(_through(amount, record.from_currency, record.legs), record.to_currency, mode=mode)


def convert(money: Money, record: ExchangeRecord, *, mode: Rounding = Rounding.HALF_UP) -> Conversion:
    """Money and what it comes to, with the record that did it.

    Raises:
        ValueError: the record is from another currency than the money.

    """
    if money.currency != record.from_currency:
        raise ValueError(f"the rates are from {record.from_currency}, the money is in {money.currency}")
    result = Money(amount=converted(money.amount, record, mode=mode), currency=record.to_currency)
    return Conversion(source=money, result=result, record=record)


def exchange_difference(money: Money, *, booked: ExchangeRecord, paid: ExchangeRecord) -> Money:
    """What a payment gains, or loses, against the rate at which it was booked; posted apart, never as revenue."""
    amount = convert(money, paid).result.amount - convert(money, booked).result.amount
    return Money(amount=amount, currency=booked.to_currency)


def _leg(
    rates: Sequence[QuotedRate], one: Currency, other: Currency, *, on: dt.date, rate_type: str
) -> QuotedRate | None:
    for pair in ((one, other), (other, one)):
        held = [
            rate
            for rate in rates
            if (rate.from_currency, rate.to_currency) == pair and rate.rate_type == rate_type and rate.starts_on <= on
        ]
        if held:
            latest = max(held, key=lambda rate: (rate.starts_on, rate.source, rate.rate))
            if latest.rate <= 0:
                raise ValueError(f"the rate from {pair[0]} to {pair[1]} of {latest.starts_on} is not positive")
            return latest
    return None


def _through(amount: Decimal, currency: Currency, legs: Sequence[QuotedRate]) -> Decimal:
    with localcontext(Context(prec=PRECISION)):
        for leg in legs:
            onward = leg.from_currency == currency
            amount = amount * leg.rate if onward else amount / leg.rate
            currency = leg.to_currency if onward else leg.from_currency
    return amount
