"""What sales is told of the bills of a deal, from what the ERP's own books say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.money import Currency, Money
from contracts.canonical.posting import BookedDocument, BookedState


def report_of(documents: Sequence[BookedDocument], currency: Currency) -> BillingReport:
    """The sums over the posted documents of one currency; credits count against invoices (requirement 168)."""
    posted = [each for each in documents if each.state not in {BookedState.DRAFT, BookedState.VOIDED}]
    invoiced = sum((each.gross for each in posted), Decimal(0))
    left = sum((each.open for each in posted), Decimal(0))
    days = [each.posted_on for each in posted if each.posted_on is not None]
    return BillingReport(
        state=_state(posted, left),
        invoiced=Money(amount=invoiced, currency=currency),
        open=Money(amount=left, currency=currency),
        last_document=posted[-1].number if posted else "",
        as_of=max(days, default=None),
    )


def _state(posted: Sequence[BookedDocument], left: Decimal) -> BillingState:
    if not posted:
        return BillingState.UNBILLED
    if not left:
        return BillingState.PAID
    paid = any(each.state in {BookedState.PAID, BookedState.PARTLY_PAID} for each in posted)
    return BillingState.PARTLY_PAID if paid else BillingState.INVOICED
