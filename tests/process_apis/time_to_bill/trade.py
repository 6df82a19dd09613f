"""An engagement to write about: one consultant at 100 an hour, sold at 200, taxed at home."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from contracts.canonical.actuals import Actual, ApprovedTime, InvoiceLineReference, Source, TaxDecision
from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import TaxCategory
from contracts.canonical.invoices import Invoice
from contracts.canonical.money import Money
from contracts.canonical.pricing import Price
from contracts.canonical.trade.ledger.approval import approved
from contracts.canonical.trade.ledger.billing import drafted, posted

DAY = dt.date(2026, 6, 15)
TAX = TaxDecision(category=TaxCategory.STANDARD, percent=Decimal(19), tax_code="DE-19")


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def hours(source_id: str = "te-1", worked: str = "8", billable: str | None = None, **changes: Any) -> ApprovedTime:
    facts: dict[str, Any] = {
        "source": Source(system="psa", source_id=source_id),
        "project_id": "prj-1",
        "contract_line_id": "line-1",
        "customer_id": "cus-1",
        "legal_entity_id": "NW-DE",
        "method": BillingMethod.TIME_AND_MATERIALS,
        "person_id": "per-1",
        "role": "Cloud Architect",
        "worked_on": DAY,
        "hours": Decimal(worked),
        "billable_hours": Decimal(worked if billable is None else billable),
        "cost_rate": eur("100"),
    }
    return ApprovedTime(**(facts | changes))


def price(rate: str = "200") -> Price:
    return Price(currency="EUR", rate=Decimal(rate))


def lines_of(entry: ApprovedTime, *, rate: str = "200", **changes: Any) -> list[Actual]:
    return approved(entry, price=price(rate), tax=TAX, accounting_date=entry.worked_on, **changes)


def place(invoice_id: str, number: int = 1) -> InvoiceLineReference:
    return InvoiceLineReference(invoice_id=invoice_id, line_id=f"{invoice_id}-{number}")


def billed_by(
    lines: Sequence[Actual], chosen: Sequence[Actual], *, invoice_id: str = "inv-1", on: dt.date = DAY
) -> tuple[Invoice, list[Actual]]:
    """The draft over the chosen lines, and all lines once it is posted."""
    draft = drafted(invoice_id, chosen, held=())
    return draft, [*lines, *posted(lines, draft, posted_on=on)]


def told(lines: Sequence[Actual]) -> list[tuple[str, str, str, str, str]]:
    """Lines in words: side, chargeability, quantity, amount, state."""
    return [
        (
            line.side.value,
            line.chargeability.value,
            str(line.quantity),
            str(line.amount.amount),
            line.state.value,
        )
        for line in lines
    ]
