"""An expense against what was agreed: what is wrong with it, what it cost, and what the customer is charged. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, ActualKind, CapVerdict, Chargeability, Side, Source, TaxDecision
from contracts.canonical.agreements import AgreementLine, BillingAgreement
from contracts.canonical.documents import ExchangeRecord
from contracts.canonical.expenses import ExpenseEntry
from contracts.canonical.money import Money
from contracts.canonical.pricing import Considered
from contracts.canonical.terms import ExpenseBasis, ExpenseRule, ExpenseTerm
from contracts.canonical.trade.exchange import ExchangeRateUnknown, converted, found_rate
from contracts.canonical.trade.expenses import charge_of
from contracts.canonical.trade.ledger.lines import named, valued
from contracts.canonical.trade.rounding import cut, line_net
from process_apis.time_to_bill.intake import Wrong, line_of

SPENT: Final = "spent"
_MOST: Final = Decimal(10) ** 12


class Expense(Struct, frozen=True, kw_only=True):
    """An expense as it can be booked: its cost, and what it is charged at before caps."""

    entry: ExpenseEntry
    source: Source
    line: AgreementLine
    cost: Money
    value: Decimal
    billed: bool
    tax: TaxDecision | None
    into_bills: ExchangeRecord
    into_books: ExchangeRecord
    trace: list[Considered]


def source_of(entry: ExpenseEntry, *, system: str) -> Source:
    """The record an expense comes from; an entry of time there may have the same id."""
    return Source(system=system, source_id=f"expense/{entry.entry_id}", version=entry.version)


def weighed(entry: ExpenseEntry, agreement: BillingAgreement, *, system: str) -> Expense | list[Wrong]:
    """What an expense comes to, or everything that is wrong with it at once."""
    line = line_of(entry.phase_id, agreement)
    wrong = list(_wrong(entry, agreement))
    if line is None:
        detail = f"No line of the agreement covers the phase {entry.phase_id or 'none'} of expense {entry.entry_id}."
        return [*wrong, Wrong(code="CONTRACT_LINE_MISSING", detail=detail)]
    term = next((each for each in agreement.expenses if each.line_id == line.line_id), None)
    rule = None if term is None else next((each for each in term.rules if each.category == entry.category), None)
    if term is None or rule is None:
        detail = f"Nobody agreed how expenses of category {entry.category} are billed under line {line.line_id}."
        return [*wrong, Wrong(code="EXPENSE_CATEGORY_UNKNOWN", detail=detail)]
    tax = rule.tax or line.tax
    wrong += _against(entry, rule, line, tax)
    if wrong:
        return wrong
    try:
        into_bills = _rates(entry, agreement, agreement.currency)
        into_books = _rates(entry, agreement, agreement.entity_currency)
    except ExchangeRateUnknown as unknown:
        return [Wrong(code="EXCHANGE_RATE_MISSING", detail=f"Expense {entry.entry_id}: {unknown}.")]
    missing = _receipt(entry, term, into_bills, agreement)
    return [missing] if missing else _charged(entry, agreement, line, rule, (into_bills, into_books), system=system)


def lines_of(
    expense: Expense,
    agreement: BillingAgreement,
    verdict: CapVerdict | None,
    *,
    accounting_date: dt.date,
    revision: int,
) -> list[Actual]:
    """The lines of an expense: its cost, and what is charged, is above a cap, or is not charged at all."""
    entry = expense.entry
    cost = Actual(
        actual_id="",
        kind=ActualKind.EXPENSE,
        source=expense.source,
        revision=revision,
        side=Side.COST,
        chargeability=Chargeability.NON_CHARGEABLE,
        project_id=agreement.project_id,
        contract_line_id=expense.line.line_id,
        customer_id=agreement.customer_id,
        legal_entity_id=agreement.legal_entity_id,
        work_date=entry.spent_on,
        accounting_date=accounting_date,
        worked_period=f"{entry.spent_on:%Y-%m}",
        quantity=expense.cost.amount,
        unit=SPENT,
        unit_rate=Decimal(1),
        amount=expense.cost,
        rounding=agreement.rounding,
        person_id=entry.person_id,
        task_id=entry.phase_id,
        category=entry.category,
        exchange=expense.into_books if expense.into_books.legs else None,
    )
    sold = replace(
        cost,
        side=Side.UNBILLED_SALES,
        amount=Money(amount=Decimal(0), currency=agreement.currency),
        exchange=None,
        price_trace=expense.trace,
        tax=expense.tax,
    )
    fits = expense.value if verdict is None else verdict.chargeable
    over = Decimal(0) if verdict is None else verdict.over_cap
    parts = [(Chargeability.CHARGEABLE, fits), (Chargeability.OVER_CAP, over)]
    if not expense.billed:
        parts = [(Chargeability.NON_CHARGEABLE, expense.value)]
    return [
        named(valued(cost)),
        *(
            named(valued(replace(sold, chargeability=chargeability, quantity=amount)))
            for chargeability, amount in parts
            if amount
        ),
    ]


def _wrong(entry: ExpenseEntry, agreement: BillingAgreement) -> Iterator[Wrong]:
    amount = entry.cost.amount
    if not 0 < amount < _MOST or not 0 <= entry.personal <= amount:
        detail = f"Expense {entry.entry_id} states a cost of {amount} of which {entry.personal} is personal."
        yield Wrong(code="EXPENSE_INVALID", detail=detail)
    elif cut(amount, entry.cost.currency) != amount or cut(entry.personal, entry.cost.currency) != entry.personal:
        detail = f"Expense {entry.entry_id} is finer than {entry.cost.currency} can state."
        yield Wrong(code="EXPENSE_INVALID", detail=detail)
    ends = agreement.ends_before
    if entry.spent_on < agreement.starts_on or (ends is not None and entry.spent_on >= ends):
        days = f"from {agreement.starts_on}" + ("" if ends is None else f" until before {ends}")
        detail = f"Expense {entry.entry_id} is of {entry.spent_on}; the contract runs {days}."
        yield Wrong(code="ENTRY_OUTSIDE_CONTRACT", detail=detail)


def _against(entry: ExpenseEntry, rule: ExpenseRule, line: AgreementLine, tax: TaxDecision | None) -> Iterator[Wrong]:
    units = entry.units
    if rule.basis is ExpenseBasis.PER_UNIT and (units is None or not 0 < units < _MOST):
        detail = f"Expense {entry.entry_id} is billed per unit and states {units or 'no'} units."
        yield Wrong(code="EXPENSE_INVALID", detail=detail)
    if tax is None and rule.basis is not ExpenseBasis.NOT_BILLED:
        detail = f"Nobody decided how line {line.line_id} is taxed; no default is ever taken."
        yield Wrong(code="BILLING_TAX_MISSING", detail=detail)


def _rates(entry: ExpenseEntry, agreement: BillingAgreement, currency: str) -> ExchangeRecord:
    """Rates of the day on which it was spent (rule MON-6)."""
    return found_rate(agreement.quotes, entry.cost.currency, currency, on=entry.spent_on, via=agreement.entity_currency)


def _receipt(
    entry: ExpenseEntry, term: ExpenseTerm, record: ExchangeRecord, agreement: BillingAgreement
) -> Wrong | None:
    worth = converted(entry.cost.amount, record, mode=agreement.rounding)
    if entry.receipt or worth <= term.receipt_above:
        return None
    detail = (
        f"Expense {entry.entry_id} of {worth} {agreement.currency} has no receipt; "
        f"above {term.receipt_above} one is needed."
    )
    return Wrong(code="EXPENSE_RECEIPT_MISSING", detail=detail)


def _charged(
    entry: ExpenseEntry,
    agreement: BillingAgreement,
    line: AgreementLine,
    rule: ExpenseRule,
    rates: tuple[ExchangeRecord, ExchangeRecord],
    *,
    system: str,
) -> Expense:
    into_bills, into_books = rates
    charge = charge_of(
        entry.cost,
        into_bills,
        markup_percent=rule.markup_percent,
        personal=entry.personal,
        mode=agreement.rounding,
    )
    value = charge.value.amount
    if rule.unit_price is not None and entry.units is not None:
        value = line_net(entry.units, rule.unit_price, agreement.currency, mode=agreement.rounding)
    own = Money(amount=entry.cost.amount - entry.personal, currency=entry.cost.currency)
    return Expense(
        entry=entry,
        source=source_of(entry, system=system),
        line=line,
        cost=own,
        value=value,
        billed=rule.basis is not ExpenseBasis.NOT_BILLED,
        tax=rule.tax or line.tax,
        into_bills=into_bills,
        into_books=into_books,
        trace=list(_trace(entry, rule, charge.cost.result, into_bills, value)),
    )


def _trace(
    entry: ExpenseEntry, rule: ExpenseRule, own: Money, record: ExchangeRecord, value: Decimal
) -> Iterator[Considered]:
    """How the charge came about, for whoever asks about the invoice."""
    paid = f"{entry.cost.amount} {entry.cost.currency} were paid"
    personal = f", {entry.personal} of it personal and never billed" if entry.personal else ""
    rate = f", {own.amount} {own.currency} at {record.rate} of {record.rate_date}" if record.legs else ""
    yield Considered(kind="cost", candidate_id=entry.entry_id, taken=True, reason=f"{paid}{personal}{rate}")
    if rule.unit_price is not None:
        reason = f"{entry.units} units at {rule.unit_price} come to {value} {own.currency}, whatever was paid"
    else:
        reason = f"{rule.markup_percent} per cent on the converted cost make it {value} {own.currency}"
    taken = rule.basis is not ExpenseBasis.NOT_BILLED
    reason = reason if taken else "expenses of this category are not billed"
    yield Considered(kind="category", candidate_id=rule.category, taken=taken, reason=reason)
    receipt = f"receipt {entry.receipt} stands" if entry.receipt else "its amount needs none"
    yield Considered(kind="receipt", candidate_id=entry.receipt or "none", taken=True, reason=receipt)
