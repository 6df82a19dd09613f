"""What an expense is billed at: converted, marked up, then capped; the personal part never (rule BIL-9)."""

from __future__ import annotations

from decimal import Decimal

from contracts.canonical.documents import Conversion, ExchangeRecord
from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.exchange import convert
from contracts.canonical.trade.rounding import cut


class ExpenseCharge(Noun, frozen=True, kw_only=True):
    """An expense in the contract's currency: `value` is `billed` and what is above the cap, `unbilled`."""

    cost: Conversion
    value: Money
    billed: Money
    unbilled: Money


def charge_of(
    cost: Money,
    record: ExchangeRecord,
    *,
    markup_percent: Decimal = Decimal(0),
    personal: Decimal = Decimal(0),
    category_left: Decimal | None = None,
    mode: Rounding = Rounding.HALF_UP,
) -> ExpenseCharge:
    """An expense as the customer is charged: cost less `personal`, converted and cut, marked up and cut, capped.

    `personal` is in the currency of the cost; `category_left` is what the cap of the category leaves, in the
    contract's. Without a cap nothing is held back.

    Raises:
        ValueError: the personal part is negative or above the cost, the cap is negative, or the rates are from
            another currency.

    """
    if personal < 0 or personal > cost.amount:
        raise ValueError(f"of an expense of {cost.amount} no {personal} can be personal")
    if category_left is not None and category_left < 0:
        raise ValueError(f"a cap cannot leave {category_left}")
    conversion = convert(Money(amount=cost.amount - personal, currency=cost.currency), record, mode=mode)
    currency = conversion.result.currency
    value = cut(conversion.result.amount * (1 + markup_percent / 100), currency, mode=mode)
    billed = value if category_left is None else min(value, category_left)
    return ExpenseCharge(
        cost=conversion,
        value=Money(amount=value, currency=currency),
        billed=Money(amount=billed, currency=currency),
        unbilled=Money(amount=value - billed, currency=currency),
    )
