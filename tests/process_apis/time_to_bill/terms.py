"""Agreements that are billed otherwise than by the hour, expenses, and what the office is asked about them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from contracts.canonical.actuals import Actual, Chargeability, Side
from contracts.canonical.agreements import AgreementLine, BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.canonical.expenses import ExpenseEntry
from contracts.canonical.money import Money
from contracts.canonical.terms import FixedFeeTerm, Installment, RetainerTerm, SubscriptionTerm
from contracts.canonical.trade.ledger.lines import live
from contracts.canonical.trade.subscriptions import PriceStep
from contracts.process.time_to_bill import Charged, ChargeDue
from kit.caller import calling
from tests.process_apis.time_to_bill.office import BIANCA, Office
from tests.process_apis.time_to_bill.world import HOME, MONDAY, PROJECT, agreement

JULY = dt.date(2026, 7, 31)


def day(said: str) -> dt.date:
    """A day as people write it."""
    return dt.date.fromisoformat(said)


def by(method: BillingMethod, **changes: Any) -> BillingAgreement:
    """An agreement whose one line is billed by a method."""
    lines = [AgreementLine(line_id="line-1", name="Advice", method=method, tax=HOME)]
    return agreement(**({"lines": lines} | changes))


def fee(*parts: tuple[str, str], **changes: Any) -> BillingAgreement:
    """A fixed fee by days and amounts."""
    installments = [
        Installment(installment_id=f"ins-{number}", name=f"Part {number}", due_on=day(due), amount=Decimal(amount))
        for number, (due, amount) in enumerate(parts, start=1)
    ]
    whole = sum((part.amount for part in installments), Decimal(0))
    term = FixedFeeTerm(line_id="line-1", fee=whole, installments=installments)
    return by(BillingMethod.FIXED_FEE, fees=[term], **changes)


def subscribed(*steps: tuple[str, str], **changes: Any) -> BillingAgreement:
    """A subscription by days and prices a month, from the first of them."""
    facts: dict[str, Any] = {
        "line_id": "line-1",
        "steps": [PriceStep(starts_on=day(start), monthly_price=Decimal(price)) for start, price in steps],
        "starts_on": day(steps[0][0]),
    }
    return by(BillingMethod.SUBSCRIPTION, subscriptions=[SubscriptionTerm(**(facts | changes))])


def retained(amount: str, starts_on: str = "2026-06-01", **changes: Any) -> BillingAgreement:
    """A retainer of so much a month; an hour drawn from it costs 200."""
    facts: dict[str, Any] = {"line_id": "line-1", "amount": Decimal(amount), "starts_on": day(starts_on)}
    return by(BillingMethod.RETAINER, retainers=[RetainerTerm(**(facts | changes))])


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def spent(entry_id: str = "1", cost: Money | None = None, **changes: Any) -> ExpenseEntry:
    """An approved expense of one person on one Monday, with its receipt."""
    facts: dict[str, Any] = {
        "entry_id": entry_id,
        "version": 1,
        "approved": True,
        "project_id": PROJECT,
        "person_id": "p-1",
        "spent_on": MONDAY,
        "category": "travel",
        "cost": cost or money("100"),
        "receipt": "rcp-1",
        "approved_by": "lea.lead",
    }
    return ExpenseEntry(**(facts | changes))


async def charge(desk: Office, through: dt.date) -> Charged:
    """Book what falls due."""
    with calling(BIANCA):
        return await desk.service.charge(project_id=PROJECT, body=ChargeDue(through=through))


async def unbilled(desk: Office) -> list[Decimal]:
    """The amounts that are to be billed, smallest first."""
    found = live(await desk.lines(), side=Side.UNBILLED_SALES)
    return sorted(line.amount.amount for line in found if line.chargeability is Chargeability.CHARGEABLE)


def nets(desk: Office) -> dict[str, Decimal]:
    """What the ERP was sent, net, by document."""
    return {name: document.net for name, document in desk.world.erp.sent.items()}


def words(lines: list[Actual]) -> list[tuple[str, Decimal]]:
    """Lines by name and amount."""
    return [(line.task_id or "", line.amount.amount) for line in lines]
