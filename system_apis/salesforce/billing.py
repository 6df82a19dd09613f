"""How the bills of a deal stand, as fields of its opportunity: written where they differ, read back to the cent.

The amounts are in the currency of the deal, because the fields have no other. Their type is a number with four
decimals: a currency field would cut what a currency with three decimals needs.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from msgspec import Raw

from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.money import Money, rounded
from contracts.problem import FieldError, Kind, Problem
from system_apis.salesforce import wire

_STATES: Final = {
    BillingState.UNBILLED: "Unbilled",
    BillingState.INVOICED: "Invoiced",
    BillingState.PARTLY_PAID: "Partly Paid",
    BillingState.PAID: "Paid",
}


def report(standing: wire.Billing) -> BillingReport | None:
    """What was written back; None when nothing was, or what stands there is not ours."""
    state = next((state for state, word in _STATES.items() if word == standing.status), None)
    if state is None or standing.invoiced is None or standing.open is None:
        return None
    return BillingReport(
        state=state,
        invoiced=_stated(standing.invoiced, standing.currency),
        open=_stated(standing.open, standing.currency),
        last_document=standing.last_document or "",
        as_of=dt.date.fromisoformat(standing.as_of) if standing.as_of else None,
    )


def differences(standing: wire.Billing, wanted: BillingReport) -> dict[str, str | Raw | None]:
    """The fields to set so that the deal says what is wanted; None empties a field.

    Raises:
        Problem: invalid, when an amount is not in the currency of the deal, or finer than that currency.

    """
    invoiced = _checked("invoiced", wanted.invoiced, standing.currency)
    still_open = _checked("open", wanted.open, standing.currency)
    words = {
        "Billing_Status__c": (standing.status, _STATES[wanted.state]),
        "Billing_Document__c": (standing.last_document, wanted.last_document or None),
        "Billing_As_Of__c": (standing.as_of, wanted.as_of.isoformat() if wanted.as_of else None),
    }
    amounts = {
        "Billing_Invoiced__c": (standing.invoiced, invoiced),
        "Billing_Open__c": (standing.open, still_open),
    }
    changed: dict[str, str | Raw | None] = {name: new for name, (old, new) in words.items() if new != (old or None)}
    return changed | {name: _number(new) for name, (old, new) in amounts.items() if new != old}


def _checked(field: str, money: Money, currency: str) -> Decimal:
    if money.currency != currency:
        raise _refused(field, "billing_currency", f"the deal is in {currency}, and {field} is in {money.currency}")
    if money.amount != rounded(money.amount, currency):
        raise _refused(field, "fraction_of_cent", f"{money.amount} {currency} is finer than the currency")
    return money.amount


def _refused(field: str, code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=field, code=code, detail=detail),))


def _stated(amount: Decimal, currency: str) -> Money:
    """With the digits of its currency; what people made finer by hand is told as it stands."""
    cut = rounded(amount, currency)
    return Money(amount=cut if cut == amount else amount, currency=currency)


def _number(amount: Decimal) -> Raw:
    """As a JSON number with all its digits; the vendor's numbers are no strings, and ours are no floats."""
    return Raw(f"{amount:f}".encode())
