"""How the bills of a deal stand, as properties of it: written where they differ, read back to the cent.

The amounts are in the currency of the deal, because a number property has none of its own; the vendor keeps it as the
text that it was sent, with all its digits.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.money import Money, rounded
from contracts.problem import FieldError, Kind, Problem
from system_apis.hubspot import wire
from system_apis.hubspot.values import day, money, number

_STATES: Final = {state.value: state for state in BillingState}


def report(standing: wire.Billing, *, currency: str) -> BillingReport | None:
    """What was written back; None when nothing was, or what stands there is not ours.

    `currency` is the account's, for a deal that names none.
    """
    state = _STATES.get(standing.state or "")
    invoiced, still_open = number(standing.invoiced), number(standing.open)
    if state is None or invoiced is None or still_open is None:
        return None
    stated_in = standing.currency or currency
    return BillingReport(
        state=state,
        invoiced=money(invoiced, stated_in),
        open=money(still_open, stated_in),
        last_document=standing.last_document or "",
        as_of=day(standing.as_of),
    )


def differences(standing: wire.Billing, wanted: BillingReport, *, currency: str) -> dict[str, str]:
    """The properties to set so that the deal says what is wanted; the empty text empties one.

    Raises:
        Problem: invalid, when an amount is not in the currency of the deal, or finer than that currency.

    """
    stated_in = standing.currency or currency
    invoiced = _checked("invoiced", wanted.invoiced, stated_in)
    still_open = _checked("open", wanted.open, stated_in)
    as_of = day(standing.as_of)
    words = {
        "billing_state": (standing.state or "", wanted.state.value),
        "billing_document": (standing.last_document or "", wanted.last_document),
        "billing_as_of": (as_of.isoformat() if as_of else "", wanted.as_of.isoformat() if wanted.as_of else ""),
    }
    amounts = {
        "billing_invoiced": (number(standing.invoiced), invoiced),
        "billing_open": (number(standing.open), still_open),
    }
    changed = {name: new for name, (old, new) in words.items() if new != old}
    return changed | {name: f"{new:f}" for name, (old, new) in amounts.items() if new != old}


def _checked(field: str, given: Money, currency: str) -> Decimal:
    if given.currency != currency:
        raise _refused(field, "billing_currency", f"the deal is in {currency}, and {field} is in {given.currency}")
    if given.amount != rounded(given.amount, currency):
        raise _refused(field, "fraction_of_cent", f"{given.amount} {currency} is finer than the currency")
    return given.amount


def _refused(field: str, code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=field, code=code, detail=detail),))
