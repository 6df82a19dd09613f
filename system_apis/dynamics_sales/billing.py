"""How the bills of a deal stand: what the columns say, and what has to be set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from contracts.canonical.billing import BillingReport, BillingState
from contracts.problem import FieldError, Kind, Problem
from system_apis.dynamics_sales import values, wire

_STATES: Final = {
    BillingState.UNBILLED: 748190000,
    BillingState.INVOICED: 748190001,
    BillingState.PARTLY_PAID: 748190002,
    BillingState.PAID: 748190003,
}


def report(standing: wire.Billing) -> BillingReport | None:
    """What was written back; None when nothing was."""
    state = next((state for state, value in _STATES.items() if value == standing.status), None)
    if state is None or not standing.currency:
        return None
    return BillingReport(
        state=state,
        invoiced=values.money(standing.invoiced or Decimal(0), standing.currency),
        open=values.money(standing.open or Decimal(0), standing.currency),
        last_document=standing.last_document or "",
        as_of=values.date(standing.as_of),
    )


def check(wanted: BillingReport) -> None:
    """Refuse what the columns cannot hold: they have one currency for both amounts.

    Raises:
        Problem: invalid.

    """
    if wanted.invoiced.currency != wanted.open.currency:
        fault = FieldError(pointer="/open/currency", code="currency_differs", detail="not that of what was invoiced")
        raise Problem(Kind.INVALID, "currencies_differ", "bills are reported in one currency", errors=(fault,))


def differences(standing: wire.Billing, wanted: BillingReport) -> dict[str, Any]:
    """The columns to set so that the deal says what is wanted."""
    as_of = wanted.as_of.isoformat() if wanted.as_of else None
    wished: dict[str, tuple[Any, Any]] = {
        "sluice_billingstatus": (standing.status, _STATES[wanted.state]),
        "sluice_invoicedamount": (standing.invoiced, wanted.invoiced.amount),
        "sluice_openamount": (standing.open, wanted.open.amount),
        "sluice_bookscurrency": (standing.currency, wanted.invoiced.currency),
        "sluice_lastdocument": (standing.last_document or "", wanted.last_document),
        "sluice_booksasof": (standing.as_of, as_of),
    }
    return {name: new for name, (old, new) in wished.items() if new != old}
