"""What of the terms of an agreement cannot hold: each fault with its place and a sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from contracts.canonical.actuals import CapUnit
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Currency, rounded
from contracts.canonical.terms import (
    ExpenseBasis,
    ExpenseRule,
    ExpenseTerm,
    FixedFeeTerm,
    RetainerTerm,
    SubscriptionTerm,
)

Found = Iterator[tuple[str, str]]
_MOST: Final = Decimal(10) ** 12
_FINEST: Final = -10


def term_faults(agreement: BillingAgreement) -> Found:
    """Every fault of fees, retainers, subscriptions and expenses, with its pointer."""
    yield from _of_lines(agreement, "fees", agreement.fees, BillingMethod.FIXED_FEE)
    yield from _of_lines(agreement, "retainers", agreement.retainers, BillingMethod.RETAINER)
    yield from _of_lines(agreement, "subscriptions", agreement.subscriptions, BillingMethod.SUBSCRIPTION)
    yield from _of_lines(agreement, "expenses", agreement.expenses, None)
    for number, fee in enumerate(agreement.fees):
        yield from _placed(f"/fees/{number}", _of_fee(fee, agreement.currency))
    for number, retainer in enumerate(agreement.retainers):
        yield from _placed(f"/retainers/{number}", _of_retainer(retainer, agreement.currency))
    for number, subscription in enumerate(agreement.subscriptions):
        yield from _placed(f"/subscriptions/{number}", _of_subscription(subscription))
    for number, expense in enumerate(agreement.expenses):
        yield from _placed(f"/expenses/{number}", _of_expense(expense))
    for number, cap in enumerate(agreement.caps):
        if cap.category is not None and cap.unit is not CapUnit.AMOUNT:
            yield f"/caps/{number}/unit", "expenses are counted in amounts"


def _of_lines(
    agreement: BillingAgreement,
    name: str,
    terms: Sequence[FixedFeeTerm | RetainerTerm | SubscriptionTerm | ExpenseTerm],
    method: BillingMethod | None,
) -> Found:
    """A term is of a line of its method, and a line has one term of a kind."""
    methods = {line.line_id: line.method for line in agreement.lines}
    seen = set()
    for number, term in enumerate(terms):
        pointer = f"/{name}/{number}/line_id"
        if term.line_id not in methods:
            yield pointer, f"there is no line {term.line_id}"
        elif method is not None and methods[term.line_id] is not method:
            yield pointer, f"{term.line_id} is billed by {methods[term.line_id].value}"
        if term.line_id in seen:
            yield pointer, f"{term.line_id} has two terms"
        seen.add(term.line_id)


def _of_fee(term: FixedFeeTerm, currency: Currency) -> Found:
    ids = [part.installment_id for part in term.installments]
    for number, part in enumerate(term.installments):
        if ids.count(part.installment_id) > 1:
            yield f"/installments/{number}/installment_id", f"{part.installment_id} is given twice"
        if not _is_stated(part.amount, currency):
            yield f"/installments/{number}/amount", _unstated(part.amount, currency)
    if not _is_stated(term.fee, currency):
        yield "/fee", _unstated(term.fee, currency)
        return
    if all(_is_bounded(part.amount) for part in term.installments):
        told = sum((part.amount for part in term.installments), Decimal(0))
        if told != term.fee:
            yield "/installments", f"they sum to {told}, the fee is {term.fee}"


def _of_retainer(term: RetainerTerm, currency: Currency) -> Found:
    for name, amount in (("amount", term.amount), ("first_amount", term.first_amount)):
        if amount is not None and not _is_stated(amount, currency):
            yield f"/{name}", _unstated(amount, currency)
    yield from _of_days(term)


def _of_subscription(term: SubscriptionTerm) -> Found:
    yield from _of_days(term)
    days = [step.starts_on for step in term.steps]
    if min(days) > term.starts_on:
        yield "/steps", f"no price holds on {term.starts_on}"
    for number, step in enumerate(term.steps):
        if days.count(step.starts_on) > 1:
            yield f"/steps/{number}/starts_on", f"two steps begin on {step.starts_on}"
        for name, value in (("monthly_price", step.monthly_price), ("quantity", step.quantity)):
            if not _is_bounded(value) or value < 0:
                yield f"/steps/{number}/{name}", f"{value} is no {name.replace('_', ' ')}"


def _of_days(term: RetainerTerm | SubscriptionTerm) -> Found:
    if term.ends_before is not None and term.ends_before <= term.starts_on:
        yield "/ends_before", "it ends before it begins"


def _of_expense(term: ExpenseTerm) -> Found:
    if not _is_bounded(term.receipt_above) or term.receipt_above < 0:
        yield "/receipt_above", f"{term.receipt_above} is no amount"
    categories = [rule.category for rule in term.rules]
    for number, rule in enumerate(term.rules):
        if categories.count(rule.category) > 1:
            yield f"/rules/{number}/category", f"{rule.category} has two rules"
        yield from _placed(f"/rules/{number}", _of_rule(rule))


def _of_rule(rule: ExpenseRule) -> Found:
    if not _is_bounded(rule.markup_percent) or rule.markup_percent < 0:
        yield "/markup_percent", f"{rule.markup_percent} is no markup"
    if (rule.basis is ExpenseBasis.PER_UNIT) != (rule.unit_price is not None):
        yield "/unit_price", "a price of a unit goes with what is billed per unit, and with nothing else"
    if rule.unit_price is not None and (not _is_bounded(rule.unit_price) or rule.unit_price <= 0):
        yield "/unit_price", f"{rule.unit_price} is no price"
    if rule.markup_percent and rule.basis is not ExpenseBasis.AT_COST:
        yield "/markup_percent", "a markup is on cost"


def _placed(place: str, found: Found) -> Found:
    yield from ((f"{place}{pointer}", detail) for pointer, detail in found)


def _is_bounded(value: Decimal) -> bool:
    """Whether a number is one that arithmetic to the cent can hold."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _FINEST and abs(value) < _MOST


def _is_stated(amount: Decimal, currency: Currency) -> bool:
    """Whether an amount is positive, and not finer than its currency can state."""
    try:
        return _is_bounded(amount) and amount > 0 and rounded(amount, currency) == amount
    except InvalidOperation:
        return False


def _unstated(amount: Decimal, currency: Currency) -> str:
    return f"{amount} {currency} is not positive, or finer than its currency can state"
