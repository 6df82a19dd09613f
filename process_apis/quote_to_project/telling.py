"""How a problem of a deal is told: with its code, and with what a person has to know to act on it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from contracts.canonical.casework import FixField
from contracts.canonical.deal import DealLine, Opportunity
from kit.durable.fault import Fault
from process_apis.quote_to_project.catalogue import fault
from process_apis.quote_to_project.reading import Handoff

CODE_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9 _/.-]{1,63}"
_LISTED: Final = 20
_TOLD: Final = 2000


def shown(text: str, *, most: int = 255) -> str:
    """A text as it may be stored and printed anywhere: no control characters, no longer than `most`."""
    return "".join(sign for sign in text[:most] if unicodedata.category(sign) not in {"Cc", "Cs"})


def context_of(deal: Opportunity) -> dict[str, str]:
    """What a person has to know to act on any problem of a deal."""
    return {
        "opportunity_id": deal.opportunity_id,
        "deal": shown(deal.name),
        "customer": shown(deal.customer.name),
        "customer_country": deal.customer.address.country or "not known",
        "contract_value": f"{deal.amount.amount} {deal.amount.currency}",
        "closed_on": deal.closed_on.isoformat(),
    }


def named(number: int, line: DealLine) -> str:
    """A line as people find it in the CRM."""
    return f"line {number} {line.name}"


def listed(
    known: Handoff, code: str, begin: str, items: Mapping[str, str], *, hint: str = "", form: tuple[FixField, ...] = ()
) -> Fault:
    """A problem that several things share; the first are named, the rest are counted."""
    first = dict(list(items.items())[:_LISTED])
    rest = f"; and {len(items) - len(first)} more" if len(items) > len(first) else ""
    text = "; ".join(f"{name}: {value}" for name, value in first.items())
    return told(known, code, f"{begin} {text}{rest}.", more=first, hint=hint, form=form)


def told(
    known: Handoff,
    code: str,
    detail: str,
    *,
    form: tuple[FixField, ...] = (),
    more: Mapping[str, str] | None = None,
    hint: str = "",
) -> Fault:
    """A problem of a deal."""
    about = {shown(name): shown(value) for name, value in (more or {}).items()}
    context = {**context_of(known.opportunity), **about}
    return fault(code, shown(detail, most=_TOLD), context=context, form=form, hint=hint)
