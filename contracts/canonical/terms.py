"""How lines of an agreement are billed that are not billed by the hour: fees, retainers, subscriptions, expenses.

Amounts are net, in the currency of the agreement's bills. Days are half-open ranges (rules BIL-4, BIL-6, BIL-7, BIL-9).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from contracts.canonical.actuals import TaxDecision
from contracts.canonical.deal import BillingFrequency, BillingTiming
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.trade.subscriptions import Anchor, PriceStep

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Category = Annotated[str, Meta(min_length=1, max_length=64)]


class Installment(Noun, frozen=True, kw_only=True):
    """One dated part of a fixed fee."""

    installment_id: Annotated[Id, fact("Our id of the part", Record.SLUICE, example="ins-1")]
    name: Annotated[str, fact("Text for the invoice", Record.CRM, max_length=200)]
    due_on: Annotated[dt.date, fact("Day from which it is billed", Record.CRM)]
    amount: Annotated[Decimal, fact("Net amount", Record.CRM, classification=Classification.CONFIDENTIAL)]


class FixedFeeTerm(Noun, frozen=True, kw_only=True):
    """A fee by dates, whatever is worked for it; its parts sum to the fee (rule BIL-4)."""

    line_id: Annotated[Id, fact("Line of the agreement", Record.SLUICE)]
    fee: Annotated[Decimal, fact("The whole fee", Record.CRM, classification=Classification.CONFIDENTIAL)]
    installments: Annotated[list[Installment], fact("Its parts", Record.CRM), Meta(min_length=1, max_length=200)]


class SubscriptionTerm(Noun, frozen=True, kw_only=True):
    """A price a month from dated steps, billed by months, quarters or years; parts of a month by days (rule BIL-7)."""

    line_id: Annotated[Id, fact("Line of the agreement", Record.SLUICE)]
    steps: Annotated[list[PriceStep], fact("Price and quantity by day", Record.CRM), Meta(min_length=1, max_length=200)]
    starts_on: Annotated[dt.date, fact("First day of the service", Record.CRM)]
    ends_before: Annotated[dt.date | None, fact("First day without it; open where nobody says", Record.CRM)] = None
    frequency: Annotated[BillingFrequency, fact("Length of a billed period", Record.CRM)] = BillingFrequency.MONTHLY
    timing: Annotated[BillingTiming, fact("Billed on its first day or its last", Record.CRM)] = BillingTiming.ADVANCE
    anchor: Annotated[Anchor, fact("By the calendar, or from the first day", Record.CRM)] = Anchor.CALENDAR


class RetainerUse(StrEnum):
    """Whether work draws on a retainer, or it pays for people to stand ready and work makes cost only."""

    DRAWN_DOWN = "drawn_down"
    STAND_READY = "stand_ready"


class Overage(StrEnum):
    """What becomes of work beyond a retainer: billed at its rate at once, or kept for the next period's."""

    BILL = "bill"
    CARRY = "carry"


class Unused(StrEnum):
    """What becomes of an advance that nothing was drawn from in time."""

    REFUND = "refund"
    LAPSE = "lapse"


class RetainerTerm(Noun, frozen=True, kw_only=True):
    """An advance a period, and what may be drawn from it: work of its line, at the rate of its day (rule BIL-6).

    The first period may have another amount, as where a sum does not divide; a last one cut short weighs its days.
    """

    line_id: Annotated[Id, fact("Line of the agreement", Record.SLUICE)]
    amount: Annotated[Decimal, fact("Advance of a period", Record.CRM, classification=Classification.CONFIDENTIAL)]
    starts_on: Annotated[dt.date, fact("First day covered", Record.CRM)]
    ends_before: Annotated[dt.date | None, fact("First day not covered; open where nobody says", Record.CRM)] = None
    first_amount: Annotated[
        Decimal | None, fact("Advance of the first period", Record.CRM, classification=Classification.CONFIDENTIAL)
    ] = None
    frequency: Annotated[BillingFrequency, fact("Length of a period", Record.CRM)] = BillingFrequency.MONTHLY
    anchor: Annotated[Anchor, fact("By the calendar, or from the first day", Record.CRM)] = Anchor.ANNIVERSARY
    use: Annotated[RetainerUse, fact("Whether work draws on it", Record.CRM)] = RetainerUse.DRAWN_DOWN
    covers_expenses: Annotated[bool, fact("Whether expenses of the line draw on it too", Record.CRM)] = False
    overage: Annotated[Overage, fact("What becomes of work beyond it", Record.CRM)] = Overage.BILL
    carry_over: Annotated[
        int, fact("Further periods for which it can be drawn", Record.CRM, unit="periods"), Meta(ge=0, le=120)
    ] = 0
    unused: Annotated[Unused, fact("What becomes of what is left then", Record.CRM)] = Unused.REFUND


class ExpenseBasis(StrEnum):
    """What an expense of a category is billed at: its cost and markup, so much a unit, or nothing."""

    AT_COST = "at_cost"
    PER_UNIT = "per_unit"
    NOT_BILLED = "not_billed"


class ExpenseRule(Noun, frozen=True, kw_only=True):
    """How expenses of one category are recharged; its cap is a cap of the agreement that names the category.

    A recharge is taxed as its line is. A disbursement, passed on in the customer's name, has a decision of its own.
    """

    category: Annotated[Category, fact("Category of the expense system", Record.PSA, example="travel")]
    basis: Annotated[ExpenseBasis, fact("What it is billed at", Record.CRM)] = ExpenseBasis.AT_COST
    markup_percent: Annotated[Decimal, fact("On the converted cost", Record.CRM, unit="percent")] = Decimal(0)
    unit_price: Annotated[Decimal | None, fact("Price of a unit: a day, a kilometre", Record.CRM)] = None
    tax: Annotated[TaxDecision | None, fact("Own tax decision of a disbursement", Record.ERP)] = None


class ExpenseTerm(Noun, frozen=True, kw_only=True):
    """Which expenses of a line pass through, at what, and from which amount a receipt must stand (rule BIL-9)."""

    line_id: Annotated[Id, fact("Line of the agreement", Record.SLUICE)]
    rules: Annotated[list[ExpenseRule], fact("One a category", Record.CRM), Meta(max_length=100)] = field(
        default_factory=list
    )
    receipt_above: Annotated[Decimal, fact("A cost above it needs a receipt", Record.CRM, example="50")] = Decimal(0)
