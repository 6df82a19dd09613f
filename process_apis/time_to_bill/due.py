"""What falls due of an agreement up to a day, worked out over the lines that stand: charges, then retainers. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct

from contracts.canonical.actuals import Actual
from contracts.canonical.agreements import AgreementVersion, BillingAgreement
from contracts.canonical.money import Money
from contracts.canonical.trade.ledger.lines import standing
from contracts.process.time_to_bill import RetainerStanding
from process_apis.time_to_bill.charging import BY_DATE, lacking
from process_apis.time_to_bill.retaining import Retained, left_over, retained

AHEAD: Final = dt.timedelta(days=366)


class Due(Struct, frozen=True, kw_only=True):
    """What the ledger lacks, all lines as they stand with it, and which work waits for an advance."""

    appended: list[Actual]
    lines: list[Actual]
    retainers: list[Retained]
    through: dt.date

    @property
    def waiting(self) -> frozenset[str]:
        """Work that is not billed yet, because an advance is to come for it."""
        return frozenset().union(*(each.waiting for each in self.retainers))


def due(
    found: AgreementVersion,
    lines: Sequence[Actual],
    *,
    held: Collection[str],
    through: dt.date,
    closed: Collection[str],
    today: dt.date,
) -> Due:
    """What falls due up to a day; done again over what it appended, it appends nothing.

    Nothing falls due more than a year ahead of today.

    Raises:
        Refused: TAX_CODE_MISSING, when a line that is due has no tax decision.

    """
    last = min(through, today + AHEAD)
    if not _has_terms(found.agreement) and not any(line.kind in BY_DATE for line in lines):
        return Due(appended=[], lines=list(lines), retainers=[], through=last)
    appended = lacking(found, lines, held=held, through=last, closed=closed)
    appended += left_over(found.agreement, lines, held=held, through=last, closed=closed)
    stands = standing([*lines, *appended])
    kept = []
    for term in found.agreement.retainers:
        each = retained(found.agreement, term, stands, held=held, through=last, closed=closed)
        kept.append(each)
        appended += each.appended
        stands = standing([*stands, *each.appended])
    return Due(appended=appended, lines=stands, retainers=kept, through=last)


def _has_terms(agreement: BillingAgreement) -> bool:
    return bool(agreement.fees or agreement.retainers or agreement.subscriptions)


def standings(found: Due, agreement: BillingAgreement) -> list[RetainerStanding]:
    """How the retainers of an agreement stand, what is drawn for the next document counted as drawn."""
    return [
        RetainerStanding(
            line_id=each.line_id,
            advances=each.standing,
            available=Money(amount=each.left, currency=agreement.currency),
            waiting=len(each.waiting),
        )
        for each in found.retainers
    ]
