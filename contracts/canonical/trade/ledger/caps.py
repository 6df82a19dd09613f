"""What caps leave of an entry, at four levels and by five policies (rule BIL-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from typing import Final

from msgspec.structs import replace

from contracts.canonical.actuals import CapLevel, CapPolicy, CapStanding, CapTerm, CapUnit, CapVerdict
from contracts.canonical.money import Currency, quantum
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.rounding import PRECISION, line_net

CAP_EXCEEDED: Final = "CAP_EXCEEDED"
_STEP: Final = Decimal("0.0001")
_FREE: Final = (CapPolicy.WARN,)


def applying(
    terms: Iterable[CapTerm],
    *,
    contract_id: str,
    line_id: str,
    customer_id: str,
    worked_on: dt.date,
    purchase_order: str | None = None,
    category: str | None = None,
) -> list[CapTerm]:
    """The caps that hours, or an expense of a category, count against, in order of ids, in which they are locked."""
    found = [
        term
        for term in terms
        if term.contract_id == contract_id
        and _reaches(term, line_id=line_id, customer_id=customer_id)
        and (term.starts_on is None or term.starts_on <= worked_on)
        and (term.ends_before is None or worked_on < term.ends_before)
        and (term.purchase_order is None or term.purchase_order == purchase_order)
        and term.category == category
    ]
    return sorted(found, key=lambda term: term.cap_id)


def judged(
    quantity: Decimal,
    rate: Decimal,
    currency: Currency,
    caps: Sequence[CapStanding],
    *,
    mode: Rounding = Rounding.HALF_UP,
    waived_by: str = "",
) -> CapVerdict:
    """What may be billed of a quantity: refused whole by one cap, else trimmed to what the tightest leaves.

    `waived_by` names who lets it pass a cap that rejects; a hard cap, a tolerance and a trim cannot be waived.
    Every cap that is passed with leave is told in a warning.

    Raises:
        ValueError: the quantity or the rate is negative.

    """
    if quantity < 0 or rate < 0:
        raise ValueError("a cap judges what is added, not what is taken back")
    fits, warnings = quantity, []
    refusing: list[str] = []
    for cap in caps:
        excess = used(cap) + weight(cap.term, quantity, rate, currency, mode=mode) - _most(cap.term)
        if excess <= 0:
            continue
        policy = cap.term.policy
        if policy is CapPolicy.TRIM:
            fits = min(fits, _fitting(cap, quantity, rate, currency))
        elif policy in _FREE:
            warnings.append(f"{cap.term.cap_id} is exceeded by {excess}")
        elif policy is CapPolicy.REJECT and waived_by:
            warnings.append(f"{cap.term.cap_id} is exceeded by {excess}, waived by {waived_by}")
        else:
            refusing.append(cap.term.cap_id)
    if refusing:
        return CapVerdict(chargeable=Decimal(0), code=CAP_EXCEEDED, refused_by=refusing[0], warnings=warnings)
    return CapVerdict(chargeable=fits, over_cap=quantity - fits, warnings=warnings)


def used(cap: CapStanding) -> Decimal:
    """What was consumed of a cap: invoiced to date and committed in the backlog."""
    return cap.invoiced + cap.committed


def weight(
    term: CapTerm, quantity: Decimal, rate: Decimal, currency: Currency, *, mode: Rounding = Rounding.HALF_UP
) -> Decimal:
    """What a quantity takes of a cap: hours, or the amount it comes to."""
    return quantity if term.unit is CapUnit.HOURS else line_net(quantity, rate, currency, mode=mode)


def committed(
    cap: CapStanding, quantity: Decimal, rate: Decimal, currency: Currency, *, mode: Rounding = Rounding.HALF_UP
) -> CapStanding:
    """The cap with a quantity more in the backlog."""
    return replace(cap, committed=cap.committed + weight(cap.term, quantity, rate, currency, mode=mode))


def _reaches(term: CapTerm, *, line_id: str, customer_id: str) -> bool:
    wanted = {
        CapLevel.LINE_CUSTOMER: (line_id, customer_id),
        CapLevel.LINE: (line_id, term.customer_id),
        CapLevel.CUSTOMER: (term.line_id, customer_id),
        CapLevel.CONTRACT: (term.line_id, term.customer_id),
    }
    return (term.line_id, term.customer_id) == wanted[term.level]


def _most(term: CapTerm) -> Decimal:
    return term.limit + (term.tolerance if term.policy is CapPolicy.TOLERANCE else 0)


def _fitting(cap: CapStanding, quantity: Decimal, rate: Decimal, currency: Currency) -> Decimal:
    """The most of a quantity that a trimming cap has room for, to four decimals, never rounded up past it."""
    left = max(_most(cap.term) - used(cap), Decimal(0))
    if cap.term.unit is CapUnit.HOURS:
        return min(quantity, left)
    with localcontext(Context(prec=PRECISION)):
        left = left.quantize(quantum(currency), rounding=ROUND_FLOOR)  # a cap may be finer than what can be billed
        return min(quantity, (left / rate).quantize(_STEP, rounding=ROUND_FLOOR))
